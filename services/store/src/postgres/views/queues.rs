//! The queues page: what waits for whom, and what receivers were sent and said last. Out of the hub's own figures: the
//! broker is never asked to list its queues.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use crate::port::Result;
use crate::postgres::PgStore;
use crate::report::{QueueLast, QueueWaiting};

/// Every row of the outbox is read, and none of the ledger.
const WAITING: &str = "SELECT receiver, count(*) AS notices, min(no) AS first FROM outbox GROUP BY receiver";

/// Looked up for the few that are shown.
const COMMITTED: &str = "SELECT o.no, l.time FROM outbox o JOIN ledger l ON l.id = o.notice WHERE o.no = ANY($1)";

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
    first: i64,
}

#[derive(FromRow)]
struct LastRow {
    receiver: String,
    numbered: i64,
    sent: Option<DateTime<Utc>>,
    receipt: Option<DateTime<Utc>>,
}

impl PgStore {
    /// Every receiver with notices that the broker has not confirmed.
    pub async fn queues_waiting(&self) -> Result<Vec<QueueWaiting>> {
        let mut transaction = self.reading().await?;
        let rows: Vec<WaitingRow> = transaction.rows(sqlx::query_as(WAITING)).await?;
        transaction.commit().await?;
        let waiting = |row: WaitingRow| QueueWaiting { receiver: row.receiver, notices: row.notices, first: row.first };
        Ok(rows.into_iter().map(waiting).collect())
    }

    /// When waiting notices were committed, by their places in the outbox; those that have left it are not among them.
    pub async fn committed(&self, places: &[i64]) -> Result<HashMap<i64, DateTime<Utc>>> {
        let mut transaction = self.writing().await?;
        let rows: Vec<(i64, DateTime<Utc>)> = transaction.rows(sqlx::query_as(COMMITTED).bind(places)).await?;
        transaction.commit().await?;
        Ok(rows.into_iter().collect())
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
