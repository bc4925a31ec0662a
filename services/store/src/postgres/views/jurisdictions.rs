//! `busiest`: the receivers with most notices.

use crate::port::Result;
use crate::postgres::PgStore;
use crate::report::Count;

const BUSIEST: &str = "
SELECT receiver, last_seqno FROM receivers WHERE receiver ~ '^[0-9]+$' ORDER BY last_seqno DESC, receiver LIMIT $1";

impl PgStore {
    /// The jurisdictions that were sent most notices, busiest first.
    pub async fn busiest(&self, limit: u32) -> Result<Vec<Count>> {
        let mut transaction = self.reading().await?;
        let rows: Vec<(String, i64)> = transaction.rows(sqlx::query_as(BUSIEST).bind(i64::from(limit))).await?;
        transaction.commit().await?;
        Ok(rows.into_iter().map(|(of, count)| Count { of, count }).collect())
    }
}
