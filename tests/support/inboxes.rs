//! What everybody was sent: taken out of every inbox and return queue, and checked against everything that holds for
//! all notices.

use std::collections::{BTreeMap, HashMap};

use liangdi_adapters::contract::Catalogue;
use liangdi_broker::consumer::{Consumer, ConsumerLimits, Delivery};
use liangdi_broker::inspect::{drain, queue_depths};
use liangdi_broker::topology::names;
use liangdi_domain::feed::Feed;
use liangdi_store::postgres::{DeskTab, Look, PgStore};
use serde_json::Value;

use super::ground::Ground;

/// Notices by receiver, each receiver's by sequence number, without the copies of a resend.
pub(crate) type Notices = BTreeMap<String, Vec<Value>>;

/// Whether a courier that was interrupted may have sent a notice twice.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Copies {
    /// It may: at least once.
    Allowed,
    /// It was not interrupted.
    None,
}

/// Takes everything out of all queues of receivers. Every notice obeys its schema, lies in its receiver's own queue
/// under the routing key of its kind, and the numbers run from 1 without a gap; what replaces another notice comes
/// after it.
pub(crate) async fn empty(ground: &Ground, copies: Copies) -> Notices {
    let receivers: Vec<String> = ground.setup.codes.iter().chain(&ground.setup.users).cloned().collect();
    let queue = |receiver: &String| match receiver.parse() {
        Ok(code) => Some(names::inbox(code)),
        Err(_) if receiver.starts_with("township.") => None,
        Err(_) => Some(names::partner_queue(receiver)),
    };
    let (receivers, queues): (Vec<String>, Vec<String>) =
        receivers.iter().filter_map(|receiver| Some((receiver.clone(), queue(receiver)?))).unzip();
    let mut notices = Notices::new();
    for (receiver, (_, deliveries)) in receivers.into_iter().zip(drain(&ground.admin(), &queues).await.unwrap()) {
        if !deliveries.is_empty() {
            let sent = in_sequence(&receiver, deliveries, copies);
            notices.insert(receiver, sent);
        }
    }
    nothing_lies_elsewhere(ground).await;
    every_notice_of_the_ledger_went_out(ground, &notices).await;
    notices
}

/// What lies in a jurisdiction's inbox, read as its own user reads it, and left there.
pub(crate) async fn peek(ground: &Ground, code: &str) -> Vec<Value> {
    let login = ground.login(&format!("township.{code}"));
    let mut inbox = Consumer::open(&login, "test", &format!("inbox.{code}"), &ConsumerLimits::default()).await.unwrap();
    let batch = super::in_time("notices arrive", inbox.next_batch()).await.unwrap();
    batch.iter().map(|delivery| serde_json::from_slice(&delivery.body).unwrap()).collect()
}

/// All notices of a kind.
pub(crate) fn of_kind<'a>(notices: &'a Notices, kind: &str) -> Vec<&'a Value> {
    let title = format!("notice.{kind}.v1");
    notices.values().flatten().filter(|notice| notice["type"] == *title).collect()
}

fn in_sequence(receiver: &str, deliveries: Vec<Delivery>, copies: Copies) -> Vec<Value> {
    let mut sent: BTreeMap<u64, Value> = BTreeMap::new();
    for delivery in deliveries {
        let notice: Value = serde_json::from_slice(&delivery.body).unwrap();
        check(receiver, &delivery, &notice);
        let seqno = notice["seqno"].as_u64().unwrap();
        if let Some(before) = sent.insert(seqno, notice.clone()) {
            assert!(copies == Copies::Allowed, "{receiver} was sent number {seqno} twice");
            assert_eq!(before, notice, "{receiver} was sent two notices with number {seqno}");
        }
    }
    let numbers: Vec<u64> = sent.keys().copied().collect();
    assert_eq!(numbers, (1..=sent.len() as u64).collect::<Vec<_>>(), "the numbers of {receiver} have a gap");
    let sent: Vec<Value> = sent.into_values().collect();
    let mut seen: HashMap<&str, usize> = HashMap::new();
    for (at, notice) in sent.iter().enumerate() {
        let id = notice["id"].as_str().unwrap();
        assert!(seen.insert(id, at).is_none(), "{receiver} was sent notice {id} under two numbers");
        if let Some(before) = notice["supersedes"].as_str() {
            assert!(seen.contains_key(before), "{receiver}: {id} replaces {before}, which did not come before it");
        }
    }
    sent
}

/// Asserts that a notice obeys its schema and came the way that it should.
pub(crate) fn check(receiver: &str, delivery: &Delivery, notice: &Value) {
    if let Err(refused) = Catalogue::shipped().check_notice(notice) {
        panic!("a notice to {receiver} does not obey its schema: {refused}, {refused:?}");
    }
    assert_eq!(notice["jurisdiction"], *receiver, "somebody else's notice");
    assert_eq!(delivery.message_id.as_deref(), notice["id"].as_str());
    assert_eq!(delivery.content_type.as_deref(), Some("application/cloudevents+json"));
    if let Ok(code) = receiver.parse() {
        let kind = notice["type"].as_str().unwrap().trim_start_matches("notice.").trim_end_matches(".v1");
        let (by, urgency) = delivery.routing_key.rsplit_once('.').unwrap();
        assert_eq!(by, kind);
        assert!(["routine", "due", "urgent"].contains(&urgency), "{urgency}");
        assert_eq!(delivery.exchange, names::jurisdiction(code));
    }
}

/// Feeds are worked off, with nothing left unacknowledged, and there are no dead letters.
async fn nothing_lies_elsewhere(ground: &Ground) {
    let queues: Vec<String> = Feed::ALL
        .into_iter()
        .map(names::feed)
        .chain([names::DEAD_FEEDS.to_owned(), names::DEAD_NOTICES.to_owned()])
        .collect();
    for depth in queue_depths(&ground.admin(), &queues).await.unwrap() {
        assert_eq!(depth.ready, Some(0), "{}", depth.name);
    }
}

async fn every_notice_of_the_ledger_went_out(ground: &Ground, notices: &Notices) {
    let mut connection = ground.connection().await;
    let told: Vec<(String, i64)> = sqlx::query_as("SELECT receiver, count(*) FROM ledger GROUP BY receiver ORDER BY 1")
        .fetch_all(&mut connection)
        .await
        .unwrap();
    let sent: Vec<(String, i64)> =
        notices.iter().map(|(receiver, sent)| (receiver.clone(), sent.len() as i64)).collect();
    assert_eq!(sorted(told), sorted(sent), "the ledger's notices per receiver are not those in the queues");
}

fn sorted<T: Ord>(mut list: Vec<T>) -> Vec<T> {
    list.sort();
    list
}

/// The one notice that waits for an answer of a jurisdiction, as the console's own reader sees it.
pub(crate) async fn peek_as_console(store: &PgStore, code: &str) -> Value {
    let look = Look { who: "test", purpose: "test" };
    let mut waiting = store.desk_list(&[code.parse().unwrap()], DeskTab::Waiting, 10, look).await.unwrap();
    assert_eq!(waiting.len(), 1, "one notice waits");
    let waiting = waiting.remove(0);
    serde_json::json!({"id": waiting.notice, "data": waiting.data})
}
