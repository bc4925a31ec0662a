//! What must hold after every fault, whatever it was. One function: [`holds`].

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU32, Ordering};

use chrono::NaiveDate;
use liangdi_broker::publisher::OutMessage;
use liangdi_broker::topology::names;
use liangdi_domain::feed::Feed;
use liangdi_store::postgres::PgStore;
use sqlx::PgConnection;

use super::crowd;
use super::ending::worked_off;
use super::ground::{Ground, feed_of};
use super::hub::Hub;
use super::inboxes::{Copies, Notices};
use super::{eventually, leaks};

/// What the broker confirmed to the partners.
pub(crate) struct Sent {
    /// People of the crowd.
    pub(crate) persons: usize,
    /// Messages that differ.
    pub(crate) distinct: i64,
    /// Messages in all.
    pub(crate) confirmed: i64,
    /// Whether a handler was made to panic.
    pub(crate) panics: bool,
    /// The day of the last hub.
    pub(crate) day: NaiveDate,
}

impl Sent {
    /// A crowd, every message once.
    pub(crate) fn once(persons: usize, messages: i64) -> Self {
        Sent { persons, distinct: messages, confirmed: messages, panics: false, day: crowd::as_of() }
    }
}

/// What is left to look at.
pub(crate) struct Ended {
    /// The hubs' logs.
    pub(crate) logs: Vec<String>,
    /// What lay in the queues.
    pub(crate) notices: Notices,
}

/// Asserts all of it; ends the hubs.
///
/// - every message that was confirmed is recorded, a duplicate or quarantined, and the accounts add up
/// - every supervised task of the hubs still works, and the hubs end when told
/// - persons and open statements are those of an undisturbed rehearsal: one effect a message
/// - notices in the queues, by id, are those of the ledger, and those that the courier marked, under the same numbers,
///   without a gap, in the right queues, and every open statement was told by one of them
/// - nobody's identity is in a log, and nothing panicked
pub(crate) async fn holds(ground: &Ground, sent: &Sent, mut hubs: Vec<Hub>) -> Ended {
    let store = ground.store().await;
    worked_off(&store, sent.distinct, sent.confirmed).await;
    everything_works(ground, &store, sent, &mut hubs).await;
    store.close().await;
    let mut logs = Vec::new();
    for hub in hubs {
        logs.push(hub.stop().await);
    }
    let notices = crowd::ends_like_a_rehearsal_on(sent.day, ground, sent.persons, Copies::Allowed).await;
    told_is_what_was_sent(&mut ground.connection().await, &notices).await;
    for log in ground.hub_logs().iter().chain(&logs) {
        leaks::none_in("a hub's log", log, &crowd::identities(sent.persons));
        assert!(sent.panics || !log.contains("panicked"), "a hub panicked:\n{log}");
    }
    Ended { logs, notices }
}

/// The watchdog: each feed takes one more message, the courier delivers one more notice for each that is refused, and
/// the clock looks at one more person. A task that hangs would not.
async fn everything_works(ground: &Ground, store: &PgStore, sent: &Sent, hubs: &mut [Hub]) {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    for hub in hubs.iter_mut() {
        hub.until_ready().await;
    }
    let mut probes = 0;
    for user in &ground.setup.users {
        let feed = feed_of(user);
        let body = format!("no message {}", NEXT.fetch_add(1, Ordering::Relaxed)).into_bytes();
        let probe = OutMessage {
            exchange: names::feed(feed),
            routing_key: format!("{feed}.probe.v1"),
            body,
            message_id: String::new(),
            content_type: Some("application/cloudevents+json".to_owned()),
            user_id: Some(user.clone()),
            baseline: false,
            traceparent: None,
            queueless: false,
        };
        ground.publish_raw(user, probe).await;
        probes += 1;
    }
    assert_eq!(probes, Feed::ALL.len() as i64, "a probe for each feed");
    worked_off(store, sent.distinct + probes, sent.confirmed + probes).await;
    let mut connection = ground.connection().await;
    sqlx::query(
        "INSERT INTO wakes SELECT person, '2026-01-01' FROM profiles LIMIT 1 \
         ON CONFLICT (person) DO UPDATE SET wake_on = '2026-01-01'",
    )
    .execute(&mut connection)
    .await
    .unwrap();
    eventually("the clock looks at a person", async || {
        let due: i64 = sqlx::query_scalar("SELECT count(*) FROM wakes WHERE wake_on = '2026-01-01'")
            .fetch_one(&mut connection)
            .await
            .unwrap();
        (due == 0).then_some(())
    })
    .await;
    for hub in hubs.iter_mut() {
        hub.assert_alive();
    }
}

/// Receiver, number, notice.
type Told = BTreeSet<(String, i64, String)>;

async fn told_is_what_was_sent(connection: &mut PgConnection, notices: &Notices) {
    let sent: Told = notices
        .iter()
        .flat_map(|(receiver, sent)| sent.iter().map(move |notice| (receiver, notice)))
        .map(|(receiver, notice)| {
            (receiver.clone(), notice["seqno"].as_i64().unwrap(), notice["id"].as_str().unwrap().to_owned())
        })
        .collect();
    let marked: Vec<(String, i64, String)> = sqlx::query_as("SELECT receiver, seqno, notice::text FROM published")
        .fetch_all(&mut *connection)
        .await
        .unwrap();
    assert_eq!(marked.into_iter().collect::<Told>(), sent, "what was marked is not what lies in the queues");
    let ledger: Vec<(String, String)> =
        sqlx::query_as("SELECT receiver, id::text FROM ledger").fetch_all(&mut *connection).await.unwrap();
    let ids = |told: &Told| told.iter().map(|(receiver, _, id)| (receiver.clone(), id.clone())).collect();
    assert_eq!(ledger.into_iter().collect::<BTreeSet<_>>(), ids(&sent), "the ledger is not what lies in the queues");
    let untold: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM told WHERE last_notice IS NOT NULL \
         AND NOT EXISTS (SELECT FROM published WHERE notice = last_notice)",
    )
    .fetch_one(connection)
    .await
    .unwrap();
    assert_eq!(untold, 0, "statements that nobody was told of");
}
