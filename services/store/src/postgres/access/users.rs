//! Users: made, listed, reset, closed. Each of these is audited.

use chrono::{DateTime, Utc};
use liangdi_domain::division::Code;
use sqlx::FromRow;

use crate::access::{NewUser, User};
use crate::port::Result;
use crate::postgres::PgStore;
use crate::postgres::convert::{read_code, read_word};
use crate::postgres::transaction::Transaction;
use crate::postgres::views::{Look, note};
use crate::rows::word;

const ADD: &str = "
INSERT INTO users (name, role, jurisdictions, password, must_change) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING";

const LIST: &str = "
SELECT name, role, jurisdictions, must_change, totp IS NOT NULL AS second_factor, locked, locked_until, last_login
FROM users ORDER BY name";

const RESET: &str = "
UPDATE users SET password = $2, must_change = true, totp = NULL, failures = 0, locked_until = NULL, locked = false
WHERE name = $1";

const LOCK: &str = "UPDATE users SET locked = true WHERE name = $1";

const END_SESSIONS: &str = "DELETE FROM sessions WHERE user_name = $1";

impl PgStore {
    /// Makes a user; false if there is one of this name.
    pub async fn user_add(&self, user: &NewUser, password: &str, who: &str) -> Result<bool> {
        let mut transaction = self.writing().await?;
        let made = add(&mut transaction, user, password).await?;
        if made {
            let purpose = format!("made a user with the role {}", word(&user.role));
            note(&mut transaction, Look { who, purpose: &purpose }, &object(&user.name), false).await?;
        }
        transaction.commit().await?;
        Ok(made)
    }

    /// Every user, by name.
    pub async fn users(&self) -> Result<Vec<User>> {
        let mut transaction = self.reading().await?;
        let rows: Vec<Row> = transaction.rows(sqlx::query_as(LIST)).await?;
        transaction.commit().await?;
        rows.into_iter().map(Row::read).collect()
    }

    /// Gives a user another first password, takes the second factor away, opens the account and ends its sessions; false
    /// if there is no such user.
    pub async fn user_reset(&self, name: &str, password: &str, who: &str) -> Result<bool> {
        let mut transaction = self.writing().await?;
        let done = transaction.execute(sqlx::query(RESET).bind(name).bind(password)).await? == 1;
        end_and_note(transaction, name, done, Look { who, purpose: "gave a new first password" }).await
    }

    /// Closes an account and ends its sessions; false if there is no such user.
    pub async fn user_lock(&self, name: &str, who: &str) -> Result<bool> {
        let mut transaction = self.writing().await?;
        let done = transaction.execute(sqlx::query(LOCK).bind(name)).await? == 1;
        end_and_note(transaction, name, done, Look { who, purpose: "closed the account" }).await
    }
}

async fn end_and_note(mut transaction: Transaction, name: &str, done: bool, look: Look<'_>) -> Result<bool> {
    if done {
        transaction.execute(sqlx::query(END_SESSIONS).bind(name)).await?;
        note(&mut transaction, look, &object(name), false).await?;
    }
    transaction.commit().await?;
    Ok(done)
}

pub(super) async fn add(transaction: &mut Transaction, user: &NewUser, password: &str) -> Result<bool> {
    let jurisdictions: Vec<&str> = user.jurisdictions.iter().map(Code::as_str).collect();
    let statement = sqlx::query(ADD)
        .bind(&user.name)
        .bind(word(&user.role))
        .bind(jurisdictions)
        .bind(password)
        .bind(user.must_change);
    Ok(transaction.execute(statement).await? == 1)
}

/// A user as the audit names it.
pub(super) fn object(name: &str) -> String {
    format!("user {name}")
}

/// Codes out of a column.
pub(super) fn codes(column: &str, texts: &[String]) -> Result<Vec<Code>> {
    texts.iter().map(|text| read_code(column, text)).collect()
}

#[derive(FromRow)]
struct Row {
    name: String,
    role: String,
    jurisdictions: Vec<String>,
    must_change: bool,
    second_factor: bool,
    locked: bool,
    locked_until: Option<DateTime<Utc>>,
    last_login: Option<DateTime<Utc>>,
}

impl Row {
    fn read(self) -> Result<User> {
        Ok(User {
            role: read_word("users.role", self.role)?,
            jurisdictions: codes("users.jurisdictions", &self.jurisdictions)?,
            name: self.name,
            must_change: self.must_change,
            second_factor: self.second_factor,
            locked: self.locked,
            locked_until: self.locked_until,
            last_login: self.last_login,
        })
    }
}
