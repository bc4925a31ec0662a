//! Logging in with a password. A try counts before it is checked, so that many at once get no more of them than one after the other.

use chrono::{DateTime, TimeDelta, Utc};
use liangdi_domain::ids::Token;

use super::users::object;
use crate::access::{Credentials, Lockout};
use crate::port::Result;
use crate::postgres::PgStore;
use crate::postgres::views::{Look, note};
use crate::seal::{Place, seal, unseal};

/// $3 tries close the account until $4.
const TRY: &str = "
UPDATE users SET failures = tries.now, locked_until = CASE WHEN tries.now >= $3 THEN $4 END
FROM (SELECT name, CASE WHEN locked_until IS NULL THEN failures + 1 ELSE 1 END AS now FROM users
      WHERE name = $1 AND password IS NOT NULL AND NOT locked AND (locked_until IS NULL OR locked_until <= $2) FOR UPDATE) AS tries
WHERE users.name = tries.name
RETURNING password, totp, totp_step";

/// A code of the second factor counts once: the step has to be a later one.
const SUCCEED: &str = "
UPDATE users SET failures = 0, locked_until = NULL, last_login = $2, totp_step = coalesce($3, totp_step)
WHERE name = $1 AND NOT locked AND ($3 IS NULL OR $3 > totp_step)";

pub(super) const OPEN: &str = "INSERT INTO sessions (token, user_name, last_seen, ends) VALUES ($1, $2, $3, $4)";

pub(super) const SWEEP: &str = "DELETE FROM sessions WHERE ends <= $1";

const PASSWORD: &str = "UPDATE users SET password = $2, must_change = false WHERE name = $1 AND password IS NOT NULL";

const END_OTHERS: &str = "DELETE FROM sessions WHERE user_name = $1 AND token <> $2";

const READ: &str = "SELECT password, totp, totp_step FROM users WHERE name = $1 AND password IS NOT NULL";

const TOTP: &str = "UPDATE users SET totp = $2 WHERE name = $1 AND password IS NOT NULL";

type Row = (String, Option<Vec<u8>>, i64);

impl PgStore {
    /// Counts a try and returns what to check it against; none for an account that is unknown, closed, or has no
    /// password here.
    pub async fn login_try(&self, name: &str, now: DateTime<Utc>, lockout: Lockout) -> Result<Option<Credentials>> {
        let until = now + TimeDelta::seconds(i64::try_from(lockout.lasts_s).unwrap_or(i64::MAX / 1_000_000));
        let failures_max = i32::try_from(lockout.failures_max).unwrap_or(i32::MAX);
        let mut transaction = self.writing().await?;
        let statement = sqlx::query_as(TRY).bind(name).bind(now).bind(failures_max).bind(until);
        let row: Option<Row> = transaction.row(statement).await?;
        transaction.commit().await?;
        row.map(|row| self.credentials(name, row)).transpose()
    }

    /// Opens a session after a try that was right; false if the second factor's code was used before, or the account was
    /// closed meanwhile.
    pub async fn login_succeeded(
        &self,
        name: &str,
        session: Token,
        totp_step: Option<i64>,
        (now, ends): (DateTime<Utc>, DateTime<Utc>),
    ) -> Result<bool> {
        let mut transaction = self.writing().await?;
        if transaction.execute(sqlx::query(SUCCEED).bind(name).bind(now).bind(totp_step)).await? == 0 {
            transaction.commit().await?;
            return Ok(false);
        }
        transaction.execute(sqlx::query(SWEEP).bind(now)).await?;
        transaction.execute(sqlx::query(OPEN).bind(session.0).bind(name).bind(now).bind(ends)).await?;
        note(&mut transaction, Look { who: name, purpose: "logged in" }, &object(name), false).await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// What a user who is logged in is checked against; none where there is no password here.
    pub async fn credentials_of(&self, name: &str) -> Result<Option<Credentials>> {
        let mut transaction = self.reading().await?;
        let row: Option<Row> = transaction.row(sqlx::query_as(READ).bind(name)).await?;
        transaction.commit().await?;
        row.map(|row| self.credentials(name, row)).transpose()
    }

    /// Writes the password that a user chose, and ends its other sessions.
    pub async fn password_chosen(&self, name: &str, password: &str, session: Token) -> Result<()> {
        let mut transaction = self.writing().await?;
        transaction.execute(sqlx::query(PASSWORD).bind(name).bind(password)).await?;
        transaction.execute(sqlx::query(END_OTHERS).bind(name).bind(session.0)).await?;
        note(&mut transaction, Look { who: name, purpose: "changed the password" }, &object(name), false).await?;
        transaction.commit().await
    }

    /// Sets the second factor's secret, or takes it away.
    pub async fn second_factor(&self, name: &str, secret: Option<&[u8]>) -> Result<()> {
        let sealed = secret.map(|secret| seal(&self.0.keys, totp_place(name), secret));
        let purpose = if secret.is_some() { "set a second factor" } else { "took the second factor away" };
        let mut transaction = self.writing().await?;
        transaction.execute(sqlx::query(TOTP).bind(name).bind(sealed)).await?;
        note(&mut transaction, Look { who: name, purpose }, &object(name), false).await?;
        transaction.commit().await
    }

    fn credentials(&self, name: &str, (password, totp, totp_step): Row) -> Result<Credentials> {
        let totp = totp.map(|sealed| unseal(&self.0.keys, totp_place(name), &sealed)).transpose()?;
        Ok(Credentials { password, totp, totp_step })
    }
}

fn totp_place(name: &str) -> Place<'_> {
    Place { column: "users.totp", row: name.as_bytes() }
}
