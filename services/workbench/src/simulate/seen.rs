//! How a person appears in an office's record: the truth with the noise of that record and of one message.

use chrono::{Datelike, NaiveDate};
use liangdi_domain::feed::Feed;

use super::NoiseLevel;
use super::dice::{Dice, mix};
use super::noise::{Noise, NoiseSet};
use super::numbers;
use super::people::MINOR_BELOW;
use super::places;
use super::slips;
use super::world::{Document, Household, Person, Sex, World};

/// Share of records that give the family's phone for somebody without one.
const CONTACT_PHONE: f64 = 0.6;

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
}

/// Which record of which office, and which message.
#[derive(Clone, Copy)]
pub(super) struct Look {
    pub(super) feed: Feed,
    /// When it was recorded.
    pub(super) on: NaiveDate,
    /// Tells an office's records of one person apart: an employer, a lease, a township.
    pub(super) book: u32,
    /// The message's own stream.
    pub(super) ink: u64,
    /// The office keeps this person's household itself, so it knows the township.
    pub(super) own_household: bool,
    /// Without slips: corrected entries, and the police's own register.
    pub(super) clean: bool,
}

/// All records of all offices.
pub(super) struct Records<'a> {
    pub(super) world: &'a World,
    pub(super) seed: u64,
    pub(super) level: NoiseLevel,
}

impl Records<'_> {
    /// How the person appears there; adds the classes that touched it to `noise`.
    pub(super) fn show(&self, number: u32, look: Look, noise: &mut NoiseSet) -> Seen {
        let record_key = mix(u64::from(number) << 32 | u64::from(look.book)) ^ look.feed as u64;
        let mut hand = Hand {
            look,
            level: self.level,
            record: Dice::of(self.seed, record_key),
            wire: Dice::of(self.seed, mix(look.ink) ^ u64::from(number)),
            noise,
        };
        let person = self.world.person(number);
        let (name, id, birth, household) = self.known_as(person, &mut hand);
        let minor = person.guardian.is_some()
            && look.on.years_since(person.birth).is_none_or(|age| age < MINOR_BELOW);
        Seen {
            name: self.name(name, &mut hand),
            id: id_number(person, id, birth, minor, &mut hand),
            document: person.document,
            sex: person.sex,
            birth: birth_date(birth, &mut hand),
            phone: self.phone(number, &mut hand),
            household: household.and_then(|household| self.household(household, &mut hand)),
        }
    }

    /// The identity in force on the day, or the one before it where the record is stale.
    fn known_as<'p>(&self, person: &'p Person, hand: &mut Hand) -> (&'p str, &'p str, NaiveDate, Option<Household>) {
        let stale = hand.slips(Noise::StaleIdentity) && hand.look.feed != Feed::Police;
        let former = person.former.as_deref().filter(|former| hand.look.on < former.until || stale);
        let moved = person.moved.as_deref().filter(|moved| hand.look.on < moved.on || stale);
        let late = former.is_some_and(|former| hand.look.on >= former.until)
            || moved.is_some_and(|moved| hand.look.on >= moved.on);
        if late {
            hand.noise.insert(Noise::StaleIdentity);
        }
        let household = moved.map_or(person.household, |moved| Some(moved.from));
        match former {
            Some(former) => (&former.name, &former.number, former.birth, household),
            None => (&person.name, &person.number, person.birth, household),
        }
    }

    fn name(&self, name: &str, hand: &mut Hand) -> String {
        let tables = &self.world.names;
        let mut name = name.to_owned();
        if hand.slips(Noise::NameHomophone) {
            hand.replace(Noise::NameHomophone, &mut name, |dice, name| slips::one_character(dice, name, |c| tables.homophones(c)));
        }
        if hand.slips(Noise::NameShape) {
            hand.replace(Noise::NameShape, &mut name, |dice, name| slips::one_character(dice, name, |c| tables.shapes(c)));
        }
        if hand.slips(Noise::NameTraditional) {
            hand.replace(Noise::NameTraditional, &mut name, |dice, name| slips::every_character(dice, name, |c| tables.traditional(c)));
        }
        if name.contains('·') && hand.wired(Noise::NameDots) {
            hand.rewrite(Noise::NameDots, &mut name, |dice, name| {
                name.replace('·', if dice.chance(0.5) { "•" } else { "." })
            });
        } else if hand.wired(Noise::Spaces) && name.is_ascii() == name.contains(' ') {
            hand.rewrite(Noise::Spaces, &mut name, |dice, name| slips::space(dice, name));
        }
        name
    }

    fn phone(&self, number: u32, hand: &mut Hand) -> Option<String> {
        let person = self.world.person(number);
        let (missing, shared, stale) =
            (hand.slips(Noise::MissingPhone), hand.slips(Noise::SharedPhone), hand.slips(Noise::StalePhone));
        let of_contact = hand.record.chance(CONTACT_PHONE);
        if missing {
            hand.noise.insert(Noise::MissingPhone);
            return None;
        }
        let mut phone = if !person.has_phone {
            self.world.phone(number).filter(|_| of_contact)?
        } else if shared && person.contact != number && self.world.person(person.contact).has_phone {
            hand.noise.insert(Noise::SharedPhone);
            numbers::phone(person.contact, false)
        } else if stale {
            hand.noise.insert(Noise::StalePhone);
            numbers::phone(number, true)
        } else {
            numbers::phone(number, false)
        };
        if hand.wired(Noise::CountryPrefix) {
            hand.rewrite(Noise::CountryPrefix, &mut phone, slips::country_prefix);
        }
        if hand.wired(Noise::Spaces) {
            hand.rewrite(Noise::Spaces, &mut phone, slips::space);
        }
        if hand.wired(Noise::FullWidth) {
            hand.rewrite(Noise::FullWidth, &mut phone, |_, phone| slips::full_width(phone));
        }
        Some(phone)
    }

    fn household(&self, household: Household, hand: &mut Hand) -> Option<String> {
        let keeps_townships = matches!(hand.look.feed, Feed::Police | Feed::Township);
        let (missing, county_only, old) = (
            hand.slips(Noise::MissingHousehold),
            hand.slips(Noise::HouseholdCountyOnly),
            hand.slips(Noise::HouseholdOldCode),
        );
        let long = hand.wired(Noise::HouseholdTwelveDigits);
        if hand.look.own_household || keeps_townships && !county_only && !missing {
            if !long {
                return Some(household.township.to_string());
            }
            hand.noise.insert(Noise::HouseholdTwelveDigits);
            let padded = || format!("{}000", household.township);
            return Some(household.village.map_or_else(padded, |village| village.to_string()));
        }
        if missing {
            hand.noise.insert(Noise::MissingHousehold);
            return None;
        }
        if keeps_townships {
            hand.noise.insert(Noise::HouseholdCountyOnly);
        }
        let mut county = places::county(household.township);
        let former = self.world.places.tables.former_code(county, hand.look.book).filter(|_| old);
        if let Some(former) = former {
            hand.noise.insert(Noise::HouseholdOldCode);
            county = former;
        }
        if long {
            hand.noise.insert(Noise::HouseholdTwelveDigits);
            return Some(format!("{county}000000"));
        }
        Some(county.to_string())
    }
}

fn id_number(person: &Person, id: &str, birth: NaiveDate, minor: bool, hand: &mut Hand) -> String {
    let (unknown, placeholder) = (hand.slips(Noise::ChildWithoutId), hand.slips(Noise::PlaceholderId));
    let (fifteen, wrong, swapped) =
        (hand.slips(Noise::FifteenDigits), hand.slips(Noise::IdWrongDigit), hand.slips(Noise::IdTransposed));
    if minor && unknown {
        hand.noise.insert(Noise::ChildWithoutId);
        return String::new();
    }
    if placeholder {
        hand.noise.insert(Noise::PlaceholderId);
        return slips::placeholder(&mut hand.record, birth);
    }
    let mut id = id.to_owned();
    if person.document == Document::IdCard && fifteen && numbers::had_fifteen_digits(birth) {
        hand.noise.insert(Noise::FifteenDigits);
        id = numbers::fifteen_digits(&id);
    }
    if person.document != Document::Passport {
        if wrong {
            hand.replace(Noise::IdWrongDigit, &mut id, slips::wrong_digit);
        }
        if swapped {
            hand.replace(Noise::IdTransposed, &mut id, slips::transposed);
        }
    }
    if id.ends_with('X') && hand.wired(Noise::LowerCaseX) {
        hand.rewrite(Noise::LowerCaseX, &mut id, |_, id| id.to_lowercase());
    }
    if hand.wired(Noise::Spaces) {
        hand.rewrite(Noise::Spaces, &mut id, slips::space);
    }
    if hand.wired(Noise::FullWidth) {
        hand.rewrite(Noise::FullWidth, &mut id, |_, id| slips::full_width(id));
    }
    id
}

fn birth_date(birth: NaiveDate, hand: &mut Hand) -> (i32, u32, u32) {
    let (impossible, swapped, year) =
        (hand.slips(Noise::BirthImpossible), hand.slips(Noise::BirthSwapped), hand.slips(Noise::BirthYear));
    let (y, m, d) = (birth.year(), birth.month(), birth.day());
    if impossible {
        hand.noise.insert(Noise::BirthImpossible);
        return (y, 2, 30 + d % 2);
    }
    if swapped && d <= 12 && d != m {
        hand.noise.insert(Noise::BirthSwapped);
        return (y, d, m);
    }
    if year {
        hand.noise.insert(Noise::BirthYear);
        let off = *hand.record.pick(&[-10, -1, 1, 10]);
        // The day must exist in that year, too; 29 February becomes the 28th as a typist would see to.
        return (y + off, m, if (m, d) == (2, 29) { 28 } else { d });
    }
    (y, m, d)
}

/// Draws one person's slips in one message.
struct Hand<'n> {
    look: Look,
    level: NoiseLevel,
    record: Dice,
    wire: Dice,
    noise: &'n mut NoiseSet,
}

impl Hand<'_> {
    /// Whether this record has the slip.
    fn slips(&mut self, class: Noise) -> bool {
        self.record.chance(class.rate(self.level, self.look.feed)) && !self.look.clean
    }

    /// Whether this message has the oddity; clean entries are written like all others.
    fn wired(&mut self, class: Noise) -> bool {
        self.wire.chance(class.rate(self.level, self.look.feed))
    }

    /// Replaces the text where a slip finds something to slip on.
    fn replace(&mut self, class: Noise, text: &mut String, slip: impl FnOnce(&mut Dice, &str) -> Option<String>) {
        if let Some(slipped) = slip(&mut self.record, text) {
            *text = slipped;
            self.noise.insert(class);
        }
    }

    /// Writes the text in another way.
    fn rewrite(&mut self, class: Noise, text: &mut String, write: impl FnOnce(&mut Dice, &str) -> String) {
        *text = write(&mut self.wire, text);
        self.noise.insert(class);
    }
}
