//! The people of the simulated world as they truly are: the yardstick for what the messages make of them.

use anyhow::Result;
use chrono::NaiveDate;
use liangdi_domain::division::Code;

use super::numbers::{self, IdOffice};
use super::places::Places;
use super::tables::{DivisionTables, NameTables};
use super::Options;

/// Sex as GB/T 2261.1 has it; the simulation needs no other value.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
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

    /// Position in tables by sex.
    pub(super) fn index(self) -> usize {
        usize::from(self == Sex::Female)
    }
}

/// The document a person is known by (GA/T 2000.156).
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Document {
    /// 居民身份证
    IdCard,
    /// 港澳台居民居住证
    PermitOfHkMacaoTaiwan,
    /// 普通护照
    Passport,
}

impl Document {
    /// GA/T 2000.156.
    pub(super) fn code(self) -> &'static str {
        match self {
            Document::IdCard => "111",
            Document::PermitOfHkMacaoTaiwan => "550",
            Document::Passport => "414",
        }
    }

    /// As leases write it.
    pub(super) fn word(self) -> &'static str {
        match self {
            Document::IdCard => "身份证",
            Document::PermitOfHkMacaoTaiwan => "港澳台居民居住证",
            Document::Passport => "护照",
        }
    }
}

/// Why somebody lives away from home.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Reason {
    Work,
    Business,
    Study,
    Training,
    Medical,
    Visit,
    Tourism,
    Trip,
    Family,
    Other,
}

impl Reason {
    /// The police's code (`jzsydm`).
    pub(super) fn police(self) -> &'static str {
        match self {
            Reason::Work => "10",
            Reason::Business => "20",
            Reason::Study => "30",
            Reason::Training => "40",
            Reason::Medical => "50",
            Reason::Visit => "60",
            Reason::Tourism => "70",
            Reason::Trip => "80",
            Reason::Family => "90",
            Reason::Other => "99",
        }
    }

    /// The townships' word.
    pub(super) fn township(self) -> &'static str {
        match self {
            Reason::Work => "work",
            Reason::Business => "business",
            Reason::Study => "study",
            Reason::Training => "training",
            Reason::Medical => "medical",
            Reason::Visit => "visit",
            Reason::Tourism => "tourism",
            Reason::Trip => "trip",
            Reason::Family => "family",
            Reason::Other => "other",
        }
    }

    /// A short stay with return expected.
    pub(super) fn passing(self) -> bool {
        matches!(self, Reason::Medical | Reason::Visit | Reason::Tourism | Reason::Trip)
    }
}

/// Where somebody's household is registered.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Household {
    pub(super) township: Code,
    /// Known in Jiangsu only.
    pub(super) village: Option<Code>,
    /// Villagers' group (组), for the address.
    pub(super) group: u8,
}

/// How a person was known before the police changed it.
pub(super) struct Former {
    pub(super) until: NaiveDate,
    pub(super) name: String,
    pub(super) number: String,
    pub(super) birth: NaiveDate,
}

/// Where the household was before it moved.
pub(super) struct Moved {
    pub(super) on: NaiveDate,
    pub(super) from: Household,
}

/// One human. No `Debug`: it holds an identity, if only a fictional one.
pub(super) struct Person {
    pub(super) name: String,
    /// How many characters of the name are the surname; none where surnames are not inherited.
    pub(super) surname_chars: usize,
    pub(super) sex: Sex,
    pub(super) birth: NaiveDate,
    pub(super) document: Document,
    pub(super) number: String,
    pub(super) has_phone: bool,
    pub(super) reason: Reason,
    /// None for people from outside the mainland.
    pub(super) household: Option<Household>,
    /// A parent, for children under 14.
    pub(super) guardian: Option<u32>,
    /// Whose phone is given for those who have none of their own, and by those who share.
    pub(super) contact: u32,
    pub(super) former: Option<Box<Former>>,
    pub(super) moved: Option<Box<Moved>>,
}

impl Person {
    /// The surname that children take, if there is one.
    pub(super) fn surname(&self) -> Option<String> {
        (self.surname_chars > 0).then(|| self.name.chars().take(self.surname_chars).collect())
    }
}

/// Everything the stories are told with.
pub(super) struct World {
    pub(super) names: NameTables,
    pub(super) places: Places,
    pub(super) persons: Vec<Person>,
    pub(super) ids: IdOffice,
    pub(super) as_of: NaiveDate,
    /// Persons who share name and birth date with somebody else.
    pub(super) namesakes: u32,
    /// Persons who are a twin.
    pub(super) twins: u32,
}

impl World {
    /// A world without people.
    pub(super) fn empty(options: &Options) -> Result<World> {
        Ok(World {
            names: NameTables::load()?,
            places: Places::new(DivisionTables::load()?, &options.divisions, &options.residences)?,
            persons: Vec::new(),
            ids: IdOffice::default(),
            as_of: options.as_of,
            namesakes: 0,
            twins: 0,
        })
    }

    /// The number the next person will have.
    pub(super) fn next(&self) -> u32 {
        u32::try_from(self.persons.len()).expect("the number of persons is limited")
    }

    /// A person by number.
    pub(super) fn person(&self, number: u32) -> &Person {
        &self.persons[number as usize]
    }

    /// Age in full years on the last day.
    pub(super) fn age(&self, number: u32) -> u32 {
        self.as_of.years_since(self.person(number).birth).unwrap_or(0)
    }

    /// The phone the person can be reached at: an own one, or that of the family's contact.
    pub(super) fn phone(&self, number: u32) -> Option<String> {
        let person = self.person(number);
        let holder = if person.has_phone { number } else { person.contact };
        self.person(holder).has_phone.then(|| numbers::phone(holder, false))
    }
}
