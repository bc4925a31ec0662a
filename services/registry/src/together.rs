//! Batches that wait for the writer become one transaction. One writer writes at a time; while it commits, the other
//! feeds' batches gather, and the next turn takes them all. At half load that is what keeps latency down: a transaction
//! has a dozen statements, whether it brings five messages or five hundred.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use liangdi_store::error::StoreError;
use liangdi_store::port::{Result, Store};
use opentelemetry::Context;
use opentelemetry::trace::FutureExt;
use tokio::sync::oneshot;

use crate::ingest::Registry;
use crate::prepare::Prepared;
use crate::trace;

/// Messages in one transaction, unless a single batch brings more.
const MESSAGES_MAX: usize = 500;

/// The batches that wait for the writer, shared by all feeds of a process.
#[derive(Default)]
pub struct Together {
    waiting: Mutex<VecDeque<Waiting>>,
    turn: tokio::sync::Mutex<()>,
}

/// A batch, and whom to tell what became of it.
struct Waiting {
    prepared: Vec<Prepared>,
    done: oneshot::Sender<Result<()>>,
    /// The trace it came in.
    trace: Context,
}

/// The batches of one turn.
#[derive(Default)]
struct Turn {
    messages: Vec<Prepared>,
    told: Vec<oneshot::Sender<Result<()>>>,
    traces: Vec<Context>,
}

impl Together {
    fn waiting(&self) -> MutexGuard<'_, VecDeque<Waiting>> {
        // Nothing is done under the lock that could leave the queue half-changed.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The batches of the next turn: the first that waits, and those behind it that still fit.
    fn take(&self) -> Turn {
        let mut waiting = self.waiting();
        let mut turn = Turn::default();
        while let Some(next) = waiting.front() {
            if !turn.told.is_empty() && turn.messages.len() + next.prepared.len() > MESSAGES_MAX {
                break;
            }
            let Some(Waiting { prepared, done, trace }) = waiting.pop_front() else { break };
            turn.messages.extend(prepared);
            turn.told.push(done);
            turn.traces.push(trace);
        }
        turn
    }
}

impl<S: Store> Registry<S> {
    /// Records a prepared batch, in one transaction with whatever else waits. Refused or stumbled over, the batches of a
    /// turn share their fate: the caller takes its own apart, message by message.
    pub async fn commit_together(&self, prepared: Vec<Prepared>) -> Result<()> {
        let (done, mut outcome) = oneshot::channel();
        self.together.waiting().push_back(Waiting { prepared, done, trace: Context::current() });
        loop {
            let turn = self.together.turn.lock().await;
            match outcome.try_recv() {
                Ok(outcome) => return outcome,
                Err(oneshot::error::TryRecvError::Empty) => {}
                Err(oneshot::error::TryRecvError::Closed) => {
                    return Err(StoreError::Refused("a batch of the same turn made the hub stumble".to_owned()));
                }
            }
            let Turn { messages, told, traces } = self.together.take();
            let trace = trace::transaction(&traces);
            let committed = self.commit(messages).with_context(trace.clone()).await.map(drop);
            trace::end(&trace, committed.is_ok());
            for done in told {
                // Nobody listens any more where the hub is being stopped.
                let _ = done.send(committed.clone());
            }
            // Only now: whoever comes next must find its own outcome, if this turn was its own.
            drop(turn);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use chrono::NaiveDate;
    use liangdi_domain::feed::Feed;
    use liangdi_domain::identity::Matching;

    use super::*;
    use crate::offline;
    use crate::prepare::Incoming;

    /// What cannot be read is quarantined: enough to see which batch got through.
    fn batch(registry: &Registry<liangdi_store::memory::MemoryStore>, feed: Feed, text: &str) -> Vec<Prepared> {
        let body = Arc::new(text.as_bytes().to_vec());
        registry.prepare(vec![Incoming { feed, body, content_type: None, user: None, baseline: false }])
    }

    #[tokio::test]
    async fn batches_that_wait_for_the_writer_all_get_through() {
        let day: NaiveDate = "2026-03-20".parse().unwrap();
        let registry = offline::registry(day, Matching::shipped().clone());
        let writer = registry.store.begin().await.unwrap();
        let mut waiting = Vec::new();
        for (number, feed) in (0..40).zip(Feed::ALL.into_iter().cycle()) {
            let prepared = batch(&registry, feed, &format!("no message {number}"));
            let registry = registry.clone();
            waiting.push(tokio::spawn(async move { registry.commit_together(prepared).await }));
        }
        drop(writer);
        for task in waiting {
            task.await.unwrap().unwrap();
        }
        let status = registry.store.status().await.unwrap();
        let quarantined: i64 = status.feeds.iter().map(|feed| feed.quarantined).sum();
        assert_eq!(quarantined, 40);
        assert!(status.feeds.iter().all(|feed| feed.adds_up()));
        assert!(registry.together.waiting().is_empty());
    }

    #[test]
    fn a_turn_takes_what_fits_and_never_nothing() {
        let together = Together::default();
        let day: NaiveDate = "2026-03-20".parse().unwrap();
        let registry = offline::registry(day, Matching::shipped().clone());
        for messages in [MESSAGES_MAX + 1, MESSAGES_MAX - 1, 1, 1] {
            let prepared = (0..messages).flat_map(|_| batch(&registry, Feed::Hr, "x")).collect();
            together.waiting().push_back(Waiting { prepared, done: oneshot::channel().0, trace: Context::new() });
        }
        let turns = std::iter::from_fn(|| Some(together.take().messages.len()).filter(|messages| *messages > 0));
        assert_eq!(turns.collect::<Vec<_>>(), [MESSAGES_MAX + 1, MESSAGES_MAX, 1]);
    }
}
