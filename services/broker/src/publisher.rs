//! Publishing in order on one confirm channel: persistent, mandatory unless a message says otherwise, many messages under
//! way, each with its own outcome. A message counts only when the broker has confirmed it.

use std::collections::HashSet;
use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};
use lapin::message::BasicReturnMessage;
use lapin::options::{BasicPublishOptions, ConfirmSelectOptions};
use lapin::types::{AMQPValue, FieldTable, ShortString};
use lapin::{BasicProperties, Channel, Confirmation};
use serde::Deserialize;

use crate::connect::{Endpoint, Link};
use crate::consumer::BASELINE_HEADER;
use crate::error::BrokerError;
use crate::trace::TRACEPARENT_HEADER;

/// AMQP's mark for a message that survives a restart of the broker.
const PERSISTENT: u8 = 2;

/// How much is under way at once, and how long for.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PublisherLimits {
    /// Messages sent and not yet confirmed.
    pub confirms_in_flight_max: usize,
    /// How long to wait for the next confirm before the channel is given up.
    pub publish_timeout_ms: u64,
}

impl Default for PublisherLimits {
    fn default() -> Self {
        PublisherLimits { confirms_in_flight_max: 1_000, publish_timeout_ms: 10_000 }
    }
}

/// One message to publish.
#[derive(Clone, Default)]
pub struct OutMessage {
    /// The exchange that routes it.
    pub exchange: String,
    /// What the exchange routes it by.
    pub routing_key: String,
    /// The body.
    pub body: Vec<u8>,
    /// AMQP property `message_id`: the CloudEvent's id. Left out where it is longer than AMQP's 255 bytes.
    pub message_id: String,
    /// AMQP property `content_type`.
    pub content_type: Option<String>,
    /// AMQP property `user_id`; the broker refuses any but the connection's own user.
    pub user_id: Option<String>,
    /// Whether to mark it as stock of day one.
    pub baseline: bool,
    /// The trace it belongs to.
    pub traceparent: Option<String>,
    /// Whether it counts as sent also where no queue takes it.
    pub queueless: bool,
}

impl fmt::Debug for OutMessage {
    // Bodies hold personal data: a length must do.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OutMessage")
            .field("exchange", &self.exchange)
            .field("routing_key", &self.routing_key)
            .field("message_id", &self.message_id)
            .field("body_bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// What became of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The broker has it in at least one queue.
    Confirmed,
    /// No queue is bound for it, its exchange does not exist, or its address does not fit into AMQP.
    Unroutable,
    /// A queue refused it: full.
    Nacked,
    /// Nobody knows: no confirm came in time or before the channel ended. Publish it again on a new channel.
    TimedOut,
}

/// Publishes on one connection of its own: a broker that blocks publishers must not hold up acknowledgements.
pub struct Publisher {
    link: Link,
    channel: Channel,
    limits: PublisherLimits,
    ended: Option<BrokerError>,
}

impl Publisher {
    /// Connects and switches confirms on.
    pub async fn open(endpoint: &Endpoint, name: &str, limits: &PublisherLimits) -> Result<Self, BrokerError> {
        let link = Link::open(endpoint, name).await?;
        let channel = confirming(&link).await?;
        Ok(Publisher { link, channel, limits: limits.clone(), ended: None })
    }

    /// Publishes all in the order given and waits for every confirm; one outcome each, in the same order.
    /// Ask [`Publisher::check`] afterwards: a channel that ended serves no second batch.
    pub async fn publish_all(&mut self, messages: &[OutMessage]) -> Vec<Outcome> {
        let mut outcomes = self.publish_once(messages).await;
        // One missing exchange closes the channel under all of them. Each round sets at least one apart; what is not known
        // to be out goes again at once, or the messages of many missing exchanges would hold up the others.
        while self.publishes_again(&outcomes).await {
            let open: Vec<usize> = (0..messages.len()).filter(|at| outcomes[*at] == Outcome::TimedOut).collect();
            let again: Vec<OutMessage> = open.iter().map(|at| messages[*at].clone()).collect();
            for (at, outcome) in open.into_iter().zip(self.publish_once(&again).await) {
                outcomes[at] = outcome;
            }
        }
        outcomes
    }

    /// After a missing exchange: whether some are not known to be out, and there is a new channel for them.
    async fn publishes_again(&mut self, outcomes: &[Outcome]) -> bool {
        let missing = matches!(self.ended, Some(BrokerError::Missing { .. }));
        let goes_on = missing && outcomes.contains(&Outcome::TimedOut) && outcomes.contains(&Outcome::Unroutable);
        goes_on && self.mend().await.is_ok()
    }

    /// Opens another channel where a missing exchange closed the last one; the reason why not, where more is wrong.
    pub async fn mend(&mut self) -> Result<(), BrokerError> {
        if matches!(self.ended, Some(BrokerError::Missing { .. })) {
            match confirming(&self.link).await {
                Ok(channel) => (self.channel, self.ended) = (channel, None),
                Err(error) => self.ended = Some(error),
            }
        }
        self.check()
    }

    async fn publish_once(&mut self, messages: &[OutMessage]) -> Vec<Outcome> {
        let mut batch = Batch::new(messages);
        let channel = self.channel.clone();
        let mut under_way = FuturesUnordered::new();
        let limit = Duration::from_millis(self.limits.publish_timeout_ms);
        let mut next = 0;
        while self.ended.is_none() {
            while next < messages.len() && under_way.len() < self.limits.confirms_in_flight_max {
                match start(&channel, next, &messages[next]).await {
                    Some(publishing) => under_way.push(publishing),
                    None => batch.outcomes[next] = Outcome::Unroutable,
                }
                next += 1;
            }
            match tokio::time::timeout(limit, under_way.next()).await {
                Ok(Some((index, Ok(confirmation)))) => batch.confirm(index, confirmation),
                Ok(Some((_, Err(error)))) => self.ended = Some(batch.channel_ended(&error)),
                Ok(None) => break,
                Err(_) => {
                    let limit_ms = self.limits.publish_timeout_ms;
                    self.ended = Some(BrokerError::TimedOut { what: "a publisher confirm".into(), limit_ms });
                }
            }
        }
        // Confirms that came before the channel ended still count.
        while let Some(Some((index, Ok(confirmation)))) = under_way.next().now_or_never() {
            batch.confirm(index, confirmation);
        }
        batch.finish()
    }

    /// Whether the channel still stands; the reason why not.
    pub fn check(&self) -> Result<(), BrokerError> {
        match &self.ended {
            Some(error) => Err(error.clone()),
            None => self.link.carries(&self.channel),
        }
    }

    /// Closes the connection politely.
    pub async fn close(self) {
        self.link.close().await;
    }
}

/// A channel on which the broker confirms.
async fn confirming(link: &Link) -> Result<Channel, BrokerError> {
    let channel = link.channel().await?;
    link.answer("asking for confirms", channel.confirm_select(ConfirmSelectOptions::default())).await?;
    Ok(channel)
}

type Publishing<'a> = Pin<Box<dyn Future<Output = (usize, lapin::Result<Confirmation>)> + Send + 'a>>;

/// Hands the message to the connection before it returns, and leaves the confirm open; `None` if its address or a
/// property does not fit into AMQP.
async fn start<'a>(channel: &'a Channel, index: usize, message: &'a OutMessage) -> Option<Publishing<'a>> {
    let exchange = ShortString::try_new(message.exchange.as_str()).ok()?;
    let routing_key = ShortString::try_new(message.routing_key.as_str()).ok()?;
    let properties = properties(message)?;
    let mut publishing: Publishing<'a> = Box::pin(async move {
        let options = BasicPublishOptions { mandatory: !message.queueless, immediate: false };
        match channel.basic_publish(exchange, routing_key, options, &message.body, properties).await {
            Ok(confirm) => (index, confirm.await),
            Err(error) => (index, Err(error)),
        }
    });
    // The first poll queues the frames; without it the set of futures would decide the order on the wire.
    match poll_fn(|context| Poll::Ready(publishing.as_mut().poll(context))).await {
        Poll::Pending => Some(publishing),
        Poll::Ready(done) => Some(Box::pin(std::future::ready(done))),
    }
}

/// `None` if a property does not fit into AMQP's 255 bytes.
fn properties(message: &OutMessage) -> Option<BasicProperties> {
    let mut properties = BasicProperties::default().with_delivery_mode(PERSISTENT);
    if let Ok(message_id) = ShortString::try_new(message.message_id.as_str()) {
        properties = properties.with_message_id(message_id);
    }
    if let Some(content_type) = &message.content_type {
        properties = properties.with_content_type(ShortString::try_new(content_type.as_str()).ok()?);
    }
    if let Some(user_id) = &message.user_id {
        properties = properties.with_user_id(ShortString::try_new(user_id.as_str()).ok()?);
    }
    let mut headers = FieldTable::default();
    if message.baseline {
        headers.insert(BASELINE_HEADER.into(), AMQPValue::Boolean(true));
    }
    if let Some(traceparent) = &message.traceparent {
        headers.insert(TRACEPARENT_HEADER.into(), AMQPValue::LongString(traceparent.as_str().into()));
    }
    if !headers.inner().is_empty() {
        properties = properties.with_headers(headers);
    }
    Some(properties)
}

/// The outcomes of one call. The library hands a returned message to whichever confirm completes next, so what
/// came back is collected over the whole batch and matched at the end.
struct Batch<'a> {
    messages: &'a [OutMessage],
    outcomes: Vec<Outcome>,
    returned: HashSet<(String, String, String)>,
}

impl<'a> Batch<'a> {
    fn new(messages: &'a [OutMessage]) -> Self {
        Batch { messages, outcomes: vec![Outcome::TimedOut; messages.len()], returned: HashSet::new() }
    }

    fn confirm(&mut self, index: usize, confirmation: Confirmation) {
        self.outcomes[index] = if confirmation.is_nack() { Outcome::Nacked } else { Outcome::Confirmed };
        if let Some(returned) = confirmation.take_message() {
            self.returned.insert(key_of_returned(&returned));
        }
    }

    /// One missing exchange closes the channel for all: only its own messages are to blame.
    fn channel_ended(&mut self, error: &lapin::Error) -> BrokerError {
        let explained = BrokerError::from_amqp(error);
        if let BrokerError::Missing { reason } = &explained {
            for (message, outcome) in self.messages.iter().zip(&mut self.outcomes) {
                let missing = reason.contains(&format!("no exchange '{}' ", message.exchange));
                if missing && *outcome == Outcome::TimedOut {
                    *outcome = Outcome::Unroutable;
                }
            }
        }
        explained
    }

    fn finish(mut self) -> Vec<Outcome> {
        if !self.returned.is_empty() {
            for (message, outcome) in self.messages.iter().zip(&mut self.outcomes) {
                if *outcome == Outcome::Confirmed && self.returned.contains(&key_of(message)) {
                    *outcome = Outcome::Unroutable;
                }
            }
        }
        self.outcomes
    }
}

fn key_of(message: &OutMessage) -> (String, String, String) {
    let id_fits = ShortString::try_new(message.message_id.as_str()).is_ok();
    let id = if id_fits { message.message_id.clone() } else { String::new() };
    (message.exchange.clone(), message.routing_key.clone(), id)
}

fn key_of_returned(returned: &BasicReturnMessage) -> (String, String, String) {
    let delivery = &returned.delivery;
    let id = delivery.properties.message_id().as_ref().map(ToString::to_string).unwrap_or_default();
    (delivery.exchange.to_string(), delivery.routing_key.to_string(), id)
}
