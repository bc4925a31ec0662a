//! Announced boundary changes, and the work that follows from them.

use chrono::{DateTime, Utc};
use liangdi_domain::division::{Announcement, Change, Code};
use liangdi_domain::evidence::MessageKey;
use liangdi_domain::ids::{PersonId, ProfileId};
use liangdi_domain::notice::Receiver;
use sqlx::types::Json;
use uuid::Uuid;

use super::batch::PgBatch;
use super::convert::{join_time, read_code};
use super::transaction::Transaction;
use crate::port::{Announced, DivisionWork, Inbound, Named, Result};

const INSERT: &str = "
WITH announced AS (
    INSERT INTO division_changes (message, change) SELECT message, change::json
    FROM unnest($1::bigint[], $2::text[]) AS announced (message, change)
)
UPDATE division_table SET version = version + 1";

/// A withdrawal took some back, or gave them back.
const MARKED: &str = "
UPDATE division_table SET version = version + 1
WHERE EXISTS (SELECT FROM division_changes WHERE message = ANY($1))";

const VERSION: &str = "SELECT version FROM division_table";

const ANNOUNCED: &str = "
SELECT d.message, d.change, d.settled, i.source, i.id, i.time, i.time_offset, i.withdrawn
FROM division_changes d JOIN inbox i ON i.no = d.message ORDER BY d.message";

const WORK: &str = "SELECT version, messages, codes, after, looked_at, touched, since FROM division_work";

const SET_WORK: &str = "
INSERT INTO division_work (version, messages, codes, after, looked_at, touched) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (one) DO UPDATE SET version = excluded.version, messages = excluded.messages, codes = excluded.codes,
    after = excluded.after, looked_at = excluded.looked_at, touched = excluded.touched";

const END_WORK: &str = "DELETE FROM division_work";

const SETTLE: &str = "
WITH settled AS (
    UPDATE division_changes SET settled = given.settled FROM unnest($1::bigint[], $2::boolean[]) AS given (message, settled)
    WHERE division_changes.message = given.message
)
UPDATE division_table SET version = version + 1";

/// Whoever says or was told something of the divisions: a fact holds codes in the clear.
const NAMING: &str = r#"
SELECT p.id, p.person,
    EXISTS (SELECT FROM facts f WHERE f.profile = p.id AND f.content::text ~ $3)
    OR EXISTS (SELECT FROM told t WHERE t.ground = p.id AND t.state <> 'retracted' AND (t.receiver ~ $4 OR t.place ~ $4))
FROM (SELECT id, person FROM profiles WHERE id > $1 ORDER BY id LIMIT $2) p ORDER BY p.id"#;

/// Notices on their way that nobody has numbered yet; the ledger says who really hears of them.
const REROUTE: &str = "
WITH waiting AS (
    SELECT o.no, o.notice, given.receiver FROM unnest($1::uuid[], $2::text[]) AS given (statement, receiver)
    JOIN ledger l ON l.statement = given.statement JOIN outbox o ON o.notice = l.id
    WHERE o.seqno IS NULL AND o.receiver <> given.receiver FOR UPDATE OF o
), moved AS (
    UPDATE outbox SET receiver = waiting.receiver FROM waiting WHERE outbox.no = waiting.no AND outbox.seqno IS NULL
)
UPDATE ledger SET receiver = waiting.receiver FROM waiting WHERE ledger.id = waiting.notice";

const REROUTE_ALL: &str = "
WITH waiting AS (
    SELECT o.no, o.notice, given.heir FROM unnest($1::text[], $2::text[]) AS given (receiver, heir)
    JOIN outbox o ON o.receiver = given.receiver WHERE o.seqno IS NULL FOR UPDATE OF o
), moved AS (
    UPDATE outbox SET receiver = waiting.heir FROM waiting WHERE outbox.no = waiting.no AND outbox.seqno IS NULL
)
UPDATE ledger SET receiver = waiting.heir FROM waiting WHERE ledger.id = waiting.notice";

#[derive(sqlx::FromRow)]
struct AnnouncedRow {
    message: i64,
    change: Json<Change>,
    settled: bool,
    source: String,
    id: String,
    time: DateTime<Utc>,
    time_offset: i16,
    withdrawn: bool,
}

#[derive(sqlx::FromRow)]
struct WorkRow {
    version: i64,
    messages: Vec<i64>,
    codes: Vec<String>,
    after: Option<Uuid>,
    looked_at: i64,
    touched: i64,
    since: DateTime<Utc>,
}

pub(super) async fn version(transaction: &mut Transaction) -> Result<i64> {
    let row: Option<(i64,)> = transaction.row(sqlx::query_as(VERSION)).await?;
    Ok(row.map_or(0, |(version,)| version))
}

pub(super) async fn announced(transaction: &mut Transaction) -> Result<Vec<Announced>> {
    let rows: Vec<AnnouncedRow> = transaction.rows(sqlx::query_as(ANNOUNCED)).await?;
    let announced = |row: AnnouncedRow| Announced {
        no: row.message,
        withdrawn: row.withdrawn,
        announcement: Announcement {
            key: MessageKey { source: row.source, id: row.id },
            time: join_time(row.time, row.time_offset),
            change: row.change.0,
            settled: row.settled,
        },
    };
    Ok(rows.into_iter().map(announced).collect())
}

pub(super) async fn work(transaction: &mut Transaction) -> Result<Option<(DivisionWork, DateTime<Utc>)>> {
    let row: Option<WorkRow> = transaction.row(sqlx::query_as(WORK)).await?;
    let Some(row) = row else { return Ok(None) };
    let codes = row.codes.iter().map(|code| read_code("division_work.codes", code)).collect::<Result<_>>()?;
    let (version, messages, after) = (row.version, row.messages, row.after.map(ProfileId));
    let (looked_at, touched) = (row.looked_at, row.touched);
    Ok(Some((DivisionWork { version, messages, codes, after, looked_at, touched }, row.since)))
}

pub(super) async fn put_work(transaction: &mut Transaction, work: Option<&DivisionWork>) -> Result<()> {
    let Some(work) = work else { return transaction.execute(sqlx::query(END_WORK)).await.map(drop) };
    let codes: Vec<&str> = work.codes.iter().map(Code::as_str).collect();
    let statement = sqlx::query(SET_WORK)
        .bind(work.version)
        .bind(&work.messages)
        .bind(codes)
        .bind(work.after.map(|id| id.0))
        .bind(work.looked_at)
        .bind(work.touched);
    transaction.execute(statement).await.map(drop)
}

pub(super) async fn settle(transaction: &mut Transaction, settled: &[(i64, bool)]) -> Result<()> {
    let (messages, settled): (Vec<i64>, Vec<bool>) = settled.iter().copied().unzip();
    transaction.execute(sqlx::query(SETTLE).bind(messages).bind(settled)).await.map(drop)
}

pub(super) async fn naming(
    transaction: &mut Transaction,
    codes: &[Code],
    after: Option<ProfileId>,
    limit: usize,
) -> Result<Vec<Named>> {
    let prefixes = codes.iter().map(Code::prefix).collect::<Vec<_>>().join("|");
    let statement = sqlx::query_as::<_, (Uuid, Uuid, bool)>(NAMING)
        .bind(after.map_or(Uuid::nil(), |id| id.0))
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .bind(format!("\"({prefixes})[0-9]*\""))
        .bind(format!("^({prefixes})"));
    let rows = transaction.rows(statement).await?;
    let named = |(id, person, named)| Named { profile: ProfileId(id), person: PersonId(person), named };
    Ok(rows.into_iter().map(named).collect())
}

pub(super) async fn reroute(transaction: &mut Transaction, handed: &[(Uuid, Receiver)]) -> Result<()> {
    if handed.is_empty() {
        return Ok(());
    }
    let (statements, receivers): (Vec<Uuid>, Vec<&str>) =
        handed.iter().map(|(statement, receiver)| (*statement, receiver.0.as_str())).unzip();
    transaction.execute(sqlx::query(REROUTE).bind(statements).bind(receivers)).await.map(drop)
}

pub(super) async fn reroute_all(transaction: &mut Transaction, heirs: &[(Receiver, Receiver)]) -> Result<()> {
    if heirs.is_empty() {
        return Ok(());
    }
    let (receivers, heirs): (Vec<&str>, Vec<&str>) =
        heirs.iter().map(|(receiver, heir)| (receiver.0.as_str(), heir.0.as_str())).unzip();
    transaction.execute(sqlx::query(REROUTE_ALL).bind(receivers).bind(heirs)).await.map(drop)
}

impl PgBatch {
    pub(super) async fn write_announcements(&mut self, new: &[(i64, &Inbound)]) -> Result<()> {
        let (messages, changes): (Vec<i64>, Vec<String>) = new
            .iter()
            .filter_map(|(no, message)| Some((*no, message.division.as_ref()?)))
            .map(|(no, change)| (no, serde_json::to_string(change).expect("a change is plain data")))
            .unzip();
        if messages.is_empty() {
            return Ok(());
        }
        self.divisions_version = None;
        self.transaction.execute(sqlx::query(INSERT).bind(messages).bind(changes)).await.map(drop)
    }

    pub(super) async fn announcements_marked(&mut self, messages: &[i64]) -> Result<()> {
        self.divisions_version = None;
        self.transaction.execute(sqlx::query(MARKED).bind(messages)).await.map(drop)
    }
}
