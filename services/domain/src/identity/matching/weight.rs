//! Weights in hundredths of a bit. The logarithm is taken by squaring alone, which IEEE 754 fixes to the last bit, so
//! that every machine comes to the same integer.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, Sub};

use serde::{Deserialize, Serialize};

/// Binary digits of the logarithm behind the point: finer than a hundredth by far.
const FRACTION_BITS: u32 = 24;

/// Evidence in hundredths of a bit: positive speaks for one human, negative against.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Weight(pub i32);

impl Weight {
    /// `log2(ratio)`, rounded; the ratio is positive and finite.
    pub fn of_ratio(ratio: f64) -> Weight {
        if !(ratio.is_finite() && ratio > 0.0) {
            return Weight::default();
        }
        let (mut mantissa, mut whole) = (ratio, 0_i64);
        while mantissa >= 2.0 {
            mantissa /= 2.0;
            whole += 1;
        }
        while mantissa < 1.0 {
            mantissa *= 2.0;
            whole -= 1;
        }
        let mut fraction = 0_i64;
        for _ in 0..FRACTION_BITS {
            mantissa *= mantissa;
            fraction <<= 1;
            if mantissa >= 2.0 {
                mantissa /= 2.0;
                fraction |= 1;
            }
        }
        let scaled = (whole << FRACTION_BITS) + fraction;
        let hundredths = (scaled * 100 + (1 << (FRACTION_BITS - 1))) >> FRACTION_BITS;
        Weight(hundredths as i32)
    }

    /// From bits, as `matching.toml` writes thresholds.
    pub(super) fn of_bits(bits: f64) -> Weight {
        Weight((bits * 100.0).round() as i32)
    }

    /// In bits, for people to read.
    pub fn bits(self) -> f64 {
        f64::from(self.0) / 100.0
    }
}

impl Add for Weight {
    type Output = Weight;
    fn add(self, other: Weight) -> Weight {
        Weight(self.0.saturating_add(other.0))
    }
}

impl Sub for Weight {
    type Output = Weight;
    fn sub(self, other: Weight) -> Weight {
        Weight(self.0.saturating_sub(other.0))
    }
}

impl Sum for Weight {
    fn sum<I: Iterator<Item = Weight>>(weights: I) -> Weight {
        weights.fold(Weight::default(), Add::add)
    }
}

impl fmt::Display for Weight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:+.2}", self.bits())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_weight_is_the_binary_logarithm_in_hundredths() {
        for (ratio, expected) in [(1.0, 0), (2.0, 100), (0.5, -100), (1024.0, 1000), (3.0, 158), (1e12, 3986)] {
            assert_eq!(Weight::of_ratio(ratio), Weight(expected), "{ratio}");
        }
        assert_eq!(Weight::of_ratio(0.0), Weight(0));
        assert_eq!(Weight::of_ratio(f64::NAN), Weight(0));
        assert_eq!(Weight(-158).to_string(), "-1.58");
    }

    proptest! {
        #[test]
        fn the_logarithm_agrees_with_the_libm_to_a_hundredth(exponent in -60.0_f64..60.0) {
            let ratio = exponent.exp2();
            prop_assert!((Weight::of_ratio(ratio).bits() - exponent).abs() <= 0.0051);
        }
    }
}
