//! `outflow`: the household township registered a departure towards a place; that place is told and owes nothing.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::Subject;
use crate::division::Place;
use crate::evidence::{CancelReason, Fact, Registrar};
use crate::person::FactRecord;
use crate::statement::{Asks, Desired, DesiredState, EndKind, Topic};
use crate::stay::scope::{self, Scope};

pub(super) fn derive(subject: &Subject, desired: &mut Vec<Desired>) {
    let mut told = BTreeSet::new();
    for record in subject.latest_first() {
        let Fact::Outflow { household, destination: Some(destination), left_on, reason, .. } = &record.fact else {
            continue;
        };
        let (household, destination) = (record.place(*household), record.place(*destination));
        if !concerns(subject, record, destination) {
            continue;
        }
        let Some(receiver) = subject.receiver(destination) else { continue };
        // Taken back, or put otherwise, by the hub that told of it.
        let Some(endings) = subject.file.endings_of(record) else { continue };
        let place = subject.divisions.then(destination);
        // The same departure said twice is one: the latest word speaks.
        if !told.insert((place, *left_on)) {
            continue;
        }
        let ended = endings.last().and_then(|ending| Some((ending.on, end_kind(ending.reason)?)));
        let ended = ended.or_else(|| subject.life_ends(*left_on));
        let state = ended.map_or(DesiredState::Open, |(on, how)| DesiredState::Ended { on, how });
        desired.push(Desired {
            receiver,
            topic: Topic::Outflow,
            place,
            variant: None,
            since: *left_on,
            ground: record.profile,
            fields: BTreeMap::from([
                ("person", subject.person.clone()),
                ("household", subject.shown(household)),
                ("destination", subject.shown(destination)),
                ("left_on", json!(left_on)),
                ("reason", json!(reason)),
            ]),
            state,
            asks: Asks::Nothing,
            baseline: record.baseline,
        });
    }
}

/// Whether a departure towards a place was registered by the household township, and is one away from home for good.
pub(super) fn concerns(subject: &Subject, record: &FactRecord, destination: Place) -> bool {
    let Fact::Outflow { household, left_on, reason, .. } = record.fact else { return false };
    let mobile = || scope::of_place(subject.divisions, record.place(household), destination, left_on) == Scope::Mobile;
    record.registrar(subject.divisions) == Some(Registrar::Township) && mobile() && !scope::is_temporary(reason, None)
}

/// How another hub ended what it told.
fn end_kind(reason: CancelReason) -> Option<EndKind> {
    match reason {
        CancelReason::Left => Some(EndKind::Departed),
        CancelReason::Returned => Some(EndKind::Returned),
        CancelReason::BecameLocal => Some(EndKind::BecameLocal),
        CancelReason::Died => Some(EndKind::Died),
        CancelReason::InError => None,
    }
}
