//! `permit-due`: a residence permit has to be endorsed before its year is full. The residence township hears of it one
//! calendar month before, as the agent that reminds the holder. Nothing is ever derived from a permit that was not
//! endorsed: that is for whoever issues it.

use std::collections::BTreeMap;

use chrono::{Months, NaiveDate};
use serde_json::json;

use super::Subject;
use crate::division::{Code, Place};
use crate::evidence::Fact;
use crate::ids::Token;
use crate::person::FactRecord;
use crate::statement::{Asks, Desired, DesiredState, EndKind, Topic};

/// How long before the year is full the township hears of it.
const AHEAD: Months = Months::new(1);

pub(super) fn derive(subject: &Subject, desired: &mut Vec<Desired>) {
    // Issue and endorsements of one permit have its number in common.
    let mut permits: BTreeMap<Option<Token>, Vec<(&FactRecord, Code, NaiveDate)>> = BTreeMap::new();
    for record in &subject.file.facts {
        if let Fact::Permit { place, until, .. } = record.fact {
            permits.entry(record.key).or_default().push((record, place, until));
        }
    }
    for years in permits.into_values() {
        let last = years.iter().map(|(.., until)| *until).max();
        for (record, place, until) in years {
            desired.extend(statement(subject, record, place, until, last > Some(until)));
        }
    }
}

/// The year of a permit that is full on `until`.
fn statement(
    subject: &Subject,
    record: &FactRecord,
    place: Code,
    until: NaiveDate,
    endorsed_since: bool,
) -> Option<Desired> {
    let place = record.place(place);
    let from = until.checked_sub_months(AHEAD)?;
    let over = until.succ_opt()?;
    subject.changes_on(from);
    subject.changes_on(over);
    if subject.today < from {
        return None;
    }
    let gone = subject.belonging.death.is_some() || has_left(subject, place);
    let open = !endorsed_since && !gone && subject.today < over;
    Some(Desired {
        receiver: subject.receiver(place)?,
        topic: Topic::Permit,
        place: subject.then(place),
        variant: None,
        since: until,
        ground: record.profile,
        fields: BTreeMap::from([
            ("person", subject.person.clone()),
            ("residence", subject.shown_township(place)),
            ("endorse_by", json!(until)),
            ("consequence", json!("years-of-residence-start-anew")),
        ]),
        state: if open { DesiredState::Open } else { DesiredState::Ended { on: until, how: EndKind::Fulfilled } },
        asks: Asks::Nothing,
        baseline: false,
    })
}

/// Whether every stay that was registered there has ended; nobody knows where none was.
fn has_left(subject: &Subject, place: Place) -> bool {
    let mut stays = subject.belonging.stays.iter().filter(|stay| subject.divisions.holds(place, stay.place)).peekable();
    stays.peek().is_some() && stays.all(|stay| stay.end.is_some())
}
