//! The doctor: finds nothing wrong where nothing is, names each thing that is wrong with what to do, and tells no
//! secret.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::Value;

use crate::support::binary::{self, Ran};
use crate::support::ground::{Ground, on_bare_ground, on_own_ground};
use crate::support::hub::Hub;
use crate::support::places::setup;

const POLICE: &str = "police.320500";

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_that_is_well_is_found_well() {
    on_own_ground("well", setup(&[POLICE], ""), async |ground| {
        // The hub's start writes down which weights decide.
        let mut hub = Hub::start(&ground);
        hub.until_ready().await;
        hub.stop().await;
        let ran = ground.liangdi(&["doctor", "--json"]).await.exits(0);
        tells_no_secret(&ground, &ran);
        let checks = checks(&ran);
        let not_ok: Vec<_> = checks.iter().filter(|check| check["state"] != "ok").collect();
        assert!(not_ok.is_empty(), "{not_ok:?}");
        let named: Vec<&str> = checks.iter().map(|check| check["check"].as_str().unwrap()).collect();
        let wanted = [
            "configuration",
            "master key",
            "users file",
            "weights",
            "procedures",
            "calendar",
            "broker login",
            "broker version",
            "broker clock",
            "broker node",
            "topology",
            "database",
            "database clock",
            "durability",
            "connections",
            "vacuum",
            "migrations",
            "sealed values",
            "weights in use",
        ];
        assert_eq!(named, wanted);
        ground.liangdi(&["doctor"]).await.exits(0).says(&["ok       master key", "nothing to do"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_thing_that_is_wrong_is_named_with_what_to_do() {
    on_own_ground("unwell", setup(&[POLICE], ""), async |ground| {
        let [key, users, config] = ["liangdi.key", "users.json", "liangdi.toml"].map(|name| ground.dir.join(name));
        let mode = |path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        mode(&key, 0o640);
        mode(&config, 0o644);
        let ran = ground.liangdi(&["doctor", "--json"]).await.exits(1);
        found(&ran, "master key", "wrong", "chmod 600");
        found(&ran, "configuration", "warning", "0644");
        mode(&key, 0o600);
        mode(&config, 0o600);

        // Another key than the database's.
        fs::rename(&key, ground.dir.join("right.key")).unwrap();
        binary::liangdi(&["keygen", key.to_str().unwrap()]).await.exits(0);
        let ran = ground.liangdi(&["doctor", "--json"]).await.exits(1);
        found(&ran, "sealed values", "wrong", "not the one this database was made with");
        fs::rename(ground.dir.join("right.key"), &key).unwrap();

        // A user more in the file than on the broker; then nothing that can be read.
        fs::write(&users, r#"{"police.320500": "another fictional password", "hr.320500": "and one more"}"#).unwrap();
        let ran = ground.liangdi(&["doctor", "--json"]).await.exits(1);
        found(&ran, "topology", "wrong", "liangdi topology apply");
        assert!(!ran.out.contains("another fictional password"));
        fs::write(&users, r#"{"police": "another fictional password"}"#).unwrap();
        let ran = ground.liangdi(&["doctor", "--json"]).await.exits(1);
        found(&ran, "users file", "wrong", "no <feed>.<division>");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_that_lack_everything_or_are_away_are_findings_and_no_failure() {
    on_bare_ground("bare", setup(&[POLICE], ""), async |ground| {
        // Neither virtual host nor database.
        let ran = ground.liangdi(&["doctor", "--json"]).await.exits(1);
        found(&ran, "broker login", "wrong", "liangdi topology apply");
        found(&ran, "topology", "wrong", "create");
        found(&ran, "database", "wrong", "database.url");

        ground.create_database(&ground.database).await;
        let ran = ground.liangdi(&["doctor", "--json"]).await.exits(1);
        found(&ran, "migrations", "wrong", "liangdi migrate");

        // Nobody listens on port 1.
        let away = "amqp.url = \"amqp://hub:fictional-secret@127.0.0.1:1\"\namqp.management_url = \"http://127.0.0.1:1\"\n\
                    database.url = \"postgres://hub:fictional-secret@127.0.0.1:1/liangdi\"";
        ground.write_config("liangdi.toml", &toml::from_str(away).unwrap());
        let ran = ground.liangdi(&["doctor", "--json"]).await.exits(1);
        found(&ran, "broker login", "wrong", "start the broker");
        found(&ran, "management", "wrong", "rabbitmq_management");
        found(&ran, "database", "wrong", "start the database");
        assert!(!ran.out.contains("fictional-secret") && !ran.err.contains("fictional-secret"));

        ground.write_config("liangdi.toml", &toml::from_str("[ingest]\nbatch_wait = 5").unwrap());
        let ran = ground.liangdi(&["doctor"]).await.exits(1);
        ran.says(&["WRONG", "configuration", "batch_wait"]);
    })
    .await;
}

/// Asserts that a check came to a state, and that it says these words somewhere.
#[track_caller]
fn found(ran: &Ran, check: &str, state: &str, words: &str) {
    let checks = checks(ran);
    let finding = checks.iter().find(|finding| finding["check"] == *check);
    let finding = finding.unwrap_or_else(|| panic!("no finding of {check}: {checks:?}"));
    assert_eq!(finding["state"], *state, "{finding}");
    assert!(finding.to_string().contains(words), "{finding}");
    assert!(finding["to_do"].is_string(), "{finding}");
}

fn checks(ran: &Ran) -> Vec<Value> {
    ran.json()["checks"].as_array().unwrap().clone()
}

fn tells_no_secret(ground: &Ground, ran: &Ran) {
    let key = fs::read_to_string(ground.dir.join("liangdi.key")).unwrap();
    for secret in [key.lines().last().unwrap(), "a fictional password for tests"] {
        assert!(!ran.out.contains(secret) && !ran.err.contains(secret), "the doctor tells a secret");
    }
}
