//! Raises people: those who live in one flat, a family or singles, with ages, homes and numbers that fit together.

use anyhow::Result;
use chrono::{Datelike, Days, Months, NaiveDate};
use liangdi_domain::division::Code;

use super::dice::{Dice, Weighted};
use super::names::NameTables;
use super::noise::{self, NoiseLevel};
use super::numbers::{self, IdOffice};
use super::person::{
    Bond, Document, HMT_PERMIT, Household, ID_CARD, Identity, JOINS_FAMILY, MINOR_BELOW_YEARS, PASSPORT, Person,
    REASONS, Reason, Sex, Unit,
};
use super::places::{self, Places};
use super::{naming, person};

/// Bonds by weight; approximate and our own.
const BONDS: [(Bond, u32); 5] =
    [(Bond::OtherProvince, 35), (Bond::OtherCounty, 46), (Bond::Local, 10), (Bond::Leaving, 8), (Bond::Outside, 1)];
/// Who lives together, by weight.
const SHAPES: [(Shape, u32); 5] = [
    (Shape::Singles(1), 30),
    (Shape::Singles(4), 14),
    (Shape::Family { children: 0, grandparent: false }, 24),
    (Shape::Family { children: 2, grandparent: false }, 26),
    (Shape::Family { children: 1, grandparent: true }, 6),
];
/// Share of spouses and flatmates whose household is in a place of its own.
const FROM_ELSEWHERE: f64 = 0.3;
/// How many earlier people are remembered as models of namesakes.
const MODELS_MAX: usize = 256;

#[derive(Clone, Copy)]
enum Shape {
    /// Singles under one roof, up to so many.
    Singles(u32),
    /// A couple, up to so many children, and perhaps a grandparent.
    Family { children: u32, grandparent: bool },
}

/// Draws the people of one flat after another.
pub(super) struct Nursery<'a> {
    places: &'a Places,
    names: &'a NameTables,
    level: NoiseLevel,
    as_of: NaiveDate,
    bonds: Weighted<Bond>,
    shapes: Weighted<Shape>,
    reasons: Weighted<Reason>,
    ids: IdOffice,
    models: Vec<Model>,
    /// The number of the next person.
    pub(super) next: u32,
}

/// Somebody whose name and birth date another person may have, too.
struct Model {
    identity: Identity,
    sex: Sex,
    county: Code,
}

/// What is settled about a person before the rest is drawn.
struct Draft {
    sex: Sex,
    birth: NaiveDate,
    surname: Option<String>,
    township: Code,
    reason: Reason,
    guardian: Option<usize>,
}

impl<'a> Nursery<'a> {
    /// An empty world.
    pub(super) fn new(places: &'a Places, names: &'a NameTables, level: NoiseLevel, as_of: NaiveDate) -> Nursery<'a> {
        Nursery {
            places,
            names,
            level,
            as_of,
            bonds: Weighted::new(BONDS),
            shapes: Weighted::new(SHAPES),
            reasons: Weighted::new(REASONS),
            ids: IdOffice::default(),
            models: Vec::new(),
            next: 0,
        }
    }

    /// The people of one flat, at most `room` of them.
    pub(super) fn raise(&mut self, dice: &mut Dice, room: u32) -> Result<Unit> {
        let bond = *self.bonds.draw(dice);
        let residence = match bond {
            Bond::Leaving => self.places.destination(dice),
            _ => self.places.residence(dice),
        };
        let shape = match *self.shapes.draw(dice) {
            _ if room < 5 || bond == Bond::Outside => Shape::Singles(1),
            shape => shape,
        };
        let home = self.places.spot(dice, residence);
        let origin = self.origin(dice, bond, residence);
        let reason = *self.reasons.draw(dice);
        let couple = matches!(shape, Shape::Family { .. });
        let unit = Unit { bond, home, persons: Vec::new(), couple };
        let mut family = Family { nursery: self, dice, unit, origin, reason };
        match shape {
            Shape::Singles(most) => family.singles(most)?,
            Shape::Family { children, grandparent } => family.family(children, grandparent)?,
        }
        Ok(family.unit)
    }

    /// A home township for the bond.
    fn origin(&self, dice: &mut Dice, bond: Bond, residence: Code) -> Code {
        match bond {
            Bond::OtherCounty => {
                self.places.origin_mobile(dice, residence).unwrap_or_else(|| self.places.origin_away(dice))
            }
            Bond::Local => self.places.origin_local(dice, residence),
            Bond::Leaving => self.places.origin_home(dice),
            Bond::OtherProvince | Bond::Outside => self.places.origin_away(dice),
        }
    }

    /// Remembers somebody as a model, in the place of somebody else once enough are known.
    fn remember(&mut self, person: &Person) {
        let Some(household) = person.household else { return };
        let county = places::county(household.township);
        let model = Model { identity: person.identity.clone(), sex: person.sex, county };
        if self.models.len() < MODELS_MAX {
            self.models.push(model);
        } else {
            self.models[person.number as usize % MODELS_MAX] = model;
        }
    }
}

/// One flat in the making.
struct Family<'n, 'a> {
    nursery: &'n mut Nursery<'a>,
    dice: &'n mut Dice,
    unit: Unit,
    origin: Code,
    reason: Reason,
}

impl Family<'_, '_> {
    fn singles(&mut self, most: u32) -> Result<()> {
        for _ in 0..self.dice.between(most.div_ceil(2), most) {
            let years = if self.reason.township == "study" { 7 } else { 42 };
            // Two dice: most people who move for work are young.
            let age = 18 + self.dice.below(years).min(self.dice.below(years));
            let sex = if self.dice.chance(0.56) { Sex::Male } else { Sex::Female };
            let draft = self.adult(sex, age);
            self.add(draft)?;
            if self.dice.chance(noise::NAMESAKES.at(self.nursery.level)) {
                self.make_namesake()?;
            }
        }
        Ok(())
    }

    fn family(&mut self, children: u32, grandparent: bool) -> Result<()> {
        let age = 24 + self.dice.below(30).min(self.dice.below(30));
        let husband = self.adult(Sex::Male, age);
        self.add(husband)?;
        let younger = self.dice.below(4);
        let wife = self.adult(Sex::Female, (age - younger).max(22));
        self.add(wife)?;
        for turn in 0..self.dice.between(children.min(1), children) {
            let age = self.dice.between(1, (age - 21).clamp(1, 16));
            let sex = if self.dice.chance(0.52) { Sex::Male } else { Sex::Female };
            let guardian = (age < MINOR_BELOW_YEARS).then(|| self.dice.below(2) as usize);
            let surname = Some(self.surname_of_first());
            let township = self.unit.persons[0].household.map_or(self.origin, |household| household.township);
            let draft = Draft { sex, birth: self.born(age), surname, township, reason: JOINS_FAMILY, guardian };
            let twin = turn == 0 && self.dice.chance(noise::TWINS.at(self.nursery.level));
            let birth = draft.birth;
            self.add(draft)?;
            if twin {
                let (sex, surname) = (self.unit.persons[2].sex, Some(self.surname_of_first()));
                self.add(Draft { sex, birth, surname, township, reason: JOINS_FAMILY, guardian })?;
            }
        }
        if grandparent {
            let age = age + self.dice.between(22, 30);
            let sex = if self.dice.chance(0.4) { Sex::Male } else { Sex::Female };
            let draft = Draft { reason: JOINS_FAMILY, ..self.adult(sex, age) };
            self.add(draft)?;
        }
        Ok(())
    }

    /// An adult; the first one's origin is the family's, others may have one of their own.
    fn adult(&mut self, sex: Sex, age: u32) -> Draft {
        let elsewhere = !self.unit.persons.is_empty() && self.dice.chance(FROM_ELSEWHERE);
        let township = match elsewhere {
            true => self.nursery.origin(self.dice, self.unit.bond, self.unit.home.township),
            false => self.origin,
        };
        Draft { sex, birth: self.born(age), surname: None, township, reason: self.reason, guardian: None }
    }

    fn surname_of_first(&self) -> String {
        self.unit.persons[0].identity.name.chars().next().into_iter().collect()
    }

    fn born(&mut self, age: u32) -> NaiveDate {
        self.nursery.as_of - Months::new(age * 12) - Days::new(self.dice.below(365).into())
    }

    /// Gives the last person the name and birth date of an earlier one, half of the time from the same county.
    fn make_namesake(&mut self) -> Result<()> {
        let person = self.unit.persons.last_mut().expect("somebody was just added");
        let Some(household) = person.household.as_mut() else { return Ok(()) };
        let model = self.dice.pick(&self.nursery.models);
        if self.dice.chance(0.5) {
            household.township = self.nursery.places.township_of(self.dice, model.county);
            household.village = self.nursery.places.village(self.dice, household.township);
        }
        // A number says when its holder was born, so the namesake needs another one.
        let region = places::county(household.township);
        let number = self.nursery.ids.issue(region, model.identity.birth, model.sex)?;
        person.sex = model.sex;
        person.identity = Identity { number, ..model.identity.clone() };
        Ok(())
    }

    fn add(&mut self, draft: Draft) -> Result<()> {
        let number = self.nursery.next;
        self.nursery.next += 1;
        let (document, id) = self.document(number, &draft)?;
        let (names, dice) = (self.nursery.names, &mut *self.dice);
        let name = match (document, &draft.surname) {
            (PASSPORT, _) => naming::latin_name(dice),
            (_, Some(surname)) => {
                // No family gives two children one name.
                let taken = |name: &String| self.unit.persons.iter().any(|person| person.identity.name == *name);
                let mut draw = || format!("{surname}{}", naming::given_name(names, dice, draft.sex, draft.birth));
                let mut name = draw();
                while taken(&name) {
                    name = draw();
                }
                name
            }
            (_, None) => {
                let surname = names.surnames.draw(dice);
                naming::full_name(names, dice, surname, draft.sex, draft.birth)
            }
        };
        let village = self.nursery.places.village(dice, draft.township);
        let household = Household { township: draft.township, village };
        let age = self.nursery.as_of.years_since(draft.birth).unwrap_or(0);
        let person = Person {
            number,
            identity: Identity { name, number: id, birth: draft.birth },
            former: None,
            sex: draft.sex,
            document,
            has_phone: dice.chance(match age {
                0..14 => 0.0,
                14..18 => 0.5,
                18..60 => 0.97,
                _ => 0.75,
            }),
            reason: draft.reason,
            household: (document == ID_CARD).then_some(household),
            moved: None,
            guardian: draft.guardian,
        };
        if draft.guardian.is_none() {
            self.nursery.remember(&person);
        }
        self.unit.persons.push(person);
        Ok(())
    }

    fn document(&mut self, index: u32, draft: &Draft) -> Result<(Document, String)> {
        let (document, region) = match self.unit.bond {
            Bond::Outside if self.dice.chance(0.4) => return Ok((PASSPORT, numbers::passport(index))),
            Bond::Outside => (HMT_PERMIT, self.dice.pick(&["810000", "820000", "830000"]).parse()?),
            _ => (ID_CARD, self.region(draft)),
        };
        Ok((document, self.nursery.ids.issue(region, draft.birth, draft.sex)?))
    }

    /// The county that issued the number: by the code it had, for people old enough.
    fn region(&mut self, draft: &Draft) -> Code {
        let county = places::county(draft.township);
        let former = self.nursery.places.former_code(county);
        former.filter(|_| draft.birth.year() < person::FORMER_CODES_UNTIL).unwrap_or(county)
    }
}
