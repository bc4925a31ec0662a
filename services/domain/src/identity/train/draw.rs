//! Draws the pairs that a training learns from: pairs of profiles at random, and pairs that met under a blocking key.
//! Memory is bounded whatever the number of profiles. What is drawn depends on the seed and on the set of profiles
//! alone, never on their order: the same data trains to the same weights.
//!
//! Keys are drawn whole. A key is kept while its hash begins with enough zeros, one more whenever too many profiles
//! are held; so that of the keys drawn everybody is there who meets under them.

use std::collections::{BTreeMap, HashMap};

use super::super::block::Block;
use super::super::compare::{Compared, compare};
use super::super::prepared::Prepared;
use super::super::resolver::Resolver;
use super::Sample;
use super::chance::{Chance, hash};
use super::pairs::Pairs;
use crate::person::Profile;

/// How much is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DrawLimits {
    /// Profiles held for the keys drawn.
    pub profiles_max: usize,
    /// Profiles from which pairs are drawn at random.
    pub random_profiles_max: usize,
    /// Pairs drawn at random.
    pub random_pairs_max: u64,
    /// Pairs compared under one key.
    pub key_pairs_max: u64,
    /// Pairs compared under keys in all.
    pub met_pairs_max: u64,
}

impl Default for DrawLimits {
    fn default() -> Self {
        DrawLimits {
            profiles_max: 200_000,
            random_profiles_max: 10_000,
            random_pairs_max: 2_000_000,
            key_pairs_max: 500,
            met_pairs_max: 2_000_000,
        }
    }
}

/// What was drawn.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Drawn {
    /// What a training learns from.
    pub sample: Sample,
    /// The pairs that met, each once.
    pub met: Pairs,
    /// Pairs drawn at random.
    pub random_pairs: u64,
    /// One key in so many was looked at.
    pub one_key_in: u64,
}

/// Takes profiles one by one, and draws from them at the end.
pub struct Draw<'r> {
    resolver: Resolver<'r>,
    limits: DrawLimits,
    seed: u64,
    /// Zeros that the hash of a key begins with.
    zeros: u32,
    held: HashMap<u64, Profile>,
    /// By hash, which is no order of anything.
    keys: BTreeMap<u64, HeldKey>,
    /// Those with the smallest hashes.
    random: BTreeMap<u64, Profile>,
}

/// Who meets under a key: profiles by their hash, each with the hash of the refined key.
struct HeldKey {
    block: Block,
    members: Vec<(u64, Option<u64>)>,
}

/// Identity never reaches a log.
impl std::fmt::Debug for Draw<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Draw({} profiles, sealed)", self.held.len())
    }
}

impl<'r> Draw<'r> {
    /// Draws by a seed. The resolver says which keys a profile has, and when a key is crowded.
    pub fn new(resolver: Resolver<'r>, limits: DrawLimits, seed: u64) -> Self {
        let (held, keys, random) = (HashMap::new(), BTreeMap::new(), BTreeMap::new());
        Draw { resolver, limits, seed, zeros: 0, held, keys, random }
    }

    /// Offers a profile; offering an equal one again changes nothing.
    pub fn add(&mut self, profile: &Profile) {
        let id = hash(self.seed, profile);
        self.random.entry(id).or_insert_with(|| profile.clone());
        if self.random.len() > self.limits.random_profiles_max {
            self.random.pop_last();
        }
        // Held, it is under its keys already; not held for want of a key that is kept, it has none now either.
        if self.held.contains_key(&id) {
            return;
        }
        let mut kept = false;
        for key in self.resolver.keys(&self.resolver.prepare(profile)) {
            let of_key = hash(self.seed, &(key.block, &key.values));
            if of_key.leading_zeros() < self.zeros {
                continue;
            }
            let refined = key.refined.as_ref().map(|refined| hash(self.seed, refined));
            let held = self.keys.entry(of_key).or_insert_with(|| HeldKey { block: key.block, members: Vec::new() });
            held.members.push((id, refined));
            kept = true;
        }
        if kept {
            self.held.insert(id, profile.clone());
        }
        while self.held.len() > self.limits.profiles_max && self.zeros < u64::BITS {
            self.keep_fewer();
        }
    }

    /// Compares what was drawn.
    pub fn finish(self) -> Drawn {
        let mut drawn = Drawn { one_key_in: 1_u64.checked_shl(self.zeros).unwrap_or(u64::MAX), ..Drawn::default() };
        self.compare_random(&mut drawn);
        self.compare_met(&mut drawn);
        drawn
    }

    /// Half as many keys, and the profiles that are left under one.
    fn keep_fewer(&mut self) {
        self.zeros += 1;
        let zeros = self.zeros;
        self.keys.retain(|key, _| key.leading_zeros() >= zeros);
        let under_a_key: std::collections::HashSet<u64> =
            self.keys.values().flat_map(|key| key.members.iter().map(|(id, _)| *id)).collect();
        self.held.retain(|id, _| under_a_key.contains(id));
    }

    fn compare_random(&self, drawn: &mut Drawn) {
        let prepared: Vec<Prepared<'_>> = self.random.values().map(|profile| self.resolver.prepare(profile)).collect();
        let mut chance = Chance::new(self.seed);
        each_pair(prepared.len(), self.limits.random_pairs_max, &mut chance, |a, b| {
            drawn.sample.add_random(compare(&prepared[a], &prepared[b]).pattern, 1);
            drawn.random_pairs += 1;
        });
    }

    fn compare_met(&self, drawn: &mut Drawn) {
        let mut seen = std::collections::HashSet::new();
        for (of_key, key) in &self.keys {
            for mut group in self.groups(key) {
                let left = self.limits.met_pairs_max - drawn.met.count();
                if left == 0 {
                    return;
                }
                // The order of arrival must not show.
                group.sort_unstable();
                let prepared: Vec<Prepared<'_>> =
                    group.iter().filter_map(|id| self.held.get(id)).map(|held| self.resolver.prepare(held)).collect();
                let mut chance = Chance::new(self.seed ^ of_key);
                each_pair(prepared.len(), self.limits.key_pairs_max.min(left), &mut chance, |a, b| {
                    let compared: Compared = compare(&prepared[a], &prepared[b]);
                    drawn.sample.add_met(key.block, compared.pattern, 1);
                    if seen.insert((group[a], group[b])) {
                        drawn.met.add(&compared);
                    }
                });
            }
        }
    }

    /// Those who meet under a key as it is in use: all; where it is crowded, those who share its refined form; where
    /// that is crowded too, nobody.
    fn groups(&self, key: &HeldKey) -> Vec<Vec<u64>> {
        let limit = self.resolver.matching.limits.block_profiles_max;
        if key.members.len() <= limit {
            return vec![key.members.iter().map(|(id, _)| *id).collect()];
        }
        let mut refined: BTreeMap<u64, Vec<u64>> = BTreeMap::new();
        for (id, of) in &key.members {
            if let Some(of) = of {
                refined.entry(*of).or_default().push(*id);
            }
        }
        refined.into_values().filter(|group| group.len() <= limit).collect()
    }
}

/// Every pair of so many, the smaller first; where there are more than the limit, so many drawn by chance.
fn each_pair(of: usize, limit: u64, chance: &mut Chance, mut pair: impl FnMut(usize, usize)) {
    let all = (of as u64) * (of as u64).saturating_sub(1) / 2;
    if all <= limit {
        for a in 0..of {
            (a + 1..of).for_each(|b| pair(a, b));
        }
        return;
    }
    for _ in 0..limit {
        let a = chance.below(of);
        let b = chance.below(of - 1);
        let b = if b >= a { b + 1 } else { b };
        pair(a.min(b), a.max(b));
    }
}

#[cfg(test)]
mod tests;
