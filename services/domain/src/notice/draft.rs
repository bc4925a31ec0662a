//! A notice as it is committed: complete but for the sequence number, which the courier gives it before publishing.

use std::fmt;

use chrono::{DateTime, FixedOffset, NaiveDate};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{NoticeKind, Urgency};
use crate::division::{Code, Divisions, Level};
use crate::feed::Feed;

/// Who hears of it: a jurisdiction by its code, or a partner by its user (`hr.320500`).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Receiver(pub String);

impl Receiver {
    /// A jurisdiction's exchange.
    pub fn jurisdiction(code: Code) -> Self {
        Receiver(code.as_str().to_owned())
    }

    /// A partner department's return queue.
    pub fn partner(user: &str) -> Self {
        Receiver(user.to_owned())
    }

    /// Where a user reads what the hub returns: a department its own queue, a township its inbox, a village its township's.
    pub fn of_user(user: &str, divisions: &Divisions) -> Option<Self> {
        let (feed, code) = user.rsplit_once('.')?;
        let code: Code = code.parse().ok()?;
        // Nothing is returned to another province's hub: it has no queue here.
        if Feed::named(feed) == Some(Feed::Hub) {
            return None;
        }
        if feed != "township" {
            return Some(Receiver::partner(user));
        }
        let office = if code.level() == Level::Village { code.township()? } else { code };
        divisions.receiver(office).map(Receiver::jurisdiction)
    }

    /// The division of whoever hears: a jurisdiction's own code, or that of a partner's office.
    pub fn division(&self) -> Option<Code> {
        self.0.rsplit('.').next()?.parse().ok()
    }

    /// What [`Receiver::level_name`] says of any, from above.
    pub const LEVELS: [&str; 5] = ["province", "prefecture", "county", "township", "partner"];

    /// The level of the jurisdiction in a word, or `partner`: what telemetry tells receivers apart by.
    pub fn level_name(&self) -> &'static str {
        self.0.parse::<Code>().map_or("partner", |code| code.level().name())
    }

    /// Whether it names a jurisdiction rather than a partner's user.
    pub fn is_jurisdiction(&self) -> bool {
        self.0.bytes().all(|b| b.is_ascii_digit())
    }
}

impl fmt::Display for Receiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A notice without its number.
#[derive(Clone, PartialEq)]
pub struct NoticeDraft {
    /// The CloudEvent's id.
    pub id: Uuid,
    /// What it says.
    pub kind: NoticeKind,
    /// How soon somebody should look.
    pub urgency: Urgency,
    /// To whom.
    pub receiver: Receiver,
    /// When it was committed; day 0 of its clocks.
    pub time: DateTime<FixedOffset>,
    /// The told statement it is about; none where it is about none.
    pub statement: Option<Uuid>,
    /// The case it belongs to.
    pub case: Option<Uuid>,
    /// The last day on which the step is in time.
    pub due_on: Option<NaiveDate>,
    /// Procedure name and law article.
    pub basis: String,
    /// The notice that this one replaces or takes back.
    pub supersedes: Option<Uuid>,
    /// The `data` of the CloudEvent: identity values inside, never logged.
    pub data: Value,
}

impl fmt::Debug for NoticeDraft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NoticeDraft({} {} to {})", self.id, self.kind, self.receiver)
    }
}

/// The CloudEvent as it goes on the wire. A reply to another province's hub is a message of the contract, in this
/// province's name, with the two attributes that every delivery has.
pub fn envelope(draft: &NoticeDraft, hub: &str, seqno: i64) -> Value {
    let mut event = Map::new();
    let mut put = |name: &str, value: Value| event.insert(name.to_owned(), value);
    put("specversion", json!("1.0"));
    put("id", json!(draft.id));
    let reply = draft.kind.is_reply();
    put("source", if reply { json!(replying(hub)) } else { json!(hub) });
    put("type", json!(draft.kind.event_type()));
    put("time", json!(draft.time.to_rfc3339_opts(chrono::SecondsFormat::Secs, false)));
    put("datacontenttype", json!("application/json"));
    put("jurisdiction", json!(draft.receiver.0));
    put("seqno", json!(seqno));
    if reply {
        put("data", draft.data.clone());
        return Value::Object(event);
    }
    put("basis", json!(draft.basis));
    if let Some(case) = draft.case {
        put("caseid", json!(case));
    }
    if let Some(due_on) = draft.due_on {
        put("dueon", json!(due_on));
    }
    if let Some(notice) = draft.supersedes {
        put("supersedes", json!(notice));
    }
    put("data", draft.data.clone());
    Value::Object(event)
}

/// In whose name a province's hub replies: `urn:liangdi:hub:340000` for `urn:liangdi:township:340000`.
fn replying(hub: &str) -> String {
    hub.replacen(":hub:", ":township:", 1)
}
