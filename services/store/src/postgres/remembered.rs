//! What a batch read or wrote itself, so that it is not read again: half of what derive works on is about people whom
//! the same batch brought.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::SubsecRound;
use liangdi_domain::evidence::Fact;
use liangdi_domain::ids::{FactId, ProfileId, Token};
use liangdi_domain::person::{FactRecord, Profile};

use super::convert::{join_time, split_time};
use crate::port::{MessageEvidence, NewProfile};
use crate::rows::{Said, fact_record};

/// The database keeps times to the microsecond.
const TIME_DIGITS: u16 = 6;

/// A batch's memory.
#[derive(Default)]
pub(super) struct Remembered {
    /// A profile's id is a hash of its content: what was seen once stays true.
    contents: HashMap<ProfileId, Profile>,
    /// Facts of profiles that this batch was the first to write. Nothing else is stored of these, and nobody was told
    /// anything on their ground yet.
    fresh: HashMap<ProfileId, Vec<FactRecord>>,
    saved: bool,
}

impl Remembered {
    /// A profile's content, where it is known.
    pub(super) fn content(&self, id: ProfileId) -> Option<&Profile> {
        self.contents.get(&id)
    }

    /// Every live fact of a profile that this batch was the first to write; none for another profile.
    pub(super) fn facts(&self, id: ProfileId) -> Option<&[FactRecord]> {
        self.fresh.get(&id).map(Vec::as_slice)
    }

    /// Keeps what was read.
    pub(super) fn read(&mut self, id: ProfileId, content: &Profile) {
        self.contents.entry(id).or_insert_with(|| content.clone());
    }

    /// Keeps what was written.
    pub(super) fn wrote(&mut self, profiles: &[NewProfile], evidence: &[MessageEvidence]) {
        // What a second call adds to a profile of the first would be missed.
        if std::mem::replace(&mut self.saved, true) {
            return self.fresh.clear();
        }
        self.contents.extend(profiles.iter().map(|new| (new.id, new.profile.clone())));
        let fresh: HashSet<ProfileId> = profiles.iter().map(|new| new.id).collect();
        self.fresh.extend(fresh.iter().map(|id| (*id, Vec::new())));
        for fact in facts(&fresh, evidence) {
            self.fresh.entry(fact.profile).or_default().push(fact);
        }
    }

    /// Forgets what a withdrawal may have changed.
    pub(super) fn withdrew(&mut self) {
        self.fresh.clear();
    }
}

/// A fact, its business key, and who says it.
type Standing<'a> = (&'a Fact, Option<Token>, Vec<Said>);

/// The live facts of these profiles, as reading them would give them back.
fn facts(profiles: &HashSet<ProfileId>, evidence: &[MessageEvidence]) -> Vec<FactRecord> {
    let mut said: BTreeMap<(ProfileId, FactId), Standing> = BTreeMap::new();
    for message in evidence.iter().filter(|message| !message.withdrawn) {
        let (time, offset) = split_time(message.time);
        let time = join_time(time.trunc_subsecs(TIME_DIGITS), offset);
        for row in message.appearances.iter().filter(|row| profiles.contains(&row.profile)) {
            let (.., said) = said.entry((row.profile, row.fact_id)).or_insert((&row.fact, row.key, Vec::new()));
            said.push(Said { source: message.source.clone(), time, baseline: message.baseline });
        }
    }
    said.into_iter()
        .filter_map(|((profile, id), (fact, key, said))| fact_record((id, profile), fact.clone(), key, said))
        .collect()
}
