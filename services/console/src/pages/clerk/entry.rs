//! What a clerk can register, field by field: one list for the form, for a spreadsheet's columns and for the message that
//! is made of them.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::problem::Fault;

/// Something to register.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Entry {
    /// Somebody lives here.
    Inflow,
    /// Somebody left.
    Outflow,
    /// Somebody is back for good.
    Return,
    /// A service was offered, declined, requested or decided.
    Service,
}

/// How a field is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Input {
    Text,
    Date,
    /// A division code.
    Code,
    /// One of the contract's words.
    Choice(&'static [&'static str]),
    /// Yes, or nothing.
    Flag,
}

/// A field: its path in `data`, its input, whether it has to be filled in.
#[derive(Debug, Clone, Copy)]
pub(super) struct Field {
    pub(super) path: &'static str,
    pub(super) input: Input,
    pub(super) required: bool,
}

const fn field(path: &'static str, input: Input, required: bool) -> Field {
    Field { path, input, required }
}

const SEXES: Input = Input::Choice(&["1", "2", "0"]);
const REASONS: Input =
    Input::Choice(&["work", "business", "family", "study", "training", "medical", "visit", "tourism", "trip", "other"]);
const SERVICES: Input = Input::Choice(&[
    "information",
    "permit",
    "school",
    "employment",
    "housing",
    "assistance",
    "health-card",
    "legal-aid",
]);
const OUTCOMES: Input = Input::Choice(&["offered", "declined", "requested", "decided"]);

/// The person of every entry. Without a number the birth date counts all the more.
const PERSON: [Field; 7] = [
    field("person.name", Input::Text, true),
    field("person.id_number", Input::Text, false),
    field("person.id_type", Input::Choice(&["111", "113", "414", "511", "553", "990"]), true),
    field("person.sex", SEXES, true),
    field("person.birth_date", Input::Date, true),
    field("person.phone", Input::Text, false),
    field("person.guardian.name", Input::Text, false),
];
const INFLOW: [Field; 6] = [
    field("residence.division", Input::Code, true),
    field("residence.address", Input::Text, true),
    field("since", Input::Date, true),
    field("reason", REASONS, true),
    field("household.division", Input::Code, false),
    field("protected", Input::Flag, false),
];
const OUTFLOW: [Field; 4] = [
    field("household.division", Input::Code, true),
    field("destination.division", Input::Code, false),
    field("left_on", Input::Date, true),
    field("reason", REASONS, true),
];
const RETURN: [Field; 2] = [field("household.division", Input::Code, true), field("returned_on", Input::Date, true)];
const SERVICE: [Field; 4] = [
    field("division", Input::Code, true),
    field("kind", SERVICES, true),
    field("outcome", OUTCOMES, true),
    field("on", Input::Date, true),
];

impl Entry {
    /// Every entry.
    pub(super) const ALL: [Entry; 4] = [Entry::Inflow, Entry::Outflow, Entry::Return, Entry::Service];

    /// Its name in addresses and texts.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Entry::Inflow => "inflow",
            Entry::Outflow => "outflow",
            Entry::Return => "return",
            Entry::Service => "service",
        }
    }

    /// The entry of a name.
    pub(super) fn of(name: &str) -> Option<Self> {
        Entry::ALL.into_iter().find(|entry| entry.name() == name)
    }

    /// The type of its message.
    pub(super) const fn message(self) -> &'static str {
        match self {
            Entry::Inflow => "township.inflow-registered.v1",
            Entry::Outflow => "township.outflow-registered.v1",
            Entry::Return => "township.return-registered.v1",
            Entry::Service => "township.service-recorded.v1",
        }
    }

    /// Its fields, in the order of the form.
    pub(super) fn fields(self) -> impl Iterator<Item = &'static Field> {
        let own: &'static [Field] = match self {
            Entry::Inflow => &INFLOW,
            Entry::Outflow => &OUTFLOW,
            Entry::Return => &RETURN,
            Entry::Service => &SERVICE,
        };
        PERSON.iter().chain(own)
    }

    /// The field that says where it happened: a clerk's own place, unless they say otherwise.
    pub(super) const fn place(self) -> &'static str {
        match self {
            Entry::Inflow => "residence.division",
            Entry::Outflow | Entry::Return => "household.division",
            Entry::Service => "division",
        }
    }

    /// What is missing.
    pub(super) fn missing(self, values: &BTreeMap<String, String>) -> Vec<Fault> {
        let blank = |path: &str| values.get(path).is_none_or(|value| value.trim().is_empty());
        self.fields()
            .filter(|field| field.required && blank(field.path))
            .map(|field| Fault {
                reason: "missing-field".to_owned(),
                pointer: pointer(field.path),
                detail: "a required property is missing".to_owned(),
            })
            .collect()
    }

    /// The message's `data`: what was filled in, and nothing that was not.
    pub(super) fn data(self, values: &BTreeMap<String, String>) -> Value {
        let mut data = json!({});
        if self == Entry::Outflow {
            data["destination"] = json!({});
        }
        for field in self.fields() {
            let value = values.get(field.path).map(|value| value.trim()).filter(|value| !value.is_empty());
            let Some(value) = value else { continue };
            let value = if field.input == Input::Flag { json!(true) } else { json!(value) };
            put(&mut data, field.path, value);
        }
        data
    }
}

/// The JSON pointer of a field, as a refusal names it.
pub(super) fn pointer(path: &str) -> String {
    format!("/data/{}", path.replace('.', "/"))
}

fn put(data: &mut Value, path: &str, value: Value) {
    let mut at = data;
    let mut names = path.split('.').peekable();
    while let Some(name) = names.next() {
        if names.peek().is_none() {
            at[name] = value;
            return;
        }
        if !at[name].is_object() {
            at[name] = Value::Object(Map::new());
        }
        at = &mut at[name];
    }
}

#[cfg(test)]
mod tests {
    use liangdi_adapters::contract::read_unattended;

    use super::*;

    /// Somebody fictional, everything filled in.
    fn values(entry: Entry) -> BTreeMap<String, String> {
        let value = |field: &Field| match field.input {
            Input::Choice(words) => words[0].to_owned(),
            Input::Code => "320583100".to_owned(),
            Input::Date => "2026-03-01".to_owned(),
            Input::Flag => "yes".to_owned(),
            Input::Text => "虚构".to_owned(),
        };
        entry.fields().map(|field| (field.path.to_owned(), value(field))).collect()
    }

    fn is_taken(entry: Entry, values: &BTreeMap<String, String>) -> Result<(), String> {
        let event = json!({
            "specversion": "1.0", "id": "test-1", "source": "urn:liangdi:township:320583100", "type": entry.message(),
            "time": "2026-03-09T09:00:00+08:00", "datacontenttype": "application/json", "data": entry.data(values),
        });
        read_unattended(event.to_string().as_bytes()).map(drop).map_err(|refusal| refusal.to_string())
    }

    #[test]
    fn every_entry_obeys_its_schema_with_every_word_of_every_list_and_with_the_required_alone() {
        for entry in Entry::ALL {
            let full = values(entry);
            assert_eq!(is_taken(entry, &full), Ok(()), "{entry:?}");
            for field in entry.fields() {
                let Input::Choice(words) = field.input else { continue };
                for word in words {
                    let mut changed = full.clone();
                    changed.insert(field.path.to_owned(), (*word).to_owned());
                    assert_eq!(is_taken(entry, &changed), Ok(()), "{} {word}", field.path);
                }
            }
            let mut least = full.clone();
            least.retain(|path, _| entry.fields().any(|field| field.path == path && field.required));
            assert_eq!(is_taken(entry, &least), Ok(()), "{entry:?}");
            assert!(entry.missing(&least).is_empty());
        }
    }

    #[test]
    fn each_required_field_that_is_blank_is_named() {
        for entry in Entry::ALL {
            for field in entry.fields().filter(|field| field.required) {
                let mut short = values(entry);
                short.insert(field.path.to_owned(), "  ".to_owned());
                let missing = entry.missing(&short);
                assert_eq!(missing.len(), 1, "{}", field.path);
                assert_eq!(missing[0].pointer, pointer(field.path));
                assert!(is_taken(entry, &short).is_err(), "{} is required by the schema too", field.path);
            }
        }
    }
}
