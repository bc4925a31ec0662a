//! How a person appears in an office's record: the truth with the noise of that record and of one message.

use std::collections::BTreeSet;

use chrono::{Datelike, NaiveDate};
use liangdi_domain::division::Code;
use liangdi_domain::feed::Feed;

use super::dice::{Dice, mix};
use super::names::NameTables;
use super::noise::{Noise, NoiseLevel, Per};
use super::person::{Document, Household, ID_CARD, Identity, MINOR_BELOW_YEARS, Person, Sex, Unit};
use super::places::{self, Places};
use super::{numbers, slips};

/// Share of records that give the phone of the first one in the flat for somebody without one.
const CONTACT_PHONE: f64 = 0.8;

/// A person as a message shows them. No `Debug`: it holds an identity, if only a fictional one.
pub(super) struct Seen {
    pub(super) name: String,
    /// May be empty or a placeholder.
    pub(super) id: String,
    pub(super) document: Document,
    pub(super) sex: Sex,
    /// Year, month, day as written, which may be no day at all.
    pub(super) birth: (i32, u32, u32),
    pub(super) phone: Option<String>,
    pub(super) household: Option<String>,
    /// Whether a guardian stands for the person.
    pub(super) minor: bool,
}

/// One office writing about people of one flat in one message.
pub(super) struct Clerk<'a> {
    pub(super) names: &'a NameTables,
    pub(super) places: &'a Places,
    pub(super) level: NoiseLevel,
    pub(super) seed: u64,
    pub(super) feed: Feed,
    pub(super) office: Code,
    /// The day it writes.
    pub(super) on: NaiveDate,
    /// Tells messages apart.
    pub(super) message: u64,
    /// The classes that touched the message.
    pub(super) noise: BTreeSet<Noise>,
}

impl Clerk<'_> {
    /// The person as the office knows them.
    pub(super) fn show(&mut self, unit: &Unit, index: usize) -> Seen {
        let person = &unit.persons[index];
        let stale = self.hit(person, Noise::StaleIdentity).is_some();
        let (identity, household) = self.known_as(person, stale);
        let minor =
            person.guardian.is_some() && self.on.years_since(identity.birth).is_none_or(|age| age < MINOR_BELOW_YEARS);
        Seen {
            name: self.name(person, &identity.name),
            id: self.id(person, identity, minor),
            document: person.document,
            sex: person.sex,
            birth: self.birth(person, identity.birth),
            phone: self.phone(unit, person),
            household: household.and_then(|household| self.household(person, household)),
            minor,
        }
    }

    /// Identity and household in force on the day, or those before a change where the record is stale.
    fn known_as<'p>(&mut self, person: &'p Person, stale: bool) -> (&'p Identity, Option<Household>) {
        let mut identity = &person.identity;
        if let Some((until, former)) = &person.former
            && (stale || self.on < *until)
        {
            identity = former;
            self.mark(Noise::StaleIdentity, self.on >= *until);
        }
        let mut household = person.household_on(self.on);
        if let Some((on, from)) = person.moved
            && stale
        {
            household = Some(from);
            self.mark(Noise::StaleIdentity, self.on >= on);
        }
        (identity, household)
    }

    fn name(&mut self, person: &Person, name: &str) -> String {
        let tables = self.names;
        let mut name = name.to_owned();
        self.alter(person, Noise::NameHomophone, &mut name, |dice, text| {
            slips::one_character(dice, text, |char| tables.homophones(char))
        });
        self.alter(person, Noise::NameShape, &mut name, |dice, text| {
            slips::one_character(dice, text, |char| tables.shapes(char))
        });
        self.alter(person, Noise::NameTraditional, &mut name, |dice, text| {
            slips::every_character(dice, text, |char| tables.traditional(char))
        });
        self.alter(person, Noise::NameDots, &mut name, slips::dots);
        self.alter(person, Noise::Spaces, &mut name, slips::space);
        name
    }

    fn id(&mut self, person: &Person, identity: &Identity, minor: bool) -> String {
        if minor && self.hit(person, Noise::ChildWithoutId).is_some() {
            self.mark(Noise::ChildWithoutId, true);
            return String::new();
        }
        if let Some(mut dice) = self.hit(person, Noise::PlaceholderId) {
            self.mark(Noise::PlaceholderId, true);
            return slips::placeholder(&mut dice, identity.birth);
        }
        let mut id = identity.number.clone();
        if person.document == ID_CARD {
            let birth = identity.birth;
            self.alter(person, Noise::FifteenDigits, &mut id, |_, id| numbers::fifteen_digits(id, birth));
        }
        if id.len() == 18 {
            self.alter(person, Noise::IdWrongDigit, &mut id, slips::wrong_digit);
            self.alter(person, Noise::IdTransposed, &mut id, slips::transposed);
            self.alter(person, Noise::LowerCaseX, &mut id, slips::lower_case_x);
        }
        self.alter(person, Noise::Spaces, &mut id, slips::space);
        self.alter(person, Noise::FullWidth, &mut id, slips::full_width);
        id
    }

    fn birth(&mut self, person: &Person, birth: NaiveDate) -> (i32, u32, u32) {
        let (year, month, day) = (birth.year(), birth.month(), birth.day());
        if self.hit(person, Noise::BirthImpossible).is_some() {
            self.mark(Noise::BirthImpossible, true);
            return (year, 2, 30 + day % 2);
        }
        if self.hit(person, Noise::BirthSwapped).is_some() && day <= 12 && day != month {
            self.mark(Noise::BirthSwapped, true);
            return (year, day, month);
        }
        if let Some(mut dice) = self.hit(person, Noise::BirthYear) {
            self.mark(Noise::BirthYear, true);
            // The day must exist in that year, too; a typist makes the 28th of a 29 February.
            return (year + dice.pick(&[-10, -1, 1, 10]), month, if (month, day) == (2, 29) { 28 } else { day });
        }
        (year, month, day)
    }

    fn phone(&mut self, unit: &Unit, person: &Person) -> Option<String> {
        let contact = unit.persons.first().filter(|first| first.has_phone && first.number != person.number);
        if self.hit(person, Noise::MissingPhone).is_some() {
            self.mark(Noise::MissingPhone, true);
            return None;
        }
        let shares = self.hit(person, Noise::SharedPhone).is_some();
        let mut phone = match contact {
            Some(contact) if !person.has_phone => {
                let given = self.record(person, u64::MAX).chance(CONTACT_PHONE);
                given.then(|| numbers::phone(contact.number, false))?
            }
            None if !person.has_phone => return None,
            Some(contact) if shares => {
                self.mark(Noise::SharedPhone, true);
                numbers::phone(contact.number, false)
            }
            _ => {
                let former = self.hit(person, Noise::StalePhone).is_some();
                self.mark(Noise::StalePhone, former);
                numbers::phone(person.number, former)
            }
        };
        self.alter(person, Noise::CountryPrefix, &mut phone, slips::country_prefix);
        self.alter(person, Noise::Spaces, &mut phone, slips::space);
        self.alter(person, Noise::FullWidth, &mut phone, slips::full_width);
        Some(phone)
    }

    /// Police and townships know the township, mostly; the others the county.
    fn household(&mut self, person: &Person, household: Household) -> Option<String> {
        if self.hit(person, Noise::MissingHousehold).is_some() {
            self.mark(Noise::MissingHousehold, true);
            return None;
        }
        let keeps_townships = matches!(self.feed, Feed::Police | Feed::Township);
        let county_only = self.hit(person, Noise::HouseholdCountyOnly).is_some();
        self.mark(Noise::HouseholdCountyOnly, keeps_townships && county_only);
        let long = self.hit(person, Noise::HouseholdTwelveDigits).is_some();
        self.mark(Noise::HouseholdTwelveDigits, long);
        if keeps_townships && !county_only {
            let padded = || format!("{}000", household.township);
            return Some(match household.village {
                _ if !long => household.township.to_string(),
                village => village.map_or_else(padded, |village| village.to_string()),
            });
        }
        let mut county = places::county(household.township);
        let former = self.places.former_code(county);
        if let (Some(former), Some(_)) = (former, self.hit(person, Noise::HouseholdOldCode)) {
            self.mark(Noise::HouseholdOldCode, true);
            county = former;
        }
        Some(if long { format!("{county}000000") } else { county.to_string() })
    }

    /// The office's own stream for its record of a person: the same in every message.
    fn record(&self, person: &Person, purpose: u64) -> Dice {
        let office = places::digits(self.office) << 3 | self.feed as u64;
        Dice::of(self.seed ^ mix(office), mix(person.number.into()) ^ purpose)
    }

    /// The dice to slip with, where the class hits this record or message.
    fn hit(&self, person: &Person, class: Noise) -> Option<Dice> {
        let mut dice = match class.per() {
            Per::Message => Dice::of(self.seed ^ mix(self.message), mix(person.number.into()) ^ class as u64),
            Per::Record => self.record(person, class as u64),
        };
        dice.chance(class.rate(self.level, self.feed)).then_some(dice)
    }

    fn mark(&mut self, class: Noise, touched: bool) {
        if touched {
            self.noise.insert(class);
        }
    }

    /// Rewrites the text where the class hits and finds something to rewrite.
    fn alter(
        &mut self,
        person: &Person,
        class: Noise,
        text: &mut String,
        slip: impl FnOnce(&mut Dice, &str) -> Option<String>,
    ) {
        let slipped = self.hit(person, class).and_then(|mut dice| slip(&mut dice, text));
        if let Some(slipped) = slipped.filter(|slipped| slipped != text) {
            *text = slipped;
            self.mark(class, true);
        }
    }
}
