//! Derive, reconcile, and what has to be written of it: for the persons a batch touched, and only for them.

use std::collections::HashSet;

use chrono::{DateTime, FixedOffset, NaiveDate};
use liangdi_domain::calendar::Calendar;
use liangdi_domain::division::{Code, Divisions, Level};
use liangdi_domain::identity::survive::Trust;
use liangdi_domain::ids::{PersonId, ProfileId};
use liangdi_domain::notice::{NoticeDraft, NoticeKind, Receiver, Urgency};
use liangdi_domain::person::PersonFile;
use liangdi_domain::procedure::Procedures;
use liangdi_domain::statement::{Telling, Told, derive, reconcile};
use liangdi_store::keys::Keys;
use liangdi_store::port::Quarantined;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::marks;

/// What telling needs.
#[derive(Clone, Copy)]
pub struct Rules<'a> {
    /// Divisions.
    pub divisions: &'a Divisions,
    /// Working days.
    pub calendar: &'a Calendar,
    /// Procedures and their clocks.
    pub procedures: &'a Procedures,
    /// Whose word is shown.
    pub trust: &'a Trust,
    /// Keys for fingerprints.
    pub keys: &'a Keys,
    /// The commit's time.
    pub time: DateTime<FixedOffset>,
    /// The day as of which everything is derived.
    pub today: NaiveDate,
}

/// What has to be written.
#[derive(Default)]
pub struct Written {
    /// What receivers know now.
    pub told: Vec<Told>,
    /// What tells them.
    pub notices: Vec<NoticeDraft>,
}

/// The difference between what everybody should know of the persons and what they were told.
pub fn tell(files: &[PersonFile], regrouped: &HashSet<PersonId>, rules: &Rules) -> Written {
    let mut written = Written::default();
    for file in files {
        let desired = derive(file, rules.divisions, rules.calendar, rules.trust, rules.today);
        let live: HashSet<ProfileId> = file.profiles.iter().map(|(id, _)| *id).collect();
        let telling = Telling {
            time: rules.time,
            procedures: rules.procedures,
            calendar: rules.calendar,
            new_id: &Uuid::now_v7,
            fingerprint: &|name, value| marks::field(rules.keys, name, value),
            is_live: &|profile| live.contains(&profile),
            regrouped: regrouped.contains(&file.person),
        };
        for change in reconcile(&file.told, desired, &telling) {
            written.told.push(change.told);
            written.notices.extend(change.notice);
        }
    }
    written
}

/// Tells a publisher that its message was refused; none where nobody vouched for the publisher.
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
        id: Uuid::now_v7(),
        kind: NoticeKind::Rejected,
        urgency: Urgency::Due,
        receiver: return_address(&refused.publisher, rules.divisions)?,
        time: rules.time,
        case: None,
        due_on: None,
        basis: "contract".to_owned(),
        supersedes: None,
        data: Value::Object(data),
    })
}

/// Where a user reads what the hub returns: a department its own queue, a township its inbox, a village its township's.
fn return_address(user: &str, divisions: &Divisions) -> Option<Receiver> {
    let (feed, code) = user.rsplit_once('.')?;
    let code: Code = code.parse().ok()?;
    if feed != "township" {
        return Some(Receiver::partner(user));
    }
    let office = if code.level() == Level::Village { code.township()? } else { code };
    divisions.receiver(office).map(Receiver::jurisdiction)
}
