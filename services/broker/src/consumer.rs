//! Deliveries of one queue in batches, and the one place that settles them. The next batch can be taken while
//! the last one is being committed: reading and settling are two handles on one channel.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::StreamExt;
use lapin::message::Delivery as AmqpDelivery;
use lapin::options::{BasicAckOptions, BasicConsumeOptions, BasicQosOptions, BasicRejectOptions};
use lapin::types::{AMQPValue, FieldTable, ShortString};
use lapin::{Acker, Channel};
use serde::Deserialize;
use tokio::time::Instant;

use crate::connect::{Endpoint, Link};
use crate::error::BrokerError;
use crate::trace::TRACEPARENT_HEADER;

/// The AMQP header by which a publisher marks its stock of day one.
pub const BASELINE_HEADER: &str = "liangdi-baseline";

/// How much is taken at once, and how long for.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ConsumerLimits {
    /// Unsettled deliveries the broker may have under way to us.
    pub prefetch: u16,
    /// Most messages in a batch.
    pub batch_messages_max: usize,
    /// How long a batch waits for more after its first message.
    pub batch_wait_ms: u64,
    /// How often an idle consumer looks whether its channel still stands.
    pub liveness_check_ms: u64,
    /// How long handing over the acknowledgements of a batch may take.
    pub settle_timeout_ms: u64,
}

impl Default for ConsumerLimits {
    fn default() -> Self {
        ConsumerLimits {
            prefetch: 1_500,
            batch_messages_max: 500,
            batch_wait_ms: 20,
            liveness_check_ms: 1_000,
            settle_timeout_ms: 5_000,
        }
    }
}

/// One message as the broker delivered it.
#[derive(Clone, PartialEq)]
pub struct Delivery {
    /// Its number on the channel: what is settled.
    pub tag: u64,
    /// The message's body.
    pub body: Vec<u8>,
    /// AMQP property `content_type`.
    pub content_type: Option<String>,
    /// AMQP property `user_id`: the publisher, verified by the broker if set.
    pub user_id: Option<String>,
    /// AMQP property `message_id`.
    pub message_id: Option<String>,
    /// The trace it belongs to, as its publisher says.
    pub traceparent: Option<String>,
    /// Whether the publisher marked it as stock of day one.
    pub baseline: bool,
    /// The exchange it was published to.
    pub exchange: String,
    /// The routing key it was published with.
    pub routing_key: String,
    /// Whether it was delivered before and not settled.
    pub redelivered: bool,
}

impl fmt::Debug for Delivery {
    // Bodies hold personal data: a length must do.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Delivery")
            .field("tag", &self.tag)
            .field("body_bytes", &self.body.len())
            .field("exchange", &self.exchange)
            .field("routing_key", &self.routing_key)
            .field("redelivered", &self.redelivered)
            .finish_non_exhaustive()
    }
}

/// What becomes of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disposition {
    /// It is committed somewhere else: the broker may forget it.
    Ack,
    /// Nothing was committed: the queue gets it back.
    Requeue,
}

/// Reads one queue.
pub struct Consumer {
    link: Arc<Link>,
    channel: Channel,
    stream: lapin::Consumer,
    queue: String,
    limits: ConsumerLimits,
    pending: Vec<Delivery>,
    unsettled: Unsettled,
}

impl Consumer {
    /// Connects and starts consuming `queue` with manual acknowledgement.
    pub async fn open(
        endpoint: &Endpoint,
        name: &str,
        queue: &str,
        limits: &ConsumerLimits,
    ) -> Result<Self, BrokerError> {
        let link = Link::open(endpoint, name).await?;
        let channel = link.channel().await?;
        Consumer::on_channel(link, channel, queue, limits).await
    }

    /// Starts consuming on a channel that is already open.
    pub(crate) async fn on_channel(
        link: Link,
        channel: Channel,
        queue: &str,
        limits: &ConsumerLimits,
    ) -> Result<Self, BrokerError> {
        // The prefetch comes first: the library's own buffer has no bound.
        link.answer("setting the prefetch", channel.basic_qos(limits.prefetch, BasicQosOptions::default())).await?;
        let options = BasicConsumeOptions::default();
        let consuming = channel.basic_consume(queue.into(), "".into(), options, FieldTable::default());
        let stream = link.answer(&format!("consuming queue {queue}"), consuming).await?;
        Ok(Consumer {
            link: Arc::new(link),
            channel,
            stream,
            queue: queue.to_owned(),
            limits: limits.clone(),
            pending: Vec::new(),
            unsettled: Unsettled::default(),
        })
    }

    /// The handle that settles what this consumer delivers.
    pub fn settler(&self) -> Settler {
        Settler {
            link: Arc::clone(&self.link),
            channel: self.channel.clone(),
            unsettled: self.unsettled.clone(),
            settle_timeout_ms: self.limits.settle_timeout_ms,
        }
    }

    /// The next messages, at least one. An error ends the session: drop the consumer and open another.
    ///
    /// May be dropped at any point without losing a delivery: what was taken comes with the next call.
    pub async fn next_batch(&mut self) -> Result<Vec<Delivery>, BrokerError> {
        if self.pending.is_empty() {
            let first = self.next().await?;
            self.pending.push(first);
        }
        let deadline = Instant::now() + Duration::from_millis(self.limits.batch_wait_ms);
        while self.pending.len() < self.limits.batch_messages_max {
            match tokio::time::timeout_at(deadline, self.next()).await {
                Ok(delivery) => {
                    let delivery = delivery?;
                    self.pending.push(delivery);
                }
                Err(_) => break,
            }
        }
        Ok(std::mem::take(&mut self.pending))
    }

    /// Says goodbye: what was settled has reached the broker when this returns. Only dropped, the last acknowledgements
    /// may still wait to be written, and their messages would be delivered again.
    pub async fn close(self) {
        self.link.close().await;
    }

    async fn next(&mut self) -> Result<Delivery, BrokerError> {
        let check = Duration::from_millis(self.limits.liveness_check_ms);
        loop {
            match tokio::time::timeout(check, self.stream.next()).await {
                Ok(Some(Ok(delivery))) => return Ok(self.unsettled.receive(delivery)),
                Ok(Some(Err(error))) => return Err(BrokerError::from_amqp(&error)),
                Ok(None) => {
                    let reason = format!("the broker ended the consumer of queue {}", self.queue);
                    return Err(BrokerError::Ended { reason });
                }
                // A channel closed under a consumer can leave its stream silent for ever.
                Err(_) => self.link.carries(&self.channel)?,
            }
        }
    }
}

/// Settles what its consumer delivered. Cloned freely; the order of calls is free too.
#[derive(Clone)]
pub struct Settler {
    link: Arc<Link>,
    channel: Channel,
    unsettled: Unsettled,
    settle_timeout_ms: u64,
}

impl Settler {
    /// Tells the broker what became of these deliveries. After an error the session is over, and the broker
    /// delivers again whatever it did not hear of.
    pub async fn settle(&self, deliveries: &[(u64, Disposition)]) -> Result<(), BrokerError> {
        let limit = Duration::from_millis(self.settle_timeout_ms);
        let late = |_| BrokerError::TimedOut { what: "settling".into(), limit_ms: self.settle_timeout_ms };
        tokio::time::timeout(limit, self.settle_all(deliveries)).await.map_err(late)?
    }

    async fn settle_all(&self, deliveries: &[(u64, Disposition)]) -> Result<(), BrokerError> {
        let mut sorted = deliveries.to_vec();
        sorted.sort_unstable_by_key(|(tag, _)| *tag);
        for run in sorted.chunk_by(|(_, left), (_, right)| left == right) {
            match run[0].1 {
                Disposition::Ack => self.ack(run).await?,
                Disposition::Requeue => {
                    for (tag, _) in run {
                        self.requeue(*tag).await?;
                    }
                }
            }
        }
        Ok(())
    }

    /// One acknowledgement for the whole run if nothing older is still open, else one each.
    async fn ack(&self, run: &[(u64, Disposition)]) -> Result<(), BrokerError> {
        if let Some(newest) = self.unsettled.take_all_up_to(run) {
            return self.acknowledge(&newest, true).await;
        }
        for (tag, _) in run {
            let acker = self.unsettled.take(*tag).ok_or_else(|| self.not_ours(*tag))?;
            self.acknowledge(&acker, false).await?;
        }
        Ok(())
    }

    async fn acknowledge(&self, acker: &Acker, multiple: bool) -> Result<(), BrokerError> {
        let acked = acker.ack(BasicAckOptions { multiple }).await;
        self.accepted(acked)
    }

    // From RabbitMQ 4.3 a nack no longer counts towards a delivery limit; a reject does everywhere.
    async fn requeue(&self, tag: u64) -> Result<(), BrokerError> {
        let acker = self.unsettled.take(tag).ok_or_else(|| self.not_ours(tag))?;
        let rejected = acker.reject(BasicRejectOptions { requeue: true }).await;
        self.accepted(rejected)
    }

    /// The library answers `false`, not an error, when the channel was gone before the call.
    fn accepted(&self, answer: lapin::Result<bool>) -> Result<(), BrokerError> {
        match answer {
            Ok(true) => Ok(()),
            Ok(false) => {
                self.link.carries(&self.channel)?;
                Err(BrokerError::Ended { reason: "the channel ended before a delivery was settled".into() })
            }
            Err(error) => Err(BrokerError::from_amqp(&error)),
        }
    }

    fn not_ours(&self, tag: u64) -> BrokerError {
        BrokerError::Contradiction { reason: format!("delivery {tag} is not open on this channel") }
    }
}

/// The deliveries nobody has settled yet, by tag: an acknowledgement for several may not reach over one of them.
#[derive(Clone, Default)]
struct Unsettled(Arc<Mutex<BTreeMap<u64, Acker>>>);

impl Unsettled {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<u64, Acker>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn receive(&self, delivery: AmqpDelivery) -> Delivery {
        self.lock().insert(delivery.delivery_tag, delivery.acker.clone());
        into_delivery(delivery)
    }

    /// Takes the whole run out and returns its newest acker, if the run is exactly what is open up to its end.
    fn take_all_up_to(&self, run: &[(u64, Disposition)]) -> Option<Acker> {
        let (last, _) = *run.last()?;
        let mut open = self.lock();
        if !open.range(..=last).map(|(tag, _)| *tag).eq(run.iter().map(|(tag, _)| *tag)) {
            return None;
        }
        let newer = open.split_off(&(last + 1));
        std::mem::replace(&mut *open, newer).pop_last().map(|(_, acker)| acker)
    }

    fn take(&self, tag: u64) -> Option<Acker> {
        self.lock().remove(&tag)
    }
}

pub(crate) fn into_delivery(delivery: AmqpDelivery) -> Delivery {
    let text = |short: &Option<ShortString>| short.as_ref().map(ToString::to_string);
    let properties = &delivery.properties;
    Delivery {
        tag: delivery.delivery_tag,
        content_type: text(properties.content_type()),
        user_id: text(properties.user_id()),
        message_id: text(properties.message_id()),
        traceparent: properties.headers().as_ref().and_then(traceparent),
        baseline: properties.headers().as_ref().is_some_and(marks_baseline),
        exchange: delivery.exchange.into(),
        routing_key: delivery.routing_key.into(),
        redelivered: delivery.redelivered,
        body: delivery.data,
    }
}

fn traceparent(headers: &FieldTable) -> Option<String> {
    match headers.inner().get(TRACEPARENT_HEADER) {
        Some(AMQPValue::LongString(text)) => std::str::from_utf8(text.as_bytes()).ok().map(str::to_owned),
        _ => None,
    }
}

/// Anything but a plain no counts as the mark: baseline needs an authorisation, so that a strange value ends in a
/// refusal the publisher sees, not in a flood of notices.
fn marks_baseline(headers: &FieldTable) -> bool {
    match headers.inner().get(BASELINE_HEADER) {
        None | Some(AMQPValue::Void) => false,
        Some(AMQPValue::Boolean(mark)) => *mark,
        Some(AMQPValue::LongString(text)) => text.as_bytes() != b"false",
        Some(_) => true,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use lapin::options::QueueDeclareOptions;

    use super::*;

    /// Here and not among the other tests against a broker, because only the library can close its own channel.
    #[tokio::test(flavor = "multi_thread")]
    async fn a_channel_closed_by_the_broker_ends_the_session() {
        let path = std::env::var("LIANGDI_TEST_SERVERS").expect("deploy/test sets LIANGDI_TEST_SERVERS");
        let servers: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        let endpoint = Endpoint::new(servers["amqp_admin_url"].as_str().unwrap().to_owned().into());
        let link = Link::open(&endpoint, "test").await.unwrap();
        let channel = link.channel().await.unwrap();
        let temporary = QueueDeclareOptions { exclusive: true, auto_delete: true, ..QueueDeclareOptions::default() };
        let queue = channel.queue_declare("".into(), temporary, FieldTable::default()).await.unwrap();
        let limits = ConsumerLimits::default();
        let culprit = channel.clone();
        let mut consumer = Consumer::on_channel(link, channel, queue.name().as_str(), &limits).await.unwrap();

        let passive = QueueDeclareOptions { passive: true, ..QueueDeclareOptions::default() };
        culprit.queue_declare("nowhere".into(), passive, FieldTable::default()).await.unwrap_err();

        let ended = tokio::time::timeout(Duration::from_secs(30), consumer.next_batch()).await;
        assert!(ended.expect("the consumer must notice").is_err());
    }

    #[test]
    fn any_value_but_no_marks_a_baseline() {
        let marked = |value: AMQPValue| {
            let mut headers = FieldTable::default();
            headers.insert(BASELINE_HEADER.into(), value);
            marks_baseline(&headers)
        };
        assert!(!marks_baseline(&FieldTable::default()));
        assert!(!marked(AMQPValue::Boolean(false)) && !marked(AMQPValue::LongString("false".into())));
        assert!(marked(AMQPValue::Boolean(true)) && marked(AMQPValue::LongString("true".into())));
        assert!(marked(AMQPValue::LongInt(1)));
    }
}
