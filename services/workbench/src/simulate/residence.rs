//! Where people live, as police and townships write it: registrations, cancellations, moves, departures, returns.

use anyhow::Result;
use chrono::{Days, NaiveDate};
use liangdi_domain::division::Code;
use liangdi_domain::feed::MessageType;
use serde_json::{Value, json};

use super::mix;
use super::places::{self, Spot};
use super::story::Teller;
use super::wire::{self, Registered, digits_of, optional};

/// Days an office takes to write something down, at most.
const LAG_DAYS_MAX: u32 = 6;
/// Reasons with return expected: such stays state their end.
const PASSING: [&str; 4] = ["visit", "tourism", "medical", "trip"];

/// A residence as it was registered.
pub(super) struct Registration {
    number: String,
    spot: Spot,
    by_police: bool,
    /// The day it was recorded.
    day: NaiveDate,
}

impl Teller<'_> {
    /// The police, the residence township or both register a place of living.
    pub(super) fn register(&mut self, index: usize, spot: Spot, since: NaiveDate) -> Result<Registration> {
        let by_police = self.dice.chance(mix::BY_POLICE);
        let day = self.after(since, LAG_DAYS_MAX);
        let protected = self.dice.chance(mix::PROTECTED);
        let serial = u64::from(self.unit.persons[index].number) * 100 + self.turn % 100;
        let number = format!("J{}{serial:09}", places::county(spot.township));
        let registration = Registration { number, spot, by_police, day };
        if by_police {
            self.police_registers(index, &registration, since, protected)?;
        }
        if !by_police || self.dice.chance(mix::BY_BOTH) {
            self.township_registers(index, &registration.spot, since, protected)?;
        }
        Ok(registration)
    }

    fn police_registers(&mut self, index: usize, at: &Registration, since: NaiveDate, protected: bool) -> Result<()> {
        let office = places::county(at.spot.township);
        let person = &self.unit.persons[index];
        let reason = person.reason;
        let household_text = person.household_on(at.day).map(|household| self.places.county_text(household.township));
        let passing = PASSING.contains(&reason.township);
        let days = if passing { Some(20) } else { self.dice.chance(0.1).then_some(365) };
        let until = days.map(|days| since + Days::new(days));
        let (number, spot) = (&at.number, &at.spot);
        self.about(MessageType::ResidenceRegistered, office, at.day, index, |seen, dice| {
            let registered = Registered { number, spot, since, reason, household_text, until, protected };
            wire::residence_registered(seen, dice, registered)
        })
    }

    fn township_registers(&mut self, index: usize, spot: &Spot, since: NaiveDate, protected: bool) -> Result<()> {
        let day = self.after(since, LAG_DAYS_MAX);
        let reason = self.unit.persons[index].reason.township;
        let report = self.village_of(spot.township).map(|village| (village, day.min(since + Days::new(3))));
        self.township_says(MessageType::InflowRegistered, spot.township, day, index, |person, household, dice| {
            let mut data = json!({
                "person": person,
                "residence": {"division": spot.township, "address": spot.address},
                "since": since,
                "reason": reason,
            });
            if let Some(household) = household {
                data["household"] = json!({"division": household});
                optional(&mut data["household"], dice, "address", None);
            }
            reported(&mut data, report);
            if protected {
                data["protected"] = true.into();
            }
            data
        })
    }

    /// The household township in Jiangsu registers that somebody left.
    pub(super) fn outflow(&mut self, index: usize, left_on: NaiveDate) -> Result<()> {
        let person = &self.unit.persons[index];
        let Some(office) = person.household_on(left_on).map(|household| household.township).filter(is_home) else {
            return Ok(());
        };
        let reason = person.reason.township;
        let residence = self.unit.home.township;
        if !self.places.is_mobile(office, residence) {
            return Ok(());
        }
        let day = self.after(left_on, 10);
        let destination = match self.dice.below(4) {
            0 => Some(residence),
            1 | 2 => Some(places::county(residence)),
            _ => None,
        };
        let report = self.village_of(office).map(|village| (village, day.min(left_on + Days::new(5))));
        self.township_says(MessageType::OutflowRegistered, office, day, index, |person, _, dice| {
            let mut data = json!({
                "person": person,
                "household": {"division": office, "address": null},
                "destination": {"address": null},
                "left_on": left_on,
                "reason": reason,
            });
            optional(&mut data["destination"], dice, "division", destination.map(|code| code.to_string()));
            reported(&mut data, report);
            data
        })
    }

    /// A life in another province: only the household township knows of it, and perhaps of the return.
    pub(super) fn away(&mut self, index: usize, since: NaiveDate) -> Result<()> {
        self.outflow(index, since)?;
        if self.dice.chance(mix::RETURNS * 2.0) {
            let on = self.after(since, 20);
            self.returned(index, on)?;
        }
        Ok(())
    }

    /// What becomes of a registration within the span: mostly nothing.
    pub(super) fn afterwards(&mut self, index: usize, first: &Registration) -> Result<()> {
        if self.dice.chance(mix::IN_ERROR) {
            let on = self.after(first.day, 10);
            return self.cancel(index, first, on, "5");
        }
        if self.dice.chance(mix::SECOND_PLACE)
            && let Some(second) = self.places.another_residence(&mut self.dice, first.spot.township)
        {
            let (spot, since) = (self.places.spot(&mut self.dice, second), self.after(first.day, 15));
            self.register(index, spot, since)?;
        }
        if self.dice.chance(mix::MOVES)
            && let Some(next) = self.places.another_residence(&mut self.dice, first.spot.township)
        {
            let (spot, since) = (self.places.spot(&mut self.dice, next), self.after(first.day, 20));
            self.leave(index, first, since, Some(places::county(next)))?;
            self.register(index, spot, since)?;
        } else if self.dice.chance(mix::LEAVES) {
            let on = self.after(first.day, 20);
            self.leave(index, first, on, None)?;
            if self.dice.chance(0.5) {
                self.returned(index, on)?;
            }
        }
        Ok(())
    }

    /// Leaves a registered place: the police strike it off, or the township only sees it.
    fn leave(&mut self, index: usize, from: &Registration, on: NaiveDate, left_to: Option<Code>) -> Result<()> {
        if from.by_police && self.dice.chance(0.8) {
            return self.cancel(index, from, on, "3");
        }
        self.presence(index, from.spot.township, on, "left", left_to)
    }

    /// The police strike a registration off (1 death, 3 left, 4 became local, 5 in error).
    pub(super) fn cancel(&mut self, index: usize, at: &Registration, on: NaiveDate, reason: &str) -> Result<()> {
        if !at.by_police {
            return Ok(());
        }
        let place = at.spot.township;
        let day = self.after(on, LAG_DAYS_MAX);
        self.about(MessageType::ResidenceCancelled, places::county(place), day, index, |seen, _| {
            json!({
                "djbh": at.number,
                "gmsfhm": seen.id,
                "xm": seen.name,
                "jzdz_xzqh": place,
                "zxrq": digits_of(on),
                "zxyydm": reason,
            })
        })
    }

    /// The household township in Jiangsu registers that somebody is back for good.
    fn returned(&mut self, index: usize, on: NaiveDate) -> Result<()> {
        let household = self.unit.persons[index].household_on(on);
        let Some(office) = household.map(|household| household.township).filter(is_home) else { return Ok(()) };
        let day = self.after(on, LAG_DAYS_MAX);
        self.township_says(MessageType::ReturnRegistered, office, day, index, |person, _, _| {
            json!({"person": person, "household": {"division": office, "address": null}, "returned_on": on})
        })
    }

    /// A township sees somebody, or sees that they left.
    pub(super) fn presence(
        &mut self,
        index: usize,
        township: Code,
        on: NaiveDate,
        seen: &str,
        left_to: Option<Code>,
    ) -> Result<()> {
        let day = self.after(on, 2);
        self.township_says(MessageType::PresenceUpdated, township, day, index, |person, _, dice| {
            let mut data = json!({"person": person, "division": township, "on": on, "seen": seen});
            if left_to.is_some() {
                optional(&mut data, dice, "left_to", left_to.map(|code| code.to_string()));
            }
            data
        })
    }

    /// The household register moved to a place in Jiangsu.
    pub(super) fn household_moved(&mut self, index: usize, from: Code, to: Code, on: NaiveDate) -> Result<()> {
        // Police of another province say less of their own places.
        let from = if is_home(&from) { from } else { places::county(from) };
        let day = self.after(on, LAG_DAYS_MAX);
        self.about(MessageType::HouseholdMoved, places::county(to), day, index, |seen, _| {
            json!({
                "gmsfhm": seen.id,
                "xm": seen.name,
                "xbdm": seen.sex.code(),
                "csrq": wire::birth_digits(&seen),
                "qczd_xzqh": from,
                "qrd_xzqh": to,
                "qyrq": digits_of(on),
            })
        })
    }

    /// The police changed a name (21): old number and name, new name.
    pub(super) fn identity_changed(&mut self, index: usize, on: NaiveDate) -> Result<()> {
        let person = &self.unit.persons[index];
        let (Some((_, former)), Some(household)) = (&person.former, person.household_on(on)) else { return Ok(()) };
        let (office, number) = (places::county(household.township), person.number);
        let mut data = json!({"gmsfhm": former.number, "xm": former.name, "bglb": "21", "bgrq": digits_of(on)});
        data["new_xm"] = person.identity.name.as_str().into();
        let day = self.after(on, LAG_DAYS_MAX);
        self.send(MessageType::IdentityChanged, office, day, data, vec![number])
    }

    /// A village that reported to its township, now and then.
    fn village_of(&mut self, township: Code) -> Option<Code> {
        let reports = self.dice.chance(mix::BY_VILLAGE);
        self.places.village(&mut self.dice, township).filter(|_| reports)
    }
}

fn is_home(township: &Code) -> bool {
    places::in_jiangsu(*township)
}

fn reported(data: &mut Value, report: Option<(Code, NaiveDate)>) {
    if let Some((village, on)) = report {
        data["village"] = json!(village);
        data["reported_on"] = json!(on);
    }
}
