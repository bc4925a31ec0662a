//! `audit`: who looked at whom, and why. Written in the transaction that looks, so that no look goes without.

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use crate::port::Result;
use crate::postgres::PgStore;
use crate::postgres::transaction::Transaction;
use crate::report::Looked;

const INSERT: &str = "INSERT INTO audit (who, purpose, object, of_minor) VALUES ($1, $2, $3, $4)";

const LIST: &str = "
SELECT no, at, who, purpose, object, of_minor FROM audit
WHERE no < $1 AND ($2::text IS NULL OR who = $2) AND ($3::timestamptz IS NULL OR at >= $3)
    AND ($4::timestamptz IS NULL OR at < $4)
ORDER BY no DESC LIMIT $5";

/// Which entries are meant. Nothing set: all.
#[derive(Debug, Clone, Copy, Default)]
pub struct AuditFilter<'a> {
    /// Only of this user.
    pub who: Option<&'a str>,
    /// Only from this time on.
    pub from: Option<DateTime<Utc>>,
    /// Only before this time.
    pub to: Option<DateTime<Utc>>,
    /// Only before this number: the next page.
    pub before: Option<i64>,
}

#[derive(FromRow)]
struct Row {
    no: i64,
    at: DateTime<Utc>,
    who: String,
    purpose: String,
    object: String,
    of_minor: bool,
}

/// Somebody who looks at identity values.
#[derive(Debug, Clone, Copy)]
pub struct Look<'a> {
    /// The user.
    pub who: &'a str,
    /// Why, in the user's words.
    pub purpose: &'a str,
}

impl PgStore {
    /// Notes a look that happens outside the store. `object` is an id or a code, never an identity value.
    pub async fn audit(&self, look: Look<'_>, object: &str, of_minor: bool) -> Result<()> {
        let mut transaction = self.writing().await?;
        note(&mut transaction, look, object, of_minor).await?;
        transaction.commit().await
    }

    /// Entries, newest first.
    pub async fn audit_list(&self, filter: AuditFilter<'_>, limit: u32) -> Result<Vec<Looked>> {
        let mut transaction = self.writing().await?;
        let statement = sqlx::query_as::<_, Row>(LIST)
            .bind(filter.before.unwrap_or(i64::MAX))
            .bind(filter.who.map(str::to_owned))
            .bind(filter.from)
            .bind(filter.to)
            .bind(i64::from(limit));
        let rows = transaction.rows(statement).await?;
        transaction.commit().await?;
        let looked = |row: Row| Looked {
            no: row.no,
            at: row.at,
            who: row.who,
            purpose: row.purpose,
            object: row.object,
            of_minor: row.of_minor,
        };
        Ok(rows.into_iter().map(looked).collect())
    }
}

pub(in crate::postgres) async fn note(
    transaction: &mut Transaction,
    look: Look<'_>,
    object: &str,
    of_minor: bool,
) -> Result<()> {
    let statement = sqlx::query(INSERT).bind(look.who).bind(look.purpose).bind(object).bind(of_minor);
    transaction.execute(statement).await.map(drop)
}
