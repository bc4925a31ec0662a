//! Persons beside humans, counted over pairs of appearances: of all pairs held to be one person, how many are one human
//! (precision); of all pairs that are one human, how many are held to be (recall).

use std::collections::{BTreeMap, BTreeSet};

use liangdi_domain::ids::PersonId;

/// What the counting came to.
pub(super) struct Pairs {
    pub(super) appearances: usize,
    pub(super) humans: usize,
    pub(super) persons: usize,
    /// Pairs of one human.
    pub(super) true_pairs: u64,
    /// Pairs of one person.
    pub(super) held_pairs: u64,
    /// Pairs of both.
    pub(super) right_pairs: u64,
    /// Persons that hold more than one human, with whom they hold how often.
    pub(super) false_merges: BTreeMap<PersonId, BTreeMap<u32, u64>>,
    /// Humans that are more than one person.
    pub(super) split_humans: usize,
}

impl Pairs {
    /// Counts appearances: who it is, who it is held to be.
    pub(super) fn of(appearances: impl Iterator<Item = (u32, PersonId)>) -> Self {
        let mut of_person: BTreeMap<PersonId, BTreeMap<u32, u64>> = BTreeMap::new();
        let mut of_human: BTreeMap<u32, (u64, BTreeSet<PersonId>)> = BTreeMap::new();
        let mut total = 0;
        for (human, person) in appearances {
            total += 1;
            *of_person.entry(person).or_default().entry(human).or_default() += 1;
            let (count, persons) = of_human.entry(human).or_default();
            *count += 1;
            persons.insert(person);
        }
        let cells = || of_person.values().flat_map(BTreeMap::values);
        Pairs {
            appearances: total,
            humans: of_human.len(),
            persons: of_person.len(),
            true_pairs: of_human.values().map(|(count, _)| pairs(*count)).sum(),
            held_pairs: of_person.values().map(|held| pairs(held.values().sum())).sum(),
            right_pairs: cells().copied().map(pairs).sum(),
            split_humans: of_human.values().filter(|(_, persons)| persons.len() > 1).count(),
            false_merges: of_person.into_iter().filter(|(_, held)| held.len() > 1).collect(),
        }
    }

    pub(super) fn precision(&self) -> f64 {
        share(self.right_pairs, self.held_pairs)
    }

    pub(super) fn recall(&self) -> f64 {
        share(self.right_pairs, self.true_pairs)
    }

    /// The harmonic mean of both.
    pub(super) fn f1(&self) -> f64 {
        share(2 * self.right_pairs, self.held_pairs + self.true_pairs)
    }
}

/// Pairs among so many.
fn pairs(count: u64) -> u64 {
    count * count.saturating_sub(1) / 2
}

/// Of nothing, everything is right.
fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 1.0 } else { part as f64 / whole as f64 }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn person(n: u128) -> PersonId {
        PersonId(Uuid::from_u128(n))
    }

    fn counted(appearances: &[(u32, u128)]) -> Pairs {
        Pairs::of(appearances.iter().map(|(human, held)| (*human, person(*held))))
    }

    #[test]
    fn every_pair_of_appearances_is_counted_once() {
        // Human 1 is persons 1 and 2; person 2 also holds human 2.
        let found = counted(&[(1, 1), (1, 1), (1, 2), (2, 2), (2, 2)]);
        assert_eq!((found.true_pairs, found.held_pairs, found.right_pairs), (3 + 1, 1 + 3, 1 + 1));
        assert_eq!((found.precision(), found.recall(), found.f1()), (0.5, 0.5, 0.5));
        assert_eq!((found.humans, found.persons, found.split_humans), (2, 2, 1));
        assert_eq!(found.false_merges, BTreeMap::from([(person(2), BTreeMap::from([(1, 1), (2, 2)]))]));
    }

    #[test]
    fn whoever_appears_once_makes_no_pair() {
        let found = counted(&[(1, 1), (2, 2)]);
        assert_eq!((found.precision(), found.recall(), found.f1()), (1.0, 1.0, 1.0));
        assert!(found.false_merges.is_empty() && found.split_humans == 0);
    }
}
