//! Raises people: those who live in one flat, family by family, with ages, homes and numbers that fit together.

use std::ops::Range;

use anyhow::Result;
use chrono::{Datelike, Days, Months, NaiveDate};
use liangdi_domain::division::Code;

use super::dice::{Dice, Weighted};
use super::naming;
use super::numbers;
use super::places::{self, Spot};
use super::world::{Document, Household, Person, Reason, Sex, World};
use super::NoiseLevel;
use super::noise;

/// How the home township relates to the place of living.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Bond {
    /// Household in another province, living in Jiangsu.
    OtherProvince,
    /// Household elsewhere in Jiangsu.
    OtherCounty,
    /// Two districts of one city: no migrant.
    SameCity,
    /// One county: no migrant.
    SameCounty,
    /// Household in Jiangsu, living in another province.
    Leaving,
    /// From Hong Kong, Macao, Taiwan or abroad: no household in the register.
    Outside,
}

/// People who live in one flat: a family, or singles who share it.
pub(super) struct Unit {
    pub(super) bond: Bond,
    pub(super) home: Spot,
    pub(super) persons: Range<u32>,
    /// The first two persons are a couple.
    pub(super) couple: bool,
}

#[derive(Clone, Copy)]
enum Shape {
    Single,
    /// Singles under one roof.
    SharedFlat,
    Couple,
    Children,
    /// Couple, child, grandparent.
    ThreeGenerations,
    /// One parent, one child.
    OneParent,
}

/// Share of spouses whose household is in a place of its own.
const SPOUSE_FROM_ELSEWHERE: f64 = 0.25;
/// Share of people in a shared flat who come from the first one's county (老乡).
const FELLOW_COUNTRYMEN: f64 = 0.35;
/// Share of people whose ID number was issued in another county than that of their household.
const NUMBER_FROM_ELSEWHERE: f64 = 0.08;
/// ID numbers are not older than this year.
const NUMBERS_SINCE: i32 = 1984;
/// Under this age a guardian stands for the person.
pub(super) const MINOR_BELOW: u32 = 14;

/// Draws units until the world is full.
pub(super) struct Nursery {
    bonds: Weighted<Bond>,
    shapes: Weighted<Shape>,
    reasons: Weighted<Reason>,
    level: NoiseLevel,
}

/// What is settled about a person before the rest is drawn.
struct Draft {
    sex: Sex,
    birth: NaiveDate,
    surname: Option<String>,
    township: Code,
    reason: Reason,
    guardian: Option<u32>,
    contact: u32,
    /// Where the ID number was issued, if that is settled: twins get neighbouring numbers.
    region: Option<Code>,
}

impl Nursery {
    /// The weights are approximate and our own.
    pub(super) fn new(level: NoiseLevel) -> Nursery {
        Nursery {
            bonds: Weighted::new([
                (Bond::OtherProvince, 54),
                (Bond::OtherCounty, 24),
                (Bond::SameCity, 7),
                (Bond::SameCounty, 8),
                (Bond::Leaving, 6),
                (Bond::Outside, 1),
            ]),
            shapes: Weighted::new([
                (Shape::Single, 30),
                (Shape::SharedFlat, 14),
                (Shape::Couple, 22),
                (Shape::Children, 24),
                (Shape::ThreeGenerations, 6),
                (Shape::OneParent, 4),
            ]),
            reasons: Weighted::new([
                (Reason::Work, 850),
                (Reason::Business, 40),
                (Reason::Study, 35),
                (Reason::Training, 10),
                (Reason::Visit, 22),
                (Reason::Tourism, 12),
                (Reason::Medical, 10),
                (Reason::Trip, 10),
                (Reason::Other, 11),
            ]),
            level,
        }
    }

    /// Adds the people of one flat to the world, at most `room` of them.
    pub(super) fn raise(&self, world: &mut World, dice: &mut Dice, room: u32) -> Result<Unit> {
        let bond = *self.bonds.draw(dice);
        let first = world.next();
        let residence = world.places.residence(dice);
        let (bond, origin) = settle(world, dice, bond, residence);
        let home = match bond {
            Bond::Leaving => world.places.destination(dice),
            _ => residence,
        };
        let home = world.places.spot(dice, home);
        let reason = *self.reasons.draw(dice);
        let shape = match *self.shapes.draw(dice) {
            _ if room < 5 || bond == Bond::Outside || reason == Reason::Study || reason == Reason::Training => Shape::Single,
            shape => shape,
        };
        let couple = matches!(shape, Shape::Couple | Shape::Children | Shape::ThreeGenerations);
        let mut family = Family { nursery: self, world, dice, bond, residence, origin, reason, first };
        family.raise(shape)?;
        let persons = first..world.next();
        Ok(Unit { bond, home, persons, couple })
    }
}

/// The home township for a bond; where the map has none, the bond becomes one that is possible everywhere.
fn settle(world: &World, dice: &mut Dice, bond: Bond, residence: Code) -> (Bond, Code) {
    let places = &world.places;
    let other = match bond {
        Bond::OtherCounty => places.origin_other_county(dice, residence),
        Bond::SameCity => places.origin_same_city(dice, residence),
        Bond::SameCounty => Some(places.origin_same_county(dice, residence)),
        Bond::Leaving => Some(places.origin_home(dice)),
        Bond::OtherProvince | Bond::Outside => None,
    };
    match (bond, other) {
        (Bond::Outside, _) => (Bond::Outside, residence),
        (bond, Some(origin)) => (bond, origin),
        (_, None) => (Bond::OtherProvince, places.origin_away(dice)),
    }
}

/// One family in the making.
struct Family<'a> {
    nursery: &'a Nursery,
    world: &'a mut World,
    dice: &'a mut Dice,
    bond: Bond,
    residence: Code,
    origin: Code,
    reason: Reason,
    first: u32,
}

impl Family<'_> {
    fn raise(&mut self, shape: Shape) -> Result<()> {
        let flatmates = self.dice.between(1, 4);
        match shape {
            Shape::Single => self.worker().map(drop),
            Shape::SharedFlat => (0..=flatmates).try_for_each(|_| self.worker().map(drop)),
            Shape::Couple => self.couple().map(drop),
            Shape::Children => {
                let (father, mother) = self.couple()?;
                self.children(father, mother)
            }
            Shape::ThreeGenerations => {
                let (father, mother) = self.couple()?;
                self.children(father, mother)?;
                self.grandparent(father)
            }
            Shape::OneParent => {
                let parent = self.worker()?;
                self.child(parent, parent).map(drop)
            }
        }
    }

    fn worker(&mut self) -> Result<u32> {
        let (low, high) = if self.reason == Reason::Study { (18, 24) } else { (18, 59) };
        // Two dice: most people who move for work are young.
        let age = low + self.dice.between(0, high - low).min(self.dice.between(0, high - low));
        let birth = self.born(age);
        let sex = if self.dice.chance(0.56) { Sex::Male } else { Sex::Female };
        let township = self.origin_of_worker();
        let (reason, contact) = (self.reason, self.first);
        let draft = Draft { sex, birth, surname: None, township, reason, guardian: None, contact, region: None };
        if self.dice.chance(noise::NAMESAKES.at(self.nursery.level)) {
            return self.namesake(draft);
        }
        self.add(draft)
    }

    /// The first one's origin is the family's; others in a shared flat have one of their own.
    fn origin_of_worker(&mut self) -> Code {
        if self.world.next() == self.first || self.bond == Bond::Outside {
            return self.origin;
        }
        if self.dice.chance(FELLOW_COUNTRYMEN) {
            return self.world.places.township_of(self.dice, places::county(self.origin));
        }
        self.another_origin()
    }

    fn another_origin(&mut self) -> Code {
        let places = &self.world.places;
        let other = match self.bond {
            Bond::OtherProvince => Some(places.origin_away(self.dice)),
            Bond::OtherCounty => places.origin_other_county(self.dice, self.residence),
            Bond::SameCity => places.origin_same_city(self.dice, self.residence),
            Bond::SameCounty => Some(places.origin_same_county(self.dice, self.residence)),
            Bond::Leaving | Bond::Outside => None,
        };
        other.unwrap_or(self.origin)
    }

    fn couple(&mut self) -> Result<(u32, u32)> {
        let age = 22 + self.dice.between(0, 33).min(self.dice.between(0, 33));
        let township = self.origin;
        let (reason, contact) = (self.reason, self.first);
        let birth = self.born(age);
        let husband =
            self.add(Draft { sex: Sex::Male, birth, surname: None, township, reason, guardian: None, contact, region: None })?;
        let younger = self.dice.between(-3, 5);
        let birth = self.born((age - younger).max(22));
        let elsewhere = self.dice.chance(SPOUSE_FROM_ELSEWHERE);
        let township = if elsewhere { self.another_origin() } else { township };
        let reason = if self.dice.chance(0.3) { Reason::Family } else { reason };
        let wife =
            self.add(Draft { sex: Sex::Female, birth, surname: None, township, reason, guardian: None, contact, region: None })?;
        Ok((husband, wife))
    }

    fn children(&mut self, father: u32, mother: u32) -> Result<()> {
        let child = self.child(father, mother)?;
        if self.dice.chance(noise::TWINS.at(self.nursery.level)) {
            return self.twin_of(child);
        }
        if self.dice.chance(0.4) {
            self.child(father, mother)?;
        }
        Ok(())
    }

    fn child(&mut self, father: u32, mother: u32) -> Result<u32> {
        let parents_age = self.world.age(father).min(self.world.age(mother));
        let age_max = i64::from(parents_age.saturating_sub(21).clamp(1, 16));
        let age = self.dice.between(1, age_max);
        let surname = self.world.person(father).surname();
        let sex = if self.dice.chance(0.52) { Sex::Male } else { Sex::Female };
        let township = self.home_of(father);
        let guardian = (age < i64::from(MINOR_BELOW)).then(|| if self.dice.chance(0.6) { father } else { mother });
        let (birth, reason) = (self.born(age), self.family_reason());
        self.add(Draft { sex, birth, surname, township, reason, guardian, contact: father, region: None })
    }

    fn twin_of(&mut self, other: u32) -> Result<()> {
        let twin = self.world.person(other);
        let draft = Draft {
            sex: if self.dice.chance(0.6) { twin.sex } else { Sex::Male },
            birth: twin.birth,
            surname: twin.surname(),
            township: self.home_of(other),
            reason: twin.reason,
            guardian: twin.guardian,
            contact: twin.contact,
            region: Some(twin.number[..6].parse()?),
        };
        let household = twin.household;
        let number = self.add(draft)?;
        self.world.persons[number as usize].household = household;
        self.world.twins += 2;
        Ok(())
    }

    fn grandparent(&mut self, child: u32) -> Result<()> {
        let age = i64::from(self.world.age(child)) + self.dice.between(22, 30);
        let sex = if self.dice.chance(0.4) { Sex::Male } else { Sex::Female };
        let surname = if sex == Sex::Male { self.world.person(child).surname() } else { None };
        let (birth, township, reason) = (self.born(age), self.home_of(child), self.family_reason());
        self.add(Draft { sex, birth, surname, township, reason, guardian: None, contact: child, region: None }).map(drop)
    }

    /// Somebody else with the name and birth date of an earlier person, from the same county or from another.
    fn namesake(&mut self, mut draft: Draft) -> Result<u32> {
        let earlier = self.dice.below(self.world.next().max(1));
        let Some(model) = self.world.persons.get(earlier as usize).filter(|person| {
            person.document == Document::IdCard && person.guardian.is_none() && person.former.is_none()
        }) else {
            return self.add(draft);
        };
        (draft.sex, draft.birth) = (model.sex, model.birth);
        let (name, surname_chars) = (model.name.clone(), model.surname_chars);
        let county = model.household.map(|household| places::county(household.township));
        if let (Some(county), true) = (county, self.dice.chance(0.5)) {
            let township = self.world.places.township_of(self.dice, county);
            let away = self.bond == Bond::OtherProvince && !township.as_str().starts_with("32");
            if away || self.bond == Bond::OtherCounty && self.world.places.is_mobile(township, self.residence) {
                draft.township = township;
            }
        }
        let number = self.add(draft)?;
        let namesake = &mut self.world.persons[number as usize];
        (namesake.name, namesake.surname_chars) = (name, surname_chars);
        self.world.namesakes += 1;
        Ok(number)
    }

    fn family_reason(&self) -> Reason {
        if self.reason.passing() { self.reason } else { Reason::Family }
    }

    fn home_of(&self, person: u32) -> Code {
        self.world.person(person).household.map_or(self.origin, |household| household.township)
    }

    fn born(&mut self, age: i64) -> NaiveDate {
        let birthday = self.world.as_of - Months::new(u32::try_from(age * 12).expect("ages are positive"));
        birthday - Days::new(u64::from(self.dice.below(365)))
    }

    fn add(&mut self, draft: Draft) -> Result<u32> {
        let index = self.world.next();
        let age = self.world.as_of.years_since(draft.birth).unwrap_or(0);
        let (document, number) = self.document(index, &draft)?;
        let dice = &mut *self.dice;
        let (name, surname_chars) = match document {
            Document::Passport => (naming::latin_name(dice), 0),
            _ => {
                let surname = draft.surname.as_deref().unwrap_or_else(|| naming::surname(&self.world.names, dice));
                naming::full_name(&self.world.names, dice, surname, draft.sex, draft.birth)
            }
        };
        let household = (document == Document::IdCard).then(|| Household {
            township: draft.township,
            village: self.world.places.village(dice, draft.township),
            group: u8::try_from(1 + dice.below(20)).expect("at most 20"),
        });
        let has_phone = match age {
            0..14 => false,
            14..18 => dice.chance(0.5),
            18..60 => dice.chance(0.97),
            _ => dice.chance(0.75),
        };
        self.world.persons.push(Person {
            name,
            surname_chars,
            sex: draft.sex,
            birth: draft.birth,
            document,
            number,
            has_phone,
            reason: draft.reason,
            household,
            guardian: draft.guardian,
            contact: draft.contact,
            former: None,
            moved: None,
        });
        Ok(index)
    }

    fn document(&mut self, index: u32, draft: &Draft) -> Result<(Document, String)> {
        if self.bond == Bond::Outside {
            if self.dice.chance(0.4) {
                return Ok((Document::Passport, numbers::passport(index)));
            }
            let regions = ["810000", "820000", "830000"];
            let region = self.dice.pick(&regions).parse()?;
            let number = self.world.ids.issue(region, draft.birth, draft.sex)?;
            return Ok((Document::PermitOfHkMacaoTaiwan, number));
        }
        let region = draft.region.unwrap_or_else(|| self.region_of(draft));
        Ok((Document::IdCard, self.world.ids.issue(region, draft.birth, draft.sex)?))
    }

    /// The county that issued the number, by the code it had then.
    fn region_of(&mut self, draft: &Draft) -> Code {
        let elsewhere = self.dice.chance(NUMBER_FROM_ELSEWHERE);
        let township = if elsewhere { self.another_origin() } else { draft.township };
        let year = draft.birth.year().max(NUMBERS_SINCE);
        self.world.places.tables.code_in(places::county(township), year)
    }
}
