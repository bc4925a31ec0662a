//! `case-reply`: another province's hub told of a stay, a township or county here was asked about it, and what it
//! answered goes back under the other hub's own case. Answers alone: the other hub hears nothing else of what it told.

use std::collections::BTreeMap;

use serde_json::json;
use uuid::Uuid;

use super::Subject;
use crate::case::{Replies, StatementReply};
use crate::evidence::{HubCase, Outcome};
use crate::ids::ProfileId;
use crate::notice::Receiver;
use crate::person::FactRecord;
use crate::statement::{Asks, Desired, DesiredState, Told, Topic, pairs};
use crate::stay::Stay;

pub(super) fn derive(subject: &Subject, desired: &mut Vec<Desired>) {
    let told: Vec<&Stay> = subject.belonging.stays.iter().filter(|stay| !stay.told.is_empty()).collect();
    if told.is_empty() || subject.file.replies.is_empty() {
        return;
    }
    let asked = pairs(&subject.file.told, desired.clone(), subject.divisions);
    let asked: Vec<(&Told, Desired)> = asked.into_iter().filter_map(|(told, desired)| told.zip(desired)).collect();
    for stay in told {
        let Some(reply) = answer(subject, stay, &asked) else { continue };
        desired.extend(stay.told.iter().map(|(case, profile)| statement(subject, stay, (case, *profile), reply)));
    }
}

/// What was answered to a stay: the latest word, of whoever is still asked before that of others. What was passed on
/// within the province is no answer to another one.
fn answer<'a>(subject: &Subject<'a>, stay: &Stay, asked: &[(&Told, Desired)]) -> Option<&'a StatementReply> {
    let about =
        |desired: &Desired| (desired.topic, desired.place, desired.since) == (Topic::Inflow, stay.township, stay.since);
    let home = |reply: &StatementReply| reply.division.is_some_and(|code| code.province() == subject.divisions.home());
    let replies = Replies(&subject.file.replies);
    let answers = asked.iter().filter(|(_, desired)| about(desired)).filter_map(|(told, desired)| {
        let (reply, open) = (replies.to_question(told)?, desired.state == DesiredState::Open);
        let passed_on = reply.outcome == Outcome::BelongsElsewhere && !open && home(reply);
        (!passed_on).then_some((open, reply))
    });
    answers.max_by_key(|(open, reply)| (*open, reply.time, reply.notice)).map(|(_, reply)| reply)
}

fn statement(subject: &Subject, stay: &Stay, case: (&HubCase, ProfileId), reply: &StatementReply) -> Desired {
    let (case, profile) = case;
    let mut fields = BTreeMap::from([
        ("case_id", json!(case.case)),
        ("notice_id", json!(asking(subject, case))),
        ("outcome", json!(reply.outcome)),
    ]);
    if let Some(division) = reply.division {
        fields.insert("division", json!(division));
    }
    let province = stay.place.code.province();
    Desired {
        receiver: Receiver::jurisdiction(province),
        topic: Topic::CaseReply,
        place: province,
        variant: Some(case.case.to_string().into()),
        since: stay.since,
        ground: profile,
        fields,
        state: DesiredState::Open,
        asks: Asks::Nothing,
        baseline: false,
    }
}

/// The notice that asked: the last one of the case that did. What tells the same question otherwise does not ask anew.
fn asking(subject: &Subject, case: &HubCase) -> Uuid {
    let told = subject.file.facts.iter().filter_map(FactRecord::told);
    let asking = told.filter(|told| told.asks && told.case == case.case && told.number <= case.number);
    asking.max_by_key(|told| told.number).unwrap_or(*case).notice
}
