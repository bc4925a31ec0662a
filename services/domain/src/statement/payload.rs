//! The `data` of a notice: only what its receiver needs. Here, and nowhere before, a minor's data is masked: what was
//! told is compared unmasked, so that a birthday by itself sends nothing.

use chrono::NaiveDate;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{Desired, EndKind, Setting, Topic};
use crate::case::clock;
use crate::division::Code;
use crate::notice::NoticeKind;

/// Under this age the guardian's name stands instead of further data.
const MINOR_YEARS: u32 = 14;

/// `data` of the notice that opens a statement.
pub(super) fn opening(desired: &Desired, setting: &Setting) -> Value {
    let today = setting.today;
    let mut shown: Map<String, Value> =
        desired.fields.iter().map(|(name, value)| ((*name).to_owned(), masked(name, value, today))).collect();
    // How late a duty is differs from day to day: it is written, and not compared.
    if desired.topic == Topic::Duty
        && let Some(due) = desired.fields.get("due_on").and_then(|due| due.as_str()?.parse().ok())
    {
        shown.insert("days_late".to_owned(), json!(clock::days_late(due, today, setting.calendar)));
    }
    Value::Object(shown)
}

/// `data` of the notice that ends it.
pub(super) fn ending(desired: &Desired, on: NaiveDate, how: &EndKind, today: NaiveDate) -> Value {
    let mut data = Map::new();
    let mut put = |name: &str, value: Value| data.insert(name.to_owned(), value);
    if let Some(person) = desired.fields.get("person") {
        put("person", masked("person", person, today));
    }
    if let EndKind::HouseholdMoved { to } = how {
        if let Some(from) = desired.fields.get("household") {
            put("from", from.clone());
        }
        put("to", to.clone());
        put("changed_on", json!(on));
        return Value::Object(data);
    }
    if let Some(place) = desired.fields.get(place_field(desired.topic)) {
        put("residence", place.clone());
    }
    put("ended_on", json!(on));
    match how {
        EndKind::Moved { to } => drop(put("now", to.clone())),
        EndKind::Died => drop(put("reason", json!("died"))),
        EndKind::BecameLocal => drop(put("reason", json!("became-local"))),
        EndKind::Departed
        | EndKind::Returned
        | EndKind::HouseholdMoved { .. }
        | EndKind::Forwarded
        | EndKind::Fulfilled => {}
    }
    Value::Object(data)
}

/// `data` of a `supersede`: the same notice with other fields.
pub(super) fn superseding(kind: NoticeKind, data: Value, changed: &[String]) -> Value {
    json!({"kind": kind, "data": data, "changed": changed})
}

/// `data` of a `retract`: nothing about anyone.
pub fn retracting(kind: NoticeKind, reason: &str) -> Value {
    json!({"kind": kind, "reason": reason})
}

/// `data` of what takes an answer to another hub back.
pub(super) fn withdrawing(home: Code, last: Uuid, reason: &str) -> Value {
    json!({"source": format!("urn:liangdi:township:{home}"), "id": last, "reason": reason})
}

/// Which field names the place a stay was at.
fn place_field(topic: Topic) -> &'static str {
    match topic {
        Topic::Inflow
        | Topic::Lead
        | Topic::Workplace
        | Topic::Permit
        | Topic::Consultation
        | Topic::VerificationRequest
        | Topic::VerificationReply
        | Topic::Complaint
        | Topic::ComplaintDecision
        | Topic::Correction
        | Topic::CaseReply
        | Topic::Duty => "residence",
        Topic::Outflow => "destination",
        Topic::HouseholdChange => "to",
    }
}

/// Of a person under fourteen the guardian's name stands for the number; of others no guardian is shown.
fn masked(field: &str, value: &Value, today: NaiveDate) -> Value {
    let (Value::Object(person), "person") = (value, field) else { return value.clone() };
    let birth = person.get("birth_date").and_then(Value::as_str).and_then(|text| text.parse::<NaiveDate>().ok());
    let minor = birth.is_some_and(|birth| today.years_since(birth).is_none_or(|years| years < MINOR_YEARS));
    let mut shown = person.clone();
    if minor {
        shown.insert("id_number".to_owned(), Value::Null);
    } else {
        shown.remove("guardian");
    }
    Value::Object(shown)
}
