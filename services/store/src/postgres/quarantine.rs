//! Messages that could not be taken, keyed by publisher and body.

use std::collections::{HashMap, HashSet};

use liangdi_domain::feed::Feed;
use liangdi_domain::ids::Token;
use uuid::Uuid;

use super::batch::PgBatch;
use super::convert::storable;
use super::transaction::{Transaction, unreadable};
use crate::keys::Keys;
use crate::port::{Kept, Quarantined, Result};
use crate::seal::{Place, seal, unseal};

/// The state is told as it was before: the snapshot of `before` does not see what `put` does.
const PUT: &str = "
WITH refused AS (
    SELECT * FROM unnest($1::text[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::bytea[], $10::boolean[], $11::bigint[])
        AS refused (publisher, body_mac, feed, reason, path, schema_path, source, id, sealed, baseline, times)
), before AS (
    SELECT q.publisher, q.body_mac, q.state FROM refused r JOIN quarantine q ON q.publisher = r.publisher AND q.body_mac = r.body_mac
), put AS (
    INSERT INTO quarantine AS q (publisher, body_mac, feed, reason, path, schema_path, source, id, sealed, baseline, times_seen)
    SELECT * FROM refused
    ON CONFLICT (publisher, body_mac) DO UPDATE SET reason = excluded.reason, path = excluded.path,
        schema_path = excluded.schema_path, source = excluded.source, id = excluded.id, sealed = excluded.sealed,
        state = CASE q.state WHEN 'replayed' THEN 'open' ELSE q.state END,
        times_seen = q.times_seen + excluded.times_seen, last_seen = now()
)
SELECT publisher, body_mac FROM before WHERE state <> 'replayed'";

const REPLAYED: &str =
    "UPDATE quarantine SET state = 'replayed' WHERE publisher = $1 AND body_mac = $2 AND state = 'open'";

const SET_ASIDE: &str = "
SELECT feed, publisher, body_mac, baseline, sealed FROM quarantine
WHERE state = 'open' AND reason = ANY($1) AND sealed IS NOT NULL ORDER BY no LIMIT $2";

type BodyKey<'a> = (&'a str, Token);

/// A body, and how often it came in this call.
struct Row<'a> {
    message: &'a Quarantined,
    times: i64,
}

impl PgBatch {
    pub(super) async fn write_quarantine(&mut self, refused: &[Quarantined]) -> Result<Vec<bool>> {
        // In the order of arrival; the last word counts for a body that came several times.
        let mut rows: Vec<Row> = Vec::with_capacity(refused.len());
        let mut place: HashMap<BodyKey, usize> = HashMap::with_capacity(refused.len());
        for message in refused {
            let place = *place.entry(key_of(message)).or_insert(rows.len());
            match rows.get_mut(place) {
                Some(row) => *row = Row { message, times: row.times + 1 },
                None => rows.push(Row { message, times: 1 }),
            }
        }
        let before = self.put(&rows).await?;
        let mut seen: HashSet<BodyKey> = HashSet::new();
        let mut first_times = Vec::with_capacity(refused.len());
        for message in refused {
            let key = key_of(message);
            let first = seen.insert(key) && !before.contains(&(key.0.to_owned(), key.1));
            self.count(if first { "refused" } else { "quarantined-again" }, message.feed.name(), 1);
            first_times.push(first);
        }
        Ok(first_times)
    }

    /// Writes the rows; returns those that were there and stay what they were.
    async fn put(&mut self, rows: &[Row<'_>]) -> Result<HashSet<(String, Token)>> {
        let column = |of: fn(&Quarantined) -> Option<&String>| -> Vec<Option<String>> {
            rows.iter().map(|row| of(row.message).map(|text| storable(text))).collect()
        };
        let statement = sqlx::query_as::<_, (String, Uuid)>(PUT)
            .bind(rows.iter().map(|row| row.message.publisher.as_str()).collect::<Vec<_>>())
            .bind(rows.iter().map(|row| row.message.body_mac.0).collect::<Vec<_>>())
            .bind(rows.iter().map(|row| row.message.feed.name()).collect::<Vec<_>>())
            .bind(rows.iter().map(|row| row.message.reason.as_str()).collect::<Vec<_>>())
            .bind(column(|message| message.path.as_ref()))
            .bind(column(|message| message.schema_path.as_ref()))
            .bind(column(|message| message.source.as_ref()))
            .bind(column(|message| message.id.as_ref()))
            .bind(rows.iter().map(|row| seal_body(&self.keys, row.message)).collect::<Vec<_>>())
            .bind(rows.iter().map(|row| row.message.baseline).collect::<Vec<_>>())
            .bind(rows.iter().map(|row| row.times).collect::<Vec<_>>());
        let before = self.transaction.rows(statement).await?;
        Ok(before.into_iter().map(|(publisher, mac)| (publisher, Token(mac))).collect())
    }
}

pub(super) async fn replayed(transaction: &mut Transaction, publisher: &str, body_mac: Token) -> Result<bool> {
    transaction.execute(sqlx::query(REPLAYED).bind(publisher).bind(body_mac.0)).await.map(|rows| rows == 1)
}

pub(super) async fn set_aside_for(
    transaction: &mut Transaction,
    keys: &Keys,
    reasons: &[&str],
    limit: usize,
) -> Result<Vec<Kept>> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let statement = sqlx::query_as::<_, (String, String, Uuid, bool, Vec<u8>)>(SET_ASIDE).bind(reasons).bind(limit);
    let rows = transaction.rows(statement).await?;
    let kept = |(feed, publisher, body_mac, baseline, sealed): (String, String, Uuid, bool, Vec<u8>)| {
        let feed = Feed::named(&feed).ok_or_else(|| unreadable("quarantine.feed"))?;
        let body = unseal(keys, body_place(&body_row(&publisher, body_mac)), &sealed)?;
        Ok(Kept { feed, publisher, baseline, body })
    };
    rows.into_iter().map(kept).collect()
}

fn key_of(message: &Quarantined) -> BodyKey<'_> {
    (&message.publisher, message.body_mac)
}

fn seal_body(keys: &Keys, message: &Quarantined) -> Option<Vec<u8>> {
    let body = message.body.as_ref()?;
    Some(seal(keys, body_place(&body_row(&message.publisher, message.body_mac.0)), body))
}

/// The key of the row a quarantined body is bound to.
pub(super) fn body_row(publisher: &str, body_mac: Uuid) -> Vec<u8> {
    [body_mac.as_bytes(), publisher.as_bytes()].concat()
}

pub(super) fn body_place(row: &[u8]) -> Place<'_> {
    Place { column: "quarantine.sealed", row }
}
