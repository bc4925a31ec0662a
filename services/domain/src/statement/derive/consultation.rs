//! `consultation`: the household side disputes a stay. Both sides are asked for their view under one case. If the
//! household side does not come round, and both have spoken or the time is up, the coordinator is asked for a decision:
//! the prefecture within one, the province between two. No record changes by silence, and none by the decision alone:
//! what was decided comes in as evidence.

use std::collections::BTreeMap;

use serde_json::json;

use super::Subject;
use crate::case::Replies;
use crate::division::Code;
use crate::evidence::Outcome;
use crate::notice::Receiver;
use crate::statement::{Asks, Desired, DesiredState, EndKind, Told, ToldState, Topic, handed, pairs};

pub(super) fn derive(subject: &Subject, desired: &mut Vec<Desired>) {
    let replies = Replies(&subject.file.replies);
    let ever_disputed = |told: &Told| {
        subject.file.replies.iter().any(|reply| reply.statement == told.id && reply.outcome == Outcome::Disputed)
    };
    if !subject.file.told.iter().any(|told| told.topic == Topic::Inflow && ever_disputed(told)) {
        return;
    }
    let mut legs = Vec::new();
    for (told, stay) in pairs(&subject.file.told, desired.clone(), subject.divisions) {
        let (Some(told), Some(stay)) = (told, stay) else { continue };
        // The hub that told of a stay hears of the dispute, and consults both sides.
        if stay.topic != Topic::Inflow || !ever_disputed(told) || subject.is_told_by_hub(&stay) {
            continue;
        }
        let reply = replies.latest(told);
        let disputed = reply.is_some_and(|reply| reply.outcome == Outcome::Disputed);
        let differs = reply.map(|reply| reply.differs.clone()).unwrap_or_default();
        let open = disputed && stay.state == DesiredState::Open;
        legs.extend(consult(subject, &stay, &differs, open));
    }
    desired.extend(legs);
}

/// The legs of one dispute: two sides, and their coordinator where they do not agree.
fn consult(subject: &Subject, stay: &Desired, differs: &[String], open: bool) -> Vec<Desired> {
    let residence = residence(subject, stay);
    let sides: Vec<Receiver> = std::iter::once(stay.receiver.clone()).chain(residence).collect();
    let coordinator = coordinator(subject, &sides);
    let told_to = |receiver: &Receiver| told_leg(subject, stay, receiver);
    let latest = |told: &Told| Replies(&subject.file.replies).to_question(told).map(|reply| reply.outcome);
    let settled = told_to(&stay.receiver).and_then(latest) == Some(Outcome::Confirmed)
        || coordinator.as_ref().and_then(told_to).and_then(latest) == Some(Outcome::Decided);
    let undecided = sides.iter().all(|side| told_to(side).is_some_and(|told| is_over(subject, told, latest(told))));
    let leg = |receiver: &Receiver, asked_for: &str, asks: Asks, open: bool| {
        let mut fields = BTreeMap::from([
            ("person", subject.person.clone()),
            ("about", json!("inflow")),
            ("fields", json!(differs)),
            ("asked_for", json!(asked_for)),
        ]);
        fields.extend(["household", "residence"].map(|name| (name, stay.fields[name].clone())));
        let ended = DesiredState::Ended { on: stay.since, how: EndKind::Fulfilled };
        let state = if open { DesiredState::Open } else { ended };
        let (receiver, topic) = (receiver.clone(), Topic::Consultation);
        Desired { receiver, topic, fields, state, asks, baseline: false, ..stay.clone() }
    };
    let open = open && !settled;
    let mut legs: Vec<Desired> = sides.iter().map(|side| leg(side, "view", Asks::InTime, open)).collect();
    if let Some(coordinator) = coordinator.filter(|coordinator| undecided && !sides.contains(coordinator)) {
        legs.push(leg(&coordinator, "decision", Asks::SomeDay, open));
    }
    legs
}

/// The residence side of a stay.
fn residence(subject: &Subject, stay: &Desired) -> Option<Receiver> {
    let stays = &subject.belonging.stays;
    let found = stays.iter().find(|other| (other.township, other.since) == (stay.place, stay.since));
    found.and_then(|found| subject.receiver(found.place))
}

/// What a side was told of the consultation about a stay.
fn told_leg<'a>(subject: &Subject<'a>, stay: &Desired, receiver: &Receiver) -> Option<&'a Told> {
    subject.file.told.iter().find(|told| {
        (told.topic, told.place, told.since) == (Topic::Consultation, stay.place, stay.since)
            && handed(told, receiver, subject.divisions)
            && told.state != ToldState::Retracted
    })
}

/// Whether a side has spoken, or has had its time.
fn is_over(subject: &Subject, told: &Told, spoken: Option<Outcome>) -> bool {
    let over = told.asked.and_then(|asked| subject.is_over(told.procedure(), asked.on));
    spoken.is_some() || over == Some(true)
}

/// The lowest division above both sides that may decide: the prefecture, else the hub's province.
fn coordinator(subject: &Subject, sides: &[Receiver]) -> Option<Receiver> {
    let codes: Vec<Code> = sides.iter().filter_map(|side| side.0.parse().ok()).collect();
    let prefectures: Vec<Option<Code>> = codes.iter().map(Code::prefecture).collect();
    let first = prefectures.first().copied().flatten();
    let shared = first.filter(|_| prefectures.iter().all(|prefecture| *prefecture == first));
    Some(Receiver::jurisdiction(shared.unwrap_or(subject.divisions.home())))
}
