//! Logging in through a provider of identity: what is under way there, who comes back, and which account a user has.

use chrono::{DateTime, Utc};
use liangdi_domain::ids::Token;

use super::login::{OPEN, SWEEP};
use super::users::{end_and_note, object};
use crate::access::{Bound, ProviderLogin, ProviderSays};
use crate::port::Result;
use crate::postgres::PgStore;
use crate::postgres::views::{Look, note};

const BEGIN: &str = "INSERT INTO logins_begun (token, next, ends) VALUES ($1, $2, $3)";

const SWEEP_BEGUN: &str = "DELETE FROM logins_begun WHERE ends <= $1";

/// Whoever deletes the row goes on; of two that come at the same time the second finds nothing.
const COME_BACK: &str = "DELETE FROM logins_begun WHERE token = $1 AND ends > $2 RETURNING next";

/// Once bound, the identifier alone counts: names are given to others when somebody leaves.
const FIND: &str = "
SELECT name, locked, provider_subject IS NOT NULL FROM users
WHERE (provider_issuer = $1 AND provider_subject = $2) OR (provider_subject IS NULL AND provider_name = $3)
ORDER BY provider_subject NULLS LAST LIMIT 1 FOR UPDATE";

const BIND: &str = "UPDATE users SET provider_issuer = $2, provider_subject = $3 WHERE name = $1";

const LOGGED_IN: &str = "UPDATE users SET last_login = $2, failures = 0, locked_until = NULL WHERE name = $1";

const IS_ANOTHERS: &str =
    "SELECT EXISTS (SELECT FROM users WHERE provider_name = $2 AND provider_subject IS NULL AND name <> $1)";

const GIVE: &str = "
UPDATE users SET provider_name = $2, provider_issuer = NULL, provider_subject = NULL, password = NULL, must_change = false,
    totp = NULL, failures = 0, locked_until = NULL
WHERE name = $1";

impl PgStore {
    /// Keeps in mind that a browser went to the provider, and where it wants to go afterwards.
    pub async fn provider_login_begun(
        &self,
        browser: Token,
        next: &str,
        (now, ends): (DateTime<Utc>, DateTime<Utc>),
    ) -> Result<()> {
        let mut transaction = self.writing().await?;
        transaction.execute(sqlx::query(SWEEP_BEGUN).bind(now)).await?;
        transaction.execute(sqlx::query(BEGIN).bind(browser.0).bind(next).bind(ends)).await?;
        transaction.commit().await
    }

    /// Where a browser that comes back wants to go; none if it took too long, or was back already.
    pub async fn provider_login_back(&self, browser: Token, now: DateTime<Utc>) -> Result<Option<String>> {
        let mut transaction = self.writing().await?;
        let row: Option<(String,)> = transaction.row(sqlx::query_as(COME_BACK).bind(browser.0).bind(now)).await?;
        transaction.commit().await?;
        Ok(row.map(|(next,)| next))
    }

    /// Opens a session for whom the provider says it is, if a user is that one. The first login binds the user to the
    /// provider's identifier.
    pub async fn provider_login(
        &self,
        says: ProviderSays<'_>,
        session: Token,
        (now, ends): (DateTime<Utc>, DateTime<Utc>),
    ) -> Result<ProviderLogin> {
        let mut transaction = self.writing().await?;
        let statement = sqlx::query_as(FIND).bind(says.issuer).bind(says.subject).bind(says.name);
        let row: Option<(String, bool, bool)> = transaction.row(statement).await?;
        let Some((name, locked, bound)) = row else {
            transaction.commit().await?;
            return Ok(ProviderLogin::Unknown);
        };
        if locked {
            transaction.commit().await?;
            return Ok(ProviderLogin::Locked);
        }
        if !bound {
            transaction.execute(sqlx::query(BIND).bind(&name).bind(says.issuer).bind(says.subject)).await?;
            let look = Look { who: &name, purpose: "was bound to the account at the provider" };
            note(&mut transaction, look, &object(&name), false).await?;
        }
        transaction.execute(sqlx::query(LOGGED_IN).bind(&name).bind(now)).await?;
        transaction.execute(sqlx::query(SWEEP).bind(now)).await?;
        transaction.execute(sqlx::query(OPEN).bind(session.0).bind(&name).bind(now).bind(ends)).await?;
        let look = Look { who: &name, purpose: "logged in through the provider" };
        note(&mut transaction, look, &object(&name), false).await?;
        transaction.commit().await?;
        Ok(ProviderLogin::Opened)
    }

    /// Has a user log in through the provider from now on, as whom it calls `account`: password and second factor go,
    /// what was bound before is forgotten, all sessions end.
    pub async fn user_bind(&self, name: &str, account: &str, who: &str) -> Result<Bound> {
        let mut transaction = self.writing().await?;
        let taken: Option<(bool,)> = transaction.row(sqlx::query_as(IS_ANOTHERS).bind(name).bind(account)).await?;
        if taken.is_some_and(|(taken,)| taken) {
            transaction.commit().await?;
            return Ok(Bound::Taken);
        }
        let done = transaction.execute(sqlx::query(GIVE).bind(name).bind(account)).await? == 1;
        let done =
            end_and_note(transaction, name, done, Look { who, purpose: "gave an account at the provider" }).await?;
        Ok(if done { Bound::Done } else { Bound::NoUser })
    }
}
