//! Expectation maximisation. Every block is a mixture of pairs of one human, of strangers and of kin, in shares of its
//! own; the m are common to all. A field that a block's key ties is no evidence in it, and learns nothing from it.

use std::collections::BTreeMap;

use super::super::block::Block;
use super::super::compare::Pattern;
use super::super::matching::{Field, Level, Rates, Share};
use super::{OLD_M_PAIRS, SHARE_MIN, Sample, rounded};

/// Share of names that agree, where the table decides pair by pair and patterns know no names.
const FREQUENCY_SHARE: f64 = 1e-4;

/// The shares of one human, strangers and kin.
type Mixture = [f64; 3];

/// Rounds in which the mixture of pairs drawn at random is found.
const MIXTURE_ROUNDS: usize = 10;

pub(super) struct Estimate<'s> {
    old: BTreeMap<Level, f64>,
    m: BTreeMap<Level, f64>,
    blocks: Vec<(Vec<Field>, &'s BTreeMap<Pattern, u64>, Mixture)>,
}

impl<'s> Estimate<'s> {
    pub(super) fn new(rates: &BTreeMap<Level, Rates>, sample: &'s Sample) -> Self {
        let m: BTreeMap<Level, f64> = rates.iter().map(|(level, rates)| (*level, rates.m)).collect();
        let blocks = sample.met.iter().map(|(block, counts)| (free_fields(*block), counts, [1.0 / 3.0; 3])).collect();
        Estimate { old: m.clone(), m, blocks }
    }

    /// One round; returns the largest step of any m.
    pub(super) fn round(&mut self, rates: &BTreeMap<Level, Rates>) -> f64 {
        let mut expected: BTreeMap<Level, f64> = BTreeMap::new();
        for (free, counts, mixture) in &mut self.blocks {
            let (mut shares, mut all) = ([0.0; 3], 0.0);
            for (pattern, pairs) in *counts {
                let pairs = *pairs as f64;
                let posterior = posterior(pattern, free, mixture, &self.m, rates);
                for (share, probability) in shares.iter_mut().zip(posterior) {
                    *share += pairs * probability;
                }
                all += pairs;
                for field in free.iter() {
                    *expected.entry(pattern.level(*field)).or_default() += pairs * posterior[0];
                }
            }
            if all > 0.0 {
                *mixture = shares.map(|share: f64| (share / all).max(SHARE_MIN));
            }
        }
        self.step(&expected)
    }

    /// The m that was found, rounded; fields that nothing was learned of keep theirs.
    pub(super) fn m(&self) -> impl Iterator<Item = (Level, f64)> {
        self.m.iter().map(|(level, m)| (*level, if self.old[level] == *m { *m } else { rounded(*m) }))
    }

    fn step(&mut self, expected: &BTreeMap<Level, f64>) -> f64 {
        let mut largest: f64 = 0.0;
        for field in Field::ALL {
            let levels = Level::of(field);
            let seen = |level: &Level| expected.get(level).copied().unwrap_or_default();
            let total: f64 = levels.iter().map(seen).sum();
            if total < 1.0 {
                continue;
            }
            for level in levels {
                let m = (seen(level) + OLD_M_PAIRS * self.old[level]) / (total + OLD_M_PAIRS);
                let before = self.m.insert(*level, m).unwrap_or_default();
                largest = largest.max((m - before).abs());
            }
        }
        largest
    }
}

/// Chances that pairs drawn at random are of strangers: even these hold one human twice, and families, more often than
/// rare levels occur by chance.
pub(super) fn strangers(counts: &BTreeMap<Pattern, u64>, rates: &BTreeMap<Level, Rates>) -> Vec<(Pattern, f64)> {
    let m = rates.iter().map(|(level, rates)| (*level, rates.m)).collect();
    let all: f64 = counts.values().map(|pairs| *pairs as f64).sum();
    let mut mixture: Mixture = [1e-3, 1.0, 1e-3];
    let chances = |mixture: &Mixture| -> Vec<(Pattern, f64, Mixture)> {
        let chance = |(pattern, pairs): (&Pattern, &u64)| {
            (*pattern, *pairs as f64, posterior(pattern, &Field::ALL, mixture, &m, rates))
        };
        counts.iter().map(chance).collect()
    };
    for _ in 0..MIXTURE_ROUNDS {
        let mut shares = [0.0; 3];
        for (_, pairs, posterior) in chances(&mixture) {
            for (share, probability) in shares.iter_mut().zip(posterior) {
                *share += pairs * probability;
            }
        }
        mixture = shares.map(|share: f64| (share / all.max(1.0)).max(SHARE_MIN));
    }
    chances(&mixture).into_iter().map(|(pattern, pairs, posterior)| (pattern, pairs * posterior[1])).collect()
}

/// Chances that a pair is of one human, of strangers, of kin.
fn posterior(
    pattern: &Pattern,
    free: &[Field],
    mixture: &Mixture,
    m: &BTreeMap<Level, f64>,
    rates: &BTreeMap<Level, Rates>,
) -> Mixture {
    let mut joint = *mixture;
    if pattern.conflicts() {
        joint[0] = 0.0;
    }
    for level in free.iter().map(|field| pattern.level(*field)) {
        if let (Some(rate), Some(m)) = (rates.get(&level), m.get(&level)) {
            let u = match rate.u {
                Share::Fixed(share) => share,
                Share::Table(_) => FREQUENCY_SHARE,
            };
            joint[0] *= m;
            joint[1] *= u;
            joint[2] *= rate.kin;
        }
    }
    let total: f64 = joint.iter().sum();
    if total > 0.0 { joint.map(|share| share / total) } else { [0.0, 0.5, 0.5] }
}

/// The fields that a block's key leaves open.
fn free_fields(block: Block) -> Vec<Field> {
    let tied: &[Field] = match block {
        Block::Document => &[Field::Document],
        Block::NumberTail | Block::NumberEnds => &[Field::Document, Field::Birth, Field::Sex],
        Block::NameBirth => &[Field::Name, Field::Birth],
        Block::Phone => &[Field::Contact],
        Block::NameCounty => &[Field::Name, Field::Household],
        Block::BirthCounty => &[Field::Birth, Field::Household, Field::Name],
        Block::NameLiving => &[Field::Name, Field::Contact],
    };
    Field::ALL.into_iter().filter(|field| !tied.contains(field)).collect()
}
