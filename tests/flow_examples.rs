//! The examples for partners, run as they are: a department publishes and reads what came back; a township takes its
//! notices in order, answers each once, and reads again what a queue lost.

use std::fs;

use liangdi_broker::inspect::drain;
use liangdi_broker::publisher::{OutMessage, Outcome, Publisher, PublisherLimits};
use liangdi_domain::person::Document;
use liangdi_store::postgres::{Look, PgStore};
use serde_json::Value;

use crate::support::api;
use crate::support::binary::Ran;
use crate::support::ending::worked_off;
use crate::support::examples::{Language, program, run};
use crate::support::ground::{Ground, on_own_ground};
use crate::support::hub::Hub;
use crate::support::message::Message;
use crate::support::places::{HOUSEHOLD, setup};

const POLICE: &str = "police.320500";
const TOWNSHIP: &str = "township.321322101";

#[tokio::test(flavor = "multi_thread")]
async fn the_department_in_python_publishes_and_reads_what_came_back() {
    a_department_publishes_and_reads_what_came_back(Language::Python).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_department_in_node_publishes_and_reads_what_came_back() {
    a_department_publishes_and_reads_what_came_back(Language::Node).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_township_in_python_keeps_the_order_answers_once_and_fills_a_gap() {
    a_township_keeps_the_order_answers_once_and_fills_a_gap(Language::Python).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_township_in_node_keeps_the_order_answers_once_and_fills_a_gap() {
    a_township_keeps_the_order_answers_once_and_fills_a_gap(Language::Node).await;
}

async fn a_department_publishes_and_reads_what_came_back(language: Language) {
    on_own_ground("department", setup(&[POLICE], ""), async |ground| {
        let hub = Hub::start(&ground);
        let store = ground.store().await;
        let department = || program(&ground, language, "department", POLICE);
        let file = ground.dir.join("messages.jsonl");
        let (good, mended) = (registered(1), registered(2));
        let bad = mended.clone().without("/data/xm");
        fs::write(&file, [good.line(), bad.line()].join(&b'\n')).unwrap();
        let publish = ["publish", file.to_str().unwrap()];

        run(department(), &publish).await.exits(0).says(&["2 messages published and confirmed"]);
        worked_off(&store, 2, 2).await;
        let came_back = run(department(), &["returns"]).await.exits(1);
        came_back.says(&[&format!("message {} came back (notice.rejected.v1)", bad.id()), "at /data"]);
        run(department(), &["returns"]).await.exits(0);

        // Mended under the same id; and the good one once more, which changes nothing.
        fs::write(&file, [good.line(), mended.line()].join(&b'\n')).unwrap();
        run(department(), &publish).await.exits(0);
        worked_off(&store, 3, 4).await;
        let police = store.status().await.unwrap().feeds.into_iter().find(|feed| feed.feed.name() == "police").unwrap();
        assert_eq!((police.recorded, police.duplicates, police.quarantined), (2, 1, 1));

        fs::write(&file, "not a message").unwrap();
        run(department(), &publish).await.exits(1).says(&[":1", "no CloudEvent"]);
        store.close().await;
        hub.stop().await;
    })
    .await;
}

async fn a_township_keeps_the_order_answers_once_and_fills_a_gap(language: Language) {
    on_own_ground("township", setup(&[POLICE, TOWNSHIP], ""), async |ground| {
        let mut hub = Hub::start(&ground);
        hub.until_ready().await;
        let store = ground.store().await;
        let secret = api::token(&ground, "a-township", "clerk", &[HOUSEHOLD]).await;
        let api = [("API", format!("http://{}", hub.address())), ("TOKEN", secret), ("no_proxy", "*".to_owned())];
        let register = ground.dir.join("register.txt");
        fs::write(&register, number(1)).unwrap();

        ground.publish(POLICE, &[registered(1).line()]).await;
        worked_off(&store, 1, 1).await;
        ground.publish(POLICE, &[registered(2).line()]).await;
        worked_off(&store, 2, 2).await;
        township(&ground, language, &api).await.exits(0).says(&["1: notice.inflow.v1", "2: notice.inflow.v1"]);
        // Two receipts, two replies.
        worked_off(&store, 6, 6).await;
        assert_eq!(answers(&store).await, [["received", "confirmed"], ["received", "not-known"]]);

        // The third gets lost behind the broker, and the fourth comes twice.
        ground.publish(POLICE, &[registered(3).line()]).await;
        worked_off(&store, 7, 7).await;
        ground.publish(POLICE, &[registered(4).line()]).await;
        worked_off(&store, 8, 8).await;
        let [_, fourth] = take_two(&ground).await;
        send_again(&ground, fourth.clone()).await;
        send_again(&ground, fourth).await;
        let ran = township(&ground, language, &api).await.exits(0);
        let handled: Vec<&str> = ran.out.lines().map(|line| line.split_once(':').unwrap().0).collect();
        assert_eq!(handled, ["3", "4"]);
        worked_off(&store, 12, 12).await;
        assert_eq!(answers(&store).await.len(), 4);
        store.close().await;
        hub.stop().await;
    })
    .await;
}

/// Somebody of the household township who lives elsewhere, fictional, with a number of their own.
fn registered(person: u8) -> Message {
    Message::example("police.residence-registered.v1")
        .with("/data/hjdz_xzqh", HOUSEHOLD)
        .with("/data/djbh", format!("J3205830001000{person}"))
        .with("/data/gmsfhm", number(person))
        .with("/data/lxdh", "")
}

/// A fictional ID number: its serial stands beyond what was ever given out in a day.
fn number(person: u8) -> String {
    let digits = format!("3413221990031590{person}");
    let check = Document::check_digit(&digits).unwrap();
    format!("{digits}{check}")
}

async fn township(ground: &Ground, language: Language, api: &[(&str, String)]) -> Ran {
    let mut command = program(ground, language, "township", TOWNSHIP);
    command.env("STATE", ground.dir.join("state")).env("REGISTER", ground.dir.join("register.txt"));
    command.envs(api.iter().map(|(name, value)| (*name, value.as_str())));
    run(command, &["--once"]).await
}

/// What was answered to each notice, in the order of the notices.
async fn answers(store: &PgStore) -> Vec<Vec<String>> {
    let look = Look { who: "test", purpose: "test" };
    let mut sent = Vec::new();
    for statement in store.open_statements(None).await.unwrap() {
        sent.extend(store.person_sheet(statement.person, look).await.unwrap().unwrap().notices);
    }
    sent.sort_by_key(|notice| notice.seqno);
    sent.dedup_by_key(|notice| notice.id);
    sent.into_iter().map(|notice| notice.answers).collect()
}

/// Takes the two notices out of the township's inbox.
async fn take_two(ground: &Ground) -> [Value; 2] {
    let (_, taken) = drain(&ground.admin(), &["inbox.321322101".to_owned()]).await.unwrap().remove(0);
    let notices: Vec<Value> = taken.iter().map(|delivery| serde_json::from_slice(&delivery.body).unwrap()).collect();
    notices.try_into().expect("two notices lie in the inbox")
}

/// Sends a notice as the hub's courier did.
async fn send_again(ground: &Ground, notice: Value) {
    let mut publisher = Publisher::open(&ground.admin(), "test", &PublisherLimits::default()).await.unwrap();
    let message = OutMessage {
        exchange: format!("jx.{HOUSEHOLD}"),
        routing_key: "inflow.due".to_owned(),
        body: notice.to_string().into_bytes(),
        message_id: notice["id"].as_str().unwrap().to_owned(),
        content_type: Some("application/cloudevents+json".to_owned()),
        user_id: None,
        baseline: false,
        traceparent: None,
        queueless: false,
    };
    assert_eq!(publisher.publish_all(&[message]).await, [Outcome::Confirmed]);
    publisher.close().await;
}
