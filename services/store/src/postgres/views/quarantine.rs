//! `quarantine list | show | drop | replay`.

use chrono::{DateTime, Utc};
use liangdi_domain::feed::Feed;
use sqlx::FromRow;
use uuid::Uuid;

use super::audit::{Look, note};
use crate::keys::Keys;
use crate::port::Result;
use crate::postgres::PgStore;
use crate::postgres::quarantine::{body_place, body_row};
use crate::postgres::transaction::unreadable;
use crate::report::{Refused, RefusedBody, RefusedGroup};
use crate::seal::unseal;

const LIST: &str = "
SELECT no, publisher, body_mac, feed, reason, path, schema_path, source, id, state, drop_reason, times_seen, first_seen,
    last_seen, sealed IS NOT NULL AS body_kept, CASE WHEN $5 THEN sealed END AS sealed, baseline
FROM quarantine
WHERE ($1::text IS NULL OR reason = $1) AND ($2::text IS NULL OR publisher = $2) AND ($3::bigint IS NULL OR no = $3)
    AND no > $4 AND (state = 'open' OR NOT $6) AND (sealed IS NOT NULL OR NOT $7)
ORDER BY no LIMIT $8";

const OPEN: &str = "
SELECT reason, publisher, count(*), count(sealed), min(first_seen), max(last_seen) FROM quarantine
WHERE state = 'open' GROUP BY reason, publisher ORDER BY count(*) DESC, reason, publisher";

const DROP: &str = "UPDATE quarantine SET state = 'dropped', drop_reason = $2 WHERE no = $1 AND state = 'open'";

/// Which messages of the quarantine are meant. Nothing set: all that are open.
#[derive(Debug, Clone, Copy, Default)]
pub struct QuarantineFilter<'a> {
    /// Only with this reason.
    pub reason: Option<&'a str>,
    /// Only of this publisher.
    pub publisher: Option<&'a str>,
    /// Only this number.
    pub no: Option<i64>,
    /// Only after this number: the next page.
    pub after: i64,
    /// Those that were replayed or dropped too.
    pub settled_too: bool,
}

impl PgStore {
    /// What nobody has settled, by reason and publisher, the most first.
    pub async fn quarantine_open(&self) -> Result<Vec<RefusedGroup>> {
        type Group = (String, String, i64, i64, DateTime<Utc>, DateTime<Utc>);
        let mut transaction = self.reading().await?;
        let rows: Vec<Group> = transaction.rows(sqlx::query_as(OPEN)).await?;
        transaction.commit().await?;
        let group = |(reason, publisher, messages, kept, first_seen, last_seen)| RefusedGroup {
            reason,
            publisher,
            messages,
            kept,
            first_seen,
            last_seen,
        };
        Ok(rows.into_iter().map(group).collect())
    }

    /// Refused messages without their bodies, by number.
    pub async fn quarantine_list(&self, filter: QuarantineFilter<'_>, limit: u32) -> Result<Vec<Refused>> {
        let mut transaction = self.reading().await?;
        let rows: Vec<Row> = transaction.rows(statement(filter, Bodies::Left, limit)).await?;
        transaction.commit().await?;
        rows.into_iter().map(Row::refused).collect()
    }

    /// One refused message with its body, if it was kept. The look is audited.
    pub async fn quarantine_show(&self, no: i64, look: Look<'_>) -> Result<Option<RefusedBody>> {
        let filter = QuarantineFilter { no: Some(no), settled_too: true, ..QuarantineFilter::default() };
        let mut transaction = self.writing().await?;
        let row: Option<Row> = transaction.row(statement(filter, Bodies::Taken, 1)).await?;
        if row.is_some() {
            note(&mut transaction, look, &format!("quarantine {no}"), false).await?;
        }
        transaction.commit().await?;
        row.map(|row| row.opened(&self.0.keys)).transpose()
    }

    /// Open messages whose bodies were kept, to be taken again as their publishers' own. Each is audited.
    pub async fn quarantine_replayable(
        &self,
        filter: QuarantineFilter<'_>,
        limit: u32,
        look: Look<'_>,
    ) -> Result<Vec<RefusedBody>> {
        let filter = QuarantineFilter { settled_too: false, ..filter };
        let mut transaction = self.writing().await?;
        let rows: Vec<Row> = transaction.rows(statement(filter, Bodies::Kept, limit)).await?;
        for row in &rows {
            note(&mut transaction, look, &format!("quarantine {}", row.no), false).await?;
        }
        transaction.commit().await?;
        rows.into_iter().map(|row| row.opened(&self.0.keys)).collect()
    }

    /// Settles an open message without taking it; false if there is no such one.
    pub async fn quarantine_drop(&self, no: i64, reason: &str, who: &str) -> Result<bool> {
        let mut transaction = self.writing().await?;
        let dropped = transaction.execute(sqlx::query(DROP).bind(no).bind(reason)).await? == 1;
        if dropped {
            let look = Look { who, purpose: reason };
            note(&mut transaction, look, &format!("quarantine {no} dropped"), false).await?;
        }
        transaction.commit().await?;
        Ok(dropped)
    }
}

/// Which bodies are read.
#[derive(Clone, Copy, PartialEq)]
enum Bodies {
    /// None.
    Left,
    /// Those there are.
    Taken,
    /// Those there are, and only rows that have one.
    Kept,
}

fn statement(
    filter: QuarantineFilter<'_>,
    bodies: Bodies,
    limit: u32,
) -> crate::postgres::transaction::StatementAs<'static, Row> {
    sqlx::query_as(LIST)
        .bind(filter.reason.map(str::to_owned))
        .bind(filter.publisher.map(str::to_owned))
        .bind(filter.no)
        .bind(filter.after)
        .bind(bodies != Bodies::Left)
        .bind(!filter.settled_too)
        .bind(bodies == Bodies::Kept)
        .bind(i64::from(limit))
}

#[derive(FromRow)]
struct Row {
    no: i64,
    publisher: String,
    body_mac: Uuid,
    feed: String,
    reason: String,
    path: Option<String>,
    schema_path: Option<String>,
    source: Option<String>,
    id: Option<String>,
    state: String,
    drop_reason: Option<String>,
    times_seen: i64,
    first_seen: DateTime<Utc>,
    last_seen: DateTime<Utc>,
    body_kept: bool,
    sealed: Option<Vec<u8>>,
    baseline: bool,
}

impl Row {
    fn opened(self, keys: &Keys) -> Result<RefusedBody> {
        let row = body_row(&self.publisher, self.body_mac);
        let body = self.sealed.as_ref().map(|sealed| unseal(keys, body_place(&row), sealed)).transpose()?;
        Ok(RefusedBody { refused: self.refused()?, body })
    }

    fn refused(self) -> Result<Refused> {
        let feed: Feed = Feed::named(&self.feed).ok_or_else(|| unreadable("quarantine.feed"))?;
        Ok(Refused {
            no: self.no,
            publisher: self.publisher,
            feed,
            reason: self.reason,
            path: self.path,
            schema_path: self.schema_path,
            source: self.source,
            id: self.id,
            state: self.state,
            drop_reason: self.drop_reason,
            times_seen: self.times_seen,
            first_seen: self.first_seen,
            last_seen: self.last_seen,
            body_kept: self.body_kept,
            baseline: self.baseline,
        })
    }
}
