//! A large register out of a small one, for benches: filling it through the feeds would take hours. Everybody is copied under
//! new ids, with profiles sealed anew and everything that is looked up when the clock or a boundary change comes to a person:
//! facts, their sources, what was told, the ledger, wakes. The notices' own contents are copied as sealed bytes, which open
//! nowhere else: nobody reads them there.
//!
//! Left out is what only people have whom somebody decided on or answered about: a register of plain registrations has none.

use chrono::{DateTime, NaiveDate, Utc};
use liangdi_domain::ids::ProfileId;
use liangdi_domain::person::Profile;
use uuid::Uuid;

use super::PgStore;
use super::convert::{open_profile, seal_profile};
use super::transaction::{Transaction, refused};
use crate::port::Result;

/// Profiles copied in one transaction.
const PAGE_PROFILES: usize = 1_000;

const PROFILES: &str = "SELECT id, person, live, minor_until, thin, sealed FROM profiles ORDER BY id";

const TOKENS: &str = "SELECT token, refined, profile FROM tokens";

/// What ids and keys become in one copy.
const NAMES: &str =
    "SELECT md5($1 || id::text)::uuid FROM unnest($2::uuid[]) WITH ORDINALITY AS given (id, place) ORDER BY place";

const SAVE_PROFILES: &str = "
INSERT INTO profiles (id, person, live, minor_until, thin, sealed)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::boolean[], $4::date[], $5::boolean[], $6::bytea[])";

/// A key that nobody has refined stays so.
const SAVE_TOKENS: &str = "
INSERT INTO tokens (token, refined, profile)
SELECT md5($1 || token::text)::uuid, CASE WHEN refined = '00000000-0000-0000-0000-000000000000' THEN refined
    ELSE md5($1 || refined::text)::uuid END, md5($1 || profile::text)::uuid
FROM unnest($2::uuid[], $3::uuid[], $4::uuid[]) AS given (token, refined, profile)";

/// Ids that say when (UUIDv7) go on saying so. `$1` is the copy's name, `$2` the profiles.
const SAVE_REST: [&str; 6] = [
    "INSERT INTO facts (profile, id, content, key)
    SELECT md5($1 || profile::text)::uuid, id, content, md5($1 || key::text)::uuid FROM facts WHERE profile = ANY($2)",
    "INSERT INTO evidence (profile, fact, message, slot, source, time, time_offset, baseline, withdrawn)
    SELECT md5($1 || profile::text)::uuid, fact, message, slot, source, time, time_offset, baseline, withdrawn
    FROM evidence WHERE profile = ANY($2)",
    "INSERT INTO endings (key, message, ended_on, reason, withdrawn)
    SELECT md5($1 || key::text)::uuid, message, ended_on, reason, withdrawn FROM endings
    WHERE key = ANY(SELECT key FROM facts WHERE profile = ANY($2) AND key IS NOT NULL)",
    "INSERT INTO ledger (id, statement, receiver, kind, urgency, time, time_offset, case_id, due_on, basis, supersedes, fields, sealed)
    SELECT copied(id), copied(statement), receiver, kind, urgency, time, time_offset, copied(case_id), due_on, basis,
        copied(supersedes), fields, sealed
    FROM ledger WHERE statement = ANY(SELECT id FROM told WHERE ground = ANY($2))",
    "INSERT INTO told (id, ground, receiver, topic, place, since, state, ended_on, ended_by, case_id, last_notice, fields,
        variant, asked_notice, asked_on, late_told, answered)
    SELECT copied(id), md5($1 || ground::text)::uuid, receiver, topic, place, since, state, ended_on, ended_by,
        copied(case_id), copied(last_notice), fields, variant, copied(asked_notice), asked_on, late_told, answered
    FROM told WHERE ground = ANY($2)",
    "INSERT INTO wakes (person, wake_on)
    SELECT md5($1 || person::text)::uuid, wake_on FROM wakes
    WHERE person = ANY(SELECT person FROM profiles WHERE id = ANY($2)) ON CONFLICT DO NOTHING",
];

/// `copied(id)`, spelled out.
fn spelled_out(statement: &str) -> String {
    let mut parts = statement.split("copied(");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |sql, part| {
        let (id, rest) = part.split_once(')').unwrap_or((part, ""));
        format!("{sql}(left({id}::text, 18) || substr(md5($1 || {id}::text)::uuid::text, 19))::uuid{rest}")
    })
}

/// The tables that were filled.
const TIDY: &str = "VACUUM ANALYZE profiles, tokens, facts, evidence, endings, ledger, told, wakes";

const PUT_OFF: &str = "UPDATE wakes SET wake_on = $1";

/// Persons' ids are spread evenly, so that the first are anybody.
const WAKE_SOME: &str = "
UPDATE wakes SET wake_on = $1 WHERE person = ANY(ARRAY(SELECT person FROM wakes ORDER BY person LIMIT $2))";

/// Who holds the lock of the province's writer; the number is that of [`super::batch`].
const WRITER: &str = "
SELECT a.pid, a.xact_start FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 AND a.datname = current_database() AND a.xact_start IS NOT NULL
    AND (l.classid::bigint << 32 | l.objid::bigint) = x'6c69616e676469'::bigint";

/// Somebody to be copied.
struct Original {
    id: Uuid,
    person: Uuid,
    live: bool,
    minor_until: Option<NaiveDate>,
    thin: bool,
    content: Profile,
}

type OriginalRow = (Uuid, Uuid, bool, Option<NaiveDate>, bool, Vec<u8>);

impl PgStore {
    /// Copies everybody so many times. With their keys, new profiles meet those copies as they would meet other people;
    /// without, a register grows faster, and no feed may come.
    pub async fn multiply(&self, copies: u32, with_keys: bool) -> Result<()> {
        let mut transaction = self.reading().await?;
        let rows: Vec<OriginalRow> = transaction.rows(sqlx::query_as(PROFILES)).await?;
        let tokens: Vec<(Uuid, Uuid, Uuid)> =
            if with_keys { transaction.rows(sqlx::query_as(TOKENS)).await? } else { Vec::new() };
        transaction.commit().await?;
        let original = |(id, person, live, minor_until, thin, sealed): OriginalRow| {
            let content = open_profile(&self.0.keys, &id, &sealed)?;
            Ok(Original { id, person, live, minor_until, thin, content })
        };
        let originals: Vec<Original> = rows.into_iter().map(original).collect::<Result<_>>()?;
        for copy in 1..=copies {
            let name = format!("copy {copy} of ");
            for page in originals.chunks(PAGE_PROFILES) {
                let mut transaction = self.writing().await?;
                self.copy(&mut transaction, &name, page).await?;
                transaction.commit().await?;
            }
            for page in tokens.chunks(PAGE_PROFILES * 10) {
                let mut transaction = self.writing().await?;
                let statement = sqlx::query(SAVE_TOKENS)
                    .bind(&name)
                    .bind(page.iter().map(|row| row.0).collect::<Vec<_>>())
                    .bind(page.iter().map(|row| row.1).collect::<Vec<_>>())
                    .bind(page.iter().map(|row| row.2).collect::<Vec<_>>());
                transaction.execute(statement).await?;
                transaction.commit().await?;
            }
        }
        Ok(())
    }

    /// Leaves the database's own housekeeping nothing to do while something is measured. It takes as long as it takes.
    pub async fn tidy(&self) -> Result<()> {
        let mut connection = self.0.pool.acquire().await.map_err(|error| refused(&error))?;
        // The setting ends with the connection.
        connection.close_on_drop();
        for statement in ["SET statement_timeout = 0", TIDY] {
            sqlx::raw_sql(statement).execute(&mut *connection).await.map_err(|error| refused(&error))?;
        }
        Ok(())
    }

    async fn copy(&self, transaction: &mut Transaction, name: &str, page: &[Original]) -> Result<()> {
        let ids: Vec<Uuid> = page.iter().map(|original| original.id).collect();
        let persons: Vec<Uuid> = page.iter().map(|original| original.person).collect();
        let named = |of: Vec<Uuid>| sqlx::query_as::<_, (Uuid,)>(NAMES).bind(name.to_owned()).bind(of);
        let new_ids: Vec<Uuid> = transaction.rows(named(ids.clone())).await?.into_iter().map(|row| row.0).collect();
        let new_persons: Vec<Uuid> = transaction.rows(named(persons)).await?.into_iter().map(|row| row.0).collect();
        let sealed: Vec<Vec<u8>> = new_ids
            .iter()
            .zip(page)
            .map(|(id, original)| seal_profile(&self.0.keys, ProfileId(*id), &original.content))
            .collect();
        let statement = sqlx::query(SAVE_PROFILES)
            .bind(new_ids)
            .bind(new_persons)
            .bind(page.iter().map(|original| original.live).collect::<Vec<_>>())
            .bind(page.iter().map(|original| original.minor_until).collect::<Vec<_>>())
            .bind(page.iter().map(|original| original.thin).collect::<Vec<_>>())
            .bind(sealed);
        transaction.execute(statement).await?;
        for statement in SAVE_REST {
            let statement = sqlx::AssertSqlSafe(spelled_out(statement));
            transaction.execute(sqlx::query(statement).bind(name).bind(&ids)).await?;
        }
        Ok(())
    }

    /// Nobody is due before that day.
    pub async fn put_off_wakes(&self, until: NaiveDate) -> Result<()> {
        let mut transaction = self.writing().await?;
        transaction.execute(sqlx::query(PUT_OFF).bind(until)).await?;
        transaction.commit().await
    }

    /// So many people, whoever they are, are due on a day.
    pub async fn wake_some(&self, on: NaiveDate, persons: u32) -> Result<u64> {
        let mut transaction = self.writing().await?;
        let woken = transaction.execute(sqlx::query(WAKE_SOME).bind(on).bind(i64::from(persons))).await?;
        transaction.commit().await?;
        Ok(woken)
    }

    /// The transaction that writes to the register at this moment, if there is one: its process and when it began. Beginning
    /// counts before the wait for its turn.
    pub async fn writer_now(&self) -> Result<Option<(i32, DateTime<Utc>)>> {
        let mut transaction = self.reading().await?;
        let writer = transaction.row(sqlx::query_as(WRITER)).await?;
        transaction.commit().await?;
        Ok(writer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_that_say_when_keep_their_first_half() {
        let spelled = spelled_out("SELECT copied(a), b, copied(c) FROM t WHERE d = ANY($2)");
        let id = |id: &str| format!("(left({id}::text, 18) || substr(md5($1 || {id}::text)::uuid::text, 19))::uuid");
        assert_eq!(spelled, format!("SELECT {}, b, {} FROM t WHERE d = ANY($2)", id("a"), id("c")));
    }
}
