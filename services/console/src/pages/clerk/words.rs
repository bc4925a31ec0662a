//! A notice in plain words: a sentence that says what it is about, one that says what to do, and its particulars.

use liangdi_domain::notice::NoticeKind;
use serde_json::Value;

use crate::texts::Language;

/// What a notice says to a person.
pub(super) struct Words {
    /// What it is about.
    pub(super) says: String,
    /// What to do.
    pub(super) todo: String,
    /// Particulars: key of the label, value.
    pub(super) particulars: Vec<(&'static str, String)>,
}

/// Members of `data` that are shown as particulars, in this order; those of the person come before them.
const PERSON: [(&str, &str); 5] = [
    ("name", "notice.field.name"),
    ("id_number", "notice.field.id_number"),
    ("sex", "notice.field.sex"),
    ("birth_date", "notice.field.birth_date"),
    ("guardian", "notice.field.guardian"),
];
const MEMBERS: [(&str, &str); 24] = [
    ("household", "notice.field.household"),
    ("from", "notice.field.from"),
    ("to", "notice.field.to"),
    ("residence", "notice.field.residence"),
    ("now", "notice.field.now"),
    ("destination", "notice.field.destination"),
    ("workplace", "notice.field.workplace"),
    ("since", "notice.field.since"),
    ("left_on", "notice.field.left_on"),
    ("ended_on", "notice.field.ended_on"),
    ("changed_on", "notice.field.changed_on"),
    ("endorse_by", "notice.field.endorse_by"),
    ("reason", "notice.field.reason"),
    ("registered_by", "notice.field.registered_by"),
    ("known_from", "notice.field.known_from"),
    ("purpose", "notice.field.purpose"),
    ("facts", "notice.field.facts"),
    ("fields", "notice.field.fields"),
    ("about", "notice.field.about"),
    ("kind", "notice.field.kind"),
    ("filed_on", "notice.field.filed_on"),
    ("asked_by", "notice.field.asked_by"),
    ("answered_by", "notice.field.answered_by"),
    ("days_late", "notice.field.days_late"),
];

/// Puts a notice into words.
pub(super) fn words(language: Language, kind: NoticeKind, data: &Value) -> Words {
    // A correction of fields repeats the notice that it corrects.
    if kind == NoticeKind::Supersede
        && let Some(inner) = kind_of(&data["kind"])
    {
        let corrected = words(language, inner, &data["data"]);
        let says = language.filled("notice.supersede.says", &[&corrected.says]);
        return Words { says, ..corrected };
    }
    let section = section(kind, data);
    let values = [
        name(language, data),
        place(data, &["residence", "destination", "to", "answered_by"]),
        text(language, first(data, &["since", "left_on", "ended_on", "changed_on", "endorse_by", "due_on"])),
        place(data, &["household", "now", "workplace", "asked_by"]),
        topic(language, data),
    ];
    let values: Vec<&str> = values.iter().map(String::as_str).collect();
    Words {
        says: language.filled(&format!("notice.{section}.says"), &values),
        todo: language.filled(&format!("notice.{section}.todo"), &values),
        particulars: particulars(language, data),
    }
}

/// The person of a notice for a list: the surname alone, so that a glance at a screen tells little.
pub(super) fn masked_name(data: &Value) -> String {
    let person = if data["person"].is_object() { &data["person"] } else { &data["data"]["person"] };
    let name = person["name"].as_str().unwrap_or_default();
    let mut chars = name.chars();
    match chars.next() {
        Some(first) => std::iter::once(first).chain(chars.map(|_| '＊')).take(5).collect(),
        None => "—".to_owned(),
    }
}

fn section(kind: NoticeKind, data: &Value) -> String {
    match kind {
        NoticeKind::Closed | NoticeKind::Consultation | NoticeKind::Complaint => {
            let member = match kind {
                NoticeKind::Closed => "reason",
                NoticeKind::Complaint => "step",
                _ => "asked_for",
            };
            format!("{kind}-{}", data[member].as_str().unwrap_or_default())
        }
        _ => kind.to_string(),
    }
}

fn kind_of(name: &Value) -> Option<NoticeKind> {
    NoticeKind::ALL.into_iter().find(|kind| Some(kind.name()) == name.as_str())
}

fn name(language: Language, data: &Value) -> String {
    match data["person"]["name"].as_str() {
        Some(name) => name.to_owned(),
        None => language.text("notice.word.somebody").to_owned(),
    }
}

fn first<'a>(data: &'a Value, names: &[&str]) -> &'a Value {
    names.iter().map(|name| &data[*name]).find(|value| !value.is_null()).unwrap_or(&Value::Null)
}

fn place(data: &Value, names: &[&str]) -> String {
    let place = first(data, names);
    let (name, code) = (place["name"].as_str().unwrap_or_default(), place["division"].as_str().unwrap_or_default());
    if name.is_empty() { code.to_owned() } else { name.to_owned() }
}

/// What a reminder or a retraction is about.
fn topic(language: Language, data: &Value) -> String {
    let word = first(data, &["procedure", "kind"]).as_str().unwrap_or_default();
    word_of(language, word)
}

fn particulars(language: Language, data: &Value) -> Vec<(&'static str, String)> {
    let person = PERSON.iter().map(|(name, label)| (*label, &data["person"][*name]));
    let members = MEMBERS.iter().map(|(name, label)| (*label, &data[*name]));
    person
        .chain(members)
        .map(|(label, value)| {
            (label, if label == "notice.field.sex" { sex(language, value) } else { text(language, value) })
        })
        .filter(|(_, text)| !text.is_empty())
        .collect()
}

fn sex(language: Language, value: &Value) -> String {
    match value.as_str() {
        Some("1") => language.text("notice.word.male").to_owned(),
        Some("2") => language.text("notice.word.female").to_owned(),
        _ => String::new(),
    }
}

/// A value as people read it: places by name and code, words of the contract translated.
fn text(language: Language, value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => word_of(language, text),
        Value::Array(items) => items.iter().map(|item| text(language, item)).collect::<Vec<_>>().join("、"),
        Value::Object(place) if place.contains_key("division") => {
            let member = |name: &str| place.get(name).and_then(Value::as_str).unwrap_or_default();
            format!("{} {}", member("name"), member("division")).trim().to_owned()
        }
        Value::Object(members) => match members.get("name") {
            Some(name) => text(language, name),
            None => members
                .iter()
                .map(|(name, value)| format!("{}: {}", word_of(language, name), text(language, value)))
                .collect::<Vec<_>>()
                .join("; "),
        },
        other => other.to_string(),
    }
}

/// A word of the contract in the visitor's language; whatever is none stays as it is.
pub(super) fn word_of(language: Language, word: &str) -> String {
    let plain = word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-' || byte == b'_');
    let text = if plain { language.text_if(&format!("notice.word.{word}")) } else { None };
    text.unwrap_or(word).to_owned()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    /// Every kind of notice, as the contract's examples have it, is put into words in both languages.
    #[test]
    fn every_kind_of_notice_has_plain_words_without_gaps() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas/examples/valid");
        let mut seen = std::collections::BTreeSet::new();
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let event: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
            let Some(kind) = event["type"].as_str().and_then(|kind| kind.strip_prefix("notice.")) else { continue };
            let kind = kind.trim_end_matches(".v1");
            let Some(kind) = kind_of(&Value::String(kind.to_owned())) else { continue };
            for language in Language::ALL {
                let words = words(language, kind, &event["data"]);
                let shown = format!("{} {}", words.says, words.todo);
                assert!(!shown.contains("notice.") && !shown.contains('{'), "{kind}: {shown}");
                assert!(!words.says.is_empty() && !words.todo.is_empty(), "{kind}");
            }
            seen.insert(kind);
        }
        let told = NoticeKind::ALL.into_iter().filter(|kind| !kind.is_reply()).count();
        assert!(seen.len() >= told - 1, "only {seen:?}");
    }

    #[test]
    fn a_list_shows_the_surname_alone() {
        let data = serde_json::json!({"person": {"name": "陈某某"}});
        assert_eq!(masked_name(&data), "陈＊＊");
        assert_eq!(masked_name(&Value::Null), "—");
    }
}
