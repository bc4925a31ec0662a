//! What is counted and timed on the way of a batch: by feed, by stage, by level of jurisdiction, never by person, key or
//! township. The program that composes everything says where it goes; without one, nothing is kept.

use std::collections::BTreeMap;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use liangdi_adapters::contract::Reason;
use liangdi_domain::feed::Feed;
use liangdi_domain::notice::NoticeDraft;
use liangdi_store::port::Quarantined;
use opentelemetry::KeyValue;
use opentelemetry::metrics::{Counter, Histogram, Meter, ObservableGauge};

use crate::trace;

/// The instruments.
pub(crate) struct Metrics {
    consumed: Counter<u64>,
    processed: Histogram<f64>,
    settling: Histogram<f64>,
    batch_messages: Histogram<u64>,
    prepared: Histogram<f64>,
    settled: Counter<u64>,
    apart: Counter<u64>,
    messages: Counter<u64>,
    refusals: Counter<u64>,
    notices: Counter<u64>,
    writer_wait: Histogram<f64>,
    transaction: Histogram<f64>,
    transaction_messages: Histogram<u64>,
    stage: Histogram<f64>,
    clock_runs: Counter<u64>,
    clock_persons: Counter<u64>,
    /// Kept so that its callback is.
    _last_message: ObservableGauge<f64>,
}

/// Made when first used: after the program has said where metrics go.
pub(crate) static METRICS: LazyLock<Metrics> =
    LazyLock::new(|| Metrics::new(&opentelemetry::global::meter("liangdi.registry")));

/// When the last message of each feed came, in milliseconds of Unix time; zero where nobody reads the feed here.
static LAST_MESSAGE: [AtomicU64; Feed::COUNTED.len()] = [const { AtomicU64::new(0) }; Feed::COUNTED.len()];

impl Metrics {
    fn new(meter: &Meter) -> Self {
        let counter = |name: &'static str, what: &'static str| meter.u64_counter(name).with_description(what).build();
        let sizes = |name: &'static str, what: &'static str| meter.u64_histogram(name).with_description(what).build();
        let seconds = |name: &'static str, what: &'static str| {
            meter.f64_histogram(name).with_unit("s").with_description(what).build()
        };
        Metrics {
            consumed: counter("messaging.client.consumed.messages", "Messages that a queue handed over"),
            processed: seconds("messaging.process.duration", "From a batch's last message to its settlement"),
            settling: seconds("messaging.client.operation.duration", "How long settling or publishing a batch took"),
            batch_messages: sizes("liangdi.ingest.batch.messages", "Messages in a batch off a queue"),
            prepared: seconds("liangdi.ingest.prepare.duration", "Validating, normalising and marking a batch"),
            settled: counter("liangdi.ingest.settled", "Deliveries acknowledged or given back to their queue"),
            apart: counter("liangdi.ingest.batches.apart", "Batches refused whole and taken apart message by message"),
            messages: counter("liangdi.ingest.messages", "Messages committed, by what became of them"),
            refusals: counter("liangdi.ingest.refusals", "Messages put into quarantine, by reason"),
            notices: counter("liangdi.registry.notices", "Notices committed"),
            writer_wait: seconds("liangdi.registry.writer.wait.duration", "Waiting for the writer's lock"),
            transaction: seconds("liangdi.registry.transaction.duration", "A registry transaction, the lock held"),
            transaction_messages: sizes("liangdi.registry.transaction.messages", "Messages in a registry transaction"),
            stage: seconds("liangdi.registry.stage.duration", "A stage of a registry transaction"),
            clock_runs: counter("liangdi.clock.runs", "Looks of the clock, by what they found"),
            clock_persons: counter("liangdi.clock.persons", "Persons whose day had come"),
            _last_message: meter
                .f64_observable_gauge("liangdi.feed.last_message.age")
                .with_unit("s")
                .with_description("Since the feed's last message, or since this process began to read it")
                .with_callback(|observer| {
                    for (feed, last) in Feed::COUNTED.into_iter().zip(&LAST_MESSAGE) {
                        let last = last.load(Ordering::Relaxed);
                        if last > 0 {
                            let age = now_ms().saturating_sub(last);
                            observer.observe(age as f64 / 1e3, &[feed_is(feed)]);
                        }
                    }
                })
                .build(),
        }
    }

    /// A queue is being read: its counters begin at zero, so that the first message is a rise.
    pub(crate) fn reads(&self, queue: &str, feed: Option<Feed>) {
        self.consumed.add(0, &destination(queue));
        self.apart.add(0, &destination(queue));
        for disposition in ["ack", "requeue"] {
            self.settled.add(0, &with(destination(queue), "disposition", disposition));
        }
        if let Some(feed) = feed {
            touch(feed);
            for outcome in ["recorded", "duplicate", "refused"] {
                self.messages.add(0, &[feed_is(feed), KeyValue::new("outcome", outcome)]);
            }
            for reason in Reason::ALL {
                self.refusals.add(0, &[feed_is(feed), KeyValue::new("reason", reason.code())]);
            }
        }
    }

    pub(crate) fn consumed(&self, queue: &str, feeds: impl Iterator<Item = Feed>, messages: usize) {
        feeds.for_each(touch);
        self.consumed.add(messages as u64, &destination(queue));
        self.batch_messages.record(messages as u64, &destination(queue));
    }

    pub(crate) fn prepared(&self, queue: &str, took: Duration) {
        self.prepared.record(took.as_secs_f64(), &destination(queue));
    }

    pub(crate) fn taken_apart(&self, queue: &str) {
        self.apart.add(1, &destination(queue));
    }

    pub(crate) fn settled(&self, queue: &str, disposition: &'static str, messages: usize, took: Duration) {
        self.settled.add(messages as u64, &with(destination(queue), "disposition", disposition));
        self.settling.record(took.as_secs_f64(), &with(destination(queue), "messaging.operation.name", disposition));
    }

    pub(crate) fn processed(&self, queue: &str, took: Duration) {
        self.processed.record(took.as_secs_f64(), &destination(queue));
    }

    pub(crate) fn waited_for_writer(&self, took: Duration) {
        self.writer_wait.record(took.as_secs_f64(), &[]);
    }

    pub(crate) fn transaction(&self, committed: bool, messages: usize, took: Duration) {
        let outcome = if committed { "committed" } else { "failed" };
        self.transaction.record(took.as_secs_f64(), &[KeyValue::new("outcome", outcome)]);
        if messages > 0 {
            self.transaction_messages.record(messages as u64, &[]);
        }
    }

    /// The clock's counters begin at zero.
    pub(crate) fn clock_begins(&self) {
        self.clock_persons.add(0, &[]);
        for outcome in ["woke", "idle", "failed"] {
            self.clock_runs.add(0, &[KeyValue::new("outcome", outcome)]);
        }
    }

    pub(crate) fn clock_ran(&self, outcome: &'static str, persons: usize) {
        self.clock_runs.add(1, &[KeyValue::new("outcome", outcome)]);
        self.clock_persons.add(persons as u64, &[]);
    }
}

/// What a transaction came to, counted only when it is committed.
#[derive(Default)]
pub(crate) struct Tally {
    messages: BTreeMap<(Feed, &'static str), u64>,
    refusals: BTreeMap<(Feed, String), u64>,
    notices: BTreeMap<(&'static str, &'static str), u64>,
}

impl Tally {
    pub(crate) fn message(&mut self, feed: Feed, outcome: &'static str) {
        *self.messages.entry((feed, outcome)).or_default() += 1;
    }

    pub(crate) fn refused(&mut self, row: &Quarantined) {
        self.message(row.feed, "refused");
        *self.refusals.entry((row.feed, row.reason.clone())).or_default() += 1;
    }

    pub(crate) fn notices(&mut self, notices: &[NoticeDraft]) {
        for notice in notices {
            *self.notices.entry((notice.kind.name(), notice.receiver.level_name())).or_default() += 1;
        }
    }

    pub(crate) fn committed(self) {
        for ((feed, outcome), count) in self.messages {
            METRICS.messages.add(count, &[feed_is(feed), KeyValue::new("outcome", outcome)]);
        }
        for ((feed, reason), count) in self.refusals {
            METRICS.refusals.add(count, &[feed_is(feed), KeyValue::new("reason", reason)]);
        }
        for ((kind, level), count) in self.notices {
            METRICS.notices.add(count, &[KeyValue::new("kind", kind), KeyValue::new("level", level)]);
        }
    }
}

/// Times the stages of a transaction, one after the other.
pub(crate) struct Stages(Instant, SystemTime);

impl Stages {
    pub(crate) fn begin() -> Self {
        Stages(Instant::now(), SystemTime::now())
    }

    /// What has passed since the last stage's end was `stage`.
    pub(crate) fn end(&mut self, stage: &'static str) {
        let now = Instant::now();
        METRICS.stage.record((now - self.0).as_secs_f64(), &[KeyValue::new("stage", stage)]);
        trace::stage(stage, self.1);
        *self = Stages(now, SystemTime::now());
    }
}

fn touch(feed: Feed) {
    if let Some((_, last)) = Feed::COUNTED.into_iter().zip(&LAST_MESSAGE).find(|(other, _)| *other == feed) {
        last.store(now_ms(), Ordering::Relaxed);
    }
}

fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or_default()
}

fn feed_is(feed: Feed) -> KeyValue {
    KeyValue::new("feed", feed.name())
}

fn destination(queue: &str) -> Vec<KeyValue> {
    let system = KeyValue::new("messaging.system", "rabbitmq");
    vec![system, KeyValue::new("messaging.destination.name", queue.to_owned())]
}

fn with(mut attributes: Vec<KeyValue>, key: &'static str, value: &'static str) -> Vec<KeyValue> {
    attributes.push(KeyValue::new(key, value));
    attributes
}
