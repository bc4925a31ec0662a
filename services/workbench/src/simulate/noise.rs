//! The noise classes: what is wrong or odd about records, and how often.
//!
//! Rates are the share of records (of the persons or fields the class can touch at all) and approximate: *low* is the
//! normal dirt that the contract names, *high* adds the slips that matching has to bear. They are a judgement of our
//! own, made without looking at any matcher and never to be tuned to one. *Record* classes are drawn once per office and
//! person, so that all its messages repeat the slip; *message* classes once per message. Children, and old people without
//! a phone, are mostly reached under the phone of the first one in the flat; that is no noise.

use liangdi_domain::feed::Feed;
use serde::Serialize;

/// How dirty the feeds are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum NoiseLevel {
    /// The normal dirt of the contract.
    Low,
    /// Slips that matching has to bear, too.
    High,
}

impl std::str::FromStr for NoiseLevel {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        match text {
            "low" => Ok(NoiseLevel::Low),
            "high" => Ok(NoiseLevel::High),
            _ => anyhow::bail!("the noise levels are low and high"),
        }
    }
}

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

/// Singles who are made the namesake of somebody: another person with equal name and birth date, half of them of the
/// same county.
pub(super) const NAMESAKES: Rate = Rate { low: 0.0, high: 0.01 };
/// Families with children whose first two are twins: neighbouring numbers, all else but the given name equal.
pub(super) const TWINS: Rate = Rate { low: 0.01, high: 0.03 };

/// What can be odd about a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Noise {
    /// ID number or phone in full-width digits and letters.
    FullWidth,
    /// A space inside name, ID number or phone.
    Spaces,
    /// `x` for a final `X`.
    LowerCaseX,
    /// `+86` or `86` before the phone.
    CountryPrefix,
    /// The number of the first generation of cards (born before 1999).
    FifteenDigits,
    /// `无`, empty, eighteen zeros or `000000` + birth date + `0000`.
    PlaceholderId,
    /// No number for a child under 14 (not the police).
    ChildWithoutId,
    /// No phone.
    MissingPhone,
    /// No household division, where it may be absent.
    MissingHousehold,
    /// Police and townships that know the household's county only.
    HouseholdCountyOnly,
    /// The household down to the village, or padded with zeros.
    HouseholdTwelveDigits,
    /// A code of the county that is no longer in force.
    HouseholdOldCode,
    /// Traditional forms or variants.
    NameTraditional,
    /// `•` or `.` for the `·` of a long name.
    NameDots,
    /// A day no calendar has.
    BirthImpossible,
    /// Name, number or household from before a change (not the police).
    StaleIdentity,
    /// A phone given up.
    StalePhone,
    /// The phone of the first one in the flat.
    SharedPhone,
    /// One digit mistyped: the check digit no longer fits.
    IdWrongDigit,
    /// Two neighbouring digits swapped.
    IdTransposed,
    /// A character of the same sound.
    NameHomophone,
    /// A character of a similar shape.
    NameShape,
    /// Day and month swapped.
    BirthSwapped,
    /// The year off by one or ten.
    BirthYear,
}

/// How often a class is drawn anew.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Per {
    /// Once for an office's record of a person.
    Record,
    /// For each message.
    Message,
}

impl Noise {
    /// How often, at both levels, and per what.
    fn table(self) -> (f64, f64, Per) {
        match self {
            Noise::FullWidth => (0.002, 0.03, Per::Message),
            Noise::Spaces => (0.003, 0.04, Per::Message),
            Noise::LowerCaseX => (0.03, 0.3, Per::Message),
            Noise::CountryPrefix => (0.02, 0.15, Per::Message),
            Noise::FifteenDigits => (0.001, 0.03, Per::Record),
            Noise::PlaceholderId => (0.004, 0.05, Per::Record),
            Noise::ChildWithoutId => (0.3, 0.6, Per::Record),
            Noise::MissingPhone => (0.06, 0.2, Per::Record),
            Noise::MissingHousehold => (0.02, 0.12, Per::Record),
            Noise::HouseholdCountyOnly => (0.25, 0.45, Per::Record),
            Noise::HouseholdTwelveDigits => (0.1, 0.2, Per::Message),
            Noise::HouseholdOldCode => (0.002, 0.04, Per::Record),
            Noise::NameTraditional => (0.001, 0.02, Per::Record),
            Noise::NameDots => (0.2, 0.5, Per::Message),
            Noise::BirthImpossible => (0.0003, 0.01, Per::Record),
            Noise::StaleIdentity => (0.2, 0.5, Per::Record),
            Noise::StalePhone => (0.0, 0.08, Per::Record),
            Noise::SharedPhone => (0.0, 0.1, Per::Record),
            Noise::IdWrongDigit => (0.0, 0.015, Per::Record),
            Noise::IdTransposed => (0.0, 0.01, Per::Record),
            Noise::NameHomophone => (0.0, 0.03, Per::Record),
            Noise::NameShape => (0.0, 0.015, Per::Record),
            Noise::BirthSwapped => (0.0, 0.01, Per::Record),
            Noise::BirthYear => (0.0, 0.015, Per::Record),
        }
    }

    /// How often, at a level, in the records of a feed.
    pub(super) fn rate(self, level: NoiseLevel, feed: Feed) -> f64 {
        let (low, high, _) = self.table();
        match self {
            Noise::ChildWithoutId | Noise::StaleIdentity if feed == Feed::Police => 0.0,
            _ => Rate { low, high }.at(level),
        }
    }

    /// Drawn once per record or per message.
    pub(super) fn per(self) -> Per {
        self.table().2
    }
}
