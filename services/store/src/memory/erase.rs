//! What is held of a person, taken away for good, in memory.

use std::collections::BTreeSet;
use std::ops::Bound;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use liangdi_domain::feed::Feed;
use liangdi_domain::identity::survive::Shown;
use liangdi_domain::ids::{FactId, PersonId, ProfileId};
use liangdi_domain::notice::NoticeDraft;
use liangdi_domain::statement::{ToldState, Topic};
use serde_json::Value;
use uuid::Uuid;

use super::state::{Link, SaidBy, State};
use super::table::Table;
use crate::port::{Forgotten, Remains, Silent};

impl State {
    pub(super) fn forget(&mut self, person: PersonId, feed: Option<Feed>) -> Forgotten {
        let mine: BTreeSet<ProfileId> = self.of_person.get(&person).into_iter().flatten().copied().collect();
        let mut forgotten = Forgotten::default();
        let mut touched: BTreeSet<ProfileId> = BTreeSet::new();
        let said = self.said.iter().filter(|(no, _)| self.is_of(**no, feed));
        let said: Vec<(i64, Arc<SaidBy>)> = said.map(|(no, said)| (*no, Arc::clone(said))).collect();
        for (no, said) in said {
            let (gone, rows): (Vec<_>, Vec<_>) =
                said.rows.iter().copied().partition(|(_, profile, _)| mine.contains(profile));
            for (_, profile, fact) in &gone {
                touched.insert(*profile);
                self.unsay(no, (*profile, *fact), &mut forgotten);
            }
            if !gone.is_empty() {
                forgotten.messages.push(no);
                let (linked, ending) = (said.linked.clone(), said.ending);
                self.said.put(no, Arc::new(SaidBy { rows, linked, ending }));
            }
        }
        let cut = self.cut(&mine, feed, |state| &mut state.links);
        self.say_linked(&cut);
        touched.extend(cut);
        self.cut(&mine, feed, |state| &mut state.beside);
        for profile in &touched {
            let live = self.is_spoken_of(*profile);
            self.profiles.change(profile, |held| held.live = live);
        }
        let whole = mine.iter().filter(|_| feed.is_none());
        let asked: BTreeSet<ProfileId> = touched.iter().chain(whole).copied().collect();
        let left = |profile: &ProfileId| {
            let said = self.facts_of(*profile).any(|(_, fact)| !fact.sources.is_empty());
            said || self.links.get(profile).is_some_and(|links| !links.is_empty())
        };
        forgotten.gone = asked.into_iter().filter(|profile| !left(profile)).collect();
        forgotten.profiles = touched.into_iter().collect();
        forgotten.facts.sort_unstable();
        forgotten.keys.sort_unstable();
        forgotten.keys.dedup();
        forgotten
    }

    /// Whether a message came out of a feed, or of any.
    fn is_of(&self, no: i64, feed: Option<Feed>) -> bool {
        let source = self.keys.get(&no).map(|key| key.source.as_str()).unwrap_or_default();
        feed.is_none_or(|feed| source.starts_with(&format!("urn:liangdi:{}:", feed.name())))
    }

    /// Takes a message from the sources of a fact; without any the fact goes.
    fn unsay(&mut self, no: i64, fact: (ProfileId, FactId), forgotten: &mut Forgotten) {
        self.facts.change(&fact, |held| held.sources.retain(|source| source.no != no));
        let Some(held) = self.facts.get(&fact).filter(|held| held.sources.is_empty()) else { return };
        let key = held.key;
        self.facts.remove(&fact);
        forgotten.facts.push(fact.1);
        if let Some(key) = key {
            self.by_key.change(&key, |facts| facts.retain(|other| *other != fact));
            forgotten.keys.push(key);
        }
    }

    /// Cuts what messages tie to these profiles, from both ends; returns the ends.
    fn cut(
        &mut self,
        mine: &BTreeSet<ProfileId>,
        feed: Option<Feed>,
        table: impl Fn(&mut State) -> &mut Table<ProfileId, Vec<Link>>,
    ) -> BTreeSet<ProfileId> {
        let mut ends = BTreeSet::new();
        for profile in mine {
            let ties: Vec<Link> = table(self).get(profile).into_iter().flatten().cloned().collect();
            for Link { other, no, .. } in ties {
                if !self.is_of(no, feed) {
                    continue;
                }
                for (end, far) in [(*profile, other), (other, *profile)] {
                    table(self).change(&end, |ties| ties.retain(|tie| (tie.other, tie.no) != (far, no)));
                    ends.insert(end);
                }
            }
        }
        ends
    }

    /// Lets messages say only those links that are left.
    fn say_linked(&mut self, cut: &BTreeSet<ProfileId>) {
        let linked = self.said.iter().filter(|(_, said)| said.linked.iter().any(|end| cut.contains(end)));
        let linked: Vec<(i64, Arc<SaidBy>)> = linked.map(|(no, said)| (*no, Arc::clone(said))).collect();
        for (no, said) in linked {
            let mut ends = said.linked.clone();
            ends.retain(|end| self.links.get(end).is_some_and(|links| links.iter().any(|link| link.no == no)));
            self.said.put(no, Arc::new(SaidBy { rows: said.rows.clone(), linked: ends, ending: said.ending }));
        }
    }

    pub(super) fn wipe(&mut self, remains: &Remains) {
        let Remains { forgotten, keys, heir, changed, restated, telling } = remains;
        let taken_back: BTreeSet<Uuid> =
            forgotten.gone.iter().flat_map(|profile| self.strip_statements(*profile)).collect();
        let answers = self.answered.iter().filter(|(_, statement)| taken_back.contains(statement)).map(|(no, _)| no);
        let messages: Vec<i64> = forgotten.messages.iter().chain(answers).copied().collect();
        let statements: BTreeSet<Uuid> = taken_back.into_iter().chain(changed.iter().copied()).collect();
        self.restate(restated);
        let spared: BTreeSet<Uuid> = telling.iter().chain(restated.iter().map(|(notice, _)| notice)).copied().collect();
        let waiting = self.outbox.iter().map(|(_, row)| &row.notice);
        let waiting = waiting.filter(|notice| {
            let about = notice.statement.is_some_and(|statement| statements.contains(&statement));
            about && notice.kind.names_somebody() && !spared.contains(&notice.id)
        });
        for notice in waiting.map(|notice| notice.id).collect::<Vec<_>>() {
            self.erase_later.put(notice, ());
        }
        let keyed: Vec<_> = messages.iter().filter_map(|no| self.keys.get(no)).collect();
        let named = |of: &(Option<String>, Option<String>)| {
            keyed.iter().any(|key| (of.0.as_ref(), of.1.as_ref()) == (Some(&key.source), Some(&key.id)))
        };
        let refused: Vec<_> =
            self.quarantine.iter().filter(|(_, held)| named(&held.of)).map(|(key, _)| key.clone()).collect();
        for key in refused {
            self.quarantine.change(&key, |held| held.body = None);
        }
        for fact in &forgotten.facts {
            self.settled.remove(fact);
        }
        for key in &forgotten.keys {
            if self.by_key.get(key).is_none_or(Vec::is_empty) {
                self.by_key.remove(key);
                for ending in self.endings.remove(key).unwrap_or_default() {
                    let Some(said) = self.said.get(&ending.no).cloned() else { continue };
                    let (rows, linked) = (said.rows.clone(), said.linked.clone());
                    self.said.put(ending.no, Arc::new(SaidBy { rows, linked, ending: None }));
                }
            }
        }
        for (profile, key) in keys {
            let_go(&mut self.by_token, &key.token, *profile);
            if let Some(refined) = key.refined {
                let_go(&mut self.by_refined, &(key.token, refined), *profile);
            }
        }
        for profile in &forgotten.gone {
            heir.iter().for_each(|heir| self.inherit_what_holds(*profile, *heir));
            self.drop_profile(*profile);
        }
        let after = self.division_work.get(&()).and_then(|work| work.after);
        if let Some(after) = after.filter(|after| forgotten.gone.contains(after)) {
            let before = self.profiles.range(..after).next_back().map(|(id, _)| *id);
            self.division_work.change(&(), |work| work.after = before);
        }
    }

    /// Lets notices that are on their way say what is known now.
    fn restate(&mut self, restated: &[(Uuid, Value)]) {
        let said = |id: &Uuid| restated.iter().find(|(notice, _)| notice == id).map(|(_, data)| data.clone());
        let waiting = self.outbox.iter().filter_map(|(no, row)| Some((*no, said(&row.notice.id)?)));
        for (no, data) in waiting.collect::<Vec<_>>() {
            self.outbox.change(&no, |row| row.notice = Arc::new(NoticeDraft { data, ..row.notice.as_ref().clone() }));
        }
    }

    /// Statements without a person; returns which.
    fn strip_statements(&mut self, profile: ProfileId) -> BTreeSet<Uuid> {
        let ids = self.told_on.remove(&profile).unwrap_or_default();
        for id in &ids {
            self.told.change(id, |told| {
                told.ground = ProfileId(Uuid::nil());
                told.fields.clear();
                told.state = ToldState::Retracted;
                if told.topic != Topic::Duty {
                    told.variant = None;
                }
            });
        }
        ids
    }

    /// Moves corrections and protection; the latest word of a field counts.
    fn inherit_what_holds(&mut self, profile: ProfileId, heir: ProfileId) {
        for field in Shown::ALL {
            let Some(held) = self.corrections.remove(&(profile, field)) else { continue };
            if self.corrections.get(&(heir, field)).is_none_or(|other| other.0 < held.0) {
                self.corrections.put((heir, field), held);
            }
        }
        if self.protected.remove(&profile).is_some() {
            self.protected.put(heir, ());
        }
    }

    /// Removes a profile and everything that hangs on it.
    fn drop_profile(&mut self, profile: ProfileId) {
        let ends = self.edges.remove(&profile).unwrap_or_default();
        for end in ends.into_keys() {
            self.edges.change(&end, |ends| {
                ends.remove(&profile);
            });
        }
        self.ask(&BTreeSet::from([profile]), &[]);
        let decided: Vec<_> = self.decisions.iter().map(|(pair, _)| *pair).collect();
        for pair in decided.into_iter().filter(|(a, b)| *a == profile || *b == profile) {
            self.decisions.remove(&pair);
        }
        for field in Shown::ALL {
            self.corrections.remove(&(profile, field));
        }
        self.protected.remove(&profile);
        self.asked.remove(&profile);
        self.links.remove(&profile);
        self.beside.remove(&profile);
        if let Some(held) = self.profiles.remove(&profile) {
            self.of_person.change(&held.person, |profiles| {
                profiles.remove(&profile);
            });
        }
    }

    pub(super) fn silent(&self, since: DateTime<Utc>, after: Option<ProfileId>, limit: usize) -> Vec<Silent> {
        let heard = |profile: &ProfileId| {
            self.facts_of(*profile).any(|(_, fact)| fact.sources.iter().any(|source| source.time >= since))
        };
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let page = self.profiles.range((from, Bound::Unbounded)).take(limit);
        let silent = page.map(|(profile, held)| {
            let heard = self.of_person.get(&held.person).is_some_and(|profiles| profiles.iter().any(heard));
            Silent { profile: *profile, person: held.person, silent: !heard }
        });
        silent.collect()
    }

    /// A ledger in memory holds no content: what is left to do is to forget that some was to be erased.
    pub(super) fn wipe_sent(&mut self, limit: usize) -> usize {
        let waiting: BTreeSet<Uuid> = self.outbox.iter().map(|(_, row)| row.notice.id).collect();
        let sent = self.erase_later.iter().map(|(notice, ())| *notice).filter(|notice| !waiting.contains(notice));
        let sent: Vec<Uuid> = sent.take(limit).collect();
        for notice in &sent {
            self.erase_later.remove(notice);
        }
        sent.len()
    }
}

/// Takes a profile from under a token; one that nobody carries is not there.
fn let_go<K: Ord + Clone>(blocks: &mut Table<K, Vec<ProfileId>>, token: &K, profile: ProfileId) {
    blocks.change(token, |profiles| profiles.retain(|other| *other != profile));
    if blocks.get(token).is_some_and(Vec::is_empty) {
        blocks.remove(token);
    }
}
