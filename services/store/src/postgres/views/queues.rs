//! The queues page: what waits for whom, and what receivers were sent and said last. Out of the hub's own figures: the
//! broker is never asked to list its queues.

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use crate::port::Result;
use crate::postgres::PgStore;
use crate::report::{QueueLast, QueueWaiting};

/// The oldest is looked up by its number: the ledger is not read.
const WAITING: &str = "
WITH waiting AS (SELECT receiver, count(*) AS notices, min(no) AS first FROM outbox GROUP BY receiver)
SELECT w.receiver, w.notices, l.time AS oldest
FROM waiting w JOIN outbox o ON o.no = w.first JOIN ledger l ON l.id = o.notice
ORDER BY l.time, w.receiver";

/// Some receivers: each figure is one look into an index.
const LAST: &str = r#"
SELECT asked.receiver, coalesce(r.last_seqno, 0) AS numbered,
    (SELECT p.at FROM published p WHERE p.receiver = asked.receiver ORDER BY p.seqno DESC LIMIT 1) AS sent,
    (SELECT max(i.received) FROM inbox i
     WHERE i.source = ('urn:liangdi:township:' || asked.receiver) COLLATE "C" AND i.kind = 'township.receipt.v1') AS receipt
FROM unnest($1::text[] COLLATE "C") AS asked (receiver) LEFT JOIN receivers r ON r.receiver = asked.receiver"#;

#[derive(FromRow)]
struct WaitingRow {
    receiver: String,
    notices: i64,
    oldest: DateTime<Utc>,
}

#[derive(FromRow)]
struct LastRow {
    receiver: String,
    numbered: i64,
    sent: Option<DateTime<Utc>>,
    receipt: Option<DateTime<Utc>>,
}

impl PgStore {
    /// Receivers with notices that the broker has not confirmed, the longest waiting first.
    pub async fn queues_waiting(&self) -> Result<Vec<QueueWaiting>> {
        let mut transaction = self.writing().await?;
        let rows: Vec<WaitingRow> = transaction.rows(sqlx::query_as(WAITING)).await?;
        transaction.commit().await?;
        let waiting =
            |row: WaitingRow| QueueWaiting { receiver: row.receiver, notices: row.notices, oldest: row.oldest };
        Ok(rows.into_iter().map(waiting).collect())
    }

    /// What some receivers were sent and said last.
    pub async fn queues_last(&self, receivers: &[String]) -> Result<Vec<QueueLast>> {
        let mut transaction = self.writing().await?;
        let rows: Vec<LastRow> = transaction.rows(sqlx::query_as(LAST).bind(receivers)).await?;
        transaction.commit().await?;
        let last = |row: LastRow| QueueLast {
            receiver: row.receiver,
            numbered: row.numbered,
            sent: row.sent,
            receipt: row.receipt,
        };
        Ok(rows.into_iter().map(last).collect())
    }
}
