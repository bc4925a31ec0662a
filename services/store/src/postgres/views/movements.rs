//! Who lives where: stays that the household side knows of, counted from county to county.

use crate::port::Result;
use crate::postgres::PgStore;
use crate::report::Movement;

/// Statements that stand, of stays: their receiver is the household side, their place the township of residence.
const MOVEMENTS: &str = "
SELECT left(receiver, 6) AS come_from, left(place, 6) AS live_in, count(*) FROM told
WHERE topic = 'inflow' AND state = 'open' GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2 LIMIT $1";

impl PgStore {
    /// The greatest movements from county to county. It reads every statement: for a page that is asked for now and then.
    pub async fn movements(&self, limit: u32) -> Result<Vec<Movement>> {
        let mut transaction = self.reading().await?;
        let rows: Vec<(String, String, i64)> =
            transaction.rows(sqlx::query_as(MOVEMENTS).bind(i64::from(limit))).await?;
        transaction.commit().await?;
        Ok(rows.into_iter().map(|(from, to, stays)| Movement { from, to, stays }).collect())
    }
}
