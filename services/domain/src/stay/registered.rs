//! Registered stays. Only the police and the residence township register; their facts at one township that overlap
//! are one stay. A registration elsewhere ends nothing: several places at once are normal.

use chrono::{DateTime, FixedOffset, NaiveDate};

use crate::calendar::Calendar;
use crate::division::{Code, Divisions, Place};
use crate::evidence::{CancelReason, Fact, HubCase, Registrar, StayReason};
use crate::ids::ProfileId;
use crate::person::{FactRecord, PersonFile};

use super::{Death, absence};

/// A period at a township, as far as somebody registered it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stay {
    /// Where, as it was called when it was first said: it goes on under this code, whatever becomes of the township.
    pub township: Code,
    /// The same with the day, to be read as of another.
    pub place: Place,
    /// The first day any registration names.
    pub since: NaiveDate,
    /// The last day and why; none while it goes on.
    pub end: Option<(NaiveDate, StayEnd)>,
    /// Who registered it: the police, if they did.
    pub by: Registrar,
    /// Why the person came.
    pub reason: StayReason,
    /// Expected end; never ends it.
    pub expected_until: Option<NaiveDate>,
    /// Address and township leave the residence township for nobody.
    pub protected: bool,
    /// The profile whose registration began it.
    pub ground: ProfileId,
    /// The day on which an office first wrote it down, in Asia/Shanghai.
    pub registered_on: NaiveDate,
    /// Whether all of it is stock of day one.
    pub baseline: bool,
    /// The cases in which another province's hub told of it, by id; none where it was registered in this province. With
    /// each the profile that it was told of.
    pub told: Vec<(HubCase, ProfileId)>,
}

/// Why a stay ended; the greater one wins where two fall on one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum StayEnd {
    /// Left.
    Left,
    /// Back home for good.
    Returned,
    /// The household register came here.
    BecameLocal,
    /// Died.
    Died,
}

/// One registration with its end.
struct Registration<'a> {
    record: &'a FactRecord,
    place: Place,
    since: NaiveDate,
    end: Option<(NaiveDate, StayEnd)>,
    by: Registrar,
    reason: StayReason,
    expected_until: Option<NaiveDate>,
    protected: bool,
}

/// Every registered stay of a person, and the next day on which an absence will have ended one.
pub(super) fn stays(
    file: &PersonFile,
    divisions: &Divisions,
    calendar: &Calendar,
    death: Option<&Death>,
    today: NaiveDate,
) -> (Vec<Stay>, Option<NaiveDate>) {
    let mut registrations: Vec<Registration> =
        file.facts.iter().filter_map(|record| registration(record, file, divisions)).collect();
    end_with_the_police(&mut registrations, divisions);
    let absences = absence::departures(file, divisions, calendar);
    let next = absences.iter().map(|(.., counts)| *counts).filter(|counts| *counts > today).min();
    let ends = general_ends(file, absences, today);
    for registration in &mut registrations {
        for end in &ends {
            let here = end.place.is_none_or(|place| divisions.same_township(place, registration.place));
            if here && end.on >= registration.since {
                end_at(registration, end.on, end.how);
            }
        }
        if let Some(death) = death {
            end_at(registration, death.on.max(registration.since), StayEnd::Died);
        }
    }
    let mut stays = merge(registrations, divisions);
    // A person who is protected is so everywhere, whoever registered what.
    stays.iter_mut().for_each(|stay| stay.protected |= file.frozen.protected);
    (stays, next)
}

/// A registration, unless it was made in error.
fn registration<'a>(record: &'a FactRecord, file: &PersonFile, divisions: &Divisions) -> Option<Registration<'a>> {
    let Fact::Residence { place, since, reason, expected_until, protected, .. } = &record.fact else {
        return None;
    };
    let by = record.registrar(divisions).filter(|by| *by != Registrar::Report)?;
    let mut registration = Registration {
        record,
        place: record.place(*place),
        since: *since,
        end: None,
        by,
        reason: *reason,
        expected_until: *expected_until,
        protected: *protected,
    };
    for ending in file.endings_of(record)? {
        let how = match ending.reason {
            CancelReason::InError => return None,
            CancelReason::Left => StayEnd::Left,
            CancelReason::BecameLocal => StayEnd::BecameLocal,
            CancelReason::Died => StayEnd::Died,
            CancelReason::Returned => StayEnd::Returned,
        };
        end_at(&mut registration, ending.on.max(*since), how);
    }
    Some(registration)
}

/// The earliest end counts; on one day the weightier reason.
fn end_at(registration: &mut Registration, on: NaiveDate, how: StayEnd) {
    let earlier = match registration.end {
        None => true,
        Some((until, why)) => on < until || (on == until && how > why),
    };
    if earlier {
        registration.end = Some((on, how));
    }
}

/// What the police struck off, the township's own registration of the same time does not keep alive.
fn end_with_the_police(registrations: &mut [Registration], divisions: &Divisions) {
    let struck: Vec<(Place, NaiveDate, StayEnd)> = registrations
        .iter()
        .filter(|registration| registration.by == Registrar::Police)
        .filter_map(|registration| registration.end.map(|(on, how)| (registration.place, on, how)))
        .collect();
    for registration in registrations.iter_mut().filter(|registration| registration.by == Registrar::Township) {
        for (place, on, how) in &struck {
            if registration.since <= *on && divisions.same_township(*place, registration.place) {
                end_at(registration, *on, *how);
            }
        }
    }
}

/// An end that no business key carries.
struct GeneralEnd {
    /// At this place; everywhere, if none.
    place: Option<Place>,
    on: NaiveDate,
    how: StayEnd,
}

fn general_ends(file: &PersonFile, absences: Vec<(Place, NaiveDate, NaiveDate)>, today: NaiveDate) -> Vec<GeneralEnd> {
    let mut ends: Vec<GeneralEnd> = absences
        .into_iter()
        .filter(|(.., counts)| *counts <= today)
        .map(|(place, on, _)| GeneralEnd { place: Some(place), on, how: StayEnd::Left })
        .collect();
    ends.extend(file.facts.iter().filter_map(|record| match record.fact {
        Fact::Returned { on, .. } => Some(GeneralEnd { place: None, on, how: StayEnd::Returned }),
        Fact::ResidenceCancelled { place, on, reason: CancelReason::BecameLocal } => {
            Some(GeneralEnd { place: Some(record.place(place)), on, how: StayEnd::BecameLocal })
        }
        _ => None,
    }));
    ends
}

/// Registrations of one township that overlap or touch become one stay. Ordered by the township's code as it was first
/// said, then by date.
fn merge(mut registrations: Vec<Registration>, divisions: &Divisions) -> Vec<Stay> {
    registrations.sort_by_key(|registration| (registration.since, registration.record.id));
    let mut runs: Vec<Vec<Registration>> = Vec::new();
    for registration in registrations {
        let reaches = |run: &[Registration]| {
            run.iter().any(|other| divisions.same_township(other.place, registration.place))
                && run_end(run).is_none_or(|(until, _)| registration.since <= until)
        };
        match runs.iter_mut().find(|run| reaches(run)) {
            Some(run) => run.push(registration),
            None => runs.push(vec![registration]),
        }
    }
    let mut stays: Vec<Stay> = runs.iter().map(|run| stay(run, divisions)).collect();
    stays.sort_by_key(|stay| (stay.township, stay.since, stay.ground));
    stays
}

/// The end of a run of registrations: none while one of them is open.
fn run_end(run: &[Registration]) -> Option<(NaiveDate, StayEnd)> {
    run.iter().map(|registration| registration.end).collect::<Option<Vec<_>>>().and_then(|ends| ends.into_iter().max())
}

/// The cases of other hubs in a run, each as it stands.
fn told(run: &[Registration]) -> Vec<(HubCase, ProfileId)> {
    let mut told: Vec<_> = run.iter().filter_map(|one| Some((one.record.told()?, one.record.profile))).collect();
    told.sort_unstable();
    told
}

/// One stay out of a run (never empty): open registrations speak first, the police before the township, the latest first.
fn stay(run: &[Registration], divisions: &Divisions) -> Stay {
    let first = &run[0];
    let latest = |registration: &Registration| -> Option<DateTime<FixedOffset>> {
        registration.record.sources.iter().map(|source| source.last).max()
    };
    let speaker = run
        .iter()
        .min_by_key(|registration| {
            let (since, told) = (registration.since, latest(registration));
            (registration.end.is_some(), registration.by, std::cmp::Reverse((since, told)), registration.record.id)
        })
        .unwrap_or(first);
    // What was said first names it: a later word under a new code is about the same stay.
    let first_said =
        run.iter().map(|registration| (registration.place.said, registration.record.id, registration.place));
    let place = first_said.min().map_or(first.place, |(.., place)| place);
    Stay {
        township: divisions.then_township(place),
        place,
        since: first.since,
        end: run_end(run),
        by: speaker.by,
        reason: speaker.reason,
        expected_until: speaker.expected_until,
        protected: run.iter().any(|registration| registration.protected),
        ground: first.record.profile,
        registered_on: run
            .iter()
            .filter_map(|registration| registration.record.first_said())
            .min()
            .unwrap_or(first.since),
        baseline: run.iter().all(|registration| registration.record.baseline),
        told: told(run),
    }
}
