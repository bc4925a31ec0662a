//! One queue's way into the registry: the next batch is read and prepared while the last one commits. Every delivery
//! is settled here, after its transaction, and nowhere else.

use std::sync::Arc;
use std::time::Instant;

use liangdi_broker::BrokerError;
use liangdi_broker::connect::Endpoint;
use liangdi_broker::consumer::{Consumer, ConsumerLimits, Delivery, Disposition, Settler};
use liangdi_broker::supervisor::{ReconnectLimits, supervise};
use liangdi_broker::topology::names;
use liangdi_domain::division::Code;
use liangdi_domain::feed::{Feed, MessageType};
use liangdi_store::error::StoreError;
use liangdi_store::port::Store;
use opentelemetry::trace::FutureExt;
use tokio::task::{JoinError, JoinHandle};
use tokio_util::sync::CancellationToken;

use crate::ingest::Registry;
use crate::metrics::METRICS;
use crate::prepare::Incoming;
use crate::stumble::{Tried, tried};
use crate::trace;

/// Why a session ended.
#[derive(Debug, thiserror::Error)]
enum Broken {
    #[error(transparent)]
    Broker(#[from] BrokerError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("a task of the hub stopped: {0}")]
    Task(#[from] JoinError),
}

/// A queue to be worked off.
#[derive(Debug, Clone)]
pub struct Source {
    /// The queue.
    pub queue: String,
    /// The feed all of it belongs to; none for the dead letter queue, where each message says it by its routing key.
    pub feed: Option<Feed>,
    /// The province whose hub all of it comes from: the link that brought it is the publisher.
    pub hub: Option<Code>,
}

impl Source {
    /// A feed's queue.
    pub fn of_feed(feed: Feed) -> Self {
        Source { queue: names::feed(feed), feed: Some(feed), hub: None }
    }

    /// The queue that the link to another province's hub fills.
    pub fn of_hub(province: Code) -> Self {
        Source { queue: names::peer(province), feed: Some(Feed::Hub), hub: Some(province) }
    }

    /// What left one of those unread.
    pub fn dead_letters() -> Self {
        Source { queue: names::DEAD_FEEDS.to_owned(), feed: None, hub: None }
    }
}

/// Works a queue off until `shutdown`, through every outage of broker and database; then drains and returns.
pub async fn run<S: Store>(
    registry: Registry<S>,
    source: Source,
    endpoint: Endpoint,
    limits: ConsumerLimits,
    reconnect: ReconnectLimits,
    shutdown: CancellationToken,
) {
    let name = format!("ingest {}", source.queue);
    METRICS.reads(&source.queue, source.feed);
    supervise(&name, &shutdown, &reconnect, |up| {
        let (registry, source, endpoint, limits) = (registry.clone(), source.clone(), endpoint.clone(), limits.clone());
        let (name, shutdown) = (name.clone(), shutdown.clone());
        async move {
            // First: nobody takes messages off a queue that could not be written down.
            registry.store.ping().await?;
            let mut consumer = Consumer::open(&endpoint, &name, &source.queue, &limits).await?;
            up.connected();
            let ended: Result<(), Broken> = session(&registry, &source, &mut consumer, &shutdown).await;
            if ended.is_ok() {
                consumer.close().await;
            }
            ended
        }
    })
    .await;
}

async fn session<S: Store>(
    registry: &Registry<S>,
    source: &Source,
    consumer: &mut Consumer,
    shutdown: &CancellationToken,
) -> Result<(), Broken> {
    let mut committing: Option<JoinHandle<Result<(), Broken>>> = None;
    loop {
        let deliveries = tokio::select! {
            () = shutdown.cancelled() => break,
            ended = finished(&mut committing) => {
                ended?;
                continue;
            }
            batch = consumer.next_batch() => batch?,
        };
        let begun = Instant::now();
        let traceparents = deliveries.iter().filter_map(|delivery| delivery.traceparent.as_deref());
        let trace = trace::batch(&source.queue, deliveries.len(), traceparents);
        let tags: Vec<u64> = deliveries.iter().map(|delivery| delivery.tag).collect();
        let incoming: Vec<Incoming> = deliveries.into_iter().map(|delivery| incoming(source, delivery)).collect();
        METRICS.consumed(&source.queue, incoming.iter().map(|message| message.feed), incoming.len());
        let prepared = {
            let (registry, incoming) = (registry.clone(), incoming.clone());
            tokio::task::spawn_blocking(move || registry.prepare(incoming)).await?
        };
        METRICS.prepared(&source.queue, begun.elapsed());
        if let Some(before) = committing.take() {
            before.await??;
        }
        let (registry, settler, queue) = (registry.clone(), consumer.settler(), source.queue.clone());
        let traced = trace.clone();
        let commit = async move {
            let whole = {
                let registry = registry.clone();
                async move { registry.commit_together(prepared).await }.with_context(trace.clone())
            };
            let committed = match tried(whole).await {
                Ok(Tried::Stumbled(reason)) => one_by_one(&registry, &queue, incoming, &reason).await,
                Ok(Tried::Done(_)) => Ok(()),
                Err(away) => Err(away),
            };
            let settled = settle(&settler, &queue, &tags, committed).await;
            METRICS.processed(&queue, begun.elapsed());
            trace::end(&trace, settled.is_ok());
            settled
        };
        committing = Some(tokio::spawn(commit.with_context(traced)));
    }
    match committing {
        Some(last) => last.await?,
        None => Ok(()),
    }
}

/// Resolves when the commit under way is over; never, while there is none.
async fn finished(committing: &mut Option<JoinHandle<Result<(), Broken>>>) -> Result<(), Broken> {
    let Some(handle) = committing.as_mut() else { return std::future::pending().await };
    let result = handle.await;
    *committing = None;
    result?
}

fn incoming(source: &Source, delivery: Delivery) -> Incoming {
    let by_key = || delivery.routing_key.parse::<MessageType>().map(MessageType::feed).unwrap_or(Feed::Township);
    // A link's dead letters have the name of its queue for a routing key.
    let dead = || names::of_peer(&delivery.routing_key).filter(|_| source.feed.is_none());
    let hub = source.hub.or_else(dead);
    Incoming {
        feed: if hub.is_some() { Feed::Hub } else { source.feed.unwrap_or_else(by_key) },
        body: Arc::new(delivery.body),
        content_type: delivery.content_type,
        user: hub.map(|province| names::user(Feed::Hub, province)).or(delivery.user_id),
        baseline: delivery.baseline,
    }
}

/// A batch that fails for good is taken apart: one bad message never sinks the ones beside it.
async fn one_by_one<S: Store>(
    registry: &Registry<S>,
    queue: &str,
    batch: Vec<Incoming>,
    reason: &str,
) -> Result<(), StoreError> {
    METRICS.taken_apart(queue);
    tracing::error!(reason, messages = batch.len(), "a batch cannot be committed; taking it apart");
    for message in batch {
        let single = {
            let (registry, message) = (registry.clone(), message.clone());
            async move { registry.commit(registry.prepare(vec![message])).await }.with_current_context()
        };
        if let Tried::Stumbled(_) = tried(single).await? {
            registry.put_aside(message).await?;
        }
    }
    Ok(())
}

/// Tells the broker what became of the batch.
async fn settle(settler: &Settler, queue: &str, tags: &[u64], committed: Result<(), StoreError>) -> Result<(), Broken> {
    let (disposition, name) =
        if committed.is_ok() { (Disposition::Ack, "ack") } else { (Disposition::Requeue, "requeue") };
    let begun = Instant::now();
    let settled: Vec<(u64, Disposition)> = tags.iter().map(|tag| (*tag, disposition)).collect();
    settler.settle(&settled).await?;
    METRICS.settled(queue, name, tags.len(), begun.elapsed());
    Ok(committed?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delivery(routing_key: &str, user: Option<&str>) -> Delivery {
        Delivery {
            tag: 1,
            body: Vec::new(),
            content_type: None,
            user_id: user.map(str::to_owned),
            message_id: None,
            traceparent: None,
            baseline: false,
            exchange: "any".to_owned(),
            routing_key: routing_key.to_owned(),
            redelivered: false,
        }
    }

    #[test]
    fn the_link_is_the_publisher_of_what_it_brings_and_of_its_dead_letters() {
        let from = |source: &Source, routing_key: &str, user: Option<&str>| {
            let incoming = incoming(source, delivery(routing_key, user));
            (incoming.feed, incoming.user)
        };
        let hub = (Feed::Hub, Some("hub.340000".to_owned()));
        let link = Source::of_hub("340000".parse().unwrap());
        assert_eq!(from(&link, "inflow.due", None), hub);
        assert_eq!(from(&link, "inflow.due", Some("police.340000")), hub);
        assert_eq!(from(&Source::dead_letters(), "peer.340000", None), hub);
        // No office can write such a key, and on a feed's own queue it would say nothing.
        assert_eq!(from(&Source::of_feed(Feed::Hr), "peer.340000", None), (Feed::Hr, None));
        let dead = from(&Source::dead_letters(), "hr.employment-started.v1", Some("hr.320500"));
        assert_eq!(dead, (Feed::Hr, Some("hr.320500".to_owned())));
    }
}
