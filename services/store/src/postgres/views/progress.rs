//! How far the hub is, asked often and so asked cheaply; and when the notice that a message caused was confirmed.

use chrono::{DateTime, Utc};
use liangdi_domain::evidence::MessageKey;

use crate::port::Result;
use crate::postgres::PgStore;

/// How far the hub is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Deliveries that the feeds' queues handed over and that are committed.
    pub received: i64,
    /// Notices committed.
    pub notices: i64,
    /// Whether a notice is not confirmed yet.
    pub waiting: bool,
}

/// A notice that the broker confirmed, and the message that caused it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfirmedNotice {
    /// The message.
    pub message: MessageKey,
    /// When the courier had the confirm.
    pub at: DateTime<Utc>,
}

const PROGRESS: &str = "
SELECT coalesce(sum(count) FILTER (WHERE what = 'received'), 0)::bigint,
    coalesce(sum(count) FILTER (WHERE what = 'notices'), 0)::bigint, EXISTS (SELECT FROM outbox)
FROM counters";

/// A notice follows from a message of the batch it was committed with, about the same person: the newest of them. Batches
/// come one after the other, each with the time of its beginning in all its messages.
const CONFIRMED: &str = "
WITH batches AS (
    SELECT received, lead(received) OVER (ORDER BY received) AS next FROM (SELECT DISTINCT received FROM inbox) AS begun
)
SELECT DISTINCT ON (p.notice) i.source, i.id, p.at
FROM published p
JOIN ledger l ON l.id = p.notice
JOIN batches b ON l.time >= b.received AND (b.next IS NULL OR l.time < b.next)
JOIN told t ON t.id = l.statement
JOIN profiles ground ON ground.id = t.ground
JOIN profiles same ON same.person = ground.person
JOIN evidence e ON e.profile = same.id
JOIN inbox i ON i.no = e.message AND i.received = b.received
ORDER BY p.notice, i.no DESC";

impl PgStore {
    /// How far the hub is.
    pub async fn progress(&self) -> Result<Progress> {
        let mut transaction = self.writing().await?;
        let (received, notices, waiting) = transaction.row(sqlx::query_as(PROGRESS)).await?.unwrap_or((0, 0, true));
        transaction.commit().await?;
        Ok(Progress { received, notices, waiting })
    }

    /// Every confirmed notice that can be traced to its message.
    pub async fn confirmed_notices(&self) -> Result<Vec<ConfirmedNotice>> {
        let mut transaction = self.reading().await?;
        let rows: Vec<(String, String, DateTime<Utc>)> = transaction.rows(sqlx::query_as(CONFIRMED)).await?;
        transaction.commit().await?;
        let notice = |(source, id, at)| ConfirmedNotice { message: MessageKey { source, id }, at };
        Ok(rows.into_iter().map(notice).collect())
    }
}
