//! The contract's examples, good and bad, and what holds for every schema.

#![allow(clippy::unwrap_used, reason = "a test that fails says where")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use liangdi_adapters::contract::{Catalogue, Properties, Reason, Refusal, read, read_unattended};
use liangdi_adapters::normalise::normalise;
use liangdi_domain::division::Divisions;
use liangdi_domain::feed::{Feed, MessageType};
use liangdi_domain::notice::NoticeKind;
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Value, json};

fn schemas() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas")
}

fn files(folder: &str) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(schemas().join(folder)).unwrap().map(Result::unwrap);
    entries.map(|entry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap())).collect()
}

fn parsed(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap()
}

/// The whole way of a file: door and adapter.
fn take(body: &[u8]) -> Result<(), Refusal> {
    let accepted = read_unattended(body)?;
    normalise(accepted.kind, accepted.office, accepted.time, &accepted.data, Divisions::shipped()).map(drop)
}

fn feed_messages() -> Vec<Vec<u8>> {
    files("examples/valid").into_iter().filter(|(name, _)| !name.starts_with("notice.")).map(|(_, body)| body).collect()
}

#[test]
fn every_valid_example_passes_and_every_type_and_kind_has_one() {
    let mut titles = BTreeSet::new();
    for (name, body) in files("examples/valid") {
        let value = parsed(&body);
        titles.insert(value["type"].as_str().unwrap().to_owned());
        let refused = if name.starts_with("notice.") {
            Catalogue::shipped().check_notice(&value).err()
        } else {
            take(&body).err()
        };
        assert_eq!(refused, None, "{name}");
    }
    for kind in MessageType::ALL {
        assert!(titles.contains(kind.name()), "{kind} has no example");
    }
    for kind in NoticeKind::ALL {
        assert!(titles.contains(kind.event_type()), "{kind} has no example");
    }
}

#[test]
fn every_invalid_example_is_refused_for_its_reason() {
    let examples = files("examples/invalid");
    let index: BTreeMap<String, String> = serde_json::from_slice(&examples["index.json"]).unwrap();
    assert_eq!(index.len() + 1, examples.len(), "every file is in the index");
    for (name, reason) in index {
        let refused = take(&examples[&name]).expect_err(&name);
        assert_eq!(refused.reason.code(), reason, "{name}: {refused}");
    }
}

#[test]
fn asyncapi_names_every_schema_once() {
    let document = fs::read_to_string(schemas().join("asyncapi.yaml")).unwrap();
    for folder in ["feeds", "notices"] {
        for name in files(folder).into_keys() {
            assert_eq!(document.matches(&format!("{{$ref: ./{folder}/{name}}}")).count(), 1, "{folder}/{name}");
        }
    }
}

#[test]
fn every_schema_is_closed_described_and_bounded() {
    fn walk(name: &str, schema: &Value) {
        match schema {
            Value::Object(members) => {
                if members.get("type") == Some(&json!("object")) {
                    let closed = members.get("additionalProperties") == Some(&json!(false));
                    let keyed = members.contains_key("propertyNames") && members.contains_key("maxProperties");
                    assert!(closed || keyed, "{name}: an open object");
                }
                if members.get("type") == Some(&json!("string")) {
                    let bounds = ["maxLength", "pattern", "format"];
                    assert!(bounds.iter().any(|bound| members.contains_key(*bound)), "{name}: unbounded text");
                }
                if members.get("type") == Some(&json!("array")) {
                    assert!(members.contains_key("maxItems"), "{name}: an unbounded array");
                }
                members.values().for_each(|member| walk(name, member));
            }
            Value::Array(items) => items.iter().for_each(|item| walk(name, item)),
            _ => {}
        }
    }
    assert_eq!(files("feeds").len(), MessageType::ALL.len());
    for (folder, title) in [("feeds", ""), ("notices", "notice.")] {
        for (name, text) in files(folder) {
            let schema = parsed(&text);
            let stem = name.trim_end_matches(".schema.json");
            let wanted = if title.is_empty() { stem.to_owned() } else { format!("{title}{stem}.v1") };
            assert_eq!(schema["title"], json!(wanted));
            assert!(schema["description"].as_str().is_some_and(|text| text.len() > 10), "{name}");
            walk(&name, &schema);
        }
    }
    walk("common", &parsed(&fs::read(schemas().join("common.schema.json")).unwrap()));
}

#[test]
fn the_broker_vouches_for_the_publisher_or_the_message_is_refused() {
    let body = fs::read(schemas().join("examples/valid/hr.employment-started.v1.json")).unwrap();
    let good = Properties {
        content_type: Some("application/cloudevents+json"),
        user_id: Some("hr.320500"),
        baseline: false,
        baseline_authorised: false,
    };
    let reason = |feed, properties: &Properties| read(feed, properties, &body).err().map(|refusal| refusal.reason);
    assert_eq!(reason(Feed::Hr, &good), None);
    assert_eq!(reason(Feed::Police, &good), Some(Reason::WrongFeed));
    assert_eq!(reason(Feed::Hr, &Properties { user_id: None, ..good }), Some(Reason::MissingUserId));
    assert_eq!(reason(Feed::Hr, &Properties { user_id: Some("hr.320600"), ..good }), Some(Reason::ForeignSource));
    assert_eq!(reason(Feed::Hr, &Properties { user_id: Some("police.320500"), ..good }), Some(Reason::ForeignSource));
    assert_eq!(reason(Feed::Hr, &Properties { content_type: Some("text/plain"), ..good }), Some(Reason::ContentType));
    assert_eq!(reason(Feed::Hr, &Properties { baseline: true, ..good }), Some(Reason::BaselineNotAuthorised));
    assert_eq!(reason(Feed::Hr, &Properties { baseline: true, baseline_authorised: true, ..good }), None);
}

#[test]
fn every_reason_has_a_code_of_its_own() {
    let codes: BTreeSet<&str> = Reason::ALL.iter().map(|reason| reason.code()).collect();
    assert_eq!(codes.len(), Reason::ALL.len());
}

/// Every object of a message, by JSON pointer.
fn objects(value: &Value, path: String, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            found.push(path.clone());
            members.iter().for_each(|(name, member)| objects(member, format!("{path}/{name}"), found));
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(index, item)| objects(item, format!("{path}/{index}"), found));
        }
        _ => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_unknown_property_anywhere_has_the_message_refused_and_nothing_of_it_kept(
        which in any::<Index>(), place in any::<Index>(), spoil in any::<bool>(),
    ) {
        let messages = feed_messages();
        let chosen: &Vec<u8> = which.get(&messages);
        let mut message = parsed(chosen);
        let mut places = Vec::new();
        objects(&message, String::new(), &mut places);
        let place = place.get(&places).clone();
        if spoil && message["data"]["xm"].is_string() {
            message["data"]["xm"] = json!(7);
        }
        let members = message.pointer_mut(&place).unwrap().as_object_mut().unwrap();
        members.insert("zzsecretzz".to_owned(), json!("zzhiddenzz"));
        let refused = take(message.to_string().as_bytes()).unwrap_err();
        prop_assert_eq!(refused.reason, Reason::UnknownField);
        prop_assert!(!refused.reason.keeps_content());
        let said = format!("{refused} {refused:?}");
        prop_assert!(!said.contains("zzsecretzz") && !said.contains("zzhiddenzz"), "{}", said);
    }

    #[test]
    fn any_bytes_are_refused_without_panic(body in any::<Vec<u8>>()) {
        prop_assert!(take(&body).is_err());
    }
}
