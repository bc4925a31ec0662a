//! `complaint`: somebody complained of an office or a feed. The office above hears of it, and nothing of whoever complained:
//! it takes the complaint up (`answered`), then ends it (`decided`). Both periods count from the day of filing, so the
//! second step is asked for when the first is done, or when its time has run out.

use std::collections::BTreeMap;

use serde_json::json;

use super::Subject;
use crate::case::Replies;
use crate::division::{Code, Level};
use crate::evidence::{Fact, Outcome};
use crate::notice::Receiver;
use crate::person::FactRecord;
use crate::statement::{Asks, Desired, DesiredState, EndKind, Told, ToldState, Topic, handed};

pub(super) fn derive(subject: &Subject, desired: &mut Vec<Desired>) {
    for record in &subject.file.facts {
        let Some(accept) = filed(subject, record) else { continue };
        let told = told_step(subject, &accept);
        let said = told.and_then(|told| Replies(&subject.file.replies).to_question(told)).map(|reply| reply.outcome);
        // Filed long ago, it may be over before anybody was asked.
        let over = subject.is_over(accept.procedure(), accept.since) == Some(true);
        if over || said.is_some() {
            desired.push(finish(&accept, said == Some(Outcome::Decided)));
        }
        desired.push(accept);
    }
}

/// The first step of a complaint.
fn filed(subject: &Subject, record: &FactRecord) -> Option<Desired> {
    let Fact::Complaint { about, kind, filed_on } = &record.fact else { return None };
    let (receiver, place) = superior(subject, record, about)?;
    Some(Desired {
        receiver,
        topic: Topic::Complaint,
        place,
        variant: Some(record.id.0.to_string().into()),
        since: *filed_on,
        ground: record.profile,
        fields: BTreeMap::from([
            ("about", json!(about)),
            ("kind", json!(kind)),
            ("filed_on", json!(filed_on)),
            ("step", json!("accept")),
        ]),
        state: DesiredState::Open,
        asks: Asks::InTime,
        baseline: record.baseline,
    })
}

/// The second step; whoever decided at once needs not be asked for it.
fn finish(accept: &Desired, decided: bool) -> Desired {
    let mut fields = accept.fields.clone();
    fields.insert("step", json!("finish"));
    let ended = DesiredState::Ended { on: accept.since, how: EndKind::Fulfilled };
    let state = if decided { ended } else { DesiredState::Open };
    Desired { topic: Topic::ComplaintDecision, fields, state, ..accept.clone() }
}

fn told_step<'a>(subject: &Subject<'a>, accept: &Desired) -> Option<&'a Told> {
    subject.file.told.iter().find(|told| {
        (told.topic, told.place, &told.variant) == (accept.topic, accept.place, &accept.variant)
            && handed(told, &accept.receiver, subject.divisions)
            && told.state != ToldState::Retracted
    })
}

/// Who hears of a complaint, and the place that tells it apart. Above a feed as a whole, and above a province, stands the
/// hub's own province.
fn superior(subject: &Subject, record: &FactRecord, about: &str) -> Option<(Receiver, Code)> {
    let home = subject.divisions.home();
    let Ok(code) = about.parse::<Code>() else { return Some((Receiver::jurisdiction(home), home)) };
    let place = record.place(code);
    let body = subject.divisions.now(place);
    let above = match body.level() {
        Level::Village => body.township(),
        _ => subject.divisions.parent(body),
    };
    let receiver = subject.divisions.receiver(above.unwrap_or(home))?;
    Some((Receiver::jurisdiction(receiver), subject.divisions.then(place)))
}
