//! What is owed without anybody having been asked: a township offers its services after a registration, records what its
//! village reported, offers help to somebody who left and was not heard of, asks after somebody of whom no news came; whoever
//! runs the hub settles what a person asks by right. Nobody is told anything until it is late; then the township gets one
//! reminder, or the hub's own province does. Which duties there are, and their periods, is in `config/procedures.toml`.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde_json::json;

use super::{Mobility, Subject};
use crate::calendar::{Calendar, shanghai_date};
use crate::case::Question;
use crate::division::{Code, Level, Place};
use crate::evidence::{Fact, Outcome, Registrar};
use crate::ids::ProfileId;
use crate::person::FactRecord;
use crate::procedure::{Opening, Owed};
use crate::statement::{Asks, Desired, DesiredState, EndKind, ToldState, Topic};
use crate::stay::{Stay, scope};

/// Something that is owed.
struct Duty {
    township: Place,
    day_zero: NaiveDate,
    /// The day on which it was done.
    done: Option<NaiveDate>,
    /// From that day on it is nobody's business any more.
    moot: Option<NaiveDate>,
    ground: ProfileId,
}

pub(super) fn derive(subject: &Subject, desired: &mut Vec<Desired>) {
    let duties = duties(subject);
    desired.extend(heard_of(subject, &duties));
    desired.extend(duties.iter().filter_map(|(name, owed, duty)| statement(subject, name, owed, duty)));
}

/// What was owed, by whom and in which procedure, and what became of it: for scorecards.
pub(super) fn questions(subject: &Subject) -> Vec<(Code, String, Question)> {
    let mut duties = duties(subject);
    let procedures = subject.setting.procedures;
    for (name, procedure) in procedures.opened_by(Opening::VillageReported, subject.today) {
        let Some(owed) = &procedure.owed else { continue };
        let named = subject.file.facts.iter().filter_map(|record| named_report(subject, record));
        duties.extend(named.map(|duty| (name, owed, duty)));
    }
    let question = |(name, owed, duty): (&str, &Owed, Duty)| {
        (subject.then(duty.township), name.to_owned(), duty.question(owed, subject.setting.calendar))
    };
    duties.into_iter().map(question).collect()
}

fn duties<'a>(subject: &Subject<'a>) -> Vec<(&'a str, &'a Owed, Duty)> {
    let procedures = subject.setting.procedures;
    let of = |opening| {
        let opened = procedures.opened_by(opening, subject.today).filter(|(name, _)| !is_told(name));
        opened.filter_map(|(name, procedure)| Some((name, procedure.owed.as_ref()?)))
    };
    let mut duties = Vec::new();
    for (name, owed) in of(Opening::StayRegistered) {
        let stays = subject.belonging.stays.iter().filter(|stay| concerns(subject, stay));
        duties.extend(stays.map(|stay| (name, owed, offer(subject, stay))));
    }
    for (name, owed) in of(Opening::DepartureRegistered) {
        let departures = subject.file.facts.iter().filter_map(|record| departure(subject, record));
        duties.extend(departures.map(|duty| (name, owed, duty)));
    }
    for (name, owed) in of(Opening::NoNews) {
        duties
            .extend(subject.belonging.stays.iter().filter_map(|stay| Some((name, owed, without_news(subject, stay)?))));
    }
    for (name, owed) in of(Opening::VillageReported) {
        let reports = subject.file.facts.iter().filter_map(|record| report(subject, record));
        duties.extend(reports.map(|duty| (name, owed, duty)));
    }
    for (name, owed) in of(Opening::RightsRequested) {
        let requests = subject.file.facts.iter().filter_map(|record| request(subject, record));
        duties.extend(requests.map(|duty| (name, owed, duty)));
    }
    duties
}

/// Whether a procedure has a topic of its own, and so is no duty.
fn is_told(name: &str) -> bool {
    Topic::ALL.into_iter().any(|topic| topic.procedure() == Some(name))
}

/// Stock of day one owes nothing: it was served, or not, long before there was a hub. Nor does anything of another
/// province, which has a hub of its own.
fn concerns(subject: &Subject, stay: &Stay) -> bool {
    !stay.baseline
        && stay.told.is_empty()
        && !scope::is_temporary(stay.reason, stay.expected_until)
        && matches!(subject.mobility(stay.place, stay.since), Mobility::Mobile)
}

/// Services after a registration: offered, declined, requested and decided all fulfil it, on the day they name.
fn offer(subject: &Subject, stay: &Stay) -> Duty {
    let served = subject.file.facts.iter().filter_map(|record| match record.fact {
        Fact::Service { place, on, .. } => {
            let here = on >= stay.since && subject.divisions.same_township(record.place(place), stay.place);
            here.then_some(on)
        }
        _ => None,
    });
    Duty {
        township: stay.place,
        day_zero: stay.registered_on,
        done: served.min(),
        moot: stay.end.map(|(on, _)| on),
        ground: stay.ground,
    }
}

/// Help for somebody who left, while nobody has heard of them since: any other word of anybody settles it.
fn departure(subject: &Subject, record: &FactRecord) -> Option<Duty> {
    let Fact::Outflow { household, left_on, reason, by: Registrar::Township, told: None, .. } = record.fact else {
        return None;
    };
    if record.baseline || scope::is_temporary(reason, None) {
        return None;
    }
    let others = subject.file.facts.iter().filter(|other| !matches!(other.fact, Fact::Outflow { .. }));
    let said = others.flat_map(|other| &other.sources).flat_map(|source| [source.first, source.last]);
    let township = record.place(household);
    subject.divisions.then(township).township()?;
    Some(Duty {
        township,
        day_zero: record.first_said()?,
        done: said.map(shanghai_date).filter(|said| *said >= left_on).min(),
        moot: subject.death(),
        ground: record.profile,
    })
}

/// Word of somebody whose stay goes on. News is no fulfilment that is remembered: it puts the day off. Stock of day one grows
/// old like everything else.
fn without_news(subject: &Subject, stay: &Stay) -> Option<Duty> {
    let lasting = !scope::is_temporary(stay.reason, stay.expected_until);
    let mobile = || matches!(subject.mobility(stay.place, stay.since), Mobility::Mobile);
    if stay.end.is_some() || !lasting || !mobile() {
        return None;
    }
    let said = subject.file.facts.iter().flat_map(|record| &record.sources).map(|source| shanghai_date(source.last));
    Some(Duty { township: stay.place, day_zero: said.max()?, done: None, moot: None, ground: stay.ground })
}

/// What townships were reminded to ask for, and is no longer to be asked: there was news since, or the stay ended.
fn heard_of(subject: &Subject, duties: &[(&str, &Owed, Duty)]) -> Vec<Desired> {
    let procedures = subject.setting.procedures;
    let mut heard = Vec::new();
    for (name, procedure) in procedures.opened_by(Opening::NoNews, subject.today) {
        let Some(owed) = &procedure.owed else { continue };
        let reminded = subject.file.told.iter().filter(|told| {
            told.topic == Topic::Duty && told.variant.as_deref() == Some(name) && told.state != ToldState::Retracted
        });
        for told in reminded {
            let still = duties.iter().any(|(of, _, duty)| {
                *of == name && duty.day_zero == told.since && subject.then(duty.township) == told.place
            });
            let place = Place { code: told.place, said: told.since };
            let duty = Duty {
                township: place,
                day_zero: told.since,
                done: Some(subject.today),
                moot: None,
                ground: told.ground,
            };
            heard.extend((!still).then(|| statement(subject, name, owed, &duty)).flatten());
        }
    }
    heard
}

/// What a village reported to its township: an inflow there, or an outflow from there.
fn report(subject: &Subject, record: &FactRecord) -> Option<Duty> {
    let (place, since) = village_reported(subject, record)?;
    let coming = matches!(record.fact, Fact::Residence { .. });
    let here = |other: &FactRecord, code: Code| subject.divisions.same_township(other.place(code), place);
    let registers = |other: &FactRecord| other.registrar(subject.divisions) != Some(Registrar::Report);
    let recorded = |other: &&FactRecord| match other.fact {
        Fact::Residence { place, .. } if coming => registers(other) && here(other, place),
        Fact::Outflow { household, left_on, .. } if !coming => {
            left_on >= since && registers(other) && here(other, household)
        }
        _ => false,
    };
    Some(Duty {
        township: place,
        day_zero: record.first_said()?,
        done: subject.file.facts.iter().filter(recorded).filter_map(FactRecord::first_said).min(),
        moot: subject.death(),
        ground: record.profile,
    })
}

/// Where a village says that somebody came, or whence somebody left, and when.
fn village_reported(subject: &Subject, record: &FactRecord) -> Option<(Place, NaiveDate)> {
    let (place, since) = match record.fact {
        Fact::Residence { place, since, .. } => (record.place(place), since),
        Fact::Outflow { household, left_on, .. } => (record.place(household), left_on),
        _ => return None,
    };
    if record.baseline || record.registrar(subject.divisions) != Some(Registrar::Report) {
        return None;
    }
    let township = subject.divisions.then(place).township()?;
    let village = |source: &str| source.rsplit(':').next()?.parse::<Code>().ok();
    let reported = record.sources.iter().any(|source| {
        village(&source.source).is_some_and(|code| code.level() == Level::Village && township.contains(&code))
    });
    reported.then_some((place, since))
}

/// What a township recorded after a report that it names itself, where no village sent one that it would settle as well.
fn named_report(subject: &Subject, record: &FactRecord) -> Option<Duty> {
    let (place, reported_on) = match record.fact {
        Fact::Residence { place, reported_on, .. } => (record.place(place), reported_on?),
        Fact::Outflow { household, reported_on, .. } => (record.place(household), reported_on?),
        _ => return None,
    };
    if record.baseline || record.registrar(subject.divisions) != Some(Registrar::Township) {
        return None;
    }
    subject.divisions.then(place).township()?;
    let same = |other: &FactRecord| std::mem::discriminant(&other.fact) == std::mem::discriminant(&record.fact);
    let sent = subject.file.facts.iter().filter(|other| same(other)).any(|other| {
        village_reported(subject, other).is_some_and(|(there, _)| subject.divisions.same_township(there, place))
    });
    let recorded_on = record.first_said()?;
    let duty = Duty {
        township: place,
        day_zero: reported_on.min(recorded_on),
        done: Some(recorded_on),
        moot: None,
        ground: record.profile,
    };
    (!sent).then_some(duty)
}

impl Duty {
    fn is_over(&self) -> bool {
        self.done.is_some() || self.moot.is_some()
    }

    /// The same as a question. What was no longer anybody's business on its last day was never late.
    fn question(&self, owed: &Owed, calendar: &Calendar) -> Question {
        let due = owed.within.after(self.day_zero, calendar).date;
        let moot = self.moot.filter(|moot| *moot <= due);
        let done = self.done.filter(|done| moot.is_none_or(|moot| *done <= moot));
        Question {
            asked_on: self.day_zero,
            due_on: Some(due),
            answer: done.map(|on| (Outcome::Answered, on)),
            stands: moot.is_none(),
        }
    }
}

/// What a person asks by right, of whoever runs the hub.
fn request(subject: &Subject, record: &FactRecord) -> Option<Duty> {
    let Fact::RightsRequested { filed_on, .. } = record.fact else { return None };
    let duty = Duty {
        township: record.place(subject.divisions.home()),
        day_zero: filed_on,
        done: subject.file.settled.get(&record.id).copied(),
        moot: None,
        ground: record.profile,
    };
    (!record.baseline).then_some(duty)
}

fn statement(subject: &Subject, name: &str, owed: &Owed, duty: &Duty) -> Option<Desired> {
    let calendar = subject.setting.calendar;
    let due = owed.within.after(duty.day_zero, calendar).date;
    let late_on = owed.late.first()?.after.after(due, calendar).date;
    if !duty.is_over() {
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
        state: match duty.is_over() {
            true => DesiredState::Ended { on: due, how: EndKind::Fulfilled },
            false => DesiredState::Open,
        },
        asks: Asks::Nothing,
        baseline: false,
    })
}
