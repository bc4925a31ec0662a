//! Bad input of every kind: refused for its reason, told to its publisher, and no harm to the messages beside it. Of
//! a message with a property that the contract does not have, nothing is kept anywhere.

use liangdi_adapters::contract::MESSAGE_BYTES_MAX;
use liangdi_broker::publisher::OutMessage;
use liangdi_store::postgres::QuarantineFilter;
use liangdi_store::report::Refused;
use serde_json::{Value, json};

use crate::support::ending::worked_off;
use crate::support::ground::{Ground, on_own_ground};
use crate::support::hub::Hub;
use crate::support::inboxes::{self, Copies};
use crate::support::leaks;
use crate::support::message::Message;
use crate::support::places::{HOUSEHOLD, setup};

const POLICE: &str = "police.320500";
const TOWNSHIP: &str = "township.320583";
const TYPE: &str = "police.residence-registered.v1";
/// Hidden in every bad message; nobody may find it again.
const MARKER: &str = "zzhiddenzz";
/// The same in characters that need escaping in JSON of the older kind.
const MARKER_NAME: &str = "藏頭詩";

/// One bad message and what must be said of it.
struct Bad {
    user: &'static str,
    message: OutMessage,
    reason: &'static str,
    path: Option<&'static str>,
    /// Whether the envelope's id can be given back.
    named: bool,
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_bad_input_is_refused_told_and_harms_nothing_beside_it() {
    on_own_ground("bad", setup(&[POLICE, TOWNSHIP], ""), async |ground| {
        let mut hub = Hub::start(&ground);
        hub.until_ready().await;
        let bad = all();
        // Twice: the second time is counted and not told again.
        for round in 0..2 {
            for bad in &bad {
                let beside = good(round);
                ground.publish(POLICE, &[beside.line()]).await;
                ground.publish_raw(bad.user, bad.message.clone()).await;
            }
        }
        let store = ground.store().await;
        let count = bad.len() as i64;
        worked_off(&store, 3 * count, 4 * count).await;
        let status = store.status().await.unwrap();
        let sum = |of: fn(&liangdi_store::report::FeedStatus) -> i64| status.feeds.iter().map(of).sum::<i64>();
        assert_eq!(sum(|feed| feed.recorded), 2 * count, "the good messages beside them");
        assert_eq!((sum(|feed| feed.quarantined), sum(|feed| feed.quarantined_again)), (count, count));
        let rows = store.quarantine_list(QuarantineFilter::default(), 100).await.unwrap();
        store.close().await;
        for bad in &bad {
            is_kept_as_refused(bad, &rows);
        }
        let log = hub.stop().await;
        nothing_leaks(&ground, &log).await;
        let notices = inboxes::empty(&ground, Copies::None).await;
        is_told(&bad, &inboxes::of_kind(&notices, "rejected"));
        let text = json!(notices.into_iter().collect::<Vec<_>>()).to_string();
        leaks::none_in("a notice", &text, &markers());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_message_may_be_mended_and_sent_again_under_its_id() {
    on_own_ground("mended", setup(&[POLICE], ""), async |ground| {
        let hub = Hub::start(&ground);
        let good = good(0);
        let bad = good.clone().with("/data/jzsydm", "zz");
        ground.publish(POLICE, &[bad.line()]).await;
        let store = ground.store().await;
        worked_off(&store, 1, 1).await;
        ground.publish(POLICE, &[good.line(), good.line()]).await;
        worked_off(&store, 2, 3).await;
        // Recorded, the id is taken: other content under it is a conflict.
        ground.publish(POLICE, &[good.clone().with("/data/jzsydm", "20").line()]).await;
        worked_off(&store, 3, 4).await;
        let open: Vec<String> =
            store.status().await.unwrap().quarantine_open.into_iter().map(|count| count.of).collect();
        assert_eq!(open, ["conflict", "wrong-code"]);
        store.close().await;
        hub.stop().await;
        inboxes::empty(&ground, Copies::None).await;
    })
    .await;
}

/// A good message of somebody else each time.
fn good(round: usize) -> Message {
    let message = Message::example(TYPE).with("/data/hjdz_xzqh", HOUSEHOLD).with("/data/gmsfhm", "");
    let name = format!("王{}", message.id().replace('-', "号"));
    message.with("/data/xm", name).with("/data/lxdh", format!("1391234000{round}"))
}

/// A message that hides the marker, to be spoiled.
fn hiding() -> Message {
    good(0).with("/data/jzdz", MARKER).with("/data/xm", MARKER_NAME)
}

fn all() -> Vec<Bad> {
    let nested = |depth: usize| format!("{}\"{MARKER}\"{}", "[".repeat(depth), "]".repeat(depth));
    let deep = |depth: usize| {
        let line = String::from_utf8(hiding().with("/data/jzdz", "@@").line()).unwrap();
        line.replace("\"@@\"", &nested(depth)).into_bytes()
    };
    let mut not_utf8 = hiding().line();
    not_utf8.extend([b' ', 0xff, 0xfe]);
    let mut halved = hiding().line();
    halved.truncate(halved.len() - 10);
    let doubled = String::from_utf8(hiding().line()).unwrap().replacen('{', &format!("{{\"data\":\"{MARKER}\","), 1);
    let long = hiding().with("/data/jzdz", MARKER.repeat(MESSAGE_BYTES_MAX / MARKER.len() + 1));
    let (plain, lying) = (hiding(), hiding());
    let message = |message: &Message| out(POLICE, &message.id(), message.line());
    let bytes = |line: Vec<u8>| out(POLICE, "", line);
    let bad = |message, reason, path| Bad { user: POLICE, message, reason, path, named: true };
    let nameless = |message, reason| Bad { user: POLICE, message, reason, path: None, named: false };
    let of_another_feed = Message::example("hr.employment-started.v1").with("/data/aac003", MARKER_NAME);
    let not_its_own = Message::example("police.withdrawn.v1")
        .with("/data/source", "urn:liangdi:police:320600")
        .with("/data/id", MARKER);
    let tickets = Message::example("township.verification-requested.v1")
        .with("/data/consent", false)
        .with("/data/person/name", MARKER_NAME);
    vec![
        nameless(bytes(halved), "not-json"),
        nameless(bytes(Vec::new()), "not-json"),
        nameless(bytes(deep(40)), "too-deep"),
        nameless(bytes(deep(20_000)), "too-deep"),
        nameless(bytes(long.line()), "too-large"),
        nameless(bytes(not_utf8), "not-utf8"),
        nameless(message(&hiding().with("/data/xm", format!("{MARKER}\0"))), "null-character"),
        nameless(bytes(doubled.into_bytes()), "duplicate-member"),
        nameless(OutMessage { content_type: Some("text/plain".into()), ..message(&plain) }, "content-type"),
        nameless(OutMessage { content_type: None, ..message(&hiding()) }, "content-type"),
        nameless(OutMessage { user_id: None, ..message(&lying) }, "missing-user-id"),
        bad(message(&hiding().with("/type", "police.residence-guessed.v1")), "unknown-type", Some("/type")),
        bad(out(POLICE, &of_another_feed.id(), of_another_feed.line()), "wrong-feed", Some("/type")),
        bad(out(POLICE, &not_its_own.id(), not_its_own.line()), "not-yours", Some("/data/source")),
        bad(message(&hiding().with("/data/zzhiddenzz", MARKER)), "unknown-field", Some("/data")),
        bad(message(&hiding().with("/zzhiddenzz", MARKER)), "unknown-field", None),
        bad(message(&hiding().without("/data/djrq")), "missing-field", Some("/data")),
        bad(message(&hiding().with("/data/jzsydm", MARKER)), "wrong-code", Some("/data/jzsydm")),
        bad(message(&hiding().with("/data/djrq", "20260230")), "impossible-date", Some("/data/djrq")),
        bad(message(&hiding().with("/data/jzdz_xzqh", "3205831")), "malformed-division", Some("/data/jzdz_xzqh")),
        bad(message(&hiding().with("/data/jzdz_xzqh", "160101001")), "unknown-province", Some("/data/jzdz_xzqh")),
        bad(message(&hiding().from("urn:liangdi:police:320600")), "foreign-source", Some("/source")),
        bad(message(&hiding().from("urn:liangdi:police:320000")), "foreign-source", Some("/source")),
        bad(OutMessage { baseline: true, ..message(&hiding()) }, "baseline-not-authorised", None),
        Bad {
            user: TOWNSHIP,
            message: OutMessage {
                routing_key: "township.verification-requested.v1".into(),
                ..out(TOWNSHIP, &tickets.id(), tickets.line())
            },
            reason: "no-consent",
            path: Some("/data/consent"),
            named: true,
        },
    ]
}

fn out(user: &str, id: &str, body: Vec<u8>) -> OutMessage {
    OutMessage {
        exchange: format!("feed.{}", user.split('.').next().unwrap()),
        routing_key: TYPE.to_owned(),
        body,
        message_id: id.to_owned(),
        content_type: Some("application/cloudevents+json".to_owned()),
        user_id: Some(user.to_owned()),
        baseline: false,
        traceparent: None,
        queueless: false,
    }
}

/// The row in quarantine: reason, path, publisher, time; content only where the closed schema vouches for it.
fn is_kept_as_refused(bad: &Bad, rows: &[Refused]) {
    let publisher = bad.message.user_id.clone().unwrap_or_default();
    let id = Some(bad.message.message_id.clone()).filter(|_| bad.named);
    let row = rows
        .iter()
        .find(|row| row.reason == bad.reason && row.publisher == publisher && (id.is_none() || row.id == id));
    let Some(row) = row else {
        let found: Vec<_> = rows.iter().map(|row| (&row.reason, &row.publisher, &row.id)).collect();
        panic!("no row for {} of {publisher} with id {id:?} in {found:#?}", bad.reason);
    };
    assert_eq!(row.times_seen, 2);
    assert!(row.last_seen >= row.first_seen);
    if let Some(path) = bad.path {
        assert_eq!(row.path.as_deref(), Some(path), "{}", bad.reason);
    }
    let by_schema = ["unknown-field", "missing-field", "wrong-code"].contains(&bad.reason);
    assert_eq!(row.schema_path.is_some(), by_schema, "{}", bad.reason);
    let vouched = [
        "impossible-date",
        "malformed-division",
        "unknown-province",
        "foreign-source",
        "baseline-not-authorised",
        "no-consent",
        "not-yours",
    ];
    assert_eq!(row.body_kept, vouched.contains(&bad.reason), "{}", bad.reason);
}

/// Each publisher was told each of its bad messages once, but where nobody vouches for a publisher.
fn is_told(bad: &[Bad], told: &[&Value]) {
    let row = |notice: &&Value| {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let data = &notice["data"];
        (text(&notice["jurisdiction"]), text(&data["reason"]), text(&data["message"]["id"]))
    };
    let mut told: Vec<_> = told.iter().map(row).collect();
    let mut wanted: Vec<_> = bad
        .iter()
        .filter(|bad| bad.message.user_id.is_some())
        .map(|bad| {
            let id = if bad.named { bad.message.message_id.clone() } else { String::new() };
            (bad.user.trim_start_matches("township.").to_owned(), bad.reason.to_owned(), id)
        })
        .collect();
    told.sort();
    wanted.sort();
    assert_eq!(told, wanted);
}

fn markers() -> Vec<String> {
    vec![MARKER.to_owned(), MARKER_NAME.to_owned()]
}

async fn nothing_leaks(ground: &Ground, log: &str) {
    leaks::none_in("the hub's log", log, &markers());
    leaks::none_in_database(ground, &markers()).await;
    leaks::none_in_dead_letters(ground, &markers()).await;
}
