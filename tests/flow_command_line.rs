//! What operators, partners and clerks type, and what they are told.

use std::process::Stdio;

use tokio::io::{AsyncBufReadExt, BufReader};

use crate::support::binary::{self, command, run};
use crate::support::ending::worked_off;
use crate::support::ground::{Ground, on_bare_ground, on_own_ground};
use crate::support::hub::Hub;
use crate::support::in_time;
use crate::support::inboxes::{self, Copies};
use crate::support::message::Message;
use crate::support::places::{HOUSEHOLD, setup};

const POLICE: &str = "police.320500";
const NAME: &str = "张建国";
const NUMBER: &str = "341221199003154017";

fn registered() -> Message {
    Message::example("police.residence-registered.v1").with("/data/hjdz_xzqh", HOUSEHOLD)
}

#[tokio::test(flavor = "multi_thread")]
async fn check_names_line_and_pointer_and_exits_by_what_it_found() {
    on_bare_ground("check", setup(&[], ""), async |ground| {
        let file = ground.dir.join("partner.jsonl");
        let path = file.to_str().unwrap();
        let odd = registered().with("/data/gmsfhm", "341221199003154018");
        std::fs::write(&file, [registered().line(), odd.line()].join(&b'\n')).unwrap();
        let checked = binary::liangdi(&["check", path]).await.exits(0);
        checked.says(&[
            "partner.jsonl:2: warning at /data/gmsfhm",
            "check digit",
            "2 would be taken, 0 refused, 1 warnings",
        ]);

        let bad = registered().with("/data/jzsydm", "zz");
        std::fs::write(&file, [registered().line(), bad.line(), b"{".to_vec()].join(&b'\n')).unwrap();
        let checked = binary::liangdi(&["check", path]).await.exits(1);
        let said = checked.says(&[
            "partner.jsonl:2: refused (wrong-code) at /data/jzsydm",
            "partner.jsonl:3: refused (not-json) at the whole message",
            "3 messages: 1 would be taken, 2 refused",
        ]);
        assert!(!said.out.contains(NAME) && !said.out.contains(NUMBER), "check repeats personal data");
        let lines = binary::liangdi(&["check", "--json", path]).await.exits(1).json_lines();
        assert_eq!(lines[0]["refused"], "wrong-code");
        assert_eq!(lines.last().unwrap()["lines"], 3);

        binary::liangdi(&["check", "/nowhere/at/all.jsonl"]).await.exits(2).says(&["/nowhere/at/all.jsonl"]);
        let mut empty = command();
        empty.args(["check", "-"]);
        run(empty, b"\n\n").await.exits(0).says(&["0 messages"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn watching_shows_notices_as_they_come_and_takes_none_away() {
    on_own_ground("watch", setup(&[POLICE], ""), async |ground| {
        let hub = Hub::start(&ground);
        let mut watching = command();
        watching.arg("--config").arg(ground.config()).args(["watch", HOUSEHOLD, "--limit", "2"]);
        let mut watching = watching.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut said = BufReader::new(watching.stderr.take().unwrap()).lines();
        let first = in_time("it watches", said.next_line()).await.unwrap().unwrap();
        assert!(first.contains(HOUSEHOLD), "{first}");

        let other = registered().with("/data/gmsfhm", "").with("/data/xm", "李小明");
        ground.publish(POLICE, &[registered().line(), other.line()]).await;
        let store = ground.store().await;
        worked_off(&store, 2, 2).await;
        store.close().await;
        let watched = in_time("it has seen two", watching.wait_with_output()).await.unwrap();
        assert!(watched.status.success());
        let lines = String::from_utf8(watched.stdout).unwrap();
        assert_eq!(lines.matches(" inflow ").count(), 2, "{lines}");
        assert!(!lines.contains(NAME) && !lines.contains(NUMBER), "{lines}");
        hub.stop().await;
        let notices = inboxes::empty(&ground, Copies::None).await;
        assert_eq!(notices[HOUSEHOLD].len(), 2);
        ground.liangdi(&["watch", "320583100001"]).await.exits(2).says(&["no exchange"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_quarantine_is_listed_shown_replayed_and_dropped() {
    on_own_ground("quarantine", setup(&[POLICE], ""), async |ground| {
        ground.liangdi(&["quarantine", "list"]).await.exits(0).says(&["nothing is in quarantine"]);
        let hub = Hub::start(&ground);
        ground.publish_stock(POLICE, &[registered().line()], true).await;
        ground.publish(POLICE, &[registered().with("/data/zzsecretzz", "x").line()]).await;
        let store = ground.store().await;
        worked_off(&store, 2, 2).await;
        hub.stop().await;

        ground.liangdi(&["quarantine", "list"]).await.exits(0).says(&[
            "baseline-not-authorised",
            "unknown-field",
            POLICE,
        ]);
        let rows = ground.liangdi(&["quarantine", "list", "--json"]).await.exits(0).json_lines();
        let no = |reason: &str| rows.iter().find(|row| row["reason"] == reason).unwrap()["no"].to_string();
        let (stock, unknown) = (no("baseline-not-authorised"), no("unknown-field"));
        let of = |arguments: &[&str]| {
            ["quarantine"].iter().chain(arguments).map(|text| (*text).to_owned()).collect::<Vec<_>>()
        };
        let run = async |arguments: &[&str]| {
            let arguments = of(arguments);
            ground.liangdi(&arguments.iter().map(String::as_str).collect::<Vec<_>>()).await
        };
        run(&["list", "--json", "--reason", "no-such-reason"]).await.exits(0);
        run(&["show", &stock, "--purpose", "a partner asked"]).await.exits(0).says(&[NAME]);
        run(&["show", &unknown, "--purpose", "a partner asked"])
            .await
            .exits(0)
            .says(&["nothing of its content was kept"]);
        run(&["show", "4711", "--purpose", "x"]).await.exits(2).says(&["no message in quarantine has the number 4711"]);
        run(&["replay", &stock]).await.exits(1).says(&["0 taken, 1 not"]);
        run(&["replay", &unknown]).await.exits(1).says(&["0 taken, 1 not"]);
        authorise(&ground);
        run(&["replay", &stock]).await.exits(0).says(&["1 taken, 0 not"]);
        run(&["replay", &stock]).await.exits(1);
        run(&["drop", &unknown, "--reason", "mended at the source"]).await.exits(0).says(&["1 put away"]);
        run(&["drop", &unknown, "--reason", "again"]).await.exits(1);
        run(&["list"]).await.exits(0).says(&["nothing is in quarantine"]);

        worked_off(&store, 2, 2).await;
        let status = ground.liangdi(&["status", "--json"]).await.exits(0).json();
        let police = &status["hub"]["feeds"][0];
        assert_eq!((police["recorded"].as_i64(), police["quarantined"].as_i64()), (Some(1), Some(1)));
        let looks = audited(&ground, "a partner asked").await;
        assert_eq!(looks.len(), 2, "{looks:?}");
        store.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_is_shown_masked_or_for_a_purpose_and_every_look_is_noted() {
    on_own_ground("person", setup(&[POLICE], ""), async |ground| {
        let hub = Hub::start(&ground);
        ground.publish(POLICE, &[registered().line()]).await;
        let store = ground.store().await;
        worked_off(&store, 1, 1).await;
        store.close().await;
        hub.stop().await;
        ground.liangdi(&["person", "find", "--id-number", "320583196601019015"]).await.exits(0).says(&["nobody"]);
        let found = ground.liangdi(&["person", "find", "--id-number", NUMBER]).await.exits(0);
        let id = found.out.trim().to_owned();
        let by_name = ["person", "find", "--name", NAME, "--birth-date", "1990-03-15", "--household", "321322"];
        assert_eq!(ground.liangdi(&by_name).await.exits(0).out.trim(), id);
        ground.liangdi(&["person", "find", "--name", NAME, "--birth-date", "1990-03-15"]).await.exits(2);

        let masked = ground.liangdi(&["person", "show", &id]).await.exits(0).says(&["***", "inflow", HOUSEHOLD]);
        assert!(!masked.out.contains(NAME) && !masked.out.contains(NUMBER) && !masked.out.contains("1990-03-15"));
        let shown = ["person", "show", &id, "--reveal", "she asked for her record", "--json"];
        let sheet = ground.liangdi(&shown).await.exits(0).says(&[NAME, NUMBER]).json();
        assert_eq!(sheet["person"], *id);
        assert_eq!(sheet["messages"].as_array().unwrap().len(), 1);
        assert_eq!(sheet["notices"][0]["receiver"], HOUSEHOLD);
        let who = audited(&ground, "she asked for her record").await;
        assert_eq!(who, ["operator-of-tests"]);

        let report = ground.liangdi(&["subject", "report", &id]).await.exits(0);
        let report =
            report.says(&["***", "stated by police 320583", "江苏省苏州市昆山市", "Residence Permit Regulation"]);
        assert!(!report.out.contains(NAME) && !report.out.contains(NUMBER) && !report.out.contains("1990-03-15"));
        assert_eq!(audited(&ground, "subject report, masked").await, ["operator-of-tests"]);
        ground.liangdi(&["subject", "report", &id, "--reveal"]).await.exits(2).says(&["--purpose"]);
        let revealed = ["subject", "report", &id, "--reveal", "--purpose", "request 7 of fiction", "--json"];
        let report = ground.liangdi(&revealed).await.exits(0).says(&[NAME, NUMBER]).json();
        assert_eq!(report["messages"][0]["office"], "police 320583 江苏省苏州市昆山市");
        assert_eq!(report["notices"][0]["receiver"], HOUSEHOLD);
        assert_eq!(audited(&ground, "request 7 of fiction").await, ["operator-of-tests"]);
        ground.liangdi(&["person", "correct", &id, "--phone", "13912340009", "--reason", "request 8"]).await.exits(0);
        ground.liangdi(&["subject", "report", &id]).await.exits(0).says(&["Corrected at the person's request"]);
        let nobody = "00000000-0000-7000-8000-000000000000";
        ground.liangdi(&["subject", "report", nobody]).await.exits(2).says(&[nobody]);
        ground.liangdi(&["person", "show", nobody]).await.exits(2).says(&[nobody]);
    })
    .await;
}

/// Lets the police send stock of day one from now on.
fn authorise(ground: &Ground) {
    ground
        .write_config("liangdi.toml", &toml::from_str(&format!("[ingest]\nbaseline_users = [\"{POLICE}\"]")).unwrap());
}

/// Who looked for a purpose.
async fn audited(ground: &Ground, purpose: &str) -> Vec<String> {
    let mut connection = ground.connection().await;
    sqlx::query_scalar("SELECT who FROM audit WHERE purpose = $1")
        .bind(purpose)
        .fetch_all(&mut connection)
        .await
        .unwrap()
}
