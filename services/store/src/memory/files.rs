//! Everything of a person, read out of memory.

use std::collections::BTreeMap;

use liangdi_domain::identity::survive::{Frozen, Shown};
use liangdi_domain::ids::{FactId, PersonId, ProfileId};
use liangdi_domain::person::{EndingRecord, FactRecord, PersonFile, Profile, Published, Stated};
use liangdi_domain::statement::{Told, ToldState};

use super::state::{HeldEnding, State};
use crate::rows::{Said, fact_record, sort_endings};

impl State {
    pub(super) fn person_file(&self, person: PersonId) -> PersonFile {
        let ids: Vec<_> = self.of_person.get(&person).into_iter().flatten().copied().collect();
        self.file_of(person, &ids)
    }

    /// The file of a person that holds these profiles.
    pub(super) fn file_of(&self, person: PersonId, ids: &[ProfileId]) -> PersonFile {
        let mut ids = ids.to_vec();
        ids.sort_unstable();
        let profiles = ids.iter().filter_map(|id| {
            let held = self.profiles.get(id).filter(|held| held.live)?;
            Some((*id, held.profile.as_ref().clone()))
        });
        let mut facts: Vec<FactRecord> = Vec::new();
        let mut told: Vec<Told> = Vec::new();
        for profile in &ids {
            for (id, held) in self.facts_of(*profile) {
                let said = held.sources.iter().filter(|source| !source.withdrawn).map(|source| Said {
                    source: source.source.to_string(),
                    time: source.time,
                    baseline: source.baseline,
                });
                facts.extend(fact_record((id, *profile), held.fact.as_ref().clone(), held.key, said));
            }
            let known = self.told_on.get(profile).into_iter().flatten().filter_map(|id| self.told.get(id));
            told.extend(known.filter(|told| told.state != ToldState::Retracted).cloned());
        }
        facts.sort_unstable_by_key(|fact| fact.id);
        told.sort_unstable_by_key(|told| told.id);
        let asking = told.iter().filter(|told| told.asked.is_some());
        let replies = asking.flat_map(|told| self.standing_replies(told.id)).collect();
        let mut file = PersonFile {
            person,
            profiles: profiles.collect(),
            endings: self.endings_of(&facts),
            frozen: self.frozen(&ids),
            facts,
            told,
            replies,
            settled: BTreeMap::new(),
            messages: BTreeMap::new(),
        };
        file.settled = file.facts.iter().filter_map(|fact| Some((fact.id, *self.settled.get(&fact.id)?))).collect();
        file.messages = file.questioned().into_iter().filter_map(|stated| self.published(stated)).collect();
        file
    }

    /// The message by which an office stated a fact last.
    fn published(&self, (profile, fact, source): Stated) -> Option<((FactId, String), Published)> {
        let held = self.facts.get(&(profile, fact))?;
        let standing = held.sources.iter().filter(|said| !said.withdrawn && *said.source == *source);
        let named = standing.filter_map(|said| Some((said.time, self.keys.get(&said.no)?)));
        let (_, key) = named.max_by(|(one, a), (other, b)| one.cmp(other).then_with(|| b.id.cmp(&a.id)))?;
        let publisher = self.inbox.get(key)?.publisher.to_string();
        Some(((fact, source), Published { message: key.clone(), publisher }))
    }

    /// What holds; the latest word of a field counts.
    fn frozen(&self, profiles: &[ProfileId]) -> Frozen {
        let all = profiles.iter().flat_map(|profile| Shown::ALL.map(|field| (*profile, field)));
        let mut standing: Vec<(i64, Shown, &Profile)> =
            all.filter_map(|key| self.corrections.get(&key).map(|(no, value)| (*no, key.1, value))).collect();
        standing.sort_unstable_by_key(|(no, ..)| *no);
        let protected = profiles.iter().any(|profile| self.protected.get(profile).is_some());
        let mut frozen = Frozen { protected, ..Frozen::default() };
        standing.into_iter().for_each(|(_, field, value)| frozen.hold(field, value.clone()));
        frozen
    }

    fn endings_of(&self, facts: &[FactRecord]) -> Vec<EndingRecord> {
        let mut endings: Vec<EndingRecord> = Vec::new();
        for key in facts.iter().filter_map(|fact| fact.key) {
            let live = self.endings.get(&key).into_iter().flatten().filter(|ending| !ending.withdrawn);
            endings.extend(live.map(|HeldEnding { on, reason, number, .. }| EndingRecord {
                key,
                on: *on,
                reason: *reason,
                number: *number,
            }));
        }
        sort_endings(&mut endings);
        endings
    }
}
