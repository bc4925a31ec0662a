//! What one person's facts add to scorecards: steps that were owed without a notice, how complete registrations are, and
//! how much of what one side knows the other registered itself. Counts of jurisdictions; nothing that leads back to anybody.
//!
//! - **Completeness**: of each registration by a township or a level above it (of a stay, a departure, a workplace) four
//!   fields are expected: the number of a document, the birth date, the phone (under 14 years: the guardian's name), and
//!   the other side's division, at least its county (of a stay the household's, which nobody expects of people from
//!   outside the mainland). What adapters read as nothing (an empty text, a stand-in, an impossible date) is missing.
//! - **Coverage of the residence side**: stays that departments know of, or that a household township registered as a
//!   departure towards there. Present are those that are registered there, by the police or the township: either is what
//!   the household side hears of. What was over before it became known, and was not registered, is left out.
//! - **Coverage of the household side**: registered stays elsewhere of which the household side is told. Present are those of
//!   people whose departure, wherever to, the household side registered itself: not after the stay's end, and without a
//!   return between that departure and the stay.
//!
//! Each counts once per person and place, on the day on which it became known; stock of day one does not count.

use chrono::{Months, NaiveDate};

use super::{Subject, forward, inflow, lead, outflow};
use crate::case::{Counted, Measure};
use crate::division::{Code, Level, Place};
use crate::evidence::{Fact, Registrar};
use crate::person::{FactRecord, PersonFile, Profile};
use crate::statement::{Desired, DesiredState, EndKind, Setting};

/// Under this age a guardian is named instead of a phone.
const GUARDED_MONTHS: u32 = 14 * 12;
/// Fields that each registration is expected to have.
const FIELDS: u32 = 4;

/// Everything that a person's file adds to scorecards as of `setting.today`.
pub fn measure(file: &PersonFile, setting: &Setting) -> Vec<Counted> {
    if file.facts.is_empty() {
        return Vec::new();
    }
    let subject = Subject::of(file, setting);
    let owed = super::duty::questions(&subject).into_iter();
    let mut counted: Vec<Counted> =
        owed.map(|(by, procedure, question)| Counted::Owed { by, procedure, question }).collect();
    counted.extend(file.facts.iter().filter_map(|record| completeness(&subject, record)));
    counted.extend(residence_side(&subject));
    counted.extend(household_side(&subject));
    counted
}

/// How many of the expected fields a registration has; none for what is no registration of a township.
fn completeness(subject: &Subject, record: &FactRecord) -> Option<Counted> {
    let townships = record.sources.iter().filter_map(|source| source.source.strip_prefix("urn:liangdi:township:"));
    let of = townships.filter_map(|office| office.parse::<Code>().ok()).find(|of| of.level() <= Level::Township)?;
    let on = record.first_said().filter(|_| !record.baseline)?;
    let (_, profile) = subject.file.profiles.iter().find(|(id, _)| *id == record.profile)?;
    let by = record.registrar(subject.divisions);
    let other_side = match &record.fact {
        Fact::Residence { .. } if by == Some(Registrar::Township) && profile.document.is_from_outside() => None,
        Fact::Residence { household, .. } if by == Some(Registrar::Township) => Some(*household),
        Fact::Outflow { destination, .. } if by == Some(Registrar::Township) => Some(*destination),
        Fact::Workplace { residence, .. } => Some(*residence),
        _ => return None,
    };
    let is_known = |code: Option<Code>| code.is_some_and(|code| code.level() >= Level::County);
    let has = [
        profile.document.number().is_some(),
        profile.birth.is_some(),
        if is_guarded(profile, on) { profile.guardian.is_some() } else { profile.phone.is_some() },
        other_side.is_some_and(is_known),
    ];
    let expected = FIELDS - u32::from(other_side.is_none());
    let present = has.into_iter().map(u32::from).sum();
    Some(Counted::Part { of, measure: Measure::Completeness, on, expected, present })
}

fn is_guarded(profile: &Profile, on: NaiveDate) -> bool {
    let of_age = profile.birth.and_then(|birth| birth.checked_add_months(Months::new(GUARDED_MONTHS)));
    of_age.is_some_and(|of_age| on < of_age)
}

/// Stays that the other side or departments know of, to the place they are at.
fn residence_side(subject: &Subject) -> Vec<Counted> {
    let mut known: Vec<lead::KnownStay> = lead::known(subject);
    known.retain(|known| !known.baseline);
    for record in &subject.file.facts {
        let Fact::Outflow { destination: Some(destination), left_on, .. } = record.fact else { continue };
        let (place, Some(known_on)) = (record.place(destination), record.first_said()) else { continue };
        if record.baseline || !outflow::concerns(subject, record, place) {
            continue;
        }
        let meets = |other: Place| subject.divisions.holds(place, other) || subject.divisions.holds(other, place);
        let registered =
            subject.belonging.stays.iter().any(|stay| {
                subject.divisions.holds(place, stay.place) && stay.end.is_none_or(|(end, _)| end >= left_on)
            });
        let over = subject.life_ends(left_on).is_some_and(|(on, _)| on <= known_on);
        let registered = (registered || !over).then_some(registered);
        match known.iter_mut().find(|other| meets(other.place)) {
            // Both know of one stay: whoever knew first, of the place that is known best.
            Some(other) => {
                other.known_on = other.known_on.min(known_on);
                other.registered = other.registered.max(registered);
                if subject.then(place).level() > subject.then(other.place).level() {
                    other.place = place;
                }
            }
            None => known.push(lead::KnownStay { place, known_on, registered, baseline: false }),
        }
    }
    let part = |known: lead::KnownStay| {
        Some(Counted::Part {
            of: subject.then(known.place),
            measure: Measure::CoverageResidence,
            on: known.known_on,
            expected: 1,
            present: u32::from(known.registered?),
        })
    };
    known.into_iter().filter_map(part).collect()
}

/// Registered stays elsewhere, to whoever is told of them as the household side.
fn household_side(subject: &Subject) -> Vec<Counted> {
    let mut told = Vec::new();
    inflow::derive(subject, &mut told);
    let told = forward::apply(subject, told);
    told.iter().filter(|told| !told.baseline).filter_map(|told| of_household(subject, told)).collect()
}

fn of_household(subject: &Subject, told: &Desired) -> Option<Counted> {
    // Whoever is concerned no longer, or never was, owes no departure.
    if let DesiredState::Ended { how, .. } = &told.state
        && matches!(how, EndKind::Forwarded | EndKind::HouseholdMoved { .. } | EndKind::BecameLocal)
    {
        return None;
    }
    let stay = subject.belonging.stays.iter().find(|stay| (stay.township, stay.since) == (told.place, told.since))?;
    let of: Code = told.receiver.0.parse().ok()?;
    let side = Place { code: of, said: subject.today };
    let returned = |from: NaiveDate| {
        subject
            .file
            .facts
            .iter()
            .any(|record| matches!(record.fact, Fact::Returned { on, .. } if on >= from && on < stay.since))
    };
    let registered = subject.file.facts.iter().any(|record| {
        let Fact::Outflow { household, left_on, .. } = record.fact else { return false };
        let household = record.place(household);
        record.registrar(subject.divisions) == Some(Registrar::Township)
            && (subject.divisions.holds(side, household) || subject.divisions.holds(household, side))
            && stay.end.is_none_or(|(end, _)| left_on <= end)
            && !returned(left_on)
    });
    Some(Counted::Part {
        of,
        measure: Measure::CoverageHousehold,
        on: stay.registered_on,
        expected: 1,
        present: u32::from(registered),
    })
}
