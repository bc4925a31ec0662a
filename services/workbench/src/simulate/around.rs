//! What else offices know of people: jobs, leases, permits, marriages, deaths, services, requests, reports.

use anyhow::Result;
use chrono::{Days, Months, NaiveDate};
use liangdi_domain::feed::{Feed, MessageType};
use serde_json::{Value, json};

use super::desk::Message;
use super::mix;
use super::naming;
use super::person::MINOR_BELOW_YEARS;
use super::places;
use super::story::Teller;
use super::wire::{self, digits_of, number_of};

/// Most people that the contract lets one lease name.
const TENANTS_MAX: usize = 20;
/// Kinds of service for adults.
const SERVICES: [&str; 7] =
    ["information", "permit", "employment", "housing", "assistance", "health-card", "legal-aid"];
const OUTCOMES: [&str; 4] = ["offered", "declined", "requested", "decided"];

impl Teller<'_> {
    /// A job, the insurance beside it, and perhaps its end.
    pub(super) fn work(&mut self, index: usize, since: NaiveDate) -> Result<()> {
        let person = &self.unit.persons[index];
        let works = ["work", "business", "family"].contains(&person.reason.township);
        if !works || !(18..60).contains(&self.age(index)) {
            return Ok(());
        }
        let home = self.unit.home.clone();
        if self.dice.chance(mix::JOB) {
            let employer = self.places.employer(&mut self.dice, home.township);
            let office = places::prefecture(employer.county);
            let start = self.after(since, 5);
            let day = self.after(start, 10);
            self.about(MessageType::EmploymentStarted, office, day, index, |seen, dice| {
                wire::employment_started(seen, dice, &employer, &home, start)
            })?;
            if self.dice.chance(mix::INSURED) {
                let day = self.after(start, 15);
                self.about(MessageType::InsuranceEnrolled, office, day, index, |seen, dice| {
                    let mut data = wire::worker(seen, dice);
                    data["aab301"] = json!(employer.county);
                    data["aae041"] = json!(number_of(start) / 100);
                    data
                })?;
            }
            if self.dice.chance(mix::JOB_ENDS) {
                let on = self.after(start, 20);
                let day = self.after(on, 5);
                self.about(MessageType::EmploymentEnded, office, day, index, |seen, _| {
                    wire::employment_ended(&seen, &employer, on)
                })?;
            }
        }
        if self.dice.chance(mix::WORKPLACE) {
            self.workplace(index, since)?;
        }
        Ok(())
    }

    /// The township of the workplace registers somebody who lives in another one.
    fn workplace(&mut self, index: usize, since: NaiveDate) -> Result<()> {
        let home = self.unit.home.clone();
        let township = self.places.township_of(&mut self.dice, places::county(home.township));
        let at = self.places.spot(&mut self.dice, township);
        let name = naming::shop(&mut self.dice);
        let day = self.after(since, 12);
        self.township_says(MessageType::WorkplaceRegistered, township, day, index, |person, _, dice| {
            let mut data = json!({
                "person": person,
                "workplace": {"name": name, "division": township, "address": at.address},
                "since": since,
            });
            if dice.chance(0.8) {
                data["residence"] = json!({"division": home.township, "address": null});
            }
            data
        })
    }

    /// A lease of the flat with everybody in it, and perhaps its end.
    pub(super) fn lease(&mut self, since: NaiveDate) -> Result<()> {
        if !self.dice.chance(mix::LEASE) {
            return Ok(());
        }
        let home = self.unit.home.clone();
        let office = places::county(home.township);
        let since = self.after(since, 0);
        let day = self.after(since, 5);
        let number = format!("ZL{office}{}{:08}", since.format("%Y"), self.unit.persons[0].number);
        let property = json!({"division": home.township, "address": home.address});
        let mut clerk = self.clerk(Feed::Housing, office, day);
        let count = self.unit.persons.len().min(TENANTS_MAX);
        let tenants: Vec<Value> =
            (0..count).map(|index| wire::tenant(clerk.show(&self.unit, index), &mut self.dice)).collect();
        let term = json!({"from": since, "to": since + Months::new(12) - Days::new(1)});
        let data = json!({"filingNo": number, "property": property, "term": term, "tenants": tenants});
        let persons = self.unit.persons[..count].iter().map(|person| person.number).collect();
        self.send_message(Message { kind: MessageType::LeaseFiled, office, day, data, persons, noise: clerk.noise })?;
        if self.dice.chance(mix::LEASE_ENDS) {
            let on = self.after(day, 20);
            let day = self.after(on, 4);
            let data = json!({"filingNo": number, "property": property, "endedOn": on});
            self.send(MessageType::LeaseEnded, office, day, data, Vec::new())?;
        }
        Ok(())
    }

    /// A marriage registered or dissolved within the span.
    pub(super) fn couple(&mut self) -> Result<()> {
        let (kind, letter, member) = if self.dice.chance(mix::MARRIAGE) {
            (MessageType::MarriageRegistered, "J", "registeredOn")
        } else if self.dice.chance(mix::DISSOLVED) {
            (MessageType::MarriageDissolved, "L", "dissolvedOn")
        } else {
            return Ok(());
        };
        let registry = places::county(self.unit.home.township);
        let office = places::prefecture(registry);
        let on = self.within();
        let mut clerk = self.clerk(Feed::CivilAffairs, office, on);
        let parties: Vec<Value> = (0..2)
            .map(|index| {
                let mut party = wire::civil_person(clerk.show(&self.unit, index), &mut self.dice);
                party["idType"] = self.unit.persons[index].document.code.into();
                party
            })
            .collect();
        let serial = self.unit.persons[0].number;
        let number = format!("{letter}{office}-{}-{serial:07}", on.format("%Y"));
        let mut data = json!({"certificateNo": number, "office": registry, "parties": parties});
        data[member] = json!(on);
        let persons = self.unit.persons[..2].iter().map(|person| person.number).collect();
        self.send_message(Message { kind, office, day: on, data, persons, noise: clerk.noise })
    }

    /// Civil affairs register a death at the place of living, or at home where that is in Jiangsu.
    pub(super) fn death(&mut self, index: usize, on: NaiveDate) -> Result<()> {
        let household = self.unit.persons[index].household_on(on).map(|household| household.township);
        let places = [Some(self.unit.home.township), household];
        let Some(place) = places.into_iter().flatten().find(|place| places::in_jiangsu(*place)) else { return Ok(()) };
        let day = self.after(on, 5);
        self.about(MessageType::DeathRegistered, places::prefecture(place), day, index, |seen, dice| {
            let mut data = wire::civil_person(seen, dice);
            data["diedOn"] = json!(on);
            data
        })
    }

    /// A residence permit issued or endorsed for another year.
    pub(super) fn permit(&mut self, index: usize) -> Result<()> {
        let place = self.unit.home.township;
        let office = places::county(place);
        let number = format!("{office}K{:08}", self.unit.persons[index].number);
        let (kind, member) = match self.dice.chance(0.5) {
            true => (MessageType::PermitIssued, "qfrq"),
            false => (MessageType::PermitEndorsed, "qzrq"),
        };
        let on = self.within();
        let until = on + Months::new(12) - Days::new(1);
        self.about(kind, office, on, index, |seen, _| {
            let mut data = json!({"jzzh": number, "gmsfhm": seen.id, "xm": seen.name, "jzdz_xzqh": place});
            data[member] = digits_of(on).into();
            data["yxq"] = digits_of(until).into();
            data
        })
    }

    /// What the residence township sees, offers and is asked.
    pub(super) fn township_business(&mut self, index: usize, since: NaiveDate) -> Result<()> {
        let township = self.unit.home.township;
        if self.dice.chance(mix::PRESENCE) {
            let on = self.after(since, 20);
            match self.dice.below(3) {
                0 => self.presence(index, township, on, "present", None)?,
                1 => self.presence(index, township, on, "unknown", None)?,
                _ => {
                    self.presence(index, township, on, "left", None)?;
                    let back = self.after(on, 10);
                    self.presence(index, township, back, "present", None)?;
                }
            }
        }
        let child = self.age(index) < MINOR_BELOW_YEARS;
        if self.dice.chance(if child { mix::SERVICE_CHILD } else { mix::SERVICE }) {
            self.service(index, since, child)?;
        }
        if self.dice.chance(mix::VERIFICATION) {
            self.verification(index, since, child)?;
        }
        if self.dice.chance(mix::COMPLAINT) {
            self.complaint(index, since)?;
        }
        if self.dice.chance(mix::RIGHTS) {
            let right = *self.dice.pick(&["access", "correction", "deletion", "explanation"]);
            let (number, on) = (self.file_number("QL", index), self.after(since, 20));
            let asks = if child { "guardian" } else { "self" };
            self.township_says(MessageType::RightsRequested, township, on, index, |person, _, _| {
                json!({"request_no": number, "filed_on": on, "person": person, "right": right, "requested_by": asks})
            })?;
        }
        Ok(())
    }

    fn service(&mut self, index: usize, since: NaiveDate, child: bool) -> Result<()> {
        let township = self.unit.home.township;
        let kind = if child { "school" } else { *self.dice.pick(&SERVICES) };
        let outcome = *self.dice.pick(&OUTCOMES);
        let on = self.after(since, 20);
        self.township_says(MessageType::ServiceRecorded, township, on, index, |person, _, dice| {
            let mut data = json!({"person": person, "division": township, "kind": kind, "outcome": outcome, "on": on});
            if outcome == "decided" {
                data["granted"] = dice.chance(0.8).into();
            }
            data
        })
    }

    /// The person (or guardian) asks for facts to be verified at the household side.
    fn verification(&mut self, index: usize, since: NaiveDate, child: bool) -> Result<()> {
        let on = self.after(since, 20);
        let Some(household) = self.unit.persons[index].household_on(on) else { return Ok(()) };
        let township = self.unit.home.township;
        let (purpose, facts) = match self.dice.below(3) {
            _ if child => ("school-enrolment", json!(["identity", "household"])),
            0 => ("residence-permit", json!(["identity", "household", "marital-status"])),
            1 => ("public-rental-housing", json!(["identity", "residence", "marital-status"])),
            _ => ("social-insurance", json!(["identity", "household"])),
        };
        let home = household.township;
        let ask = if self.dice.chance(0.5) { home } else { places::county(home) };
        let number = self.file_number("HC", index);
        let asks = if child { "guardian" } else { "self" };
        self.township_says(MessageType::VerificationRequested, township, on, index, |person, _, _| {
            json!({
                "request_no": number,
                "applied_on": on,
                "requested_by": asks,
                "person": person,
                "ask": [ask],
                "purpose": purpose,
                "facts": facts,
                "consent": true,
            })
        })
    }

    /// A complaint of a division or a feed, half of the time without saying who suffered.
    fn complaint(&mut self, index: usize, since: NaiveDate) -> Result<()> {
        let township = self.unit.home.township;
        let kinds = ["fee", "difficulty-made", "forced-return", "wrong-data", "disclosure", "delay"];
        let kind = *self.dice.pick(&kinds);
        let household = self.unit.persons[index].household.filter(|_| self.dice.chance(0.7));
        let about = household.map_or("hr".to_owned(), |household| places::county(household.township).to_string());
        let (number, on) = (self.file_number("TS", index), self.after(since, 20));
        let data = json!({"complaint_no": number, "filed_on": on, "about": about, "kind": kind});
        if self.dice.chance(0.5) {
            return self.send(MessageType::ComplaintFiled, township, on, data, Vec::new());
        }
        self.township_says(MessageType::ComplaintFiled, township, on, index, |person, _, _| {
            let mut data = data;
            data["person"] = person;
            data
        })
    }

    /// A village's weekly counts; a nil report is a report.
    pub(super) fn village_report(&mut self) -> Result<()> {
        let township = self.unit.home.township;
        let Some(village) = self.places.village(&mut self.dice, township) else { return Ok(()) };
        let to = self.within();
        let period = json!({"from": to - Days::new(6), "to": to});
        let (arrivals, departures) = (self.dice.below(9), self.dice.below(6));
        let data = json!({"village": village, "period": period, "arrivals": arrivals, "departures": departures});
        self.send(MessageType::VillageReport, township, to, data, Vec::new())
    }

    fn file_number(&self, prefix: &str, index: usize) -> String {
        format!("{prefix}-{}-{:08}", self.options.as_of.format("%Y"), self.unit.persons[index].number)
    }
}
