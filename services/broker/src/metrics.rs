//! What is counted of sessions and connections. The program that composes everything says where it goes; without one,
//! nothing is kept.

use std::sync::LazyLock;

use opentelemetry::KeyValue;
use opentelemetry::metrics::{Counter, Gauge};

/// The instruments.
pub(crate) struct Metrics {
    sessions_up: Gauge<u64>,
    sessions_lost: Counter<u64>,
    connections_blocked: Gauge<u64>,
}

/// Made when first used: after the program has said where metrics go.
pub(crate) static METRICS: LazyLock<Metrics> = LazyLock::new(|| {
    let meter = opentelemetry::global::meter("liangdi.broker");
    Metrics {
        sessions_up: meter
            .u64_gauge("liangdi.sessions.up")
            .with_description("1 while the session has its way to broker and database, 0 while it waits for it")
            .build(),
        sessions_lost: meter
            .u64_counter("liangdi.sessions.lost")
            .with_description("How often a session lost its way to broker or database")
            .build(),
        connections_blocked: meter
            .u64_gauge("liangdi.connections.blocked")
            .with_description("1 while the broker, short of memory or disk, takes nothing from this connection")
            .build(),
    }
});

impl Metrics {
    /// A session is there, and not yet connected.
    pub(crate) fn session_begins(&self, session: &str) {
        let session = [KeyValue::new("session", session.to_owned())];
        self.sessions_up.record(0, &session);
        self.sessions_lost.add(0, &session);
    }

    pub(crate) fn session_up(&self, session: &str) {
        self.sessions_up.record(1, &[KeyValue::new("session", session.to_owned())]);
    }

    pub(crate) fn session_lost(&self, session: &str) {
        let session = [KeyValue::new("session", session.to_owned())];
        self.sessions_up.record(0, &session);
        self.sessions_lost.add(1, &session);
    }

    pub(crate) fn connection_blocked(&self, connection: &str, blocked: bool) {
        let connection = KeyValue::new("connection", connection.to_owned());
        self.connections_blocked.record(u64::from(blocked), &[connection]);
    }
}
