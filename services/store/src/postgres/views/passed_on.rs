//! `report`: the requests for verification that were passed on in a period. Codes and dates only.

use chrono::{DateTime, NaiveDate, Utc};
use liangdi_domain::calendar::shanghai_date;

use crate::port::Result;
use crate::postgres::PgStore;
use crate::postgres::convert::{join_time, read_code};
use crate::postgres::transaction::unreadable;
use crate::report::PassedOn;

const PASSED_ON: &str = "
SELECT i.no, i.source, i.time, i.time_offset, (f.content ->> 'applied_on')::date
FROM inbox i JOIN evidence e ON e.message = i.no JOIN facts f ON f.profile = e.profile AND f.id = e.fact
WHERE i.kind = 'township.verification-requested.v1' AND NOT i.withdrawn
    AND i.time >= $1 AND i.time < least($2, $3) AND i.no > $4 ORDER BY i.no LIMIT $5";

type Row = (i64, String, DateTime<Utc>, i16, Option<NaiveDate>);

impl PgStore {
    /// The next requests of a period (from its beginning, up to and without its end) that were passed on before `as_of`,
    /// after the message given.
    pub async fn passed_on(
        &self,
        (from, to): (DateTime<Utc>, DateTime<Utc>),
        as_of: DateTime<Utc>,
        after: i64,
        limit: u32,
    ) -> Result<Vec<PassedOn>> {
        let mut transaction = self.writing().await?;
        let statement =
            sqlx::query_as::<_, Row>(PASSED_ON).bind(from).bind(to).bind(as_of).bind(after).bind(i64::from(limit));
        let rows = transaction.rows(statement).await?;
        transaction.commit().await?;
        rows.into_iter().map(passed_on).collect()
    }
}

fn passed_on((no, source, time, offset, applied_on): Row) -> Result<PassedOn> {
    let office = source.rsplit(':').next().unwrap_or_default();
    Ok(PassedOn {
        no,
        requester: read_code("inbox.source", office)?,
        applied_on: applied_on.ok_or_else(|| unreadable("facts.content"))?,
        on: shanghai_date(join_time(time, offset)),
    })
}
