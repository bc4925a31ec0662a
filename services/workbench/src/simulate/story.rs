//! Tells what happens to the people of one flat within the span, message by message. This file decides what happens;
//! `residence` and `around` write the messages.

use anyhow::Result;
use chrono::{Days, NaiveDate};
use liangdi_domain::division::Code;
use liangdi_domain::feed::{Feed, MessageType};
use serde_json::{Value, json};

use super::desk::{Desk, Message};
use super::dice::Dice;
use super::names::NameTables;
use super::person::{Bond, Household, Identity, Unit};
use super::places::{self, Places};
use super::seen::{Clerk, Seen};
use super::{Options, mix, naming, wire};

/// From this age on, people die within the span more often.
const OLD_FROM_YEARS: u32 = 60;
/// How long before the span the people came who do not arrive within it.
const EARLIER_DAYS: (u32, u32) = (20, 900);

/// The teller of one flat's story.
pub(super) struct Teller<'a> {
    pub(super) options: &'a Options,
    pub(super) places: &'a Places,
    pub(super) names: &'a NameTables,
    pub(super) desk: &'a mut Desk,
    pub(super) dice: Dice,
    pub(super) unit: Unit,
    /// Counts the flat's messages.
    pub(super) turn: u64,
}

/// A change of the household register decided on before the first message, so that each shows what held on its day.
#[derive(Clone, Copy)]
struct HouseholdMove {
    on: NaiveDate,
    from: Household,
    to: Household,
}

impl<'a> Teller<'a> {
    /// Tells the whole story.
    pub(super) fn tell(mut self) -> Result<()> {
        let arrives = self.dice.chance(mix::ARRIVES);
        let since = match arrives {
            true => self.within(),
            false => self.first_day() - Days::new(self.dice.between(EARLIER_DAYS.0, EARLIER_DAYS.1).into()),
        };
        for index in 0..self.unit.persons.len() {
            // Children may be younger than the family's stay.
            let since = since.max(self.unit.persons[index].identity.birth);
            self.live(index, since, arrives)?;
        }
        if self.unit.bond == Bond::Leaving {
            return Ok(());
        }
        self.lease(since)?;
        if self.unit.couple {
            self.couple()?;
        }
        if self.dice.chance(mix::VILLAGE_REPORTS) {
            self.village_report()?;
        }
        Ok(())
    }

    fn live(&mut self, index: usize, since: NaiveDate, arrives: bool) -> Result<()> {
        let moved = self.decide_household_move(index, since);
        let changed = self.decide_identity_change(index);
        let age = self.age(index);
        let rate = if age >= OLD_FROM_YEARS { mix::DIES_OLD } else { mix::DIES };
        let dies = self.dice.chance(rate).then(|| self.after(since, self.options.span_days));
        match self.unit.bond {
            Bond::Leaving => self.away(index, since)?,
            _ => self.here(index, since, arrives, moved, dies)?,
        }
        if let Some(moved) = moved {
            self.household_moved(index, moved.from.township, moved.to.township, moved.on)?;
        }
        if let Some(on) = changed {
            self.identity_changed(index, on)?;
        }
        match dies {
            Some(on) => self.death(index, on),
            None => Ok(()),
        }
    }

    fn here(
        &mut self,
        index: usize,
        since: NaiveDate,
        arrives: bool,
        moved: Option<HouseholdMove>,
        dies: Option<NaiveDate>,
    ) -> Result<()> {
        let home = self.unit.home.clone();
        if arrives && self.dice.chance(mix::OUTFLOW) {
            self.outflow(index, since)?;
        }
        let rate = if arrives { 1.0 - mix::UNREGISTERED } else { mix::LATE_REGISTERED };
        if self.dice.chance(rate) {
            let registration = self.register(index, home.clone(), since)?;
            let became_local = moved.filter(|moved| moved.to.township == home.township);
            match (dies, became_local) {
                (Some(on), _) => self.cancel(index, &registration, on, "1")?,
                (None, Some(moved)) => self.cancel(index, &registration, moved.on, "4")?,
                (None, None) => self.afterwards(index, &registration)?,
            }
        }
        if dies.is_some() {
            return Ok(());
        }
        self.work(index, since)?;
        if !arrives && self.dice.chance(mix::PERMIT) {
            self.permit(index)?;
        }
        self.township_business(index, since)
    }

    /// The household register moves to where the person lives, or elsewhere in the home prefecture.
    fn decide_household_move(&mut self, index: usize, since: NaiveDate) -> Option<HouseholdMove> {
        let from = self.unit.persons[index].household?;
        let stays_here = self.unit.bond != Bond::Leaving && self.unit.bond != Bond::Local;
        let to = if stays_here && self.dice.chance(mix::BECOMES_LOCAL) {
            self.unit.home.township
        } else if places::in_jiangsu(from.township) && self.dice.chance(mix::HOUSEHOLD_MOVES) {
            self.places.township_nearby(&mut self.dice, from.township)
        } else {
            return None;
        };
        let on = self.after(since, self.options.span_days);
        let to = Household { township: to, village: self.places.village(&mut self.dice, to) };
        let person = &mut self.unit.persons[index];
        (person.household, person.moved) = (Some(to), Some((on, from)));
        Some(HouseholdMove { on, from, to })
    }

    /// A new given name, by which the person is known from then on.
    fn decide_identity_change(&mut self, index: usize) -> Option<NaiveDate> {
        let person = &self.unit.persons[index];
        let household = person.household.filter(|household| places::in_jiangsu(household.township));
        household.filter(|_| self.dice.chance(mix::IDENTITY_CHANGES))?;
        let on = self.within();
        let person = &mut self.unit.persons[index];
        let former = person.identity.clone();
        let surname: String = former.name.chars().take(1).collect();
        let given = naming::given_name(self.names, &mut self.dice, person.sex, former.birth);
        person.identity = Identity { name: format!("{surname}{given}"), ..former.clone() };
        person.former = Some((on, former));
        Some(on)
    }

    /// The first day of the span.
    pub(super) fn first_day(&self) -> NaiveDate {
        self.options.first_day()
    }

    /// Any day of the span.
    pub(super) fn within(&mut self) -> NaiveDate {
        self.first_day() + Days::new(self.dice.below(self.options.span_days).into())
    }

    /// A day up to so many days later, perhaps after the last one: then it has not happened yet, and the desk drops it.
    /// What began before the span happens on any day of it.
    pub(super) fn after(&mut self, day: NaiveDate, days_max: u32) -> NaiveDate {
        if day < self.first_day() {
            return self.within();
        }
        day + Days::new(self.dice.between(0, days_max).into())
    }

    /// Age in full years on the last day.
    pub(super) fn age(&self, index: usize) -> u32 {
        self.options.as_of.years_since(self.unit.persons[index].identity.birth).unwrap_or(0)
    }

    /// Somebody of an office, about to write a message on a day.
    pub(super) fn clerk(&mut self, feed: Feed, office: Code, on: NaiveDate) -> Clerk<'a> {
        self.turn += 1;
        let first = u64::from(self.unit.persons[0].number);
        Clerk {
            names: self.names,
            places: self.places,
            level: self.options.noise,
            seed: self.options.seed,
            feed,
            office,
            on,
            message: first << 16 | self.turn,
            noise: Default::default(),
        }
    }

    /// A message about one person.
    pub(super) fn about(
        &mut self,
        kind: MessageType,
        office: Code,
        day: NaiveDate,
        index: usize,
        data: impl FnOnce(Seen, &mut Dice) -> Value,
    ) -> Result<()> {
        let mut clerk = self.clerk(kind.feed(), office, day);
        let data = data(clerk.show(&self.unit, index), &mut self.dice);
        let persons = vec![self.unit.persons[index].number];
        self.send_message(Message { kind, office, day, data, persons, noise: clerk.noise })
    }

    /// A township's message about one person, who comes with a guardian under 14. `data` is told the person as the
    /// township writes them, and the household.
    pub(super) fn township_says(
        &mut self,
        kind: MessageType,
        office: Code,
        day: NaiveDate,
        index: usize,
        data: impl FnOnce(Value, Option<String>, &mut Dice) -> Value,
    ) -> Result<()> {
        let mut clerk = self.clerk(Feed::Township, office, day);
        let mut seen = clerk.show(&self.unit, index);
        let guardian = self.unit.persons[index].guardian.filter(|_| seen.minor);
        let guardian = guardian.map(|guardian| clerk.show(&self.unit, guardian));
        let household = seen.household.take();
        let person = wire::person(seen, guardian, &mut self.dice);
        let data = data(person, household, &mut self.dice);
        let persons = vec![self.unit.persons[index].number];
        self.send_message(Message { kind, office, day, data, persons, noise: clerk.noise })
    }

    /// A message without noise: about no person, or out of the office's own register.
    pub(super) fn send(
        &mut self,
        kind: MessageType,
        office: Code,
        day: NaiveDate,
        data: Value,
        persons: Vec<u32>,
    ) -> Result<()> {
        self.send_message(Message { kind, office, day, data, persons, noise: Default::default() })
    }

    /// Sends a message; now and then takes it back, half of the time to send it anew.
    pub(super) fn send_message(&mut self, message: Message) -> Result<()> {
        let (feed, office, day) = (message.kind.feed(), message.office, message.day);
        if !self.dice.chance(mix::WITHDRAWN) {
            self.desk.send(message)?;
            return Ok(());
        }
        let again = Message {
            kind: message.kind,
            office,
            day,
            data: message.data.clone(),
            persons: message.persons.clone(),
            noise: message.noise.clone(),
        };
        let Some((source, id)) = self.desk.send(message)? else { return Ok(()) };
        let superseded = self.dice.chance(0.5);
        let reason = if superseded { "superseded" } else { *self.dice.pick(&["entered-in-error", "wrong-person"]) };
        let day = self.after(day, 5);
        let data = json!({"source": source, "id": id, "reason": reason});
        self.desk.send(Message {
            kind: MessageType::Withdrawn(feed),
            office,
            day,
            data,
            persons: Vec::new(),
            noise: Default::default(),
        })?;
        if superseded {
            self.desk.send(Message { day, ..again })?;
        }
        Ok(())
    }
}
