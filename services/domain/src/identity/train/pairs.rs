//! What other weights would make of pairs that met. Pairs are kept by what they agree in, not by who they are.

use std::collections::BTreeMap;

use serde::Serialize;

use super::super::compare::{Compared, Pattern};
use super::super::decide::{Verdict, decide};
use super::super::matching::Matching;
use super::super::score::weigh_compared;

/// Counted pairs, as far as a weight can tell them apart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pairs {
    /// By pattern and the bits of the name's share.
    counts: BTreeMap<(Pattern, u64), u64>,
    count: u64,
}

/// What becomes of pairs under other weights. A pair is linked here by its own weight alone: what conflicts or rivals
/// in its component make of it, only a rehearsal shows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct LinkChanges {
    /// Pairs looked at.
    pub pairs: u64,
    /// Linked by the old weights.
    pub links_before: u64,
    /// Linked by the new ones.
    pub links_after: u64,
    /// Linked now and not before.
    pub links_made: u64,
    /// Linked before and not now.
    pub links_lost: u64,
    /// Asked about now and not before.
    pub into_review: u64,
    /// Asked about before and not now.
    pub out_of_review: u64,
}

impl Pairs {
    /// Adds a pair.
    pub fn add(&mut self, compared: &Compared) {
        *self.counts.entry((compared.pattern, compared.name_share.to_bits())).or_default() += 1;
        self.count += 1;
    }

    /// How many there are.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// What becomes of them.
    pub fn changes(&self, old: &Matching, new: &Matching) -> LinkChanges {
        let mut changes = LinkChanges { pairs: self.count, ..LinkChanges::default() };
        for ((pattern, share), pairs) in &self.counts {
            let compared = Compared { pattern: *pattern, name_share: f64::from_bits(*share) };
            let verdict = |matching| decide(&weigh_compared(&compared, matching), matching);
            changes.count(verdict(old), verdict(new), *pairs);
        }
        changes
    }
}

impl LinkChanges {
    fn count(&mut self, before: Verdict, after: Verdict, pairs: u64) {
        let add = |to: &mut u64, is: bool| *to += if is { pairs } else { 0 };
        add(&mut self.links_before, before == Verdict::Link);
        add(&mut self.links_after, after == Verdict::Link);
        if before != after {
            add(&mut self.links_made, after == Verdict::Link);
            add(&mut self.links_lost, before == Verdict::Link);
            add(&mut self.into_review, after == Verdict::Review);
            add(&mut self.out_of_review, before == Verdict::Review);
        }
    }
}
