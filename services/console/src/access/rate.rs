//! How often one address may try to log in, and one token may ask.

use std::hash::Hash;
use std::num::NonZeroU32;

use governor::{DefaultKeyedRateLimiter, Quota};

/// Keys remembered before those that have been quiet are forgotten.
const KEYS_MAX: usize = 10_000;

/// Tries per key; a quiet one gets its tries back within a minute.
pub(crate) struct Rate<K: Hash + Eq + Clone>(DefaultKeyedRateLimiter<K>);

impl<K: Hash + Eq + Clone> Rate<K> {
    pub(crate) fn new(tries_per_min: u32) -> Self {
        let tries = NonZeroU32::new(tries_per_min).unwrap_or(NonZeroU32::MIN);
        Rate(DefaultKeyedRateLimiter::keyed(Quota::per_minute(tries)))
    }

    /// Whether a key may try once more.
    pub(crate) fn allows(&self, key: K) -> bool {
        if self.0.len() > KEYS_MAX {
            self.0.retain_recent();
        }
        self.0.check_key(&key).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;

    #[test]
    fn an_address_that_tries_too_often_is_held_back_and_no_other() {
        let rate = Rate::<IpAddr>::new(3);
        let (one, other) = ("192.0.2.1".parse().unwrap(), "192.0.2.2".parse().unwrap());
        assert_eq!((0..5).filter(|_| rate.allows(one)).count(), 3);
        assert!(rate.allows(other));
    }
}
