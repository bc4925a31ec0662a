//! What waits, counted now and then where it waits: in the outbox, for an answer, in quarantine, for the clock, in the
//! queues. In the process of the courier, so that a hub of several processes counts once. While database or broker is
//! away, the last numbers stand and `liangdi.dependency.up` says so.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::Result;
use chrono::NaiveDate;
use liangdi_broker::connect::Endpoint;
use liangdi_broker::inspect::{QueueDepth, queue_depths};
use liangdi_broker::topology::names;
use liangdi_domain::division::Code;
use liangdi_domain::notice::Receiver;
use liangdi_store::postgres::{PgStore, Waiting};
use opentelemetry::KeyValue;
use opentelemetry::metrics::{Gauge, Meter};
use tokio_util::sync::CancellationToken;

/// What to look at, and how often.
pub struct Observed {
    pub store: PgStore,
    pub endpoint: Endpoint,
    /// The queues that the hub reads.
    pub queues: Vec<String>,
    /// Every jurisdiction with an inbox.
    pub inboxes: Vec<Code>,
    /// The hub's own day, if it is not the clock's.
    pub as_of: Option<NaiveDate>,
    pub interval_ms: u64,
    pub inboxes_interval_ms: u64,
}

/// Looks until `shutdown`.
pub async fn observe(observed: Observed, shutdown: CancellationToken) {
    let gauges = Gauges::new(&opentelemetry::global::meter("liangdi.hub"));
    let inboxes_interval = Duration::from_millis(observed.inboxes_interval_ms);
    let mut looked_at_inboxes: Option<Instant> = None;
    loop {
        let inboxes_due = looked_at_inboxes.is_none_or(|at| at.elapsed() >= inboxes_interval);
        let look = async {
            gauges.look_at_database(&observed).await;
            let broker = gauges.look_at_broker(&observed, inboxes_due).await;
            if broker && inboxes_due {
                looked_at_inboxes = Some(Instant::now());
            }
        };
        tokio::select! {
            () = shutdown.cancelled() => return,
            () = look => {}
        }
        let interval = Duration::from_millis(observed.interval_ms);
        if tokio::time::timeout(interval, shutdown.cancelled()).await.is_ok() {
            return;
        }
    }
}

struct Gauges {
    dependency: Gauge<u64>,
    outbox: Gauge<u64>,
    outbox_age: Gauge<f64>,
    cases: Gauge<u64>,
    cases_age: Gauge<f64>,
    quarantine: Gauge<u64>,
    clock_due: Gauge<u64>,
    queue: Gauge<u64>,
    consumers: Gauge<u64>,
    inboxes: Gauge<u64>,
    silent: Gauge<u64>,
}

impl Gauges {
    fn new(meter: &Meter) -> Self {
        let count = |name: &'static str, what: &'static str| meter.u64_gauge(name).with_description(what).build();
        let age = |name: &'static str, what: &'static str| {
            meter.f64_gauge(name).with_unit("s").with_description(what).build()
        };
        Gauges {
            dependency: count("liangdi.dependency.up", "1 while database or broker answered when last asked"),
            outbox: count("liangdi.outbox.notices", "Notices that the broker has not confirmed"),
            outbox_age: age("liangdi.outbox.oldest.age", "Since the oldest of them was committed"),
            cases: count("liangdi.cases.unanswered", "Open questions that their receiver has not answered"),
            cases_age: age("liangdi.cases.oldest.age", "Since the day on which the oldest of them was asked"),
            quarantine: count("liangdi.quarantine.messages", "Refused messages that nobody has dealt with, by reason"),
            clock_due: count("liangdi.clock.due", "Persons whose day has come and whom the clock has not looked at"),
            queue: count("liangdi.queue.messages", "Messages ready in a queue of the hub"),
            consumers: count("liangdi.queue.consumers", "Consumers of a queue of the hub"),
            inboxes: count("liangdi.inboxes.notices", "Notices ready in the inboxes of a level"),
            silent: count("liangdi.inboxes.silent", "Inboxes of a level that hold notices and that nobody reads"),
        }
    }

    async fn look_at_database(&self, observed: &Observed) {
        let today = observed.as_of.unwrap_or_else(|| liangdi_registry::ingest::now().date_naive());
        let waiting = observed.store.waiting(today).await;
        self.is_up("database", waiting.as_ref().err().map(ToString::to_string));
        if let Ok(waiting) = waiting {
            self.show(&waiting);
        }
    }

    fn show(&self, waiting: &Waiting) {
        self.by_level(&self.outbox, &self.outbox_age, &waiting.outbox);
        self.by_level(&self.cases, &self.cases_age, &waiting.unanswered);
        self.clock_due.record(waiting.due, &[]);
        // Every reason, so that one that nobody waits for any more falls to zero.
        for reason in liangdi_adapters::contract::Reason::ALL {
            let open = waiting.quarantine.get(reason.code()).copied().unwrap_or_default();
            self.quarantine.record(open, &[KeyValue::new("reason", reason.code())]);
        }
    }

    /// Sums and the oldest, of receivers of one level.
    fn by_level(&self, count: &Gauge<u64>, age: &Gauge<f64>, rows: &[liangdi_store::postgres::WaitingFor]) {
        let mut sums: BTreeMap<&str, (u64, f64)> =
            Receiver::LEVELS.into_iter().map(|level| (level, (0, 0.0))).collect();
        for row in rows {
            let (sum, oldest) = sums.entry(row.receiver.level_name()).or_default();
            *sum += row.count;
            *oldest = oldest.max(row.oldest_s);
        }
        for (level, (sum, oldest)) in sums {
            count.record(sum, &[KeyValue::new("level", level.to_owned())]);
            age.record(oldest, &[KeyValue::new("level", level.to_owned())]);
        }
    }

    /// Whether the broker answered.
    async fn look_at_broker(&self, observed: &Observed, inboxes_too: bool) -> bool {
        let looked = self.queues(observed, inboxes_too).await;
        self.is_up("broker", looked.as_ref().err().map(ToString::to_string));
        looked.is_ok()
    }

    async fn queues(&self, observed: &Observed, inboxes_too: bool) -> Result<()> {
        let dead = [names::DEAD_FEEDS.to_owned(), names::DEAD_NOTICES.to_owned()];
        let own: Vec<String> = observed.queues.iter().cloned().chain(dead).collect();
        for depth in queue_depths(&observed.endpoint, &own).await? {
            let queue = [KeyValue::new("messaging.destination.name", depth.name)];
            self.queue.record(depth.ready.unwrap_or_default().into(), &queue);
            self.consumers.record(depth.consumers.into(), &queue);
        }
        if inboxes_too {
            let queues: Vec<String> = observed.inboxes.iter().map(|code| names::inbox(*code)).collect();
            self.show_inboxes(&observed.inboxes, &queue_depths(&observed.endpoint, &queues).await?);
        }
        Ok(())
    }

    fn show_inboxes(&self, codes: &[Code], depths: &[QueueDepth]) {
        let mut sums: BTreeMap<&'static str, (u64, u64)> = BTreeMap::new();
        for (code, depth) in codes.iter().zip(depths) {
            let (ready, silent) = sums.entry(code.level().name()).or_default();
            let waiting = depth.ready.unwrap_or_default();
            *ready += u64::from(waiting);
            *silent += u64::from(waiting > 0 && depth.consumers == 0);
        }
        for (level, (ready, silent)) in sums {
            self.inboxes.record(ready, &[KeyValue::new("level", level)]);
            self.silent.record(silent, &[KeyValue::new("level", level)]);
        }
    }

    fn is_up(&self, dependency: &'static str, error: Option<String>) {
        if let Some(error) = &error {
            tracing::debug!(dependency, error, "cannot be asked what waits there");
        }
        self.dependency.record(u64::from(error.is_none()), &[KeyValue::new("dependency", dependency)]);
    }
}
