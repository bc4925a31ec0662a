//! From all facts of a person to what everybody should know: one file per topic. Pure: the same facts give the same
//! statements, whatever the order in which they came.

mod case_reply;
mod complaint;
mod consultation;
mod correction;
mod duty;
mod forward;
mod household_change;
mod inflow;
mod lead;
mod measured;
mod outflow;
mod permit;
mod shown;
mod verification;
mod workplace;

use std::cell::Cell;

use chrono::{Days, NaiveDate};
use serde_json::{Value, json};

use super::{Desired, DesiredState, EndKind, Setting, Topic};
use crate::division::{Code, Divisions, Place};
use crate::evidence::Fact;
use crate::ids::FactId;
use crate::notice::Receiver;
use crate::person::{FactRecord, PersonFile};
use crate::stay::scope::{self, Scope};
use crate::stay::{Belonging, Stay, StayEnd};

pub use measured::measure;

/// What the topics share: the person, where they belong, and how they are shown.
pub(super) struct Subject<'a> {
    file: &'a PersonFile,
    setting: &'a Setting<'a>,
    divisions: &'a Divisions,
    belonging: Belonging,
    today: NaiveDate,
    /// The person as notices show them, unmasked.
    person: Value,
    /// The next day on which time alone changes a statement.
    changes_on: Cell<Option<NaiveDate>>,
}

/// What everybody should know of a person.
#[derive(Clone, Default, PartialEq)]
pub struct Derived {
    /// The statements, ordered by receiver, topic, place and date.
    pub statements: Vec<Desired>,
    /// The next day on which they change although nothing comes in; always after today.
    pub changes_on: Option<NaiveDate>,
}

/// Everything anybody should know of a person.
pub fn derive(file: &PersonFile, setting: &Setting) -> Derived {
    if file.facts.is_empty() {
        return Derived::default();
    }
    let subject = Subject::of(file, setting);
    let mut desired = Vec::new();
    inflow::derive(&subject, &mut desired);
    outflow::derive(&subject, &mut desired);
    workplace::derive(&subject, &mut desired);
    lead::derive(&subject, &mut desired);
    household_change::derive(&subject, &mut desired);
    permit::derive(&subject, &mut desired);
    duty::derive(&subject, &mut desired);
    // What was answered changes what should be known: these look at the ledger as well.
    let mut desired = forward::apply(&subject, desired);
    // What another hub told this one it tells everybody else itself.
    desired.retain(|desired| !(subject.is_elsewhere(&desired.receiver) && subject.is_told_by_hub(desired)));
    case_reply::derive(&subject, &mut desired);
    consultation::derive(&subject, &mut desired);
    verification::derive(&subject, &mut desired);
    complaint::derive(&subject, &mut desired);
    correction::derive(&subject, &mut desired);
    desired.retain(|desired| setting.procedures.tells(desired.topic, subject.today));
    // What two facts say alike is one statement, and open while one of them is.
    desired.sort_by(|a, b| (key(a), is_over(a), a.ground).cmp(&(key(b), is_over(b), b.ground)));
    desired.dedup_by(|later, first| key(later) == key(first));
    Derived { statements: desired, changes_on: subject.changes_on.get() }
}

fn is_over(desired: &Desired) -> bool {
    desired.state != DesiredState::Open
}

fn key(desired: &Desired) -> (&str, Topic, Code, Option<&str>, NaiveDate) {
    (&desired.receiver.0, desired.topic, desired.place, desired.variant.as_deref(), desired.since)
}

impl<'a> Subject<'a> {
    fn of(file: &'a PersonFile, setting: &'a Setting<'a>) -> Self {
        let Setting { divisions, calendar, trust, today, .. } = *setting;
        let belonging = Belonging::of(file, divisions, calendar, today);
        let changes_on = Cell::new(belonging.changes_on);
        Subject { file, setting, divisions, belonging, today, person: shown::person(file, trust), changes_on }
    }
}

impl Subject<'_> {
    /// A division as notices show it.
    fn division(&self, code: Code) -> Value {
        json!({"division": code, "name": self.divisions.full_name(code)})
    }

    /// A place as notices show it, by today's name.
    fn shown(&self, place: Place) -> Value {
        self.division(self.divisions.now(place))
    }

    /// The township of a place as notices show it.
    fn shown_township(&self, place: Place) -> Value {
        self.masked(place, false)
    }

    /// A township as the household side may know it: of a protected person, the prefecture only.
    fn masked(&self, place: Place, protected: bool) -> Value {
        let code = self.divisions.now(place);
        let shown =
            if protected { code.prefecture().unwrap_or(code.province()) } else { code.township().unwrap_or(code) };
        self.division(shown)
    }

    /// Who hears of a place.
    fn receiver(&self, place: Place) -> Option<Receiver> {
        self.divisions.hears_of(place).map(Receiver::jurisdiction)
    }

    /// Whether somebody of another province hears.
    fn is_elsewhere(&self, receiver: &Receiver) -> bool {
        receiver.0.parse::<Code>().is_ok_and(|code| code.province() != self.divisions.home())
    }

    /// Whether a statement is about a stay that another province's hub told of.
    fn is_told_by_hub(&self, desired: &Desired) -> bool {
        let about = |stay: &Stay| (stay.township, stay.since) == (desired.place, desired.since);
        let mut told = self.belonging.stays.iter().filter(|stay| !stay.told.is_empty());
        desired.topic == Topic::Inflow && told.any(about)
    }

    /// The township's code that tells statements about a place from others, whatever the place is called later.
    fn then(&self, place: Place) -> Code {
        self.divisions.then_township(place)
    }

    /// Time alone changes something on that day: the person has to be looked at again. Days gone by do not count.
    fn changes_on(&self, on: NaiveDate) {
        if on > self.today {
            self.changes_on.set(Some(self.changes_on.get().map_or(on, |earlier| earlier.min(on))));
        }
    }

    /// Whether the time for what a procedure asks is over; if it is not, the person has to be looked at when it is. None where it
    /// asks for nothing.
    fn is_over(&self, procedure: &str, day_zero: NaiveDate) -> Option<bool> {
        let due = self.setting.procedures.due_on(procedure, day_zero, self.setting.calendar)?.date;
        self.changes_on(due + Days::new(1));
        Some(due < self.today)
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

    /// The day of a death that takes effect.
    fn death(&self) -> Option<NaiveDate> {
        self.belonging.death.as_ref().map(|death| death.on)
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
    fn mobility(&self, place: Place, since: NaiveDate) -> Mobility {
        let household = &self.belonging.household;
        if !household.has_side {
            return Mobility::Mobile;
        }
        let is_mobile =
            |side: Option<Place>| side.map(|side| scope::of_place(self.divisions, side, place, since) == Scope::Mobile);
        let mut reached = household.segments().iter().filter(|segment| segment.until.is_none_or(|until| since < until));
        let Some(current) = reached.next_back() else { return Mobility::Not };
        match is_mobile(current.place) {
            Some(true) => Mobility::Mobile,
            Some(false) if reached.any(|segment| is_mobile(segment.place) == Some(true)) => {
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
