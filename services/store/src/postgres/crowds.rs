//! Blocking keys that too many profiles carry, counted anew: the counters in `status` are kept up batch by batch, but
//! another limit makes others crowded.

use uuid::Uuid;

use super::PgStore;
use crate::port::Result;

/// Keys counted by one statement.
const PAGE: i64 = 20_000;

const COARSE: &str = "
SELECT token, count(*) FROM tokens WHERE token > $1 GROUP BY token ORDER BY token LIMIT $2";

/// The nil UUID stands for no refined form.
const REFINED: &str = "
SELECT count(*) FROM (
    SELECT FROM tokens WHERE token = ANY($1) AND refined <> '00000000-0000-0000-0000-000000000000'
    GROUP BY token, refined HAVING count(*) > $2
) AS closed";

const SET: &str = "
INSERT INTO counters (what, of, count) VALUES ('keys', 'refined', $1), ('keys', 'closed', $2)
ON CONFLICT (what, of) DO UPDATE SET count = excluded.count";

impl PgStore {
    /// Counts the keys that more than so many profiles carry, page by page, and keeps the counts for `status`.
    pub async fn recount_crowds(&self, profiles_max: usize) -> Result<()> {
        let limit = i64::try_from(profiles_max).unwrap_or(i64::MAX);
        let mut transaction = self.writing().await?;
        let (mut refined, mut closed, mut after) = (0, 0, Uuid::nil());
        loop {
            let page: Vec<(Uuid, i64)> = transaction.rows(sqlx::query_as(COARSE).bind(after).bind(PAGE)).await?;
            let Some((last, _)) = page.last() else { break };
            after = *last;
            let crowded: Vec<Uuid> = page.iter().filter(|(_, of)| *of > limit).map(|(token, _)| *token).collect();
            if !crowded.is_empty() {
                refined += crowded.len() as i64;
                let row: Option<(i64,)> = transaction.row(sqlx::query_as(REFINED).bind(crowded).bind(limit)).await?;
                closed += row.map_or(0, |(closed,)| closed);
            }
        }
        transaction.execute(sqlx::query(SET).bind(refined).bind(closed)).await?;
        transaction.commit().await
    }
}
