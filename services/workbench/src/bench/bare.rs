//! The sequential bare pipe: a batch off the queue, one insert of the bodies into one table, then one confirmed notice
//! a message to one of the townships' exchanges, then one acknowledgement for the batch. Nothing else, and one step
//! after the other: what any hub on this broker and database has to be measured by.

use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};
use chrono::{DateTime, Utc};
use liangdi_broker::consumer::{Consumer, ConsumerLimits, Delivery, Disposition, Settler};
use liangdi_broker::feed::CONTENT_TYPE;
use liangdi_broker::publisher::{OutMessage, Outcome, Publisher, PublisherLimits};
use liangdi_broker::topology::names;
use liangdi_domain::division::Code;
use liangdi_store::postgres::BareTable;

use super::ground::Ground;
use super::load::BARE_FEED;

/// Messages in a batch: as in the hub's default.
const BATCH_MESSAGES_MAX: usize = 500;
/// How long a batch waits to fill up, likewise.
const BATCH_WAIT_MS: u64 = 20;
/// Unacknowledged messages, likewise.
const PREFETCH_MESSAGES: u16 = 2_000;
/// Without a message for this long the load has failed.
const SILENCE_MAX: Duration = Duration::from_secs(60);

/// The pipe, ready to run.
pub(super) struct BarePipe<'a> {
    receivers: &'a [Code],
    table: BareTable,
    consumer: Consumer,
    settler: Settler,
    publisher: Publisher,
}

/// What a run came to.
pub(super) struct Ran {
    /// When the last message was acknowledged.
    pub(super) ended: Instant,
    /// Each message's number and when its notice was confirmed.
    pub(super) confirmed: Vec<(usize, DateTime<Utc>)>,
    /// How many were through when.
    pub(super) progress: Vec<(Instant, u64)>,
}

impl<'a> BarePipe<'a> {
    /// Connects to both sides, with an empty table.
    pub(super) async fn open(ground: &Ground, receivers: &'a [Code]) -> Result<BarePipe<'a>> {
        let table = BareTable::create(&ground.database().await?).await?;
        let limits = ConsumerLimits {
            prefetch: PREFETCH_MESSAGES,
            batch_messages_max: BATCH_MESSAGES_MAX,
            batch_wait_ms: BATCH_WAIT_MS,
            ..ConsumerLimits::default()
        };
        let publisher = Publisher::open(&ground.endpoint, "bare pipe", &PublisherLimits::default()).await?;
        let consumer = Consumer::open(&ground.endpoint, "bare pipe", &names::feed(BARE_FEED), &limits).await?;
        let settler = consumer.settler();
        Ok(BarePipe { receivers, table, consumer, settler, publisher })
    }

    /// Takes this many messages through.
    pub(super) async fn run(mut self, messages: usize) -> Result<Ran> {
        let mut confirmed = Vec::with_capacity(messages);
        let mut progress = Vec::new();
        while confirmed.len() < messages {
            let Ok(batch) = tokio::time::timeout(SILENCE_MAX, self.consumer.next_batch()).await else {
                bail!("no message for {} s", SILENCE_MAX.as_secs());
            };
            let batch = batch?;
            self.pass(&batch).await?;
            let now = Utc::now();
            let number = |delivery: &Delivery| delivery.message_id.as_deref().and_then(|id| id.parse().ok());
            confirmed.extend(batch.iter().filter_map(number).map(|number: usize| (number, now)));
            let settled: Vec<_> = batch.iter().map(|delivery| (delivery.tag, Disposition::Ack)).collect();
            self.settler.settle(&settled).await?;
            progress.push((Instant::now(), confirmed.len() as u64));
        }
        let ended = Instant::now();
        self.publisher.close().await;
        self.table.close().await;
        Ok(Ran { ended, confirmed, progress })
    }

    /// The two halves, one after the other.
    async fn pass(&mut self, batch: &[Delivery]) -> Result<()> {
        let bodies: Vec<&[u8]> = batch.iter().map(|delivery| delivery.body.as_slice()).collect();
        self.table.insert(&bodies).await?;
        let notices: Vec<OutMessage> = batch.iter().map(|delivery| self.notice(delivery)).collect();
        let outcomes = self.publisher.publish_all(&notices).await;
        ensure!(outcomes.iter().all(|outcome| *outcome == Outcome::Confirmed), "the broker did not take a notice");
        Ok(())
    }

    fn notice(&self, delivery: &Delivery) -> OutMessage {
        // Tags count the channel's deliveries: one township after the other.
        let township = self.receivers[delivery.tag as usize % self.receivers.len()];
        OutMessage {
            exchange: names::jurisdiction(township),
            routing_key: "inflow.routine".to_owned(),
            body: delivery.body.clone(),
            message_id: delivery.message_id.clone().unwrap_or_default(),
            content_type: Some(CONTENT_TYPE.to_owned()),
            user_id: None,
            baseline: false,
            traceparent: None,
            queueless: false,
        }
    }
}
