//! What is counted and timed of notices on their way: by level of jurisdiction, never by township. The program that
//! composes everything says where it goes; without one, nothing is kept.

use std::sync::LazyLock;
use std::time::Duration;

use chrono::Utc;
use liangdi_broker::publisher::Outcome;
use liangdi_domain::notice::{NoticeDraft, Receiver};
use opentelemetry::KeyValue;
use opentelemetry::metrics::{Counter, Gauge, Histogram};

/// The instruments.
pub(crate) struct Metrics {
    sent: Counter<u64>,
    operation: Histogram<f64>,
    leased: Gauge<u64>,
    batch: Histogram<u64>,
    transaction: Histogram<f64>,
    delay: Histogram<f64>,
    retries: Counter<u64>,
}

/// Made when first used: after the program has said where metrics go.
pub(crate) static METRICS: LazyLock<Metrics> = LazyLock::new(|| {
    let meter = opentelemetry::global::meter("liangdi.courier");
    let seconds = |name: &'static str, what: &'static str| {
        meter.f64_histogram(name).with_unit("s").with_description(what).build()
    };
    Metrics {
        sent: meter
            .u64_counter("messaging.client.sent.messages")
            .with_description("Notices published, by what the broker said of them")
            .build(),
        operation: seconds("messaging.client.operation.duration", "How long settling or publishing a batch took"),
        leased: meter
            .u64_gauge("liangdi.courier.leased")
            .with_description("1 while this process's courier holds the lease")
            .build(),
        batch: meter
            .u64_histogram("liangdi.courier.batch.notices")
            .with_description("Notices numbered and published in one go")
            .build(),
        transaction: seconds("liangdi.courier.transaction.duration", "Numbering a batch, marking it published"),
        delay: seconds("liangdi.courier.notice.delay", "From a notice's transaction to the broker's confirm"),
        retries: meter
            .u64_counter("liangdi.courier.retries")
            .with_description("Notices put off, or to be sent again at once, because nobody confirmed them")
            .build(),
    }
});

impl Metrics {
    /// The counters begin at zero, so that the first notice is a rise.
    pub(crate) fn begin(&self) {
        self.leased.record(0, &[]);
        for level in Receiver::LEVELS {
            for outcome in [Outcome::Confirmed, Outcome::Unroutable, Outcome::Nacked, Outcome::TimedOut] {
                self.sent.add(0, &attributes(level, outcome));
            }
            self.retries.add(0, &[KeyValue::new("level", level)]);
        }
    }

    pub(crate) fn leased(&self, leased: bool) {
        self.leased.record(u64::from(leased), &[]);
    }

    pub(crate) fn numbered(&self, notices: usize, took: Duration) {
        self.batch.record(notices as u64, &[]);
        self.transaction.record(took.as_secs_f64(), &[KeyValue::new("operation", "number")]);
    }

    pub(crate) fn marked(&self, took: Duration) {
        self.transaction.record(took.as_secs_f64(), &[KeyValue::new("operation", "mark")]);
    }

    pub(crate) fn published(&self, took: Duration) {
        let operation = KeyValue::new("messaging.operation.name", "publish");
        self.operation.record(took.as_secs_f64(), &[KeyValue::new("messaging.system", "rabbitmq"), operation]);
    }

    pub(crate) fn sent(&self, notice: &NoticeDraft, outcome: Outcome) {
        let level = notice.receiver.level_name();
        self.sent.add(1, &attributes(level, outcome));
        if outcome == Outcome::Confirmed {
            let delay = (Utc::now() - notice.time.to_utc()).num_milliseconds().max(0);
            self.delay.record(delay as f64 / 1e3, &[KeyValue::new("level", level)]);
        } else {
            self.retries.add(1, &[KeyValue::new("level", level)]);
        }
    }
}

fn attributes(level: &'static str, outcome: Outcome) -> [KeyValue; 3] {
    let outcome = match outcome {
        Outcome::Confirmed => "confirmed",
        Outcome::Unroutable => "unroutable",
        Outcome::Nacked => "nacked",
        Outcome::TimedOut => "unknown",
    };
    [KeyValue::new("messaging.system", "rabbitmq"), KeyValue::new("level", level), KeyValue::new("outcome", outcome)]
}
