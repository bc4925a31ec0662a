//! What the courier works on: its lease, numbering, and notices on their way.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::postgres::PgListener;
use uuid::Uuid;

use super::ledger::NoticeRow;
use super::transaction::{Transaction, refused};
use super::{OUTBOX_CHANNEL, PgStore, quarters};
use crate::keys::Keys;
use crate::port::{AHEAD_MAX_MS, HANDED_OUT_MS, Outbox, Outgoing, Result};

/// Without a word from the database a courier looks for itself this often: a wake-up may have been lost.
const LOOK_AGAIN_MS: u64 = 5_000;

const LEASE: &str = "
INSERT INTO courier_lease AS lease (holder, until) VALUES ($1, now() + make_interval(secs => $2))
ON CONFLICT (one) DO UPDATE SET holder = excluded.holder, until = excluded.until
WHERE lease.holder = excluded.holder OR lease.until < now() OR lease.until > now() + make_interval(secs => $3)";

const HOLDER: &str = "SELECT holder FROM courier_lease FOR UPDATE";

const RESUME: &str = "
UPDATE outbox SET due = NULL WHERE seqno IS NOT NULL AND due IS NOT NULL
    AND EXISTS (SELECT FROM courier_lease WHERE holder = $1)";

const INHERIT: &str = "UPDATE outbox SET due = NULL WHERE seqno IS NOT NULL AND due IS NOT NULL";

/// Two couriers that ask at once get different notices: the second waits for the first's rows, then no longer sees them.
const PICK: &str = "
WITH due AS (
    SELECT no FROM outbox WHERE seqno IS NOT NULL AND (due IS NULL OR due <= $1 OR due > $3)
    ORDER BY due NULLS FIRST, no LIMIT $2 FOR UPDATE
), fresh AS (
    SELECT no, receiver FROM outbox WHERE seqno IS NULL
    ORDER BY no LIMIT $2 - (SELECT count(*) FROM due) FOR UPDATE
)
SELECT no, NULL::text AS receiver FROM due UNION ALL SELECT no, receiver FROM fresh";

const NUMBER: &str = "
INSERT INTO receivers AS r (receiver, last_seqno)
SELECT * FROM unnest($1::text[], $2::bigint[])
ON CONFLICT (receiver) DO UPDATE SET last_seqno = r.last_seqno + excluded.last_seqno
RETURNING receiver, last_seqno";

const HAND_OUT: &str = "
UPDATE outbox SET seqno = coalesce(outbox.seqno, picked.seqno), due = $3
FROM unnest($1::bigint[], $2::bigint[]) AS picked (no, seqno), ledger l
WHERE outbox.no = picked.no AND l.id = outbox.notice
RETURNING outbox.no, outbox.seqno, outbox.attempts, outbox.traceparent, l.id, l.receiver, l.kind, l.urgency, l.time, l.time_offset,
    l.statement, l.case_id, l.due_on, l.basis, l.supersedes, l.sealed, l.erased";

/// The count comes last: of two couriers, none waits for rows of the outbox while it holds the count.
const PUBLISHED: &str = concat!(
    "WITH confirmed AS (
    DELETE FROM outbox WHERE no = ANY($1) AND seqno IS NOT NULL RETURNING receiver, seqno, notice
), counted AS (",
    quarters::add!("(SELECT 'published', '', count(*) FROM confirmed HAVING count(*) > 0)"),
    ")
INSERT INTO published (receiver, seqno, notice) SELECT receiver, seqno, notice FROM confirmed ORDER BY receiver, seqno"
);

const POSTPONE: &str = "
UPDATE outbox SET attempts = attempts + 1, due = later.due
FROM unnest($1::bigint[], $2::timestamptz[]) AS later (no, due) WHERE outbox.no = later.no AND seqno IS NOT NULL";

/// A notice of the outbox as columns.
#[derive(sqlx::FromRow)]
struct OutgoingRow {
    no: i64,
    seqno: i64,
    attempts: i32,
    traceparent: Option<String>,
    #[sqlx(flatten)]
    notice: NoticeRow,
}

impl Outbox for PgStore {
    async fn lease(&self, holder: Uuid, lasts: Duration) -> Result<bool> {
        let mut transaction = self.writing().await?;
        let before: Option<(Uuid,)> = transaction.row(sqlx::query_as(HOLDER)).await?;
        let ahead_s = TimeDelta::milliseconds(AHEAD_MAX_MS).as_seconds_f64();
        let lease = sqlx::query(LEASE).bind(holder).bind(lasts.as_secs_f64()).bind(ahead_s);
        let mine = transaction.execute(lease).await? == 1;
        if mine && before.is_some_and(|(before,)| before != holder) {
            transaction.execute(sqlx::query(INHERIT)).await?;
        }
        transaction.commit().await?;
        Ok(mine)
    }

    async fn resume(&self, holder: Uuid) -> Result<()> {
        let mut transaction = self.writing().await?;
        transaction.execute(sqlx::query(RESUME).bind(holder)).await?;
        transaction.commit().await
    }

    async fn next(&self, now: DateTime<Utc>, limit: usize) -> Result<Vec<Outgoing>> {
        let mut transaction = self.writing().await?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let ahead = now + TimeDelta::milliseconds(AHEAD_MAX_MS);
        let mut picked: Vec<(i64, Option<String>)> =
            transaction.rows(sqlx::query_as(PICK).bind(now).bind(limit).bind(ahead)).await?;
        // Those that were tried before come first; the others in the order of their commits.
        picked.sort_unstable_by_key(|(no, receiver)| (receiver.is_some(), *no));
        if picked.is_empty() {
            transaction.commit().await?;
            return Ok(Vec::new());
        }
        let (nos, seqnos) = number(&mut transaction, &picked).await?;
        let until = now + TimeDelta::milliseconds(HANDED_OUT_MS);
        let statement = sqlx::query_as::<_, OutgoingRow>(HAND_OUT).bind(&nos).bind(&seqnos).bind(until);
        let rows = transaction.rows(statement).await?;
        let mut outgoing: Vec<Outgoing> = rows.into_iter().map(|row| read(&self.0.keys, row)).collect::<Result<_>>()?;
        transaction.commit().await?;
        let place: HashMap<i64, usize> = nos.iter().enumerate().map(|(place, no)| (*no, place)).collect();
        outgoing.sort_unstable_by_key(|outgoing| place.get(&outgoing.outbox_no).copied());
        Ok(outgoing)
    }

    async fn published(&self, outbox_nos: &[i64]) -> Result<()> {
        let mut transaction = self.writing().await?;
        transaction.execute(sqlx::query(PUBLISHED).bind(outbox_nos)).await?;
        transaction.commit().await
    }

    async fn postpone(&self, retries: &[(i64, DateTime<Utc>)]) -> Result<()> {
        let (nos, due): (Vec<i64>, Vec<DateTime<Utc>>) = retries.iter().copied().unzip();
        let mut transaction = self.writing().await?;
        transaction.execute(sqlx::query(POSTPONE).bind(nos).bind(due)).await?;
        transaction.commit().await
    }

    async fn wait(&self, at_most: Duration) -> Result<()> {
        let at_most = at_most.min(Duration::from_millis(LOOK_AGAIN_MS));
        let mut listener = self.0.listener.lock().await;
        let Some(open) = listener.as_mut() else {
            // What was committed before we listened nobody told us: look at once.
            *listener = Some(self.listen().await?);
            return Ok(());
        };
        // Receiving keeps what it has read when it is cancelled.
        match tokio::time::timeout(at_most, open.try_recv()).await {
            Ok(Ok(Some(_))) | Err(_) => Ok(()),
            // Broken: the next call listens anew, and there may be something to look for until then.
            Ok(Ok(None)) => {
                *listener = None;
                Ok(())
            }
            Ok(Err(error)) => {
                *listener = None;
                Err(refused(&error))
            }
        }
    }
}

impl PgStore {
    async fn listen(&self) -> Result<PgListener> {
        let opening = async {
            let mut listener = PgListener::connect_with(&self.0.pool).await?;
            // Connecting again in the middle of a receive could be cancelled half-way.
            listener.eager_reconnect(false);
            listener.listen(OUTBOX_CHANNEL).await?;
            Ok(listener)
        };
        match tokio::time::timeout(self.0.patience, opening).await {
            Ok(opened) => opened.map_err(|error: sqlx::Error| refused(&error)),
            Err(_) => Err(crate::StoreError::Unavailable("no answer to LISTEN in time".into())),
        }
    }
}

/// Gives the fresh ones the next numbers of their receivers, in their order. The others keep theirs: zero here.
async fn number(transaction: &mut Transaction, picked: &[(i64, Option<String>)]) -> Result<(Vec<i64>, Vec<i64>)> {
    // Receivers sorted: two couriers would take the rows' locks in one order.
    let mut wanted: BTreeMap<&str, i64> = BTreeMap::new();
    for receiver in picked.iter().filter_map(|(_, receiver)| receiver.as_deref()) {
        *wanted.entry(receiver).or_default() += 1;
    }
    let (receivers, counts): (Vec<&str>, Vec<i64>) = wanted.iter().unzip();
    let statement = sqlx::query_as::<_, (String, i64)>(NUMBER).bind(receivers).bind(counts);
    let mut given: HashMap<String, i64> = HashMap::with_capacity(wanted.len());
    for (receiver, last) in transaction.rows(statement).await? {
        let before = last - wanted.get(receiver.as_str()).copied().unwrap_or_default();
        given.insert(receiver, before);
    }
    let number = |(no, receiver): &(i64, Option<String>)| {
        let seqno = receiver.as_ref().and_then(|receiver| given.get_mut(receiver)).map_or(0, |last| {
            *last += 1;
            *last
        });
        (*no, seqno)
    };
    Ok(picked.iter().map(number).unzip())
}

fn read(keys: &Keys, row: OutgoingRow) -> Result<Outgoing> {
    Ok(Outgoing {
        outbox_no: row.no,
        seqno: row.seqno,
        attempts: u32::try_from(row.attempts).unwrap_or_default(),
        traceparent: row.traceparent,
        notice: row.notice.read(keys)?,
    })
}
