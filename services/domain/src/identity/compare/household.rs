//! Household divisions, all as they are called today, as deep as both sides know them. Where one side states none, the
//! county that issued its number stands in, on levels of its own: people's registers move, their numbers do not.

use super::super::matching::Level;
use super::super::prepared::Prepared;
use crate::division::{Code, Level as Depth};

pub(super) fn compare(a: &Prepared<'_>, b: &Prepared<'_>) -> Level {
    match (a.household, b.household) {
        (Some(a), Some(b)) => stated(a, b),
        (Some(stated), None) => issued(stated, b.issued_in),
        (None, Some(stated)) => issued(stated, a.issued_in),
        (None, None) => Level::Missing,
    }
}

fn issued(household: Code, issued_in: Option<Code>) -> Level {
    let Some(issued_in) = issued_in else { return Level::Missing };
    match stated(household, issued_in) {
        Level::HouseholdCounty => Level::HouseholdIssuedCounty,
        Level::HouseholdPrefecture => Level::HouseholdIssuedPrefecture,
        Level::HouseholdDifferent => Level::HouseholdIssuedElsewhere,
        _ => Level::Missing,
    }
}

fn stated(a: Code, b: Code) -> Level {
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
    use crate::division::Divisions;
    use crate::person::{Document, Profile};

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
            let code = |text: &str| text.parse::<Code>().unwrap();
            assert_eq!(stated(code(a), code(b)), expected, "{a} {b}");
            assert_eq!(stated(code(b), code(a)), expected, "{b} {a}");
        }
    }

    #[test]
    fn where_no_household_is_stated_the_county_that_issued_the_number_stands_in() {
        let of = |document: Document, household: Option<&str>| Profile {
            document,
            household: household.map(|code| code.parse().unwrap()),
            ..Profile::default()
        };
        // Fictional; the number is issued in 320583.
        let (numbered, _) = Document::read(None, Some("320583199305079017"));
        for (household, expected) in [
            ("320583100", Level::HouseholdIssuedCounty),
            ("320583", Level::HouseholdIssuedCounty),
            ("320582", Level::HouseholdIssuedPrefecture),
            ("341221", Level::HouseholdIssuedElsewhere),
            ("320000", Level::Missing),
        ] {
            let (with, without) = (of(Document::None, Some(household)), of(numbered.clone(), None));
            let [with, without] = [&with, &without].map(|profile| Prepared::new(profile, Divisions::shipped()));
            assert_eq!(compare(&with, &without), expected, "{household}");
            assert_eq!(compare(&without, &with), expected, "{household}");
        }
        let (moved, with) = (of(numbered, Some("341221")), of(Document::None, Some("320583")));
        let [moved, with] = [&moved, &with].map(|profile| Prepared::new(profile, Divisions::shipped()));
        assert_eq!(compare(&moved, &with), Level::HouseholdDifferent, "what is stated stands before the number");
    }
}
