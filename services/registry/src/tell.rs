//! Derive, reconcile, and what has to be written of it: for the persons a batch touched, and only for them.

use std::collections::{BTreeMap, HashSet};

use chrono::{DateTime, FixedOffset, NaiveDate};
use liangdi_domain::division::Code;
use liangdi_domain::ids::{PersonId, ProfileId};
use liangdi_domain::notice::{NoticeDraft, NoticeKind, Receiver, Urgency};
use liangdi_domain::person::PersonFile;
use liangdi_domain::statement::{Escalation, Setting, Telling, Told, derive, reconcile};
use liangdi_store::keys::Keys;
use liangdi_store::port::Quarantined;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::marks;

/// Case ids in one escalation, as its schema allows.
const ESCALATED_CASES_MAX: usize = 1000;

/// What telling needs.
#[derive(Clone, Copy)]
pub struct Rules<'a> {
    /// Divisions, procedures, calendar, and the day as of which everything is derived.
    pub setting: Setting<'a>,
    /// Keys for fingerprints.
    pub keys: &'a Keys,
    /// The commit's time; of a hub that derives as of another day, on that day.
    pub time: DateTime<FixedOffset>,
    /// How far that is from the clock's.
    pub shift_ms: i64,
    /// The person of whom evidence is being erased.
    pub erasing: Option<PersonId>,
}

/// What has to be written.
#[derive(Default)]
pub struct Written {
    /// What receivers know now.
    pub told: Vec<Told>,
    /// What tells them.
    pub notices: Vec<NoticeDraft>,
    /// Told statements that somebody else hears of from now on.
    pub handed: Vec<(Uuid, Receiver)>,
    /// When each person has to be looked at again.
    pub wakes: Vec<(PersonId, Option<NaiveDate>)>,
}

/// The difference between what everybody should know of the persons and what they were told.
pub fn tell(files: &[PersonFile], regrouped: &HashSet<PersonId>, rules: &Rules) -> Written {
    let mut written = Written::default();
    let mut escalations = Vec::new();
    for file in files {
        escalations.extend(tell_one(file, regrouped.contains(&file.person), rules, &mut written));
    }
    written.notices.extend(escalate(escalations, rules));
    written
}

/// The same for one person; what those above have to hear is left to be told together.
pub(crate) fn tell_one(file: &PersonFile, regrouped: bool, rules: &Rules, written: &mut Written) -> Vec<Escalation> {
    let derived = derive(file, &rules.setting);
    let live: HashSet<ProfileId> = file.profiles.iter().map(|(id, _)| *id).collect();
    let telling = Telling {
        time: rules.time,
        setting: rules.setting,
        replies: &file.replies,
        new_id: &|| rules.new_id(),
        fingerprint: &|name, value| marks::field(rules.keys, name, value),
        is_live: &|profile| live.contains(&profile),
        regrouped,
        erasing: rules.erasing == Some(file.person),
    };
    let reconciled = reconcile(&file.told, derived.statements, &telling);
    for change in reconciled.changes {
        let before = file.told.iter().find(|told| told.id == change.told.id);
        if before.is_some_and(|before| before.receiver != change.told.receiver) {
            written.handed.push((change.told.id, change.told.receiver.clone()));
        }
        written.told.push(change.told);
        written.notices.extend(change.notice.into_iter().chain(change.beside));
    }
    let wake_on = reconciled.wake_on.into_iter().chain(derived.changes_on).min();
    written.wakes.push((file.person, wake_on));
    reconciled.escalations
}

/// One notice for each of those above, procedure, who is late and by how much; with many cases several.
pub(crate) fn escalate(escalations: Vec<Escalation>, rules: &Rules) -> Vec<NoticeDraft> {
    let mut grouped: BTreeMap<(Receiver, String, Code, u32), Vec<Uuid>> = BTreeMap::new();
    for Escalation { receiver, procedure, late, days_late, case } in escalations {
        grouped.entry((receiver, procedure, late, days_late)).or_default().push(case);
    }
    let mut notices = Vec::new();
    for ((receiver, procedure, late, days_late), cases) in grouped {
        for cases in cases.chunks(ESCALATED_CASES_MAX) {
            notices.push(NoticeDraft {
                id: rules.new_id(),
                kind: NoticeKind::Escalation,
                urgency: Urgency::Urgent,
                receiver: receiver.clone(),
                time: rules.time,
                statement: None,
                case: None,
                due_on: None,
                basis: rules.setting.procedures.basis(&procedure),
                supersedes: None,
                data: json!({
                    "procedure": procedure, "late": late, "cases": cases, "count": cases.len(), "days_late": days_late,
                }),
            });
        }
    }
    notices
}

/// Tells a publisher that its message was refused; none where nobody vouched for the publisher. Another hub is not told:
/// two that refuse each other's refusals would never end. Its notice waits in the quarantine for the operators of both.
pub fn reject(refused: &Quarantined, rules: &Rules) -> Option<NoticeDraft> {
    let mut data = Map::new();
    let mut message = Map::new();
    if let Some(source) = &refused.source {
        message.insert("source".to_owned(), json!(source));
    }
    if let Some(id) = &refused.id {
        message.insert("id".to_owned(), json!(id));
    }
    data.insert("message".to_owned(), Value::Object(message));
    data.insert("reason".to_owned(), json!(refused.reason));
    if let Some(path) = &refused.path {
        data.insert("path".to_owned(), json!(path));
    }
    Some(NoticeDraft {
        id: rules.new_id(),
        kind: NoticeKind::Rejected,
        urgency: Urgency::Due,
        receiver: Receiver::of_user(&refused.publisher, rules.setting.divisions)?,
        time: rules.time,
        statement: None,
        case: None,
        due_on: None,
        basis: "contract".to_owned(),
        supersedes: None,
        data: Value::Object(data),
    })
}
