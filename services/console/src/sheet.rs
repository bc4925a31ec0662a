//! Everything the hub holds of a person, as JSON: for the pages, `person show` and `subject report`, masked unless revealed.

use liangdi_domain::person::{Profile, Sex};
use liangdi_store::report::PersonSheet;
use serde_json::{Value, json};

/// The sheet; identity values masked unless revealed.
pub fn document(sheet: &PersonSheet, reveal: bool) -> Value {
    let profiles: Vec<Value> = sheet
        .file
        .profiles
        .iter()
        .map(|(id, profile)| json!({"profile": id.0, "identity": identity(profile, reveal)}))
        .collect();
    let facts: Vec<Value> = sheet
        .file
        .facts
        .iter()
        .map(|record| {
            let sources: Vec<&str> = record.sources.iter().map(|source| source.source.as_str()).collect();
            json!({"profile": record.profile.0, "fact": record.fact, "sources": sources})
        })
        .collect();
    let told: Vec<Value> = sheet
        .file
        .told
        .iter()
        .map(|told| {
            json!({
                "receiver": told.receiver.0, "topic": told.topic.name(), "place": told.place, "since": told.since,
                "state": told.state, "case": told.case,
            })
        })
        .collect();
    json!({
        "person": sheet.file.person.0, "profiles": profiles, "facts": facts, "told": told,
        "messages": sheet.messages, "notices": sheet.notices,
    })
}

/// A profile's values; masked unless revealed.
pub fn identity(profile: &Profile, reveal: bool) -> Value {
    let shown = |value: Option<String>| match value {
        Some(value) if reveal => json!(value),
        Some(_) => json!("***"),
        None => Value::Null,
    };
    json!({
        "name": shown(profile.name.as_ref().map(|name| name.shown().to_owned())),
        "id_type": profile.document.doc_type(),
        "id_number": shown(profile.document.number().map(str::to_owned)),
        "sex": shown(sex(profile.sex).map(str::to_owned)),
        "birth_date": shown(profile.birth.map(|date| date.to_string())),
        "phone": shown(profile.phone.as_ref().map(|phone| phone.as_str().to_owned())),
        "guardian": shown(profile.guardian.as_ref().map(|name| name.shown().to_owned())),
        "household": profile.household,
        "living": profile.living,
        "address": shown(profile.address.as_ref().map(|address| address.as_str().to_owned())),
    })
}

fn sex(sex: Sex) -> Option<&'static str> {
    match sex {
        Sex::Male => Some("male"),
        Sex::Female => Some("female"),
        Sex::Unknown => None,
    }
}
