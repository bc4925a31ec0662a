//! Months pass, day by day, over the simulator's feeds: every reminder and every escalation comes on the day that the
//! procedures name, once, and none is missing. Here in this process and without a broker; `flow_year` goes the whole way.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate, Utc};
use liangdi_domain::feed::Feed;
use liangdi_domain::notice::envelope;
use liangdi_registry::ingest::Registry;
use liangdi_registry::offline;
use liangdi_store::keys::Keys;
use liangdi_store::port::{Outbox, Outgoing};
use liangdi_store::postgres::PgStore;
use serde_json::Value;
use uuid::Uuid;

use crate::support::ground::{Setup, on_bare_ground};
use crate::support::registry;
use crate::support::rulebook::{Reply, Rulebook, is_open, reply_of};
use crate::support::sample::Sample;

const PERSONS: u32 = 250;
/// Days that pass after the last message: long enough for every clock to run out.
const DAYS_AFTER: u64 = 75;
/// Days between the first message and the last.
const SPAN_DAYS: u32 = 120;

#[tokio::test(flavor = "multi_thread")]
async fn every_reminder_and_escalation_comes_on_its_working_day_none_twice_and_none_missing() {
    on_bare_ground("time-travel", Setup::default(), async |ground| {
        ground.create_database(&ground.database).await;
        ground.liangdi(&["migrate"]).await.exits(0);
        let store = ground.store().await;
        let keys = Keys::read_file(&ground.dir.join("liangdi.key")).unwrap();
        let sample = Sample::over_days("time-travel", PERSONS, 5, SPAN_DAYS);
        let mut days = by_day(&sample);
        let (first, last) = (*days.keys().next().unwrap(), sample.as_of + Days::new(DAYS_AFTER));
        let mut registry =
            registry::on(store.clone(), keys, first, liangdi_domain::identity::Matching::shipped().clone());
        let mut connection = ground.connection().await;
        assert!(store.lease(Uuid::now_v7(), std::time::Duration::from_secs(600)).await.unwrap());

        let mut rules = Rulebook::new();
        let mut replies: BTreeMap<NaiveDate, Vec<Reply>> = BTreeMap::new();
        for today in first.iter_days().take_while(|day| *day <= last) {
            registry.as_of = Some(today);
            for reply in replies.remove(&today).unwrap_or_default() {
                // Whoever was reminded to answer what has ended does not.
                if is_open(&mut connection, reply.case).await {
                    offline_commit(&registry, Feed::Township, &[reply.line]).await;
                    rules.asked.get_mut(&reply.case).unwrap().answered = true;
                }
            }
            offline_commit_all(&registry, days.remove(&today).unwrap_or_default()).await;
            while registry.wake(100).await.unwrap().persons > 0 {}

            let sent = take_out(&store).await;
            let notices: Vec<Value> = sent
                .iter()
                .map(|outgoing| envelope(&outgoing.notice, "urn:liangdi:hub:320000", outgoing.seqno))
                .collect();
            rules.ends(&mut connection, &notices, today).await;
            for reply in notices.iter().filter_map(|notice| reply_of(notice, today, false)) {
                replies.entry(reply.on).or_default().push(reply);
            }
        }
        rules.holds();
        assert!(rules.count("reminder") > 50, "there was something to be late with");
        assert!(rules.count("escalation") > 0);
        store.close().await;
    })
    .await;
}

/// A feed's line.
pub(crate) type Line = (Feed, Vec<u8>);

/// The sample's lines by the day on which their office recorded them. Lines that cannot be read are left out.
pub(crate) fn by_day(sample: &Sample) -> BTreeMap<NaiveDate, Vec<Line>> {
    let mut days: BTreeMap<NaiveDate, Vec<Line>> = BTreeMap::new();
    for (feed, line) in registry::lines(sample) {
        let time = serde_json::from_slice::<Value>(&line)
            .ok()
            .and_then(|message| message["time"].as_str()?[..10].parse().ok());
        if let Some(day) = time {
            days.entry(day).or_default().push((feed, line));
        }
    }
    days
}

async fn offline_commit_all(registry: &Registry<PgStore>, lines: Vec<Line>) {
    // All of a day in one transaction: what is late that day is judged when the day is told.
    let prepared =
        lines.iter().flat_map(|(feed, line)| registry.prepare(vec![offline::incoming(*feed, line)])).collect();
    registry.commit(prepared).await.unwrap();
}

pub(crate) async fn offline_commit(registry: &Registry<PgStore>, feed: Feed, lines: &[Vec<u8>]) {
    offline_commit_all(registry, lines.iter().map(|line| (feed, line.clone())).collect()).await;
}

pub(crate) async fn take_out(store: &PgStore) -> Vec<Outgoing> {
    let mut all = Vec::new();
    loop {
        let batch = store.next(Utc::now(), 1000).await.unwrap();
        if batch.is_empty() {
            return all;
        }
        store.published(&batch.iter().map(|outgoing| outgoing.outbox_no).collect::<Vec<_>>()).await.unwrap();
        all.extend(batch);
    }
}
