//! Chance that comes out the same again: hashes and draws that depend on a seed alone, on every machine and in every
//! version of the compiler.

use std::hash::{Hash, Hasher};

/// FNV-1a, offset and prime.
const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
const PRIME: u64 = 0x0100_0000_01b3;
/// SplitMix64's step.
const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

/// A value's hash under a seed, evenly spread.
pub(super) fn hash(seed: u64, value: &impl Hash) -> u64 {
    let mut hasher = Fnv(OFFSET ^ mixed(seed));
    value.hash(&mut hasher);
    hasher.finish()
}

struct Fnv(u64);

impl Hasher for Fnv {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(PRIME);
        }
    }

    fn finish(&self) -> u64 {
        mixed(self.0)
    }
}

/// SplitMix64.
pub(super) struct Chance(u64);

impl Chance {
    pub(super) fn new(seed: u64) -> Self {
        Chance(seed)
    }

    /// A number from 0 up to, and without, `end`, which is not 0.
    pub(super) fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(STEP);
        let drawn = u128::from(mixed(self.0)) * end as u128;
        (drawn >> u64::BITS) as usize
    }
}

/// SplitMix64's finish: every bit of the result depends on every bit of the number.
fn mixed(number: u64) -> u64 {
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}
