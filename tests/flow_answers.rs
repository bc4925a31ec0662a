//! Answers: what a jurisdiction says to a notice is taken from it and from below it, and from nobody else.

use liangdi_domain::ids::PersonId;
use liangdi_store::postgres::{Look, PgStore};
use serde_json::Value;

use crate::support::ending::worked_off;
use crate::support::ground::{Ground, on_own_ground};
use crate::support::hub::Hub;
use crate::support::inboxes::{self, Copies};
use crate::support::message::Message;
use crate::support::places::{ELSEWHERE, HOUSEHOLD, RESIDENCE, setup};

const POLICE: &str = "police.320500";
const RECEIVER: &str = "township.321322101";
const STRANGER: &str = "township.320324102";
const ABOVE: &str = "township.321322";

#[tokio::test(flavor = "multi_thread")]
async fn the_receiver_and_those_below_answer_and_strangers_do_not() {
    on_own_ground("answers", setup(&[POLICE, RECEIVER, STRANGER, ABOVE], ""), async |ground| {
        let hub = Hub::start(&ground);
        let store = ground.store().await;
        let message = Message::example("police.residence-registered.v1").with("/data/hjdz_xzqh", HOUSEHOLD);
        ground.publish(POLICE, &[message.line()]).await;
        worked_off(&store, 1, 1).await;
        let inflow = read_inbox(&ground).await;

        let (own, village) = (source(HOUSEHOLD), source(&format!("{HOUSEHOLD}001")));
        ground.publish(RECEIVER, &[receipt(&inflow, "received").from(&own).line()]).await;
        ground.publish(RECEIVER, &[receipt(&inflow, "opened").from(&village).line()]).await;
        ground.publish(RECEIVER, &[Message::reply_to(&inflow, "confirmed").from(&own).line()]).await;
        worked_off(&store, 4, 4).await;
        let answers = answers(&store, &inflow).await;
        assert_eq!(answers, ["received", "opened", "confirmed"]);

        // A stranger, and the county above, which the notice did not go to.
        ground.publish(STRANGER, &[receipt(&inflow, "acted").from(&source(ELSEWHERE)).line()]).await;
        ground.publish(STRANGER, &[Message::reply_to(&inflow, "disputed").from(&source(ELSEWHERE)).line()]).await;
        ground.publish(ABOVE, &[Message::reply_to(&inflow, "not-known").from(&source("321322")).line()]).await;
        // And an answer to what was never sent.
        ground.publish(RECEIVER, &[receipt(&Value::Null, "opened").from(&own).line()]).await;
        worked_off(&store, 8, 8).await;
        assert_eq!(self::answers(&store, &inflow).await.len(), 3, "a stranger's answer counts for nothing");
        store.close().await;
        hub.stop().await;

        let told = |notices: &inboxes::Notices, to: &str| {
            let sent = notices.get(to).into_iter().flatten();
            sent.map(|notice| notice["data"]["reason"].as_str().unwrap_or_default().to_owned()).collect::<Vec<_>>()
        };
        let notices = inboxes::empty(&ground, Copies::None).await;
        assert_eq!(told(&notices, ELSEWHERE), ["not-yours", "not-yours"]);
        assert_eq!(told(&notices, "321322"), ["not-yours"]);
        assert_eq!(told(&notices, HOUSEHOLD)[1..], ["unknown-notice"]);
        assert!(!notices.contains_key(RESIDENCE));
    })
    .await;
}

fn source(code: &str) -> String {
    format!("urn:liangdi:township:{code}")
}

fn receipt(notice: &Value, state: &str) -> Message {
    let message = Message::example("township.receipt.v1").with("/data/state", state);
    match notice["id"].as_str() {
        Some(id) => message.with("/data/notice_id", id),
        None => message,
    }
}

/// The one notice in the household township's inbox.
async fn read_inbox(ground: &Ground) -> Value {
    let mut notices = inboxes::peek(ground, HOUSEHOLD).await;
    assert_eq!(notices.len(), 1);
    let notice = notices.remove(0);
    assert_eq!(notice["type"], "notice.inflow.v1");
    assert!(notice["dueon"].is_string(), "an inflow says by when it wants an answer");
    notice
}

/// What the person's sheet says was answered to a notice.
async fn answers(store: &PgStore, notice: &Value) -> Vec<String> {
    let person: PersonId = store.open_statements(None).await.unwrap()[0].person;
    let look = Look { who: "test", purpose: "test" };
    let sheet = store.person_sheet(person, look).await.unwrap().unwrap();
    let id = notice["id"].as_str().unwrap();
    let sent = sheet.notices.into_iter().find(|sent| sent.id.to_string() == id);
    sent.expect("the notice is on the sheet").answers
}
