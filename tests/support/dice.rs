//! Where and how often a fault strikes: drawn from a seed, so that a failure can be repeated.

use std::hash::{DefaultHasher, Hash, Hasher};

/// The seed of the short form; the long one draws a new one each time.
const SEED: u64 = 1;

/// Whether this is the long form (`deploy/test --faults`).
pub(crate) fn long() -> bool {
    std::env::var("LIANGDI_FAULTS").is_ok_and(|form| form == "long")
}

/// The first in the short form, the second in the long one.
pub(crate) fn form<T>(short: T, in_long: T) -> T {
    if long() { in_long } else { short }
}

/// A source of numbers.
pub(crate) struct Dice {
    seed: u64,
    thrown: u64,
}

impl Dice {
    /// By `LIANGDI_FAULT_SEED` if it is set. Says how to repeat what follows; a test's words are shown when it fails.
    #[allow(clippy::print_stderr)]
    pub(crate) fn new() -> Self {
        let drawn = || u64::from(std::process::id()) << 20 | u64::from(chrono::Utc::now().timestamp_subsec_micros());
        let given = std::env::var("LIANGDI_FAULT_SEED").ok().map(|seed| seed.parse().expect("a whole number"));
        let seed = given.unwrap_or_else(|| form(SEED, drawn()));
        eprintln!("LIANGDI_FAULT_SEED={seed} repeats the rounds of this test");
        Dice { seed, thrown: 0 }
    }

    /// A number below `bound`.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.thrown += 1;
        let mut hasher = DefaultHasher::new();
        (self.seed, self.thrown).hash(&mut hasher);
        (hasher.finish() % bound as u64) as usize
    }

    /// The same things in another order.
    pub(crate) fn shuffle<T>(&mut self, things: &mut [T]) {
        for end in (1..things.len()).rev() {
            things.swap(end, self.below(end + 1));
        }
    }
}
