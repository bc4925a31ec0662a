//! A partner publishing its feed, as its own user: what a department's system does, and what
//! `liangdi publish` and the benchmark do for it.

use liangdi_domain::feed::Feed;

use crate::connect::Endpoint;
use crate::error::BrokerError;
use crate::publisher::{OutMessage, Outcome, Publisher, PublisherLimits};
use crate::topology::names;

/// The content type of a message in structured mode.
pub const CONTENT_TYPE: &str = "application/cloudevents+json";

/// One message of a feed, as it goes on the wire.
#[derive(Clone)]
pub struct FeedMessage {
    /// The envelope's `type`: the routing key.
    pub kind: String,
    /// The envelope's `id`.
    pub id: String,
    /// The whole envelope.
    pub body: Vec<u8>,
}

/// Publishes to one feed as one user.
pub struct FeedPublisher {
    publisher: Publisher,
    exchange: String,
    user: String,
    baseline: bool,
}

impl FeedPublisher {
    /// Connects as the endpoint's user. With `baseline` all it publishes is stock of day one.
    pub async fn open(
        endpoint: &Endpoint,
        feed: Feed,
        baseline: bool,
        limits: &PublisherLimits,
    ) -> Result<Self, BrokerError> {
        let user = endpoint.user()?;
        let publisher = Publisher::open(endpoint, &format!("publish as {user}"), limits).await?;
        Ok(FeedPublisher { publisher, exchange: names::feed(feed), user, baseline })
    }

    /// Publishes all in order; one outcome each. An error means the broker closed the channel or is gone, and the
    /// outcome of part of the messages is unknown.
    pub async fn publish(&mut self, messages: Vec<FeedMessage>) -> Result<Vec<Outcome>, BrokerError> {
        let messages: Vec<OutMessage> = messages.into_iter().map(|message| self.envelope(message)).collect();
        let outcomes = self.publisher.publish_all(&messages).await;
        self.publisher.check()?;
        Ok(outcomes)
    }

    /// Closes the connection politely.
    pub async fn close(self) {
        self.publisher.close().await;
    }

    fn envelope(&self, message: FeedMessage) -> OutMessage {
        OutMessage {
            exchange: self.exchange.clone(),
            routing_key: message.kind,
            body: message.body,
            message_id: message.id,
            content_type: Some(CONTENT_TYPE.to_owned()),
            user_id: Some(self.user.clone()),
            baseline: self.baseline,
            traceparent: None,
            queueless: false,
        }
    }
}
