//! Weights from messages: u from pairs drawn at random, m by expectation maximisation over pairs that met under a
//! blocking key, where the fields outside the key settle most of them. Works on counts of patterns, not on pairs, so
//! that any number of messages trains in seconds; what was seen too seldom keeps its old value.
//!
//! - `draw`: profiles into pairs, within limits; `chance`: by a seed
//! - `estimate`: expectation maximisation
//! - `change`, `pairs`: what changed, and what becomes of the pairs

mod chance;
mod change;
mod draw;
mod estimate;
mod pairs;

use std::collections::BTreeMap;

use super::block::Block;
use super::compare::Pattern;
use super::matching::{Field, Level, Matching, Rates, Share};
pub use change::{Change, Rate};
pub use draw::{Draw, DrawLimits, Drawn};
use estimate::{Estimate, strangers};
pub use pairs::{LinkChanges, Pairs};

/// Rounds of expectation maximisation at most.
const ROUNDS_MAX: usize = 60;
/// Smaller steps of every m end it.
const STEP_MIN: f64 = 1e-6;
/// A level seen in fewer random pairs keeps its u.
const RANDOM_PAIRS_MIN: f64 = 20.0;
/// So many pairs speak for the old m.
const OLD_M_PAIRS: f64 = 200.0;
/// No trained share is smaller.
const SHARE_MIN: f64 = 1e-7;

/// Counted patterns of pairs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sample {
    random: BTreeMap<Pattern, u64>,
    met: BTreeMap<Block, BTreeMap<Pattern, u64>>,
}

impl Sample {
    /// Adds pairs of profiles drawn at random.
    pub fn add_random(&mut self, pattern: Pattern, pairs: u64) {
        *self.random.entry(pattern).or_default() += pairs;
    }

    /// Adds pairs that met under a key of a block.
    pub fn add_met(&mut self, block: Block, pattern: Pattern, pairs: u64) {
        *self.met.entry(block).or_default().entry(pattern).or_default() += pairs;
    }
}

/// New weights beside the old.
#[derive(Debug, Clone, PartialEq)]
pub struct Training {
    /// The old file with new m and u; thresholds, limits, trust, kin and namesakes stay.
    pub matching: Matching,
    /// What changed, in the order of the file.
    pub changes: Vec<Change>,
}

/// Estimates m and u anew.
pub fn train(old: &Matching, sample: &Sample) -> Training {
    let mut rates = old.all_rates().clone();
    estimate_u(&mut rates, sample);
    let mut estimate = Estimate::new(&rates, sample);
    for _ in 0..ROUNDS_MAX {
        if estimate.round(&rates) < STEP_MIN {
            break;
        }
    }
    for (level, m) in estimate.m() {
        if let Some(rate) = rates.get_mut(&level) {
            rate.m = m;
        }
    }
    let matching = old.with_rates(rates);
    let changes = change::between(old, &matching);
    Training { matching, changes }
}

/// The share of every level among random pairs of strangers that can be compared in its field.
fn estimate_u(rates: &mut BTreeMap<Level, Rates>, sample: &Sample) {
    let strangers = strangers(&sample.random, rates);
    for field in Field::ALL {
        let mut counts: BTreeMap<Level, f64> = BTreeMap::new();
        let mut comparable = 0.0;
        for (pattern, pairs) in &strangers {
            let level = pattern.level(field);
            // Two different valid numbers compare; what a number implies, or nobody knows, does not.
            if rates.contains_key(&level) || level == Level::DocumentConflict {
                comparable += pairs;
                *counts.entry(level).or_default() += pairs;
            }
        }
        // What was proved to be two humans is different as well.
        let conflicts = counts.remove(&Level::DocumentConflict).unwrap_or_default();
        if conflicts > 0.0 {
            *counts.entry(Level::DocumentDifferent).or_default() += conflicts;
        }
        for (level, seen) in counts.into_iter().filter(|(_, seen)| *seen >= RANDOM_PAIRS_MIN) {
            if let Some(rate) = rates.get_mut(&level)
                && matches!(rate.u, Share::Fixed(_))
            {
                rate.u = Share::Fixed(rounded(seen / comparable));
            }
        }
    }
}

/// Six significant digits: what a file shows.
fn rounded(share: f64) -> f64 {
    let share = share.clamp(SHARE_MIN, 1.0);
    format!("{share:.5e}").parse().unwrap_or(share)
}

#[cfg(test)]
mod tests;
