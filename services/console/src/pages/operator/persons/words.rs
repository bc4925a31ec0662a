//! Places, offices, facts and fields in words.

use chrono::{DateTime, FixedOffset};
use liangdi_domain::calendar::shanghai_date;
use liangdi_domain::division::{Code, Divisions};
use liangdi_domain::person::FactRecord;
use liangdi_store::report::Sent;
use serde_json::{Value, json};

use crate::page::Page;

/// Name and code.
pub(in crate::pages::operator) fn place(divisions: &Divisions, code: Code) -> String {
    format!("{} {code}", divisions.full_name(code)).trim_start().to_owned()
}

/// A division's full name where everything is of one province: without it.
pub(in crate::pages::operator) fn short(divisions: &Divisions, code: Code) -> String {
    let home = divisions.name(divisions.home()).unwrap_or_default();
    let name = divisions.full_name(code);
    name.strip_prefix(home).filter(|rest| !rest.is_empty()).map_or_else(|| name.clone(), str::to_owned)
}

/// A receiver, or whatever else may be a code.
pub(in crate::pages) fn place_if(divisions: &Divisions, text: &str) -> String {
    text.parse().map_or_else(|_| text.to_owned(), |code| place(divisions, code))
}

/// The day of a message or notice.
pub(super) fn day(time: DateTime<FixedOffset>) -> String {
    shanghai_date(time).to_string()
}

/// `urn:liangdi:<feed>:<division>`
pub(in crate::pages::operator) fn office(page: &Page, divisions: &Divisions, source: &str) -> String {
    match source.rsplitn(3, ':').collect::<Vec<_>>()[..] {
        [division, feed, _] => format!("{} {}", page.feed(feed), place_if(divisions, division)),
        _ => source.to_owned(),
    }
}

/// A fact in words.
pub(super) struct FactWords {
    pub(super) what: String,
    pub(super) particulars: String,
    /// Who stated it, and when first.
    pub(super) offices: Vec<(String, String)>,
}

pub(super) fn fact(page: &Page, divisions: &Divisions, record: &FactRecord) -> FactWords {
    let fact = json!(record.fact);
    let said = |(name, value): (&String, &Value)| {
        let value = value_words(page, divisions, value)?;
        (name != "fact").then(|| format!("{}: {value}", page.person_text("member", name)))
    };
    let particulars: Vec<String> = fact.as_object().into_iter().flatten().filter_map(said).collect();
    let offices = record.sources.iter();
    FactWords {
        what: page.person_text("fact", fact["fact"].as_str().unwrap_or_default()).to_owned(),
        particulars: particulars.join(page.t("subject.list.then")),
        offices: offices.map(|office_of| (office(page, divisions, &office_of.source), day(office_of.first))).collect(),
    }
}

/// What is not there, and what is not so, needs no words.
fn value_words(page: &Page, divisions: &Divisions, value: &Value) -> Option<String> {
    match value {
        Value::Null | Value::Bool(false) => None,
        Value::Bool(true) => Some(page.t("subject.word.yes").to_owned()),
        Value::String(text) => Some(match text.parse() {
            Ok(code) => place(divisions, code),
            Err(_) => page.person_text("word", text).to_owned(),
        }),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().filter_map(|item| value_words(page, divisions, item)).collect();
            Some(items.join(page.t("subject.list.and")))
        }
        other => Some(other.to_string()),
    }
}

/// A notice that was sent, in words.
pub(super) struct SentWords {
    pub(super) day: String,
    pub(super) kind: String,
    pub(super) receiver: String,
    pub(super) fields: String,
    pub(super) basis: String,
    /// Its number, once it has one.
    pub(super) seqno: String,
    pub(super) is_confirmed: bool,
    pub(super) answers: String,
}

pub(super) fn sent(page: &Page, divisions: &Divisions, sent: &Sent) -> SentWords {
    let joined = |words: Vec<&str>| words.join(page.t("subject.list.and"));
    let mut fields: Vec<&str> = sent.fields.iter().map(|path| field(page, path)).collect();
    // Name and code of a place are one value.
    fields.dedup();
    SentWords {
        day: day(sent.time),
        kind: page.word(&sent.kind).to_owned(),
        receiver: place_if(divisions, &sent.receiver),
        fields: joined(fields),
        basis: sent.basis.clone(),
        seqno: sent.seqno.map(|seqno| seqno.to_string()).unwrap_or_default(),
        is_confirmed: sent.published.is_some(),
        answers: joined(sent.answers.iter().map(|answer| page.word(answer)).collect()),
    }
}

/// Which member of a notice's data a path leads to: of a person each value, of a place the place.
fn field<'a>(page: &Page, path: &'a str) -> &'a str {
    let name = match path.split_once('.') {
        Some(("person", value)) => value,
        Some((place, _)) => place,
        None => path,
    };
    page.language.text_if(&format!("notice.field.{name}")).unwrap_or_else(|| page.identity(name))
}

impl Page {
    /// A text of `subject.<section>`; else a word of the contract; else the word itself.
    pub(in crate::pages::operator) fn person_text<'a>(&self, section: &str, word: &'a str) -> &'a str {
        self.language.text_if(&format!("subject.{section}.{word}")).unwrap_or_else(|| self.word(word))
    }

    /// The type of a message: `police.residence-registered.v1`. Its feed is said with the office.
    pub(in crate::pages::operator) fn message_kind<'a>(&self, kind: &'a str) -> &'a str {
        let name = kind.split('.').nth(1).unwrap_or(kind);
        self.language.text_if(&format!("subject.message.{name}")).unwrap_or(kind)
    }
}
