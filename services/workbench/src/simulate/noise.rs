//! The noise classes: what is wrong or odd about records, and how often.
//!
//! Rates are the share of records (of the persons or fields the class can touch at all) and approximate: `low`
//! stands for well-kept official data, `high` for measuring accuracy. They are a judgement of our own, made without
//! looking at any matcher and never to be tuned to one. *Record* classes are drawn once per record that an
//! office keeps of a person, so that all its messages repeat the slip; *wire* classes once per message.
//!
//! | class | low | high | drawn per | what it does |
//! |---|---|---|---|---|
//! | `full-width` | 0.002 | 0.03 | wire | ID number or phone in full-width digits and letters |
//! | `spaces` | 0.003 | 0.04 | wire | a space inside name, ID number or phone |
//! | `lower-case-x` | 0.03 | 0.30 | wire | `x` for a final `X` |
//! | `country-prefix` | 0.02 | 0.15 | wire | `+86` or `86` before the phone |
//! | `fifteen-digits` | 0.001 | 0.03 | record | the number of the first generation of cards (born before 1999) |
//! | `placeholder-id` | 0.004 | 0.05 | record | `无`, empty, eighteen zeros or `000000` + birth date + `0000` |
//! | `child-without-id` | 0.50 | 0.70 | record | no number for a child under 14; township records 0.85 at either level |
//! | `missing-phone` | 0.06 | 0.20 | record | no phone |
//! | `stale-phone` | 0.01 | 0.08 | record | a phone given up |
//! | `shared-phone` | 0.02 | 0.10 | record | the family's or flat's contact's phone |
//! | `missing-household` | 0.02 | 0.12 | record | no household division, where it may be absent |
//! | `household-county-only` | 0.25 | 0.45 | record | police and township records that know the household's county only |
//! | `household-twelve-digits` | 0.10 | 0.20 | wire | the household down to the village, or padded with zeros |
//! | `household-old-code` | 0.002 | 0.04 | record | a code of the county that is no longer in force |
//! | `id-wrong-digit` | 0.0005 | 0.015 | record | one digit mistyped: the check digit no longer fits |
//! | `id-transposed` | 0.0003 | 0.010 | record | two neighbouring digits swapped |
//! | `name-homophone` | 0.001 | 0.030 | record | a character of the same sound |
//! | `name-shape` | 0.0005 | 0.015 | record | a character of a similar shape |
//! | `name-traditional` | 0.001 | 0.020 | record | traditional forms or variants |
//! | `name-dots` | 0.20 | 0.50 | wire | `•` or `.` for the `·` of a long name |
//! | `birth-impossible` | 0.0003 | 0.010 | record | a day no calendar has |
//! | `birth-swapped` | 0.0003 | 0.010 | record | day and month swapped |
//! | `birth-year` | 0.0005 | 0.015 | record | the year off by one or ten |
//! | `stale-identity` | 0.30 | 0.50 | record | another office still knows the name, number or household from before a change |
//! | namesakes | 0.001 | 0.010 | world | another person with equal name and birth date, half of them of the same county |
//! | twins | 0.010 | 0.030 | world | of the families with children: neighbouring numbers, all else but the given name equal |
//!
//! Some offices keep better records than others: the rates of the name, number and birth classes are multiplied
//! by 0.4 for police and civil affairs, 1.0 for human resources, 1.2 for townships and 1.5 for housing.

use liangdi_domain::feed::Feed;
use serde::Serialize;

use super::NoiseLevel;

/// A rate at both levels.
pub(super) struct Rate {
    low: f64,
    high: f64,
}

impl Rate {
    /// The rate at a level.
    pub(super) fn at(&self, level: NoiseLevel) -> f64 {
        match level {
            NoiseLevel::Low => self.low,
            NoiseLevel::High => self.high,
        }
    }
}

/// Share of single workers who are made the namesake of somebody.
pub(super) const NAMESAKES: Rate = Rate { low: 0.001, high: 0.010 };
/// Share of families with children whose first two are twins.
pub(super) const TWINS: Rate = Rate { low: 0.010, high: 0.030 };
/// Share of children without a number in township records, at either level.
pub(super) const CHILD_WITHOUT_ID_TOWNSHIP: f64 = 0.85;

/// What can be odd about a record; the table above says how often.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Noise {
    /// ID number or phone in full-width characters.
    FullWidth,
    /// A space inside name, ID number or phone.
    Spaces,
    /// `x` for `X`.
    LowerCaseX,
    /// `+86` or `86`.
    CountryPrefix,
    /// The number of the first generation of cards.
    FifteenDigits,
    /// No number, said with a placeholder.
    PlaceholderId,
    /// A child whose number is not known.
    ChildWithoutId,
    /// No phone.
    MissingPhone,
    /// A phone given up.
    StalePhone,
    /// Somebody else's phone.
    SharedPhone,
    /// No household division.
    MissingHousehold,
    /// The household's county instead of its township.
    HouseholdCountyOnly,
    /// The household's village, or zeros for it.
    HouseholdTwelveDigits,
    /// A code no longer in force.
    HouseholdOldCode,
    /// One digit mistyped.
    IdWrongDigit,
    /// Two digits swapped.
    IdTransposed,
    /// A character of the same sound.
    NameHomophone,
    /// A character of a similar shape.
    NameShape,
    /// Traditional characters.
    NameTraditional,
    /// Another dot.
    NameDots,
    /// A day no calendar has.
    BirthImpossible,
    /// Day and month swapped.
    BirthSwapped,
    /// The year off by one or ten.
    BirthYear,
    /// As the person was known before a change.
    StaleIdentity,
}

impl Noise {
    /// Every class, in the order of the table.
    pub const ALL: [Noise; 24] = [
        Noise::FullWidth,
        Noise::Spaces,
        Noise::LowerCaseX,
        Noise::CountryPrefix,
        Noise::FifteenDigits,
        Noise::PlaceholderId,
        Noise::ChildWithoutId,
        Noise::MissingPhone,
        Noise::StalePhone,
        Noise::SharedPhone,
        Noise::MissingHousehold,
        Noise::HouseholdCountyOnly,
        Noise::HouseholdTwelveDigits,
        Noise::HouseholdOldCode,
        Noise::IdWrongDigit,
        Noise::IdTransposed,
        Noise::NameHomophone,
        Noise::NameShape,
        Noise::NameTraditional,
        Noise::NameDots,
        Noise::BirthImpossible,
        Noise::BirthSwapped,
        Noise::BirthYear,
        Noise::StaleIdentity,
    ];

    /// How often, at a level, in the records of a feed.
    pub(super) fn rate(self, level: NoiseLevel, feed: Feed) -> f64 {
        let (low, high, typed) = match self {
            Noise::FullWidth => (0.002, 0.03, false),
            Noise::Spaces => (0.003, 0.04, false),
            Noise::LowerCaseX => (0.03, 0.30, false),
            Noise::CountryPrefix => (0.02, 0.15, false),
            Noise::FifteenDigits => (0.001, 0.03, true),
            Noise::PlaceholderId => (0.004, 0.05, true),
            Noise::ChildWithoutId if feed == Feed::Township => (CHILD_WITHOUT_ID_TOWNSHIP, CHILD_WITHOUT_ID_TOWNSHIP, false),
            Noise::ChildWithoutId => (0.50, 0.70, false),
            Noise::MissingPhone => (0.06, 0.20, false),
            Noise::StalePhone => (0.01, 0.08, false),
            Noise::SharedPhone => (0.02, 0.10, false),
            Noise::MissingHousehold => (0.02, 0.12, false),
            Noise::HouseholdCountyOnly => (0.25, 0.45, false),
            Noise::HouseholdTwelveDigits => (0.10, 0.20, false),
            Noise::HouseholdOldCode => (0.002, 0.04, false),
            Noise::IdWrongDigit => (0.0005, 0.015, true),
            Noise::IdTransposed => (0.0003, 0.010, true),
            Noise::NameHomophone => (0.001, 0.030, true),
            Noise::NameShape => (0.0005, 0.015, true),
            Noise::NameTraditional => (0.001, 0.020, true),
            Noise::NameDots => (0.20, 0.50, false),
            Noise::BirthImpossible => (0.0003, 0.010, true),
            Noise::BirthSwapped => (0.0003, 0.010, true),
            Noise::BirthYear => (0.0005, 0.015, true),
            Noise::StaleIdentity => (0.30, 0.50, false),
        };
        Rate { low, high }.at(level) * if typed { carelessness(feed) } else { 1.0 }
    }
}

/// How much more (or less) often an office's typists slip.
fn carelessness(feed: Feed) -> f64 {
    match feed {
        Feed::Police | Feed::CivilAffairs => 0.4,
        Feed::Hr => 1.0,
        Feed::Township => 1.2,
        Feed::Housing => 1.5,
    }
}

/// The classes that touched a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct NoiseSet(u32);

impl NoiseSet {
    /// Adds a class.
    pub(super) fn insert(&mut self, class: Noise) {
        self.0 |= 1 << class as u32;
    }

    /// Whether the class touched the message.
    pub fn contains(self, class: Noise) -> bool {
        self.0 & 1 << class as u32 != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documented_rates_are_the_rates() {
        let documented = |class: Noise| {
            let name = serde_json::to_value(class).unwrap();
            let row = format!("//! | `{}` |", name.as_str().unwrap());
            let line = include_str!("noise.rs").lines().find(|line| line.starts_with(&row)).unwrap();
            let cells: Vec<f64> = line.split('|').filter_map(|cell| cell.trim().parse().ok()).collect();
            (cells[0], cells[1])
        };
        for class in Noise::ALL {
            let rates = (class.rate(NoiseLevel::Low, Feed::Hr), class.rate(NoiseLevel::High, Feed::Hr));
            assert_eq!(documented(class), rates, "{class:?}");
        }
    }

    #[test]
    fn a_set_holds_what_was_put_in() {
        let mut set = NoiseSet::default();
        set.insert(Noise::StaleIdentity);
        assert!(set.contains(Noise::StaleIdentity));
        assert!(!set.contains(Noise::FullWidth));
    }
}
