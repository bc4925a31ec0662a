//! `inflow`: a registered stay, to whoever is the household side at the time. When the household register moves, the
//! old side is told so and the new side hears of the stay.

use std::collections::BTreeMap;

use serde_json::json;

use super::{Subject, told_end};
use crate::division::Place;
use crate::evidence::Registrar;
use crate::notice::Receiver;
use crate::statement::{Asks, Desired, DesiredState, EndKind, Topic};
use crate::stay::scope::{self, Scope};
use crate::stay::{Segment, Stay, StayEnd};

pub(super) fn derive(subject: &Subject, desired: &mut Vec<Desired>) {
    for stay in &subject.belonging.stays {
        if scope::is_temporary(stay.reason, stay.expected_until) {
            continue;
        }
        // A side that is so twice (the register left and came back) is told as its latest time has it.
        let mut by_receiver: BTreeMap<Receiver, Desired> = BTreeMap::new();
        let segments = subject.belonging.household.segments();
        for (index, segment) in segments.iter().enumerate() {
            let next = segments.get(index + 1).and_then(|next| next.place);
            if let Some(statement) = statement(subject, stay, segment, next) {
                for forwarded in forwarded(subject, segment, &statement) {
                    by_receiver.entry(forwarded.receiver.clone()).or_insert(forwarded);
                }
                by_receiver.insert(statement.receiver.clone(), statement);
            }
        }
        desired.extend(by_receiver.into_values());
    }
}

/// What the household side of one segment should know of a stay, if it is any of its business.
fn statement(subject: &Subject, stay: &Stay, segment: &Segment, next: Option<Place>) -> Option<Desired> {
    let household = segment.place?;
    let begins_before = segment.until.is_none_or(|until| stay.since < until);
    let lasts_into = match (stay.end, segment.from) {
        (Some((end, _)), Some(from)) => end > from,
        _ => true,
    };
    let mobile = scope::of_place(subject.divisions, household, stay.place, stay.since) == Scope::Mobile;
    if !(begins_before && lasts_into && mobile) {
        return None;
    }
    let receiver = subject.receiver(household)?;
    let registered_by = if stay.by == Registrar::Police { "police" } else { "township" };
    Some(Desired {
        receiver,
        topic: Topic::Inflow,
        place: stay.township,
        variant: None,
        since: stay.since,
        ground: stay.ground,
        fields: BTreeMap::from([
            ("person", subject.person.clone()),
            ("household", subject.shown(household)),
            ("residence", subject.masked(stay.place, stay.protected)),
            ("since", json!(stay.since)),
            ("reason", json!(stay.reason)),
            ("registered_by", json!(registered_by)),
        ]),
        state: state(subject, stay, segment, next),
        asks: Asks::InTime,
        baseline: stay.baseline,
    })
}

/// Divisions above the household side that may have been told before it was known as deep as it is now.
fn forwarded(subject: &Subject, segment: &Segment, statement: &Desired) -> Vec<Desired> {
    let receivers = segment.above.iter().filter_map(|above| subject.receiver(*above));
    receivers
        .filter(|receiver| *receiver != statement.receiver)
        .map(|receiver| Desired {
            receiver,
            state: DesiredState::Ended { on: statement.since, how: EndKind::Forwarded },
            ..statement.clone()
        })
        .collect()
}

fn state(subject: &Subject, stay: &Stay, segment: &Segment, next: Option<Place>) -> DesiredState {
    if let Some((on, how)) = stay.end
        && segment.until.is_none_or(|until| on <= until)
    {
        return DesiredState::Ended { on, how: end_kind(subject, stay, how) };
    }
    let Some(on) = segment.until else { return DesiredState::Open };
    let how = match next {
        Some(next) if scope::of_place(subject.divisions, next, stay.place, on) == Scope::AtHome => EndKind::BecameLocal,
        Some(next) => EndKind::HouseholdMoved { to: subject.shown(next) },
        None => EndKind::Departed,
    };
    DesiredState::Ended { on, how }
}

/// Somebody who left for a place that is registered has moved; the household side hears where to.
fn end_kind(subject: &Subject, stay: &Stay, how: StayEnd) -> EndKind {
    let main =
        subject.belonging.main_residence().filter(|main| !subject.divisions.same_township(main.place, stay.place));
    match (how, main) {
        (StayEnd::Left, Some(main)) if !scope::is_temporary(main.reason, main.expected_until) => {
            EndKind::Moved { to: subject.masked(main.place, main.protected) }
        }
        _ => told_end(how),
    }
}
