//! What is owed without anybody having been asked: a township offers its services after a registration, records what its
//! village reported, offers help to somebody who left and was not heard of; whoever runs the hub settles what a person
//! asks by right. Nobody is told anything until it is late; then the township gets one reminder, or the hub's own province
//! does. Which duties there are, and their periods, is in `config/procedures.toml`.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde_json::json;

use super::{Mobility, Subject};
use crate::calendar::shanghai_date;
use crate::division::{Code, Level, Place};
use crate::evidence::{Fact, Registrar};
use crate::ids::ProfileId;
use crate::person::FactRecord;
use crate::procedure::{Opening, Owed};
use crate::statement::{Asks, Desired, DesiredState, EndKind, Topic};
use crate::stay::{Stay, scope};

/// Something that is owed.
struct Duty {
    township: Place,
    day_zero: NaiveDate,
    /// Whether it is done, or nobody's business any more.
    done: bool,
    ground: ProfileId,
}

pub(super) fn derive(subject: &Subject, desired: &mut Vec<Desired>) {
    let procedures = subject.setting.procedures;
    let of = |opening| procedures.opened_by(opening, subject.today).filter(|(name, _)| !is_told(name));
    for (name, procedure) in of(Opening::StayRegistered) {
        let Some(owed) = &procedure.owed else { continue };
        for stay in subject.belonging.stays.iter().filter(|stay| concerns(subject, stay)) {
            desired.extend(statement(subject, name, owed, &offer(subject, stay)));
        }
    }
    for (name, procedure) in of(Opening::DepartureRegistered) {
        let Some(owed) = &procedure.owed else { continue };
        let departures = subject.file.facts.iter().filter_map(|record| departure(subject, record));
        desired.extend(departures.filter_map(|duty| statement(subject, name, owed, &duty)));
    }
    for (name, procedure) in of(Opening::VillageReported) {
        let Some(owed) = &procedure.owed else { continue };
        let reports = subject.file.facts.iter().filter_map(|record| report(subject, record));
        desired.extend(reports.filter_map(|duty| statement(subject, name, owed, &duty)));
    }
    for (name, procedure) in of(Opening::RightsRequested) {
        let Some(owed) = &procedure.owed else { continue };
        let requests = subject.file.facts.iter().filter_map(|record| request(subject, record));
        desired.extend(requests.filter_map(|duty| statement(subject, name, owed, &duty)));
    }
}

/// Whether a procedure has a topic of its own, and so is no duty.
fn is_told(name: &str) -> bool {
    Topic::ALL.into_iter().any(|topic| topic.procedure() == Some(name))
}

/// Stock of day one owes nothing: it was served, or not, long before there was a hub.
fn concerns(subject: &Subject, stay: &Stay) -> bool {
    !stay.baseline
        && !scope::is_temporary(stay.reason, stay.expected_until)
        && matches!(subject.mobility(stay.place, stay.since), Mobility::Mobile)
}

/// Services after a registration: offered, declined, requested and decided all fulfil it.
fn offer(subject: &Subject, stay: &Stay) -> Duty {
    let served = subject.file.facts.iter().any(|record| match record.fact {
        Fact::Service { place, on, .. } => {
            on >= stay.since && subject.divisions.same_township(record.place(place), stay.place)
        }
        _ => false,
    });
    Duty { township: stay.place, day_zero: stay.registered_on, done: served || stay.end.is_some(), ground: stay.ground }
}

/// Help for somebody who left, while nobody has heard of them since: any other word of anybody settles it.
fn departure(subject: &Subject, record: &FactRecord) -> Option<Duty> {
    let Fact::Outflow { household, left_on, reason, by: Registrar::Township, .. } = record.fact else { return None };
    if record.baseline || scope::is_temporary(reason, None) {
        return None;
    }
    let last_said = |record: &FactRecord| record.sources.iter().map(|source| shanghai_date(source.last)).max();
    let heard = subject.file.facts.iter().any(|other| {
        !matches!(other.fact, Fact::Outflow { .. }) && last_said(other).is_some_and(|last| last >= left_on)
    });
    let township = record.place(household);
    subject.divisions.then(township).township()?;
    Some(Duty {
        township,
        day_zero: record.first_said()?,
        done: heard || subject.belonging.death.is_some(),
        ground: record.profile,
    })
}

/// What a village reported to its township: an inflow there, or an outflow from there.
fn report(subject: &Subject, record: &FactRecord) -> Option<Duty> {
    let (place, since, coming) = match record.fact {
        Fact::Residence { place, since, .. } => (place, since, true),
        Fact::Outflow { household, left_on, .. } => (household, left_on, false),
        _ => return None,
    };
    if record.registrar(subject.divisions) != Some(Registrar::Report) {
        return None;
    }
    let place = record.place(place);
    let township = subject.divisions.then(place).township()?;
    let village = |source: &str| source.rsplit(':').next()?.parse::<Code>().ok();
    let reported = record.sources.iter().any(|source| {
        village(&source.source).is_some_and(|code| code.level() == Level::Village && township.contains(&code))
    });
    if !reported || record.baseline {
        return None;
    }
    let here = |other: &FactRecord, code: Code| subject.divisions.same_township(other.place(code), place);
    let registers = |other: &FactRecord| other.registrar(subject.divisions) != Some(Registrar::Report);
    let recorded = |other: &FactRecord| match other.fact {
        Fact::Residence { place, .. } if coming => registers(other) && here(other, place),
        Fact::Outflow { household, left_on, .. } if !coming => {
            left_on >= since && registers(other) && here(other, household)
        }
        _ => false,
    };
    let done = subject.file.facts.iter().any(recorded) || subject.belonging.death.is_some();
    Some(Duty { township: place, day_zero: record.first_said()?, done, ground: record.profile })
}

/// What a person asks by right, of whoever runs the hub.
fn request(subject: &Subject, record: &FactRecord) -> Option<Duty> {
    let Fact::RightsRequested { filed_on, .. } = record.fact else { return None };
    Some(Duty {
        township: record.place(subject.divisions.home()),
        day_zero: filed_on,
        done: subject.file.settled.contains_key(&record.id) || record.baseline,
        ground: record.profile,
    })
}

fn statement(subject: &Subject, name: &str, owed: &Owed, duty: &Duty) -> Option<Desired> {
    let calendar = subject.setting.calendar;
    let due = owed.within.after(duty.day_zero, calendar).date;
    let late_on = owed.late.first()?.after.after(due, calendar).date;
    if !duty.done {
        subject.changes_on(late_on);
    }
    if subject.today < late_on {
        return None;
    }
    Some(Desired {
        receiver: subject.receiver(duty.township)?,
        topic: Topic::Duty,
        place: subject.then(duty.township),
        variant: Some(name.into()),
        since: duty.day_zero,
        ground: duty.ground,
        fields: BTreeMap::from([("procedure", json!(name)), ("step", json!(owed.step.name())), ("due_on", json!(due))]),
        state: match duty.done {
            true => DesiredState::Ended { on: due, how: EndKind::Fulfilled },
            false => DesiredState::Open,
        },
        asks: Asks::Nothing,
        baseline: false,
    })
}
