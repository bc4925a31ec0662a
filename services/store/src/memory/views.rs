//! What a rehearsal reports; the same answers as PostgreSQL's views give.

use std::collections::{BTreeMap, BTreeSet};

use chrono::Utc;
use liangdi_domain::feed::Feed;
use liangdi_domain::statement::ToldState;

use super::MemoryStore;
use super::state::State;
use crate::port::{Question, Result};
use crate::report::{Assignment, Count, FeedStatus, OpenStatement, Status};

impl MemoryStore {
    /// The next `limit` appearances after (message number, slot), in that order; from the start for none.
    pub async fn assignments(&self, after: Option<(i64, u16)>, limit: u32) -> Result<Vec<Assignment>> {
        let state = self.state.lock().await;
        let mut page = Vec::new();
        for (no, said) in state.said.range(after.map_or(0, |(no, _)| no)..) {
            let Some(key) = state.keys.get(no) else { continue };
            if state.inbox.get(key).is_none_or(|message| message.withdrawn) {
                continue;
            }
            for (slot, profile, _) in &said.rows {
                if after.is_some_and(|after| (*no, *slot) <= after) {
                    continue;
                }
                let Some(held) = state.profiles.get(profile) else { continue };
                let (source, id) = (key.source.clone(), key.id.clone());
                page.push(Assignment { no: *no, source, id, slot: *slot, person: held.person });
                if page.len() == limit as usize {
                    return Ok(page);
                }
            }
        }
        Ok(page)
    }

    /// Open statements of one receiver, or of all, sorted.
    pub async fn open_statements(&self, receiver: Option<&str>) -> Result<Vec<OpenStatement>> {
        let state = self.state.lock().await;
        let open = state.told.iter().map(|(_, told)| told).filter(|told| told.state == ToldState::Open);
        let wanted = open.filter(|told| receiver.is_none_or(|receiver| told.receiver.0 == receiver));
        let mut statements: Vec<OpenStatement> = wanted
            .filter_map(|told| {
                Some(OpenStatement {
                    receiver: told.receiver.0.clone(),
                    topic: told.topic.name(),
                    place: told.place.as_str().to_owned(),
                    since: told.since,
                    person: state.profiles.get(&told.ground)?.person,
                })
            })
            .collect();
        statements.sort_unstable();
        Ok(statements)
    }

    /// Pairs that a person should decide on, by their ids.
    pub async fn open_questions(&self) -> Result<Vec<Question>> {
        let state = self.state.lock().await;
        Ok(state.questions.iter().map(|(_, question)| *question).collect())
    }

    /// The jurisdictions that were sent most notices, busiest first.
    pub async fn busiest(&self, limit: u32) -> Result<Vec<Count>> {
        let state = self.state.lock().await;
        let jurisdictions = state.receivers.iter().filter(|(receiver, _)| receiver.is_jurisdiction());
        let mut counts: Vec<Count> =
            jurisdictions.map(|(receiver, last)| Count { of: receiver.0.clone(), count: *last }).collect();
        counts.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.of.cmp(&b.of)));
        counts.truncate(limit as usize);
        Ok(counts)
    }

    /// Counts the keys that more than so many profiles carry, and keeps the counts for `status`.
    pub async fn recount_crowds(&self, profiles_max: usize) -> Result<()> {
        let mut state = self.state.lock().await;
        let refined = state.by_token.iter().filter(|(_, block)| block.len() > profiles_max).count() as i64;
        let closed = state.by_refined.iter().filter(|(_, block)| block.len() > profiles_max).count() as i64;
        state.counters.put(("keys", "refined"), refined);
        state.counters.put(("keys", "closed"), closed);
        state.settle();
        Ok(())
    }

    /// How the hub stands.
    pub async fn status(&self) -> Result<Status> {
        let state = self.state.lock().await;
        let live = || state.profiles.iter().filter(|(_, held)| held.live);
        let persons: BTreeSet<_> = live().map(|(_, held)| held.person).collect();
        let counters = state.counters.iter();
        let notices = counters.filter(|((what, _), _)| *what == "notices");
        let mut reasons: BTreeMap<&str, i64> = BTreeMap::new();
        for (_, held) in state.quarantine.iter().filter(|(_, held)| !held.replayed) {
            *reasons.entry(&held.reason).or_default() += 1;
        }
        let numbered: i64 = state.receivers.values().sum();
        let in_flight = state.outbox.iter().filter(|(_, row)| row.seqno.is_some()).count() as i64;
        let oldest = state.outbox.iter().next().map(|(_, row)| row.notice.time.with_timezone(&Utc));
        Ok(Status {
            feeds: Feed::COUNTED.into_iter().map(|feed| state.feed_status(feed)).filter(FeedStatus::is_used).collect(),
            persons: persons.len() as i64,
            profiles: live().count() as i64,
            thin_profiles: live().filter(|(_, held)| held.profile.is_thin()).count() as i64,
            keys_refined: state.counted("keys", "refined"),
            keys_closed: state.counted("keys", "closed"),
            notices: notices.map(|((_, of), count)| Count { of: (*of).to_owned(), count: *count }).collect(),
            published: numbered - in_flight,
            outbox_waiting: state.outbox.len() as i64,
            outbox_oldest_s: oldest.map(|time| (Utc::now() - time).num_seconds().max(0)),
            quarantine_open: reasons.into_iter().map(|(of, count)| Count { of: of.to_owned(), count }).collect(),
        })
    }
}

impl State {
    fn counted(&self, what: &'static str, of: &'static str) -> i64 {
        self.counters.get(&(what, of)).copied().unwrap_or_default()
    }

    fn feed_status(&self, feed: Feed) -> FeedStatus {
        let count = |what| self.counted(what, feed.name());
        let quarantined = self.quarantine.iter().filter(|(_, held)| held.feed == feed && !held.replayed);
        FeedStatus {
            feed,
            received: count("received"),
            recorded: count("recorded"),
            duplicates: count("duplicates"),
            quarantined: quarantined.count() as i64,
            quarantined_again: count("quarantined-again"),
        }
    }
}
