//! `verification-request` and `verification-reply`: a person asked for a service and said yes to having facts verified.
//! Whoever is named is asked for exactly those facts; the office that asked hears each answer under the same case. What
//! is not answered stays unanswered: it is never a refusal, and nothing waits for it.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde_json::json;

use super::Subject;
use crate::case::Replies;
use crate::division::{Code, Place};
use crate::evidence::Fact;
use crate::notice::Receiver;
use crate::person::FactRecord;
use crate::statement::{Asks, Desired, DesiredState, Told, ToldState, Topic, handed};

/// One request of one person.
struct Request<'a> {
    record: &'a FactRecord,
    asker: Code,
    ask: &'a [Code],
    purpose: &'a str,
    facts: &'a [String],
    applied_on: NaiveDate,
}

pub(super) fn derive(subject: &Subject, desired: &mut Vec<Desired>) {
    for record in &subject.file.facts {
        let Fact::VerificationRequested { ask, purpose, facts, applied_on } = &record.fact else { continue };
        let Some(asker) = asker(subject, record) else { continue };
        let request = Request { record, asker, ask, purpose, facts, applied_on: *applied_on };
        for division in request.ask {
            desired.extend(question(subject, &request, *division));
            desired.extend(answer(subject, &request, *division));
        }
    }
}

/// The office that sent the request first; a village asks through its township.
fn asker(subject: &Subject, record: &FactRecord) -> Option<Code> {
    let first = record.sources.iter().min_by_key(|source| (source.first, &source.source))?;
    let office: Code = first.source.rsplit(':').next()?.parse().ok()?;
    subject.divisions.receiver(office)
}

fn question(subject: &Subject, request: &Request, division: Code) -> Option<Desired> {
    let place = request.record.place(division);
    Some(Desired {
        receiver: subject.receiver(place)?,
        topic: Topic::VerificationRequest,
        fields: BTreeMap::from([
            ("person", subject.person.clone()),
            ("purpose", json!(request.purpose)),
            ("facts", json!(request.facts)),
            ("asked_by", subject.division(request.asker)),
        ]),
        asks: Asks::InTime,
        ..request.base(subject.divisions.then(place))
    })
}

/// What whoever was asked has said, as far as it was asked.
fn answer(subject: &Subject, request: &Request, division: Code) -> Option<Desired> {
    let place = request.record.place(division);
    let receiver = subject.receiver(place)?;
    let told = subject.file.told.iter().find(|told| request.asked(told, subject, place, &receiver))?;
    let reply = Replies(&subject.file.replies).to_question(told)?;
    let wanted = |name: &String| request.facts.iter().any(|fact| fact.replace('-', "_") == *name);
    let facts: BTreeMap<_, _> = reply.facts.iter().filter(|(name, _)| wanted(name)).collect();
    Some(Desired {
        receiver: Receiver::jurisdiction(request.asker),
        topic: Topic::VerificationReply,
        fields: BTreeMap::from([("facts", json!(facts)), ("answered_by", subject.shown(place))]),
        ..request.base(subject.divisions.then(place))
    })
}

impl Request<'_> {
    /// What question and answer have in common.
    fn base(&self, division: Code) -> Desired {
        Desired {
            receiver: Receiver::jurisdiction(self.asker),
            topic: Topic::VerificationReply,
            place: division,
            variant: Some(self.variant()),
            since: self.applied_on,
            ground: self.record.profile,
            fields: BTreeMap::new(),
            state: DesiredState::Open,
            asks: Asks::Nothing,
            baseline: self.record.baseline,
        }
    }

    fn asked(&self, told: &Told, subject: &Subject, place: Place, receiver: &Receiver) -> bool {
        told.topic == Topic::VerificationRequest
            && told.place == subject.divisions.then(place)
            && handed(told, receiver, subject.divisions)
            && told.variant.as_deref() == Some(&*self.variant())
            && told.state != ToldState::Retracted
    }

    /// The fact's own id: nothing of it is on the wire.
    fn variant(&self) -> Box<str> {
        self.record.id.0.to_string().into()
    }
}
