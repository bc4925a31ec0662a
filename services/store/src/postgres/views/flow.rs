//! The flow page: how much went through each feed and to each level of jurisdictions. Counts and times, cheap enough to be
//! asked every few seconds.

use chrono::{DateTime, Utc};

use crate::port::Result;
use crate::postgres::PgStore;
use crate::report::{Flow, LevelFlow, QuarterCount};

const HEARD: &str = "SELECT of, at FROM counters WHERE what = 'received'";

/// What a receiver is, by the form of its code.
const LEVELS: &str = "
WITH numbered AS (
    SELECT receiver, last_seqno AS numbered, 0::bigint AS waiting, 0::bigint AS in_flight FROM receivers
    UNION ALL SELECT receiver, 0, count(*), count(seqno) FROM outbox GROUP BY receiver
)
SELECT CASE
        WHEN receiver !~ '^[0-9]+$' THEN 'partner'
        WHEN length(receiver) > 6 THEN 'township'
        WHEN receiver LIKE '__0000' THEN 'province'
        WHEN receiver LIKE '____00' THEN 'prefecture'
        ELSE 'county' END AS level,
    (sum(numbered) - sum(in_flight))::bigint, sum(waiting)::bigint
FROM numbered GROUP BY level";

const DAY: &str = "SELECT begins, what, of, count FROM quarters WHERE begins > $1 ORDER BY begins, what, of";

impl PgStore {
    /// What went through by quarters of an hour, of those that began later than this; at most a day is kept.
    pub async fn quarters(&self, later_than: DateTime<Utc>) -> Result<Vec<QuarterCount>> {
        let mut transaction = self.reading().await?;
        let rows: Vec<(DateTime<Utc>, String, String, i64)> =
            transaction.rows(sqlx::query_as(DAY).bind(later_than)).await?;
        transaction.commit().await?;
        Ok(rows.into_iter().map(|(begins, what, of, count)| QuarterCount { begins, what, of, count }).collect())
    }

    /// What the flow page shows besides `status`.
    pub async fn flow(&self) -> Result<Flow> {
        let mut transaction = self.reading().await?;
        let heard: Vec<(String, DateTime<Utc>)> = transaction.rows(sqlx::query_as(HEARD)).await?;
        let levels: Vec<(String, i64, i64)> = transaction.rows(sqlx::query_as(LEVELS)).await?;
        transaction.commit().await?;
        let level = |(level, sent, waiting)| LevelFlow { level, sent, waiting };
        Ok(Flow { heard, levels: levels.into_iter().map(level).collect() })
    }
}
