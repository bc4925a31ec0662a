//! Who was whom before, and who is whom now.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use liangdi_domain::ids::{PersonId, ProfileId};
use liangdi_store::port::{Gathered, Move};

/// Persons that merge and split.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Regrouping {
    /// Persons that hold live profiles of several persons of before, with those.
    pub merges: BTreeMap<PersonId, BTreeSet<PersonId>>,
    /// Persons of before whose live profiles belong to several persons now, with these.
    pub splits: BTreeMap<PersonId, BTreeSet<PersonId>>,
}

impl Regrouping {
    /// Compares the persons of live profiles.
    pub fn of(gathered: &Gathered, now: &HashMap<ProfileId, PersonId>) -> Self {
        let (mut made_of, mut went_to) = (BTreeMap::new(), BTreeMap::new());
        for member in gathered.members.iter().filter(|member| member.live) {
            let person = now.get(&member.id).copied().unwrap_or(member.person);
            made_of.entry(person).or_insert_with(BTreeSet::new).insert(member.person);
            went_to.entry(member.person).or_insert_with(BTreeSet::new).insert(person);
        }
        let several = |mut map: BTreeMap<PersonId, BTreeSet<PersonId>>| {
            map.retain(|_, persons| persons.len() > 1);
            map
        };
        Regrouping { merges: several(made_of), splits: several(went_to) }
    }
}

/// Persons of whom part went to somebody else, and whom it went to: whoever left a person that goes on was somebody
/// else all the time.
pub(crate) fn regrouped(moves: &[Move], persons: &HashMap<ProfileId, PersonId>) -> HashSet<PersonId> {
    let left: HashSet<PersonId> = moves.iter().map(|moved| moved.from).collect();
    let staying: HashSet<PersonId> = persons.values().copied().filter(|person| left.contains(person)).collect();
    moves.iter().filter(|moved| staying.contains(&moved.from)).flat_map(|moved| [moved.from, moved.to]).collect()
}
