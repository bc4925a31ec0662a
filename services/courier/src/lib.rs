//! From the ledger to the exchanges: numbers, publishes, waits for confirms, marks. A notice that is not confirmed
//! stays in the outbox and is sent again with the same id and number; at least once, gapless, ordered by `seqno`.
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod metrics;
mod trace;

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use liangdi_broker::BrokerError;
use liangdi_broker::connect::Endpoint;
use liangdi_broker::feed::CONTENT_TYPE;
use liangdi_broker::publisher::{OutMessage, Outcome, Publisher, PublisherLimits};
use liangdi_broker::supervisor::{ReconnectLimits, supervise};
use liangdi_broker::topology::{DeliveryModes, names};
use liangdi_domain::notice::envelope;
use liangdi_store::error::StoreError;
use liangdi_store::port::{AHEAD_MAX_MS, Outbox, Outgoing};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::metrics::METRICS;

/// How long giving back the lease may take when a courier stops.
const GIVE_BACK: Duration = Duration::from_secs(1);

/// Named limits of the courier.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Notices numbered and published in one go.
    pub batch_notices_max: usize,
    /// How long a courier that fell silent keeps its lease.
    pub lease_ms: u64,
    /// Longest wait for new notices.
    pub idle_wait_ms: u64,
    /// First wait after a notice that could not be delivered; doubles with each try.
    pub retry_wait_min_ms: u64,
    /// Longest such wait.
    pub retry_wait_max_ms: u64,
}

/// Where notices go.
#[derive(Debug, Clone)]
pub struct Way {
    /// The hub's source, in whose name they go out.
    pub hub: String,
    /// The broker.
    pub endpoint: Endpoint,
    /// Who gets them how.
    pub modes: DeliveryModes,
}

/// Why a session ended.
#[derive(Debug, thiserror::Error)]
enum Broken {
    #[error(transparent)]
    Broker(#[from] BrokerError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Delivers until `shutdown`, through every outage of broker and database.
pub async fn run<O: Outbox>(
    outbox: O,
    way: Way,
    limits: Limits,
    publishing: PublisherLimits,
    reconnect: ReconnectLimits,
    shutdown: CancellationToken,
) {
    // One holder for the process's life, so that a session that breaks does not lock out the next.
    let holder = Uuid::now_v7();
    // Whether a session was handed notices and could not write down what became of them.
    let unmarked = AtomicBool::new(false);
    let unmarked = &unmarked;
    METRICS.begin();
    supervise("courier", &shutdown, &reconnect, |up| {
        let (outbox, way) = (outbox.clone(), way.clone());
        let (limits, publishing, shutdown) = (limits.clone(), publishing.clone(), shutdown.clone());
        async move {
            let mut publisher = Publisher::open(&way.endpoint, "courier", &publishing).await?;
            // Only then: what was put off for a reason of its own stays put off.
            if unmarked.load(Ordering::Relaxed) {
                outbox.resume(holder).await?;
                unmarked.store(false, Ordering::Relaxed);
            }
            up.connected();
            let ended = session(&outbox, &way, &mut publisher, holder, &limits, &shutdown).await;
            if matches!(ended, Err(Broken::Store(_))) {
                unmarked.store(true, Ordering::Relaxed);
            }
            ended
        }
    })
    .await;
    give_back(&outbox, holder).await;
}

/// A lease that this courier holds ends with it: the next one need not wait until it runs out. It does where that fails.
async fn give_back<O: Outbox>(outbox: &O, holder: Uuid) {
    let given = tokio::time::timeout(GIVE_BACK, outbox.lease(holder, Duration::ZERO)).await;
    if !matches!(given, Ok(Ok(_))) {
        tracing::info!("the courier's lease was not given back; the next courier waits until it runs out");
    }
}

async fn session<O: Outbox>(
    outbox: &O,
    way: &Way,
    publisher: &mut Publisher,
    holder: Uuid,
    limits: &Limits,
    shutdown: &CancellationToken,
) -> Result<(), Broken> {
    let lease = Duration::from_millis(limits.lease_ms);
    let mut renew_at = Instant::now();
    while !shutdown.is_cancelled() {
        publisher.mend().await?;
        // Not in every round: a round at a low load is a few milliseconds, and taking the lease is a transaction.
        let asked = Instant::now();
        if asked >= renew_at {
            let leased = outbox.lease(holder, lease).await?;
            METRICS.leased(leased);
            if !leased {
                // Another courier has it: look again well before its lease could run out.
                pause(lease / 3, shutdown).await;
                continue;
            }
            renew_at = asked + lease / 3;
        }
        let numbering = Instant::now();
        let batch = outbox.next(Utc::now(), limits.batch_notices_max).await?;
        if batch.is_empty() {
            tokio::select! {
                () = shutdown.cancelled() => break,
                waited = outbox.wait(Duration::from_millis(limits.idle_wait_ms.min(limits.lease_ms / 3))) => waited?,
            }
            continue;
        }
        METRICS.numbered(batch.len(), numbering.elapsed());
        deliver(outbox, way, publisher, &batch, limits).await?;
    }
    Ok(())
}

async fn pause(time: Duration, shutdown: &CancellationToken) {
    // A time-out is the ordinary case here.
    let _ = tokio::time::timeout(time, shutdown.cancelled()).await;
}

/// Publishes a batch and writes down what the broker said of each.
async fn deliver<O: Outbox>(
    outbox: &O,
    way: &Way,
    publisher: &mut Publisher,
    batch: &[Outgoing],
    limits: &Limits,
) -> Result<(), Broken> {
    let mut messages: Vec<OutMessage> = batch.iter().map(|outgoing| message(outgoing, way)).collect();
    let traces: Vec<_> =
        batch.iter().zip(&mut messages).map(|(outgoing, message)| trace::publish(outgoing, message)).collect();
    let publishing = Instant::now();
    let outcomes = publisher.publish_all(&messages).await;
    METRICS.published(publishing.elapsed());
    let mut published = Vec::with_capacity(batch.len());
    let mut retries = Vec::new();
    for ((outgoing, outcome), trace) in batch.iter().zip(outcomes).zip(traces) {
        METRICS.sent(&outgoing.notice, outcome);
        if let Some(trace) = trace {
            trace::published(&trace, outcome);
        }
        if outcome == Outcome::Confirmed {
            published.push(outgoing.outbox_no);
            continue;
        }
        if outcome == Outcome::Unroutable {
            tracing::warn!(
                receiver = %outgoing.notice.receiver, notice = %outgoing.notice.id,
                "no queue takes this notice; it waits. `liangdi topology plan` shows what is missing"
            );
        }
        // Unknown: the channel ended, perhaps over another notice's missing exchange. The next channel tries this one
        // at once and without that one; put off together, they would fail together for ever.
        let unknown = outcome == Outcome::TimedOut;
        let due = if unknown { Utc::now() } else { retry_at(Utc::now(), outgoing.attempts, limits) };
        retries.push((outgoing.outbox_no, due));
    }
    let marking = Instant::now();
    if !published.is_empty() {
        outbox.published(&published).await?;
    }
    METRICS.marked(marking.elapsed());
    if !retries.is_empty() {
        outbox.postpone(&retries).await?;
    }
    Ok(())
}

/// The next try: the wait doubles with every one that failed.
fn retry_at(now: DateTime<Utc>, attempts: u32, limits: &Limits) -> DateTime<Utc> {
    let doubled = limits.retry_wait_min_ms.saturating_mul(1_u64 << attempts.min(32));
    // What is due later than that would be taken for a clock's mistake.
    let longest = limits.retry_wait_max_ms.min(AHEAD_MAX_MS.unsigned_abs());
    now + Duration::from_millis(doubled.min(longest))
}

fn message(outgoing: &Outgoing, way: &Way) -> OutMessage {
    let notice = &outgoing.notice;
    let (exchange, routing_key, queueless) = match notice.receiver.0.parse() {
        Ok(code) => {
            let key = format!("{}.{}", notice.kind.name(), notice.urgency.name());
            (names::jurisdiction(code), key, !way.modes.of(code).needs_queue())
        }
        Err(_) => (names::PARTNER.to_owned(), notice.receiver.0.clone(), false),
    };
    OutMessage {
        exchange,
        routing_key,
        body: envelope(notice, &way.hub, outgoing.seqno).to_string().into_bytes(),
        message_id: notice.id.to_string(),
        content_type: Some(CONTENT_TYPE.to_owned()),
        user_id: None,
        baseline: false,
        traceparent: None,
        queueless,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_doubles_and_stays_below_its_limit() {
        let limits = Limits {
            batch_notices_max: 1,
            lease_ms: 1,
            idle_wait_ms: 1,
            retry_wait_min_ms: 1_000,
            retry_wait_max_ms: 60_000,
        };
        let now = Utc::now();
        let waits: Vec<i64> =
            [0, 1, 5, 6, 60].iter().map(|tries| (retry_at(now, *tries, &limits) - now).num_seconds()).collect();
        assert_eq!(waits, [1, 2, 32, 60, 60]);
    }
}
