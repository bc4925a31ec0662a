//! What both stores do alike, so that they cannot differ: telling duplicates from conflicts, collapsing the sources of
//! a fact, naming the fields of a notice, writing enums as words.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, FixedOffset};
use liangdi_domain::case::StatementReply;
use liangdi_domain::evidence::{Fact, MessageKey, Reply};
use liangdi_domain::ids::{FactId, ProfileId, Token};
use liangdi_domain::person::{EndingRecord, FactRecord, FactSource};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use uuid::Uuid;

use crate::port::{Inbound, Recorded};

/// What the inbox holds under a message's key.
pub(crate) enum Found {
    /// It was written just now.
    New {
        /// Its number.
        no: i64,
        /// A withdrawal names it.
        withdrawn: bool,
    },
    /// It was there, with this content.
    Before(Token),
}

/// The first message of every key in a call.
pub(crate) fn first_of_each(messages: &[Inbound]) -> Vec<&Inbound> {
    let mut seen = std::collections::HashSet::with_capacity(messages.len());
    messages.iter().filter(|message| seen.insert(&message.key)).collect()
}

/// What became of each message of a call, in its order.
pub(crate) fn verdicts(messages: &[Inbound], found: &HashMap<MessageKey, Found>) -> Vec<Recorded> {
    let mut first: HashMap<&MessageKey, Token> = HashMap::new();
    let mut recorded = Vec::with_capacity(messages.len());
    for Inbound { key, content, .. } in messages {
        let held = match found[key] {
            Found::Before(held) => held,
            Found::New { no, withdrawn } => match first.get(key) {
                Some(held) => *held,
                None => {
                    first.insert(key, *content);
                    recorded.push(Recorded::New { no, withdrawn });
                    continue;
                }
            },
        };
        recorded.push(if held == *content { Recorded::Duplicate } else { Recorded::Conflict });
    }
    recorded
}

/// A message that stands and says a fact.
pub(crate) struct Said {
    /// The office.
    pub(crate) source: String,
    /// When the office recorded it.
    pub(crate) time: DateTime<FixedOffset>,
    /// Stock of day one.
    pub(crate) baseline: bool,
}

/// A fact with one source per office; none where nobody says it any more.
pub(crate) fn fact_record(
    (id, profile): (FactId, ProfileId),
    fact: Fact,
    key: Option<Token>,
    said: impl IntoIterator<Item = Said>,
) -> Option<FactRecord> {
    let mut offices: BTreeMap<String, (DateTime<FixedOffset>, DateTime<FixedOffset>)> = BTreeMap::new();
    let mut baseline = true;
    for Said { source, time, baseline: stock } in said {
        baseline &= stock;
        let (first, last) = offices.entry(source).or_insert((time, time));
        *first = std::cmp::min_by_key(*first, time, time_order);
        *last = std::cmp::max_by_key(*last, time, time_order);
    }
    let sources: Vec<FactSource> =
        offices.into_iter().map(|(source, (first, last))| FactSource { source, first, last }).collect();
    (!sources.is_empty()).then_some(FactRecord { id, profile, fact, key, sources, baseline })
}

/// Orders times so that the order of arrival never shows: equal instants are told apart by their offset.
fn time_order(time: &DateTime<FixedOffset>) -> (i64, i32) {
    (time.timestamp_micros(), time.offset().local_minus_utc())
}

/// Endings in one order, each once.
pub(crate) fn sort_endings(endings: &mut Vec<EndingRecord>) {
    endings.sort_unstable_by_key(|ending| (ending.key, ending.on, ending.reason, ending.number));
    endings.dedup();
}

/// The paths of a notice's fields (`person.name`, `ended_on`): what the ledger says in the clear.
pub(crate) fn field_paths(data: &Value) -> Vec<String> {
    let mut paths = BTreeSet::new();
    collect_paths(data, "", &mut paths);
    paths.into_iter().collect()
}

fn collect_paths(value: &Value, path: &str, paths: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                collect_paths(member, &path, paths);
            }
        }
        Value::Array(items) if items.iter().any(Value::is_object) => {
            items.iter().for_each(|item| collect_paths(item, path, paths));
        }
        _ if path.is_empty() => {}
        _ => {
            paths.insert(path.to_owned());
        }
    }
}

/// A reply as cases know it: of what differs only which fields, and no value.
pub(crate) fn reply_to(statement: Uuid, reply: &Reply, time: DateTime<FixedOffset>) -> StatementReply {
    let mut differs: Vec<String> = reply.discrepancies.iter().map(|field| field.field.clone()).collect();
    differs.sort();
    differs.dedup();
    StatementReply {
        statement,
        notice: reply.notice,
        outcome: reply.outcome,
        division: reply.division,
        differs,
        facts: reply.facts.clone(),
        time,
    }
}

/// A closed enum's value as its word.
pub(crate) fn word<T: Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(Value::String(word)) => word,
        _ => unreachable!("the enums of the store are written as one word"),
    }
}

/// The value of a closed enum from its word; none for a word it does not have.
pub(crate) fn from_word<T: DeserializeOwned>(word: String) -> Option<T> {
    serde_json::from_value(Value::String(word)).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_fields_of_a_notice_are_named_without_their_values() {
        let data = json!({
            "person": {"name": "fictional", "id_number": "x"},
            "changed": ["residence", "since"],
            "list": [{"a": 1}, {"b": 2}],
        });
        assert_eq!(field_paths(&data), ["changed", "list.a", "list.b", "person.id_number", "person.name"]);
    }

    #[test]
    fn the_sources_of_a_fact_are_the_same_in_any_order() {
        let said = |source: &str, time: &str, baseline| Said {
            source: source.to_owned(),
            time: time.parse().unwrap(),
            baseline,
        };
        let all = || {
            vec![
                said("b", "2026-03-01T00:00:00+08:00", true),
                said("a", "2026-02-01T00:00:00+08:00", true),
                said("a", "2026-01-31T16:00:00Z", true),
                said("a", "2026-01-01T00:00:00+08:00", false),
            ]
        };
        let id = (FactId(uuid::Uuid::nil()), ProfileId(uuid::Uuid::nil()));
        let fact = Fact::IdentityChanged { on: "2026-01-01".parse().unwrap(), change: 21 };
        let forth = fact_record(id, fact.clone(), None, all()).unwrap();
        let back = fact_record(id, fact.clone(), None, all().into_iter().rev()).unwrap();
        assert_eq!(forth, back);
        assert_eq!(forth.sources.len(), 2);
        assert_eq!(forth.sources[0].last.to_rfc3339(), back.sources[0].last.to_rfc3339());
        assert!(!forth.baseline);
        assert!(fact_record(id, fact, None, []).is_none());
    }
}
