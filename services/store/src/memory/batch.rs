//! A registry transaction in memory.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use liangdi_domain::division::Code;
use liangdi_domain::evidence::MessageKey;
use liangdi_domain::feed::Feed;
use liangdi_domain::identity::survive::Shown;
use liangdi_domain::ids::{PersonId, ProfileId, Token};
use liangdi_domain::notice::{NoticeDraft, Receiver};
use liangdi_domain::person::{PersonFile, Profile};
use liangdi_domain::statement::Told;
use tokio::sync::{Notify, OwnedMutexGuard};
use uuid::Uuid;

use super::state::State;
use super::{MemorySnapshot, MemoryStore};
use crate::port::{
    Announced, Batch, Correction, DecisionRow, DivisionWork, Forgotten, Gathered, Inbound, Kept, MessageEvidence, Move,
    Named, NewProfile, Placed, Protection, Quarantined, Question, Reading, Recorded, Remains, Result, RightSettled,
    Sent, Silent, Store, StoredEdge, Touched,
};
use crate::rows::{Found, first_of_each, verdicts};

/// One registry transaction.
pub struct MemoryBatch {
    pub(super) state: OwnedMutexGuard<State>,
    sent: Arc<Notify>,
    sends: bool,
    committed: bool,
    traceparent: Option<String>,
}

impl Store for MemoryStore {
    type Batch = MemoryBatch;
    type Snapshot = MemorySnapshot;

    async fn ping(&self) -> Result<()> {
        Ok(())
    }

    async fn begin(&self) -> Result<MemoryBatch> {
        let state = self.state.clone().lock_owned().await;
        Ok(MemoryBatch { state, sent: self.sent.clone(), sends: false, committed: false, traceparent: None })
    }

    async fn snapshot(&self) -> Result<MemorySnapshot> {
        Ok(self.open_snapshot().await)
    }
}

impl Drop for MemoryBatch {
    fn drop(&mut self) {
        if !self.committed {
            self.state.undo();
        }
    }
}

impl Reading for MemoryBatch {
    async fn blocks(&mut self, tokens: &[Token], limit: usize) -> Result<HashMap<Token, Vec<ProfileId>>> {
        Ok(self.state.blocks(tokens, limit))
    }

    async fn refined_blocks(
        &mut self,
        keys: &[(Token, Token)],
        limit: usize,
    ) -> Result<HashMap<Token, Vec<ProfileId>>> {
        Ok(self.state.refined_blocks(keys, limit))
    }

    async fn contents(&mut self, ids: &[ProfileId]) -> Result<Vec<(ProfileId, Profile)>> {
        Ok(self.state.contents(ids))
    }
}

impl Batch for MemoryBatch {
    async fn record(&mut self, messages: &[Inbound]) -> Result<Vec<Recorded>> {
        let mut found: HashMap<MessageKey, Found> = HashMap::with_capacity(messages.len());
        for message in first_of_each(messages) {
            let held = match self.state.inbox.get(&message.key) {
                Some(held) => Found::Before(held.content),
                None => Found::New { no: self.state.enter(message), withdrawn: false },
            };
            found.insert(message.key.clone(), held);
        }
        for (key, held) in &mut found {
            if let Found::New { withdrawn, .. } = held
                && self.state.withdrawals.get(key).is_some()
                && self.state.group(std::slice::from_ref(key)).1.contains(key)
            {
                *withdrawn = true;
                self.state.inbox.change(key, |message| message.withdrawn = true);
            }
        }
        let recorded = verdicts(messages, &found);
        for (message, recorded) in messages.iter().zip(&recorded) {
            match recorded {
                Recorded::New { .. } => self.state.count("recorded", message.feed.name(), 1),
                Recorded::Duplicate => self.state.count("duplicates", message.feed.name(), 1),
                // The caller puts it into quarantine, and there it is counted.
                Recorded::Conflict => {}
            }
        }
        Ok(recorded)
    }

    async fn received(&mut self, feed: Feed, deliveries: u32) -> Result<()> {
        self.state.count("received", feed.name(), deliveries as usize);
        Ok(())
    }

    async fn sent(&mut self, notices: &[Uuid]) -> Result<HashMap<Uuid, Sent>> {
        Ok(notices.iter().filter_map(|id| Some((*id, self.state.ledger.get(id)?.clone()))).collect())
    }

    async fn subjects(&mut self, statements: &[Uuid]) -> Result<Vec<PersonId>> {
        let grounds = statements.iter().filter_map(|id| Some(self.state.told.get(id)?.ground));
        let persons = grounds.filter_map(|ground| Some(self.state.profiles.get(&ground)?.person));
        Ok(persons.collect::<BTreeSet<_>>().into_iter().collect())
    }

    async fn profiles(&mut self, ids: &[ProfileId]) -> Result<HashMap<ProfileId, Placed>> {
        let placed = |id: &ProfileId| {
            let held = self.state.profiles.get(id)?;
            Some((*id, Placed { person: held.person, live: held.live }))
        };
        Ok(ids.iter().filter_map(placed).collect())
    }

    async fn profiles_of(&mut self, persons: &[PersonId]) -> Result<Vec<ProfileId>> {
        let all = persons.iter().filter_map(|person| self.state.of_person.get(person)).flatten().copied();
        Ok(all.filter(|id| self.state.profiles.get(id).is_some_and(|held| held.live)).collect())
    }

    async fn crowded(&mut self, refined: usize, closed: usize) -> Result<()> {
        self.state.count("keys", "refined", refined);
        self.state.count("keys", "closed", closed);
        Ok(())
    }

    async fn component(&mut self, of: &[ProfileId], weight_min: i32) -> Result<Gathered> {
        Ok(self.state.component(of, weight_min))
    }

    async fn edges_from(&mut self, ids: &[ProfileId]) -> Result<Vec<StoredEdge>> {
        Ok(self.state.edges_from(&ids.iter().copied().collect()))
    }

    async fn put_edges(&mut self, edges: &[StoredEdge], dropped: &[(ProfileId, ProfileId)]) -> Result<()> {
        self.state.put_edges(edges, dropped);
        Ok(())
    }

    async fn ask(&mut self, about: &[ProfileId], questions: &[Question]) -> Result<()> {
        self.state.ask(&about.iter().copied().collect(), questions);
        Ok(())
    }

    async fn decide(&mut self, decision: &DecisionRow) -> Result<()> {
        self.state.decisions.put((decision.a, decision.b), decision.verdict);
        Ok(())
    }

    async fn save(&mut self, profiles: &[NewProfile], evidence: &[MessageEvidence]) -> Result<()> {
        for new in profiles {
            self.state.add_profile(new);
        }
        for message in evidence {
            self.state.add_evidence(message);
        }
        Ok(())
    }

    async fn withdraw(&mut self, targets: &[MessageKey]) -> Result<Touched> {
        let (members, gone) = self.state.group(targets);
        let (mut profiles, mut keys, mut statements) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        for member in members {
            let Some(message) = self.state.inbox.get(&member).filter(|held| held.withdrawn != gone.contains(&member))
            else {
                continue;
            };
            let (no, withdrawn) = (message.no, !message.withdrawn);
            self.state.inbox.change(&member, |message| message.withdrawn = withdrawn);
            if self.state.announced.get(&no).is_some() {
                self.state.count_up_divisions();
            }
            self.state.mark(no, withdrawn, &mut profiles, &mut keys);
            statements.extend(self.state.answered.get(&no).copied());
        }
        for profile in &profiles {
            let live = self.state.is_spoken_of(*profile);
            self.state.profiles.change(profile, |held| held.live = live);
        }
        Ok(Touched {
            profiles: profiles.into_iter().collect(),
            keys: keys.into_iter().collect(),
            statements: statements.into_iter().collect(),
        })
    }

    async fn forget(&mut self, person: PersonId, feed: Option<Feed>) -> Result<Forgotten> {
        Ok(self.state.forget(person, feed))
    }

    async fn wipe(&mut self, remains: &Remains) -> Result<()> {
        self.state.wipe(remains);
        Ok(())
    }

    async fn silent(&mut self, since: DateTime<Utc>, after: Option<ProfileId>, limit: usize) -> Result<Vec<Silent>> {
        Ok(self.state.silent(since, after, limit))
    }

    async fn note(&mut self, _who: &str, _purpose: &str, _object: &str) -> Result<()> {
        Ok(())
    }

    async fn wipe_sent(&mut self, limit: usize) -> Result<usize> {
        Ok(self.state.wipe_sent(limit))
    }

    async fn assign(&mut self, moves: &[Move]) -> Result<()> {
        for Move { profile, to, .. } in moves {
            let Some(from) = self.state.profiles.get(profile).map(|held| held.person) else { continue };
            self.state.profiles.change(profile, |held| held.person = *to);
            self.state.of_person.change(&from, |profiles| {
                profiles.remove(profile);
            });
            self.state.of_person.upsert(*to, |profiles| {
                profiles.insert(*profile);
            });
        }
        Ok(())
    }

    async fn correct(&mut self, correction: &Correction) -> Result<()> {
        self.state.last_correction += 1;
        let value = (self.state.last_correction, correction.value.clone());
        self.state.corrections.put((correction.profile, correction.field), value);
        Ok(())
    }

    async fn protect(&mut self, protection: &Protection) -> Result<()> {
        self.state.protected.put(protection.profile, ());
        Ok(())
    }

    async fn unprotect(&mut self, person: PersonId, _who: &str) -> Result<bool> {
        let profiles: Vec<ProfileId> = self.state.of_person.get(&person).into_iter().flatten().copied().collect();
        let mut ended = false;
        for profile in profiles {
            ended |= self.state.protected.remove(&profile).is_some();
        }
        Ok(ended)
    }

    async fn lift(&mut self, person: PersonId, field: Shown, _who: &str) -> Result<bool> {
        let profiles: Vec<ProfileId> = self.state.of_person.get(&person).into_iter().flatten().copied().collect();
        let mut lifted = false;
        for profile in profiles {
            lifted |= self.state.corrections.remove(&(profile, field)).is_some();
        }
        Ok(lifted)
    }

    async fn settle_right(&mut self, settled: &RightSettled) -> Result<()> {
        self.state.settled.put(settled.request, settled.on);
        Ok(())
    }

    async fn holders(&mut self, keys: &[Token]) -> Result<Vec<PersonId>> {
        let state = &self.state;
        let under = keys.iter().filter_map(|key| state.by_key.get(key)).flatten();
        let live = under
            .filter(|id| state.facts.get(id).is_some_and(|fact| fact.sources.iter().any(|source| !source.withdrawn)));
        let holders: BTreeSet<PersonId> =
            live.filter_map(|(profile, _)| state.profiles.get(profile)).map(|held| held.person).collect();
        Ok(holders.into_iter().collect())
    }

    async fn person_files(&mut self, persons: &[PersonId]) -> Result<Vec<PersonFile>> {
        Ok(persons.iter().map(|person| self.state.person_file(*person)).collect())
    }

    async fn tell(&mut self, told: &[Told], notices: &[NoticeDraft]) -> Result<()> {
        for told in told {
            self.state.put_told(told);
        }
        for notice in notices {
            self.state.send(notice, self.traceparent.as_deref());
        }
        self.sends |= !notices.is_empty();
        Ok(())
    }

    async fn wake(&mut self, wakes: &[(PersonId, Option<NaiveDate>)]) -> Result<()> {
        for (person, on) in wakes {
            self.state.wake(*person, *on);
        }
        Ok(())
    }

    async fn due(&mut self, today: NaiveDate, limit: usize) -> Result<Vec<PersonId>> {
        Ok(self.state.due(today, limit))
    }

    async fn divisions_version(&mut self) -> Result<i64> {
        Ok(self.state.divisions_version.get(&()).copied().unwrap_or_default())
    }

    async fn announced(&mut self) -> Result<Vec<Announced>> {
        Ok(self.state.announcements())
    }

    async fn division_work(&mut self) -> Result<Option<DivisionWork>> {
        Ok(self.state.division_work.get(&()).cloned())
    }

    async fn put_division_work(&mut self, work: Option<&DivisionWork>) -> Result<()> {
        match work {
            Some(work) => self.state.division_work.put((), work.clone()),
            None => drop(self.state.division_work.remove(&())),
        }
        Ok(())
    }

    async fn settle_announcements(&mut self, settled: &[(i64, bool)]) -> Result<()> {
        for (no, settled) in settled {
            self.state.announced.change(no, |announcement| announcement.settled = *settled);
        }
        self.state.count_up_divisions();
        Ok(())
    }

    async fn naming(&mut self, codes: &[Code], after: Option<ProfileId>, limit: usize) -> Result<Vec<Named>> {
        Ok(self.state.naming(codes, after, limit))
    }

    async fn reroute(&mut self, handed: &[(Uuid, Receiver)]) -> Result<()> {
        self.state.reroute(|notice| {
            let heir = |statement| handed.iter().find(|(handed, _)| *handed == statement);
            notice.statement.and_then(heir).map(|(_, receiver)| receiver.clone())
        });
        Ok(())
    }

    async fn reroute_all(&mut self, heirs: &[(Receiver, Receiver)]) -> Result<()> {
        self.state.reroute(|notice| {
            let heir = heirs.iter().find(|(receiver, _)| *receiver == notice.receiver);
            heir.map(|(_, heir)| heir.clone())
        });
        Ok(())
    }

    async fn quarantine(&mut self, refused: &[Quarantined]) -> Result<Vec<bool>> {
        Ok(refused.iter().map(|message| self.state.set_aside(message)).collect())
    }

    async fn set_aside_for(&mut self, reasons: &[&str], limit: usize) -> Result<Vec<Kept>> {
        let open = self.state.quarantine.iter().filter(|(_, held)| !held.replayed);
        let kept =
            open.filter(|(_, held)| reasons.contains(&held.reason.as_str())).filter_map(|((publisher, _), held)| {
                let body = held.body.as_ref()?.as_ref().clone();
                Some(Kept { feed: held.feed, publisher: publisher.clone(), baseline: held.baseline, body })
            });
        Ok(kept.take(limit).collect())
    }

    async fn replayed(&mut self, publisher: &str, body_mac: Token) -> Result<bool> {
        let mut open = false;
        self.state.quarantine.change(&(publisher.to_owned(), body_mac), |held| {
            open = !std::mem::replace(&mut held.replayed, true);
        });
        Ok(open)
    }

    fn trace(&mut self, traceparent: Option<String>) {
        self.traceparent = traceparent;
    }

    async fn commit(mut self) -> Result<()> {
        self.state.settle();
        self.committed = true;
        if self.sends {
            self.sent.notify_one();
        }
        Ok(())
    }
}
