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
use crate::division::{Code, Level};
use crate::evidence::Fact;
use crate::notice::Receiver;
use crate::person::FactRecord;
use crate::statement::{Asks, Desired, DesiredState, EndKind, Topic};
use crate::stay::{today_code, township_of};

/// One thing a department knows.
struct Clue<'a> {
    record: &'a FactRecord,
    department: &'static str,
    place: Code,
    since: NaiveDate,
    end: Option<NaiveDate>,
}

pub(super) fn derive(subject: &Subject, desired: &mut Vec<Desired>) {
    let mut clues = clues(subject);
    let leases: Vec<(NaiveDate, Code)> =
        clues.iter().filter(|clue| clue.department == "housing").map(|clue| (clue.since, clue.place)).collect();
    for clue in clues.iter_mut().filter(|clue| clue.department == "hr") {
        let county = clue.place.county();
        if let Some((_, township)) = leases.iter().filter(|(_, place)| place.county() == county).max() {
            clue.place = *township;
        }
    }
    let mut by_place: BTreeMap<Code, Vec<Clue>> = BTreeMap::new();
    for clue in clues {
        by_place.entry(clue.place).or_default().push(clue);
    }
    for (place, clues) in by_place {
        desired.extend(lead(subject, place, &clues));
    }
}

fn clues<'a>(subject: &Subject<'a>) -> Vec<Clue<'a>> {
    let divisions = subject.divisions;
    let facts = subject.file.facts.iter();
    facts
        .filter_map(|record| {
            let (department, place, since, end) = match &record.fact {
                Fact::Lease { place, since, until } => {
                    ("housing", township_of(divisions, *place), *since, lease_end(subject, record, *until))
                }
                Fact::JobStarted { place, since, .. } => {
                    ("hr", township_of(divisions, *place), *since, job_end(subject, record, *since))
                }
                Fact::Insured { place, since, .. } => {
                    ("hr", township_of(divisions, *place), *since, insurance_end(subject, *place, *since))
                }
                _ => return None,
            };
            (place.level() >= Level::County).then_some(Clue { record, department, place, since, end })
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
fn insurance_end(subject: &Subject, office: Code, since: NaiveDate) -> Option<NaiveDate> {
    let county = today_code(subject.divisions, office).county()?;
    let here = |place: Code| today_code(subject.divisions, place).county() == Some(county);
    let facts = || subject.file.facts.iter();
    let works_on = facts().any(|record| {
        matches!(record.fact, Fact::JobStarted { place, since, .. } if here(place) && job_end(subject, record, since).is_none())
    });
    let ends = facts().filter_map(|record| match record.fact {
        Fact::JobEnded { place, on } if here(place) && on >= since => Some(on),
        _ => None,
    });
    if works_on { None } else { ends.max() }
}

fn lead(subject: &Subject, place: Code, clues: &[Clue]) -> Option<Desired> {
    let (since, first) = earliest(clues.iter().map(|clue| (clue.since, clue.record)))?;
    let state = state(subject, place, since, clues)?;
    let known_from: BTreeSet<&str> = clues.iter().map(|clue| clue.department).collect();
    Some(Desired {
        receiver: Receiver::jurisdiction(subject.divisions.receiver(place)?),
        topic: Topic::Lead,
        place,
        variant: None,
        since,
        ground: first.profile,
        fields: BTreeMap::from([
            ("person", subject.person.clone()),
            ("residence", subject.division(place)),
            ("since", json!(since)),
            ("known_from", json!(known_from)),
        ]),
        state,
        asks: Asks::InTime,
        baseline: clues.iter().all(|clue| clue.record.baseline),
    })
}

/// Open while departments know and nobody registered; none where it is nobody's business.
fn state(subject: &Subject, place: Code, since: NaiveDate, clues: &[Clue]) -> Option<DesiredState> {
    let mut ends: Vec<(NaiveDate, EndKind)> = Vec::new();
    match subject.mobility(place, since) {
        Mobility::Mobile => {}
        Mobility::Until(on) => ends.push((on, EndKind::BecameLocal)),
        Mobility::Not => return None,
    }
    // A job says nothing of where in the county somebody lives: any registration in the county answers it.
    let only_work = clues.iter().all(|clue| clue.department == "hr");
    let answered_in = if only_work { place.county().unwrap_or(place) } else { place };
    let registered = subject
        .belonging
        .stays
        .iter()
        .filter(|stay| answered_in.contains(&stay.township) && stay.end.is_none_or(|(end, _)| end >= since))
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
