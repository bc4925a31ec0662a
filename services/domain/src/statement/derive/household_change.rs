//! `household-changed` where it opens: the police moved a household register while the person was registered as living
//! elsewhere. The residence townships and the new household side are told, once; the old household side learns it as
//! the end of the stays it was told of.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::Subject;
use crate::evidence::Fact;
use crate::statement::{Asks, Desired, DesiredState, Topic};
use crate::stay::scope::{self, Scope};

pub(super) fn derive(subject: &Subject, desired: &mut Vec<Desired>) {
    let mut told = BTreeSet::new();
    for record in subject.latest_first() {
        let Fact::HouseholdMoved { from, to, on } = record.fact else { continue };
        let (from, to) = (record.place(from), record.place(to));
        let place = subject.divisions.then(to);
        let concerned: Vec<_> = subject
            .belonging
            .stays
            .iter()
            .filter(|stay| !scope::is_temporary(stay.reason, stay.expected_until))
            .filter(|stay| stay.since <= on && stay.end.is_none_or(|(end, _)| end > on))
            .filter(|stay| {
                [from, to].iter().any(|side| scope::of_place(subject.divisions, *side, stay.place, on) == Scope::Mobile)
            })
            .collect();
        if concerned.is_empty() {
            continue;
        }
        // A township of another province hears by its own hub.
        let here = concerned.into_iter().filter(|stay| stay.told.is_empty()).map(|stay| stay.place);
        let receivers: BTreeSet<_> = here.chain([to]).filter_map(|place| subject.receiver(place)).collect();
        for receiver in receivers {
            if !told.insert((receiver.clone(), place, on)) {
                continue;
            }
            desired.push(Desired {
                receiver,
                topic: Topic::HouseholdChange,
                place,
                variant: None,
                since: on,
                ground: record.profile,
                fields: BTreeMap::from([
                    ("person", subject.person.clone()),
                    ("from", subject.shown(from)),
                    ("to", subject.shown(to)),
                    ("changed_on", json!(on)),
                ]),
                state: DesiredState::Open,
                asks: Asks::Nothing,
                baseline: record.baseline,
            });
        }
    }
}
