//! `lead`: departments know of somebody whom neither the police nor the township registered. Leases and jobs move
//! nobody; they only ask the residence township to look.
//!
//! A lease names the township. A job or an insurance names where the work or the office is, so it joins the lead of a
//! lease in the same county, and stands for itself only where there is none: with the township it names, else with
//! the county. What names no county leads nobody anywhere.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Days, NaiveDate};
use serde_json::json;

use super::{Mobility, Subject, earliest};
use crate::division::{Level, Place};
use crate::evidence::Fact;
use crate::person::FactRecord;
use crate::statement::{Asks, Desired, DesiredState, EndKind, Topic};

/// One thing a department knows.
struct Clue<'a> {
    record: &'a FactRecord,
    department: &'static str,
    place: Place,
    since: NaiveDate,
    end: Option<NaiveDate>,
}

pub(super) fn derive(subject: &Subject, desired: &mut Vec<Desired>) {
    desired.extend(by_place(subject).iter().filter_map(|(place, clues)| lead(subject, *place, clues)));
}

/// A stay that departments know of.
pub(super) struct KnownStay {
    /// Where: a township, or no more than a county.
    pub(super) place: Place,
    /// The day on which the first of them said so.
    pub(super) known_on: NaiveDate,
    /// Whether it is registered there; none where it is not, and was over when it became known.
    pub(super) registered: Option<bool>,
    /// Whether all of it is stock of day one.
    pub(super) baseline: bool,
}

/// The stays of people away from home that departments know of; registered or not.
pub(super) fn known(subject: &Subject) -> Vec<KnownStay> {
    let known = |(place, clues): (Place, Vec<Clue>)| {
        let (since, _) = earliest(clues.iter().map(|clue| (clue.since, clue.record)))?;
        let known_on = clues.iter().filter_map(|clue| clue.record.first_said()).min()?;
        let registered = match state(subject, place, since, &clues)? {
            DesiredState::Ended { how: EndKind::Fulfilled, .. } => Some(true),
            DesiredState::Ended { on, .. } if on <= known_on => None,
            _ => Some(false),
        };
        Some(KnownStay { place, known_on, registered, baseline: clues.iter().all(|clue| clue.record.baseline) })
    };
    by_place(subject).into_iter().filter_map(known).collect()
}

/// What departments know, by place.
fn by_place<'a>(subject: &Subject<'a>) -> Vec<(Place, Vec<Clue<'a>>)> {
    let mut clues = clues(subject);
    let leases: Vec<(NaiveDate, Place)> =
        clues.iter().filter(|clue| clue.department == "housing").map(|clue| (clue.since, clue.place)).collect();
    for clue in clues.iter_mut().filter(|clue| clue.department == "hr") {
        if let Some((_, township)) = leases.iter().filter(|(_, place)| in_one_county(subject, clue.place, *place)).max()
        {
            clue.place = *township;
        }
    }
    clues.sort_by_key(|clue| (clue.place.said, clue.place, clue.record.id));
    let mut by_place: Vec<(Place, Vec<Clue>)> = Vec::new();
    for clue in clues {
        let here = |place: Place| {
            subject.then(place) == subject.then(clue.place) || subject.divisions.same_township(place, clue.place)
        };
        match by_place.iter_mut().find(|(place, _)| here(*place)) {
            Some((_, clues)) => clues.push(clue),
            None => by_place.push((clue.place, vec![clue])),
        }
    }
    by_place
}

fn in_one_county(subject: &Subject, a: Place, b: Place) -> bool {
    let (a, b) = subject.divisions.side_by_side(a, b);
    a.county() == b.county()
}

fn clues<'a>(subject: &Subject<'a>) -> Vec<Clue<'a>> {
    let facts = subject.file.facts.iter();
    facts
        .filter_map(|record| {
            let (department, place, since, end) = match &record.fact {
                Fact::Lease { place, since, until } => ("housing", *place, *since, lease_end(subject, record, *until)),
                Fact::JobStarted { place, since, .. } => ("hr", *place, *since, job_end(subject, record, *since)),
                Fact::Insured { place, since, .. } => {
                    ("hr", *place, *since, insurance_end(subject, record.place(*place), *since))
                }
                _ => return None,
            };
            let place = record.place(place);
            (subject.then(place).level() >= Level::County).then_some(Clue { record, department, place, since, end })
        })
        .collect()
}

/// A lease ends when it was ended, or when its term is over.
fn lease_end(subject: &Subject, record: &FactRecord, until: NaiveDate) -> Option<NaiveDate> {
    let ended =
        subject.file.endings.iter().filter(|ending| Some(ending.key) == record.key).map(|ending| ending.on).min();
    subject.changes_on(until + Days::new(1));
    let over = (until < subject.today).then_some(until);
    ended.into_iter().chain(over).min()
}

/// A job ends with the same employer's word.
fn job_end(subject: &Subject, job: &FactRecord, since: NaiveDate) -> Option<NaiveDate> {
    let ends = subject.file.facts.iter().filter_map(|record| match record.fact {
        Fact::JobEnded { on, .. } if record.key == job.key && on >= since => Some(on),
        _ => None,
    });
    ends.min()
}

/// Insurance names no employer: the last job that ended in the county takes it along.
fn insurance_end(subject: &Subject, office: Place, since: NaiveDate) -> Option<NaiveDate> {
    subject.then(office).county()?;
    let here = |place: Place| in_one_county(subject, place, office);
    let facts = || subject.file.facts.iter();
    let works_on = facts().any(|record| {
        matches!(record.fact, Fact::JobStarted { place, since, .. } if here(record.place(place)) && job_end(subject, record, since).is_none())
    });
    let ends = facts().filter_map(|record| match record.fact {
        Fact::JobEnded { place, on } if here(record.place(place)) && on >= since => Some(on),
        _ => None,
    });
    if works_on { None } else { ends.max() }
}

fn lead(subject: &Subject, place: Place, clues: &[Clue]) -> Option<Desired> {
    let (since, first) = earliest(clues.iter().map(|clue| (clue.since, clue.record)))?;
    let state = state(subject, place, since, clues)?;
    let known_from: BTreeSet<&str> = clues.iter().map(|clue| clue.department).collect();
    Some(Desired {
        receiver: subject.receiver(place)?,
        topic: Topic::Lead,
        place: subject.then(place),
        variant: None,
        since,
        ground: first.profile,
        fields: BTreeMap::from([
            ("person", subject.person.clone()),
            ("residence", subject.shown_township(place)),
            ("since", json!(since)),
            ("known_from", json!(known_from)),
        ]),
        state,
        asks: Asks::InTime,
        baseline: clues.iter().all(|clue| clue.record.baseline),
    })
}

/// Open while departments know and nobody registered; none where it is nobody's business.
fn state(subject: &Subject, place: Place, since: NaiveDate, clues: &[Clue]) -> Option<DesiredState> {
    let mut ends: Vec<(NaiveDate, EndKind)> = Vec::new();
    match subject.mobility(place, since) {
        Mobility::Mobile => {}
        Mobility::Until(on) => ends.push((on, EndKind::BecameLocal)),
        Mobility::Not => return None,
    }
    // A job says nothing of where in the county somebody lives: any registration in the county answers it.
    let only_work = clues.iter().all(|clue| clue.department == "hr");
    let answers = |stay: Place| match only_work {
        true if subject.then(place).county().is_some() => in_one_county(subject, place, stay),
        _ => subject.divisions.holds(place, stay),
    };
    let registered = subject
        .belonging
        .stays
        .iter()
        .filter(|stay| answers(stay.place) && stay.end.is_none_or(|(end, _)| end >= since))
        .map(|stay| stay.since.max(since));
    if let Some(on) = registered.min() {
        return Some(DesiredState::Ended { on, how: EndKind::Fulfilled });
    }
    ends.extend(subject.life_ends(since));
    if let Some(last) =
        clues.iter().map(|clue| clue.end).collect::<Option<Vec<_>>>().and_then(|all| all.into_iter().max())
    {
        ends.push((last, EndKind::Departed));
    }
    Some(match ends.into_iter().min_by_key(|(on, _)| *on) {
        Some((on, how)) => DesiredState::Ended { on, how },
        None => DesiredState::Open,
    })
}
