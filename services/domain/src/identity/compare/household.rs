//! Household divisions, both as they are called today, as deep as both sides know them.

use super::super::matching::Level;
use crate::division::{Code, Level as Depth};

pub(super) fn compare(a: Option<Code>, b: Option<Code>) -> Level {
    let (Some(a), Some(b)) = (a, b) else { return Level::Missing };
    let known = a.level().min(b.level());
    if a.province() != b.province() {
        return Level::HouseholdDifferent;
    }
    if known == Depth::Province {
        return Level::Missing;
    }
    if a.township().is_some() && a.township() == b.township() {
        Level::HouseholdTownship
    } else if a.county().is_some() && a.county() == b.county() {
        if known >= Depth::Township { Level::HouseholdOtherTownship } else { Level::HouseholdCounty }
    } else if a.prefecture() == b.prefecture() {
        Level::HouseholdPrefecture
    } else {
        Level::HouseholdDifferent
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn households_agree_as_deep_as_both_are_known() {
        for (a, b, expected) in [
            ("320583100", "320583100001", Level::HouseholdTownship),
            ("320583100", "320583101", Level::HouseholdOtherTownship),
            ("320583100", "320583", Level::HouseholdCounty),
            ("320583100", "320582", Level::HouseholdPrefecture),
            ("320583", "320500", Level::HouseholdPrefecture),
            ("320583", "320981", Level::HouseholdDifferent),
            ("320583", "341221", Level::HouseholdDifferent),
            ("320583", "320000", Level::Missing),
            ("341221", "320000", Level::HouseholdDifferent),
        ] {
            let code = |text: &str| text.parse().ok();
            assert_eq!(compare(code(a), code(b)), expected, "{a} {b}");
            assert_eq!(compare(code(b), code(a)), expected, "{b} {a}");
        }
    }
}
