//! What has to be in step across the crates: the closed lists in the domain, the files in `schemas/`, and what the
//! binary says of the examples.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use liangdi_adapters::contract::Catalogue;
use liangdi_domain::feed::{Feed, MessageType};
use liangdi_domain::notice::NoticeKind;
use liangdi_domain::statement::Topic;
use serde_json::Value;

use crate::support::binary::{command, run};

fn schemas() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../schemas")
}

#[test]
fn asyncapi_names_every_message_every_notice_and_only_files_that_exist() {
    let text = fs::read_to_string(schemas().join("asyncapi.yaml")).unwrap();
    for kind in MessageType::ALL {
        assert!(text.contains(&format!("feeds/{kind}.schema.json")), "asyncapi.yaml lacks {kind}");
    }
    for kind in NoticeKind::ALL.into_iter().filter(|kind| !kind.is_reply()) {
        assert!(text.contains(&format!("notices/{kind}.schema.json")), "asyncapi.yaml lacks notice {kind}");
    }
    for feed in Feed::ALL {
        assert!(text.contains(&format!("address: feed.{feed}\n")), "asyncapi.yaml lacks the channel of {feed}");
    }
    let mut named = BTreeSet::new();
    for word in text.split(|c: char| c.is_whitespace() || "'\"{},()".contains(c)) {
        if let Some(file) = word.split('#').next().filter(|file| file.ends_with(".schema.json")) {
            assert!(schemas().join(file).exists(), "asyncapi.yaml refers to {file}, which is missing");
            named.insert(file.trim_start_matches("./").to_owned());
        }
    }
    for folder in ["feeds", "notices"] {
        for entry in fs::read_dir(schemas().join(folder)).unwrap() {
            let file = format!("{folder}/{}", entry.unwrap().file_name().into_string().unwrap());
            assert!(named.contains(&file), "asyncapi.yaml does not refer to {file}");
        }
    }
}

#[test]
fn asyncapi_is_valid_by_the_standards_own_schema() {
    let standard = Path::new(env!("CARGO_MANIFEST_DIR")).join("asyncapi/3.0.0.json");
    let standard: Value = serde_json::from_slice(&fs::read(standard).unwrap()).unwrap();
    let validator = jsonschema::validator_for(&standard).unwrap();
    let text = fs::read_to_string(schemas().join("asyncapi.yaml")).unwrap();
    let document: Value = yaml_serde::from_str(&text).unwrap();
    let faults = |document: &Value| -> Vec<String> {
        validator.iter_errors(document).map(|fault| format!("{}: {fault}", fault.instance_path())).collect()
    };
    assert_eq!(faults(&document), Vec::<String>::new());
    let mut broken = document;
    broken["channels"]["feedPolice"]["adress"] = "feed.police".into();
    assert!(!faults(&broken).is_empty(), "a misspelt member passes: nothing is checked");
}

#[test]
fn whatever_is_told_can_be_taken_back() {
    let text = fs::read_to_string(schemas().join("examples/valid/notice.retract.v1.json")).unwrap();
    let example: Value = serde_json::from_str(&text).unwrap();
    // A reminder of a duty says nothing of anybody, and an answer to another hub is taken back as one.
    let told = Topic::ALL.into_iter().filter(|topic| !matches!(topic, Topic::Duty | Topic::CaseReply));
    for topic in told {
        let mut notice = example.clone();
        notice["data"]["kind"] = topic.opens_with().name().into();
        Catalogue::shipped().check_notice(&notice).unwrap_or_else(|refusal| panic!("{}: {refusal}", topic.name()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn check_takes_every_valid_example_and_names_the_fault_of_every_invalid_one() {
    for (name, message) in examples("valid") {
        if !name.starts_with("notice.") {
            checked(&message).await.exits(0).says(&["1 messages: 1 would be taken, 0 refused"]);
        }
    }
    let index: Value =
        serde_json::from_slice(&fs::read(schemas().join("examples/invalid/index.json")).unwrap()).unwrap();
    for (name, message) in examples("invalid") {
        let Some(reason) = index[&name].as_str() else { continue };
        checked(&message).await.exits(1).says(&[&format!("refused ({reason})"), "0 would be taken, 1 refused"]);
    }
}

/// Examples as lines: a JSON text means the same without its line breaks.
fn examples(folder: &str) -> Vec<(String, Vec<u8>)> {
    let entries = fs::read_dir(schemas().join("examples").join(folder)).unwrap().map(Result::unwrap);
    let line = |path: &Path| fs::read(path).unwrap().into_iter().filter(|byte| *byte != b'\n').collect();
    entries.map(|entry| (entry.file_name().into_string().unwrap(), line(&entry.path()))).collect()
}

async fn checked(message: &[u8]) -> crate::support::binary::Ran {
    let mut check = command();
    check.args(["check", "-"]);
    run(check, message).await
}
