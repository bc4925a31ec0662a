//! `workplace`: a township registered that somebody works or keeps a shop there; the township they live in is told.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde_json::json;

use super::{Mobility, Subject};
use crate::division::{Code, Place};
use crate::evidence::Fact;
use crate::person::FactRecord;
use crate::statement::{Asks, Desired, DesiredState, EndKind, Topic};
use crate::stay::scope;

pub(super) fn derive(subject: &Subject, desired: &mut Vec<Desired>) {
    let mut told = BTreeSet::new();
    for record in subject.latest_first() {
        let Fact::Workplace { place, residence, since } = &record.fact else { continue };
        let workplace = record.place(*place);
        for (residence, left) in homes(subject, residence.map(|code| record.place(code))) {
            let (home, at_work) = (subject.then(residence), subject.then(workplace));
            let elsewhere = home != at_work && !subject.divisions.same_township(residence, workplace);
            if elsewhere && told.insert((home, at_work, *since)) {
                desired.extend(statement(subject, record, workplace, *since, residence, left));
            }
        }
    }
}

/// Where the person lives, each with the day they left it: the registered places, else the one that was stated.
fn homes(subject: &Subject, stated: Option<Place>) -> Vec<(Place, Option<NaiveDate>)> {
    let registered: Vec<_> = subject
        .belonging
        .stays
        .iter()
        .filter(|stay| !scope::is_temporary(stay.reason, stay.expected_until))
        .map(|stay| (stay.township, stay.place, stay.end.map(|(on, _)| on)))
        .collect();
    if !registered.is_empty() {
        // Several stays at one township: an open one speaks for all.
        let mut homes: BTreeMap<Code, (Place, Option<NaiveDate>)> = BTreeMap::new();
        for (township, place, left) in registered {
            let (_, known) = homes.entry(township).or_insert((place, left));
            *known = known.zip(left).map(|(a, b)| a.max(b));
        }
        return homes.into_values().collect();
    }
    stated.map(|place| (place, None)).into_iter().collect()
}

fn statement(
    subject: &Subject,
    record: &FactRecord,
    workplace: Place,
    since: NaiveDate,
    residence: Place,
    left: Option<NaiveDate>,
) -> Option<Desired> {
    let mut ends = match subject.mobility(residence, since) {
        Mobility::Mobile => left,
        Mobility::Until(on) => Some(on),
        Mobility::Not => return None,
    };
    if let Some((on, _)) = subject.life_ends(since) {
        ends = Some(ends.map_or(on, |earlier| earlier.min(on)));
    }
    // The township registered the person itself and knows when they leave: nothing needs saying then.
    let state = ends.map_or(DesiredState::Open, |on| DesiredState::Ended { on, how: EndKind::Fulfilled });
    Some(Desired {
        receiver: subject.receiver(residence)?,
        topic: Topic::Workplace,
        place: subject.then(workplace),
        variant: None,
        since,
        ground: record.profile,
        fields: BTreeMap::from([
            ("person", subject.person.clone()),
            ("residence", subject.shown_township(residence)),
            ("workplace", subject.shown_township(workplace)),
            ("since", json!(since)),
        ]),
        state,
        asks: Asks::Nothing,
        baseline: record.baseline,
    })
}
