//! A person of the simulated world as they truly are: the yardstick for what the messages make of them.
//! No type here has `Debug`: each holds an identity, if only a fictional one.

use chrono::NaiveDate;
use liangdi_domain::division::Code;

use super::places::Spot;

/// Under this age a guardian stands for the person.
pub(super) const MINOR_BELOW_YEARS: u32 = 14;
/// People born before hold numbers with the codes their counties had before; a round year instead of each change's own.
pub(super) const FORMER_CODES_UNTIL: i32 = 1990;

/// Sex as GB/T 2261.1 has it; the simulation needs no other value.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Sex {
    Male,
    Female,
}

impl Sex {
    /// GB/T 2261.1.
    pub(super) fn code(self) -> &'static str {
        match self {
            Sex::Male => "1",
            Sex::Female => "2",
        }
    }

    /// As leases write it.
    pub(super) fn word(self) -> &'static str {
        match self {
            Sex::Male => "男",
            Sex::Female => "女",
        }
    }
}

/// The document a person is known by: GA/T 2000.156, and as leases write it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Document {
    pub(super) code: &'static str,
    pub(super) word: &'static str,
}

pub(super) const ID_CARD: Document = Document { code: "111", word: "身份证" };
pub(super) const HMT_PERMIT: Document = Document { code: "550", word: "港澳台居民居住证" };
pub(super) const PASSPORT: Document = Document { code: "414", word: "护照" };

/// Why somebody lives away from home: the police's code (`jzsydm`) and the townships' word.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Reason {
    pub(super) police: &'static str,
    pub(super) township: &'static str,
}

/// Reasons by weight; children and grandparents join the family.
pub(super) const REASONS: [(Reason, u32); 9] = [
    (Reason { police: "10", township: "work" }, 850),
    (Reason { police: "20", township: "business" }, 50),
    (Reason { police: "30", township: "study" }, 35),
    (Reason { police: "40", township: "training" }, 10),
    (Reason { police: "60", township: "visit" }, 20),
    (Reason { police: "70", township: "tourism" }, 8),
    (Reason { police: "50", township: "medical" }, 8),
    (Reason { police: "80", township: "trip" }, 8),
    (Reason { police: "99", township: "other" }, 11),
];
/// 投靠亲属
pub(super) const JOINS_FAMILY: Reason = Reason { police: "90", township: "family" };

/// Where somebody's household is registered.
#[derive(Clone, Copy)]
pub(super) struct Household {
    pub(super) township: Code,
    /// Known in Jiangsu only.
    pub(super) village: Option<Code>,
}

/// Name, document number and birth date.
#[derive(Clone)]
pub(super) struct Identity {
    pub(super) name: String,
    pub(super) number: String,
    pub(super) birth: NaiveDate,
}

/// One human.
pub(super) struct Person {
    /// The person's number in the truth.
    pub(super) number: u32,
    pub(super) identity: Identity,
    /// How the person was known until the police changed it.
    pub(super) former: Option<(NaiveDate, Identity)>,
    pub(super) sex: Sex,
    pub(super) document: Document,
    pub(super) has_phone: bool,
    pub(super) reason: Reason,
    /// None for people from outside the mainland.
    pub(super) household: Option<Household>,
    /// Where the household was until it moved.
    pub(super) moved: Option<(NaiveDate, Household)>,
    /// A parent's place in the unit, for children under 14.
    pub(super) guardian: Option<usize>,
}

impl Person {
    /// Where the household is registered on a day.
    pub(super) fn household_on(&self, day: NaiveDate) -> Option<Household> {
        match self.moved {
            Some((on, from)) if day < on => Some(from),
            _ => self.household,
        }
    }
}

/// How the home township relates to the place of living.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Bond {
    /// Household in another province, living in Jiangsu.
    OtherProvince,
    /// Household elsewhere in Jiangsu.
    OtherCounty,
    /// Same county, or two districts of one city: no migrant.
    Local,
    /// Household in Jiangsu, living in another province.
    Leaving,
    /// From Hong Kong, Macao, Taiwan or abroad: no household in the register.
    Outside,
}

/// People who live in one flat: a family, or singles who share it.
pub(super) struct Unit {
    pub(super) bond: Bond,
    pub(super) home: Spot,
    pub(super) persons: Vec<Person>,
    /// The first two persons are a couple.
    pub(super) couple: bool,
}
