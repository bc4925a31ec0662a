//! `correction`: better evidence contradicts an office's message, and the office is asked to check it. It withdraws the
//! message, or stands by it by sending the same facts once more, under a new id; both end it, and it is not asked again.
//!
//! Better evidence is the household register of who somebody is, and the residence register of where somebody lives: a
//! lease at a place whose township knows nobody, of somebody who is registered elsewhere.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::json;

use super::Subject;
use crate::case::Replies;
use crate::division::Code;
use crate::evidence::{Fact, Outcome};
use crate::feed::Feed;
use crate::notice::Receiver;
use crate::person::{FactRecord, Published};
use crate::statement::{Asks, Desired, DesiredState, EndKind, Told, ToldState, Topic};

/// The register that holds something else.
const HOUSEHOLD_REGISTER: &str = "contradicted-by-household-register";
const RESIDENCE_REGISTER: &str = "contradicted-by-residence-register";

pub(super) fn derive(subject: &Subject, desired: &mut Vec<Desired>) {
    // Of most people nothing is questioned, and then nobody need compare their profiles once more.
    if !subject.file.messages.is_empty() {
        ask(subject, desired);
    }
    desired.extend(withdrawn(subject));
}

fn ask(subject: &Subject, desired: &mut Vec<Desired>) {
    let mut asked = BTreeSet::new();
    for contested in subject.file.contested() {
        let Some(feed) = Feed::of_source(contested.source) else { continue };
        let fields: Vec<&str> = contested.fields.iter().filter_map(|field| feed.calls(*field)).collect();
        if let Some(correction) = correction(subject, contested.record, contested.source, &fields, HOUSEHOLD_REGISTER) {
            asked.insert(contested.record.id);
            desired.push(correction);
        }
    }
    for record in
        subject.file.facts.iter().filter(|record| !asked.contains(&record.id) && is_unknown_there(subject, record))
    {
        let offices = record.sources.iter().map(|source| &*source.source);
        desired.extend(
            offices.filter_map(|source| correction(subject, record, source, &["property"], RESIDENCE_REGISTER)),
        );
    }
}

/// A lease whose township does not know the person, who is registered somewhere else.
fn is_unknown_there(subject: &Subject, record: &FactRecord) -> bool {
    let Fact::Lease { place, .. } = record.fact else { return false };
    let place = record.place(place);
    let unknown = |told: &Told| {
        told.topic == Topic::Lead
            && told.place == subject.then(place)
            && Replies(&subject.file.replies).latest(told).is_some_and(|reply| reply.outcome == Outcome::NotKnown)
    };
    let elsewhere = subject
        .belonging
        .stays
        .iter()
        .any(|stay| stay.end.is_none() && !subject.divisions.same_township(stay.place, place));
    elsewhere && subject.file.told.iter().any(unknown)
}

/// What an office is asked to check.
fn correction(subject: &Subject, record: &FactRecord, source: &str, fields: &[&str], reason: &str) -> Option<Desired> {
    let Published { message, publisher } = subject.file.messages.get(&(record.id, source.to_owned()))?;
    if fields.is_empty() {
        return None;
    }
    let office: Code = source.rsplit(':').next()?.parse().ok()?;
    let variant: Box<str> = record.id.0.to_string().into();
    let receiver = Receiver::of_user(publisher, subject.divisions)?;
    let told = subject.file.told.iter().find(|told| {
        (told.topic, told.place, told.variant.as_deref()) == (Topic::Correction, office, Some(&*variant))
            && told.state != ToldState::Retracted
    });
    let since = record.first_said()?;
    let stands_by_it = told.and_then(|told| told.asked).is_some_and(|asked| {
        let last = record.sources.iter().find(|said| said.source == source).map(|said| said.last);
        last.zip(time_of(asked.notice)).is_some_and(|(last, asked)| last > asked)
    });
    Some(Desired {
        // Whoever was asked first goes on being asked, whichever user of the office sent the message since.
        receiver: told.map_or(receiver, |told| told.receiver.clone()),
        topic: Topic::Correction,
        place: office,
        variant: Some(variant),
        since,
        ground: record.profile,
        fields: BTreeMap::from([
            ("message", json!({"source": message.source, "id": message.id})),
            ("fields", json!(fields)),
            ("reason", json!(reason)),
        ]),
        state: if stands_by_it { fulfilled(since) } else { DesiredState::Open },
        asks: Asks::InTime,
        baseline: record.baseline,
    })
}

/// Corrections of messages that were withdrawn: nobody said that they never were called for.
fn withdrawn<'a>(subject: &'a Subject) -> impl Iterator<Item = Desired> + use<'a> {
    let stands = |told: &Told| {
        subject.file.facts.iter().any(|record| told.variant.as_deref() == Some(&*record.id.0.to_string()))
    };
    let gone = subject
        .file
        .told
        .iter()
        .filter(move |told| told.topic == Topic::Correction && told.state != ToldState::Retracted && !stands(told));
    gone.map(|told| Desired {
        receiver: told.receiver.clone(),
        topic: told.topic,
        place: told.place,
        variant: told.variant.clone(),
        since: told.since,
        ground: told.ground,
        fields: BTreeMap::new(),
        state: fulfilled(told.since),
        asks: Asks::Nothing,
        baseline: false,
    })
}

fn fulfilled(on: NaiveDate) -> DesiredState {
    DesiredState::Ended { on, how: EndKind::Fulfilled }
}

/// When a notice was written: ids of notices are UUIDv7.
fn time_of(notice: uuid::Uuid) -> Option<DateTime<Utc>> {
    let (seconds, nanos) = notice.get_timestamp()?.to_unix();
    DateTime::from_timestamp(i64::try_from(seconds).ok()?, nanos)
}
