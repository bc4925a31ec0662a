//! How often one address may try to log in.

use std::net::IpAddr;
use std::num::NonZeroU32;

use governor::{DefaultKeyedRateLimiter, Quota};

/// Addresses remembered before those that have been quiet are forgotten.
const ADDRESSES_MAX: usize = 10_000;

/// Tries per address; a quiet address gets its tries back within a minute.
pub(crate) struct LoginRate(DefaultKeyedRateLimiter<IpAddr>);

impl LoginRate {
    pub(crate) fn new(tries_per_min: u32) -> Self {
        let tries = NonZeroU32::new(tries_per_min).unwrap_or(NonZeroU32::MIN);
        LoginRate(DefaultKeyedRateLimiter::keyed(Quota::per_minute(tries)))
    }

    /// Whether an address may try once more.
    pub(crate) fn allows(&self, address: IpAddr) -> bool {
        if self.0.len() > ADDRESSES_MAX {
            self.0.retain_recent();
        }
        self.0.check_key(&address).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_tries_too_often_is_held_back_and_no_other() {
        let rate = LoginRate::new(3);
        let (one, other) = ("192.0.2.1".parse().unwrap(), "192.0.2.2".parse().unwrap());
        assert_eq!((0..5).filter(|_| rate.allows(one)).count(), 3);
        assert!(rate.allows(other));
    }
}
