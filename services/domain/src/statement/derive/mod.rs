//! From all facts of a person to what everybody should know: one file per topic. Pure: the same facts give the same
//! statements, whatever the order in which they came.

mod household_change;
mod inflow;
mod lead;
mod outflow;
mod shown;
mod workplace;

use chrono::NaiveDate;
use serde_json::{Value, json};

use super::{Desired, EndKind};
use crate::calendar::Calendar;
use crate::division::{Code, Divisions};
use crate::evidence::Fact;
use crate::identity::survive::Trust;
use crate::ids::FactId;
use crate::person::{FactRecord, PersonFile};
use crate::stay::scope::{self, Scope};
use crate::stay::{Belonging, StayEnd};

/// What the topics share: the person, where they belong, and how they are shown.
pub(super) struct Subject<'a> {
    file: &'a PersonFile,
    divisions: &'a Divisions,
    belonging: Belonging,
    today: NaiveDate,
    /// The person as notices show them, unmasked.
    person: Value,
}

/// Everything anybody should know of a person, ordered by receiver, topic, place and date.
/// `trust` says whose word is shown where departments write a person differently.
pub fn derive(
    file: &PersonFile,
    divisions: &Divisions,
    calendar: &Calendar,
    trust: &Trust,
    today: NaiveDate,
) -> Vec<Desired> {
    if file.facts.is_empty() {
        return Vec::new();
    }
    let belonging = Belonging::of(file, divisions, calendar, today);
    let subject = Subject { file, divisions, belonging, today, person: shown::person(file, trust) };
    let mut desired = Vec::new();
    inflow::derive(&subject, &mut desired);
    outflow::derive(&subject, &mut desired);
    workplace::derive(&subject, &mut desired);
    lead::derive(&subject, &mut desired);
    household_change::derive(&subject, &mut desired);
    desired.sort_by(|a, b| key(a).cmp(&key(b)));
    desired
}

fn key(desired: &Desired) -> (&str, super::Topic, Code, NaiveDate) {
    (&desired.receiver.0, desired.topic, desired.place, desired.since)
}

impl Subject<'_> {
    /// A division as notices show it.
    fn division(&self, code: Code) -> Value {
        json!({"division": code, "name": self.divisions.full_name(code)})
    }

    /// A place as the household side may know it: of a protected person, the prefecture only.
    fn masked(&self, code: Code, protected: bool) -> Value {
        let shown = if protected { code.prefecture().unwrap_or(code.province()) } else { code };
        self.division(shown)
    }

    /// Facts with their sources, those with the latest word first.
    fn latest_first(&self) -> Vec<&FactRecord> {
        let mut facts: Vec<&FactRecord> = self.file.facts.iter().collect();
        facts.sort_by_key(|record| {
            let last = record.sources.iter().map(|source| source.last).max();
            (std::cmp::Reverse(last), record.id)
        });
        facts
    }

    /// The end that a death or a return for good puts to something that began on `since`.
    fn life_ends(&self, since: NaiveDate) -> Option<(NaiveDate, EndKind)> {
        if let Some(death) = &self.belonging.death {
            return Some((death.on.max(since), EndKind::Died));
        }
        let returned = self.file.facts.iter().filter_map(|record| match record.fact {
            Fact::Returned { on, .. } if on >= since => Some(on),
            _ => None,
        });
        returned.min().map(|on| (on, EndKind::Returned))
    }

    /// Whether living at `place` from `since` on is mobile, seen from the household register through time.
    fn mobility(&self, place: Code, since: NaiveDate) -> Mobility {
        let household = &self.belonging.household;
        if !household.has_side {
            return Mobility::Mobile;
        }
        let is_mobile =
            |code: Option<Code>| code.map(|code| scope::of_place(self.divisions, code, place) == Scope::Mobile);
        let mut reached = household.segments().iter().filter(|segment| segment.until.is_none_or(|until| since < until));
        let Some(current) = reached.next_back() else { return Mobility::Not };
        match is_mobile(current.code) {
            Some(true) => Mobility::Mobile,
            Some(false) if reached.any(|segment| is_mobile(segment.code) == Some(true)) => {
                current.from.map_or(Mobility::Not, Mobility::Until)
            }
            _ => Mobility::Not,
        }
    }
}

/// Whether somebody lives away from home.
enum Mobility {
    /// Yes.
    Mobile,
    /// Until the household register came there.
    Until(NaiveDate),
    /// No, or nobody knows where home is.
    Not,
}

/// How the end of a stay is told where nobody else's place comes into it.
fn told_end(how: StayEnd) -> EndKind {
    match how {
        StayEnd::Left => EndKind::Departed,
        StayEnd::Returned => EndKind::Returned,
        StayEnd::BecameLocal => EndKind::BecameLocal,
        StayEnd::Died => EndKind::Died,
    }
}

/// The fact that grounds a statement resting on several: the earliest, by date and then by id.
fn earliest<'a>(facts: impl Iterator<Item = (NaiveDate, &'a FactRecord)>) -> Option<(NaiveDate, &'a FactRecord)> {
    facts.min_by_key(|(since, record)| -> (NaiveDate, FactId) { (*since, record.id) })
}
