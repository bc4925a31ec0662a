//! `audit`: who looked at whom, and why. Written in the transaction that looks, so that no look goes without.

use crate::port::Result;
use crate::postgres::PgStore;
use crate::postgres::transaction::Transaction;

const INSERT: &str = "INSERT INTO audit (who, purpose, object, of_minor) VALUES ($1, $2, $3, $4)";

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
