//! A whole year, day by day, the whole way: the simulator's messages and villages' reports are published with confirms,
//! consumed, recorded; the clock is woken each day; the courier fills the inboxes; townships read and answer. Every reminder,
//! escalation and consultation comes on the day that the rules name, none twice and none missing.
//!
//! The roles run in this process on a day that moves: a process a day would measure starting.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Days, NaiveDate};
use liangdi_broker::consumer::ConsumerLimits;
use liangdi_broker::feed::FeedPublisher;
use liangdi_broker::inspect::{drain, queue_depths};
use liangdi_broker::publisher::PublisherLimits;
use liangdi_broker::supervisor::ReconnectLimits;
use liangdi_broker::topology::{DeliveryModes, names};
use liangdi_courier::Way;
use liangdi_domain::feed::Feed;
use liangdi_domain::identity::Matching;
use liangdi_registry::ingest::Registry;
use liangdi_registry::pipeline::{self, Source};
use liangdi_store::keys::Keys;
use liangdi_store::postgres::PgStore;
use serde_json::Value;
use sqlx::PgConnection;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::flow_time_travel::{Line, by_day};
use crate::support::duties::{self, Duty};
use crate::support::ground::{Ground, Setup, on_own_ground, publish_on};
use crate::support::rulebook::{Reply, Rulebook, is_open, reply_of, title};
use crate::support::sample::Sample;
use crate::support::{inboxes, registry, soon};

const PERSONS: u32 = 100;
/// Days with messages, and days after them: together a year.
const SPAN_DAYS: u32 = 290;
const DAYS_AFTER: u64 = 75;
/// Notices that the courier sends in one go, and how long it waits for the next.
const COURIER: liangdi_courier::Limits = liangdi_courier::Limits {
    batch_notices_max: 500,
    lease_ms: 600_000,
    idle_wait_ms: 500,
    retry_wait_min_ms: 100,
    retry_wait_max_ms: 1_000,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_year_goes_through_broker_and_database_and_each_step_of_each_clock_is_heard_on_its_day() {
    let sample = Sample::over_days("year", PERSONS, 5, SPAN_DAYS);
    let mut days = with_villages(by_day(&sample));
    // The province coordinates, hears of what its own users sent amiss, and is named by nobody.
    let codes: BTreeSet<String> = sample.codes().into_iter().chain(["320000".to_owned()]).collect();
    let codes = codes.into_iter().collect();
    // The province's own users may speak for everybody in it.
    let users = Feed::ALL.iter().map(|feed| user(*feed)).collect();
    on_own_ground("year", Setup { codes, users, settings: toml::Table::new() }, async |ground| {
        let (first, last) = (*days.keys().next().unwrap(), sample.as_of + Days::new(DAYS_AFTER));
        let mut year = Year::open(&ground, first).await;
        let mut rules = Rulebook::new();
        let mut replies: BTreeMap<NaiveDate, Vec<Reply>> = BTreeMap::new();
        let mut reminded = Vec::new();
        for today in first.iter_days().take_while(|day| *day <= last) {
            year.registry.as_of = Some(today);
            rules.begins(&mut year.connection, today).await;
            let mut late = duties::standing(&mut year.connection, today, &rules.calendar).await.late;
            for reply in replies.remove(&today).unwrap_or_default() {
                // Whoever was reminded to answer what has ended does not.
                if is_open(&mut year.connection, reply.case).await {
                    year.take_in(vec![(Feed::Township, reply.line)]).await;
                    rules.asked.get_mut(&reply.case).unwrap().answered = true;
                    if reply.disputes {
                        rules.disputed(&mut year.connection, reply.case, today).await;
                    }
                }
            }
            year.take_in(days.remove(&today).unwrap_or_default()).await;
            while year.registry.wake(100).await.unwrap().persons > 0 {}
            let notices = year.read().await;
            rules.ends(&mut year.connection, &notices, today).await;

            let evening = duties::standing(&mut year.connection, today, &rules.calendar).await;
            late.extend(evening.late);
            let new = ids_of_duties(&notices);
            for duty in duties::reminded(&mut year.connection, &new).await {
                assert!(duties::late_on(&duty, &rules.calendar) <= today, "{today}: too early for {duty:?}");
                let judged = duty.1 == "record" || evening.demanded.iter().any(|demanded| demanded.0 == duty.0);
                assert!(!judged || late.contains(&duty), "{today}: nobody is late with {duty:?}");
            }
            reminded.extend(new);
            let told = duties::reminded(&mut year.connection, &reminded).await;
            let once: BTreeSet<Duty> = told.iter().cloned().collect();
            assert_eq!(once.len(), told.len(), "{today}: somebody was reminded twice");
            let missing: Vec<&Duty> = evening.demanded.difference(&once).collect();
            assert!(missing.is_empty(), "{today}: nobody was reminded of {missing:?}");
            for reply in notices.iter().filter_map(|notice| reply_of(notice, today, true)) {
                replies.entry(reply.on).or_default().push(reply);
            }
        }
        rules.holds();
        let counts = ["reminder", "escalation", "consultation"].map(|kind| rules.count(kind));
        assert!(counts.iter().all(|count| *count > 5), "there was something to be late with, and disputed: {counts:?}");
        let told = duties::reminded(&mut year.connection, &reminded).await;
        for procedure in ["record", "service-offer"] {
            let late = told.iter().filter(|duty| duty.1 == procedure).count();
            assert!(late > 5, "somebody was late with {procedure}: {late}");
        }
        year.close(&ground).await;
    })
    .await;
}

fn user(feed: Feed) -> String {
    format!("{feed}.320000")
}

/// Adds the reports of the villages that townships name; every other township then never records what was reported. What a
/// user may not publish under its own feed is left out: the broker would close its channel.
fn with_villages(days: BTreeMap<NaiveDate, Vec<Line>>) -> BTreeMap<NaiveDate, Vec<Line>> {
    let mut all: BTreeMap<NaiveDate, Vec<Line>> = BTreeMap::new();
    let mut reports = 0;
    for (day, lines) in days {
        for (feed, line) in lines {
            let message: Value = serde_json::from_slice(&line).unwrap();
            let own = message["type"].as_str().is_some_and(|kind| kind.starts_with(&format!("{feed}.")));
            let named = (message["data"]["village"].as_str(), message["data"]["reported_on"].as_str());
            let mut recorded = own;
            if let (Some(village), Some(on)) = named
                && village.len() == 12
                && let Ok(on) = on.parse::<NaiveDate>()
                && on <= day
                && message["type"] != "township.workplace-registered.v1"
            {
                reports += 1;
                recorded = own && reports % 2 == 0;
                let mut report = message.clone();
                report["id"] = format!("{}-village", message["id"].as_str().unwrap()).into();
                report["source"] = format!("urn:liangdi:township:{village}").into();
                report["time"] = format!("{on}T08:00:00+08:00").into();
                report["data"]["reported_on"] = Value::Null;
                all.entry(on).or_default().push((feed, report.to_string().into_bytes()));
            }
            if recorded {
                all.entry(day).or_default().push((feed, line));
            }
        }
    }
    assert!(reports > 5, "villages reported");
    all
}

/// The reminders among notices that are about no case: those of duties.
fn ids_of_duties(notices: &[Value]) -> Vec<Uuid> {
    let duties = notices.iter().filter(|notice| title(notice) == "reminder" && notice["caseid"].is_null());
    duties.map(|notice| notice["id"].as_str().unwrap().parse().unwrap()).collect()
}

/// The hub's roles on a day that moves, and the offices around them.
struct Year {
    ground: Ground,
    store: PgStore,
    registry: Registry<PgStore>,
    connection: PgConnection,
    publishers: BTreeMap<Feed, FeedPublisher>,
    published: i64,
    /// The last number that each receiver read.
    read: BTreeMap<String, i64>,
    courier: tokio::task::JoinHandle<()>,
    shutdown: CancellationToken,
}

impl Year {
    async fn open(ground: &Ground, first: NaiveDate) -> Self {
        let store = ground.store().await;
        let keys = Keys::read_file(&ground.dir.join("liangdi.key")).unwrap();
        let registry = registry::on(ground.store().await, keys, first, Matching::shipped().clone());
        let shutdown = CancellationToken::new();
        let courier = tokio::spawn(liangdi_courier::run(
            ground.store().await,
            Way {
                hub: "urn:liangdi:hub:320000".to_owned(),
                endpoint: ground.hub_endpoint(),
                modes: DeliveryModes::default(),
            },
            COURIER,
            PublisherLimits::default(),
            ReconnectLimits::default(),
            shutdown.clone(),
        ));
        let mut publishers = BTreeMap::new();
        for feed in Feed::ALL {
            publishers.insert(feed, ground.publisher(&user(feed), false).await);
        }
        Year {
            ground: ground.clone(),
            store,
            registry,
            connection: ground.connection().await,
            publishers,
            published: 0,
            read: BTreeMap::new(),
            courier,
            shutdown,
        }
    }

    /// Publishes lines, each to its feed, and lets the adapters of the day record them.
    async fn take_in(&mut self, lines: Vec<Line>) {
        let mut by_feed: BTreeMap<Feed, Vec<Vec<u8>>> = BTreeMap::new();
        for (feed, line) in lines {
            by_feed.entry(feed).or_default().push(line);
        }
        let (mut adapters, shutdown) = (JoinSet::new(), CancellationToken::new());
        for (feed, lines) in by_feed {
            publish_on(self.publishers.get_mut(&feed).unwrap(), &lines).await;
            self.published += lines.len() as i64;
            adapters.spawn(pipeline::run(
                self.registry.clone(),
                Source::of_feed(feed),
                self.ground.hub_endpoint(),
                ConsumerLimits::default(),
                ReconnectLimits::default(),
                shutdown.clone(),
            ));
        }
        let (store, published) = (&self.store, self.published);
        soon("the day's messages are recorded", async || {
            (store.progress().await.unwrap().received >= published).then_some(())
        })
        .await;
        shutdown.cancel();
        adapters.join_all().await;
    }

    /// What lies in the inboxes once the courier has delivered everything, each checked, in sequence.
    async fn read(&mut self) -> Vec<Value> {
        let store = &self.store;
        soon("the day's notices are delivered", async || (!store.progress().await.unwrap().waiting).then_some(()))
            .await;
        let numbered: Vec<(String, i64)> =
            sqlx::query_as("SELECT receiver, last_seqno FROM receivers").fetch_all(&mut self.connection).await.unwrap();
        let filled = numbered.into_iter().filter(|(receiver, last)| self.read.get(receiver) != Some(last));
        let filled: Vec<String> = filled.map(|(receiver, _)| receiver).collect();
        if filled.is_empty() {
            return Vec::new();
        }
        let queues: Vec<String> = filled.iter().map(|receiver| queue(receiver)).collect();
        let mut notices = Vec::new();
        let drained = drain(&self.ground.admin(), &queues).await.unwrap();
        for (receiver, (_, deliveries)) in filled.into_iter().zip(drained) {
            for delivery in deliveries {
                let notice: Value = serde_json::from_slice(&delivery.body).unwrap();
                inboxes::check(&receiver, &delivery, &notice);
                let last = self.read.entry(receiver.clone()).or_default();
                *last += 1;
                assert_eq!(notice["seqno"].as_i64(), Some(*last), "{receiver} reads without a gap, each once");
                notices.push(notice);
            }
        }
        notices
    }

    /// Ends the roles: every message is accounted for, and nothing is left anywhere.
    async fn close(self, ground: &Ground) {
        let status = self.store.status().await.unwrap();
        assert!(status.feeds.iter().all(|feed| feed.adds_up()));
        let told: (i64,) =
            sqlx::query_as("SELECT count(*) FROM ledger").fetch_one(&mut ground.connection().await).await.unwrap();
        assert_eq!(self.read.values().sum::<i64>(), told.0, "every notice of the ledger was read");
        self.shutdown.cancel();
        self.courier.await.unwrap();
        let inboxes = ground.setup.codes.iter().map(|code| queue(code));
        let others = [names::DEAD_FEEDS.to_owned(), names::DEAD_NOTICES.to_owned()];
        let queues: Vec<String> = inboxes.chain(Feed::ALL.map(names::feed)).chain(others).collect();
        for depth in queue_depths(&ground.admin(), &queues).await.unwrap() {
            assert_eq!(depth.ready, Some(0), "{}", depth.name);
        }
        for publisher in self.publishers.into_values() {
            publisher.close().await;
        }
    }
}

fn queue(receiver: &str) -> String {
    receiver.parse().map_or_else(|_| names::partner_queue(receiver), names::inbox)
}
