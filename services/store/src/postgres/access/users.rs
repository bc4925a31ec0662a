//! Users: made, listed, changed, reset, closed and opened. Each of these but listing is audited.

use chrono::{DateTime, Utc};
use liangdi_domain::division::Code;
use sqlx::FromRow;

use crate::access::{NewUser, Proof, ProviderAccount, Role, User};
use crate::port::Result;
use crate::postgres::PgStore;
use crate::postgres::convert::{read_code, read_word};
use crate::postgres::transaction::Transaction;
use crate::postgres::views::{Look, note};
use crate::rows::word;

const ADD: &str = "
INSERT INTO users (name, role, jurisdictions, password, provider_name, must_change) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT DO NOTHING";

/// A user as it is shown.
macro_rules! shown {
    ($which:literal) => {
        concat!(
            "SELECT name, role, jurisdictions, must_change, totp IS NOT NULL AS second_factor, locked, locked_until, ",
            "last_login, provider_name, provider_subject IS NOT NULL AS bound FROM users ",
            $which
        )
    };
}

const ONE: &str = shown!("WHERE name = $1");

const LIST: &str = shown!(
    "
WHERE name > $1 AND ($2 = '' OR strpos(name, $2) > 0 OR $2 = ANY(jurisdictions)) AND ($3::text IS NULL OR role = $3)
ORDER BY name LIMIT $4"
);

const RESET: &str = "
UPDATE users SET password = $2, must_change = true, totp = NULL, failures = 0, locked_until = NULL, locked = false
WHERE name = $1 AND password IS NOT NULL";

const LOCK: &str = "UPDATE users SET locked = true WHERE name = $1";

const UNLOCK: &str = "UPDATE users SET locked = false, locked_until = NULL, failures = 0 WHERE name = $1";

const CHANGE: &str = "UPDATE users SET role = $2, jurisdictions = $3 WHERE name = $1";

const END_DEPUTIES: &str = "DELETE FROM deputies WHERE clerk = $1 OR deputy = $1";

const WITHOUT_SECOND_FACTOR: &str = "UPDATE users SET totp = NULL WHERE name = $1";

const END_SESSIONS: &str = "DELETE FROM sessions WHERE user_name = $1";

/// Which users are meant. Nothing set: all.
#[derive(Debug, Clone, Copy, Default)]
pub struct UserFilter<'a> {
    /// Only those whose name has this in it, or who work for the division of this code.
    pub search: &'a str,
    /// Only of this role.
    pub role: Option<Role>,
    /// Only after this name: the next page.
    pub after: &'a str,
}

impl PgStore {
    /// Makes a user; false if there is one of this name, or another one waits for this account at the provider.
    pub async fn user_add(&self, user: &NewUser, proof: Proof<'_>, who: &str) -> Result<bool> {
        let mut transaction = self.writing().await?;
        let made = add(&mut transaction, user, proof).await?;
        if made {
            let purpose = format!("made a user with the role {}", word(&user.role));
            note(&mut transaction, Look { who, purpose: &purpose }, &object(&user.name), false).await?;
        }
        transaction.commit().await?;
        Ok(made)
    }

    /// Every user, by name.
    pub async fn users(&self) -> Result<Vec<User>> {
        self.users_like(UserFilter::default(), u32::MAX).await
    }

    /// A user.
    pub async fn user(&self, name: &str) -> Result<Option<User>> {
        let mut transaction = self.reading().await?;
        let row: Option<Row> = transaction.row(sqlx::query_as(ONE).bind(name)).await?;
        transaction.commit().await?;
        row.map(Row::read).transpose()
    }

    /// Some users, by name.
    pub async fn users_like(&self, filter: UserFilter<'_>, limit: u32) -> Result<Vec<User>> {
        let mut transaction = self.reading().await?;
        let statement = sqlx::query_as(LIST)
            .bind(filter.after)
            .bind(filter.search)
            .bind(filter.role.as_ref().map(word))
            .bind(i64::from(limit));
        let rows: Vec<Row> = transaction.rows(statement).await?;
        transaction.commit().await?;
        rows.into_iter().map(Row::read).collect()
    }

    /// Gives a user another first password, takes the second factor away, opens the account and ends its sessions; false
    /// if there is no such user with a password.
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

    /// Opens an account that was closed, by an operator or by wrong tries; false if there is no such user.
    pub async fn user_unlock(&self, name: &str, who: &str) -> Result<bool> {
        let mut transaction = self.writing().await?;
        let done = transaction.execute(sqlx::query(UNLOCK).bind(name)).await? == 1;
        if done {
            note(&mut transaction, Look { who, purpose: "opened the account" }, &object(name), false).await?;
        }
        transaction.commit().await?;
        Ok(done)
    }

    /// Gives another role and other jurisdictions; nobody stands in for the user any more, nor the user for anybody. False
    /// if there is no such user.
    pub async fn user_change(&self, name: &str, role: Role, jurisdictions: &[Code], who: &str) -> Result<bool> {
        let codes: Vec<&str> = jurisdictions.iter().map(Code::as_str).collect();
        let mut transaction = self.writing().await?;
        let statement = sqlx::query(CHANGE).bind(name).bind(word(&role)).bind(&codes);
        let done = transaction.execute(statement).await? == 1;
        if done {
            transaction.execute(sqlx::query(END_DEPUTIES).bind(name)).await?;
            let purpose = format!("gave the role {} {}", word(&role), codes.join(" "));
            note(&mut transaction, Look { who, purpose: purpose.trim() }, &object(name), false).await?;
        }
        transaction.commit().await?;
        Ok(done)
    }

    /// Takes somebody else's second factor away and ends all sessions; false if there is no such user.
    pub async fn user_without_second_factor(&self, name: &str, who: &str) -> Result<bool> {
        let mut transaction = self.writing().await?;
        let done = transaction.execute(sqlx::query(WITHOUT_SECOND_FACTOR).bind(name)).await? == 1;
        end_and_note(transaction, name, done, Look { who, purpose: "took the second factor away" }).await
    }
}

pub(super) async fn end_and_note(mut transaction: Transaction, name: &str, done: bool, look: Look<'_>) -> Result<bool> {
    if done {
        transaction.execute(sqlx::query(END_SESSIONS).bind(name)).await?;
        note(&mut transaction, look, &object(name), false).await?;
    }
    transaction.commit().await?;
    Ok(done)
}

pub(super) async fn add(transaction: &mut Transaction, user: &NewUser, proof: Proof<'_>) -> Result<bool> {
    let (password, account) = match proof {
        Proof::Password(hash) => (Some(hash), None),
        Proof::Provider(name) => (None, Some(name)),
    };
    let jurisdictions: Vec<&str> = user.jurisdictions.iter().map(Code::as_str).collect();
    let statement = sqlx::query(ADD)
        .bind(&user.name)
        .bind(word(&user.role))
        .bind(jurisdictions)
        .bind(password)
        .bind(account)
        .bind(user.must_change && account.is_none());
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
    provider_name: Option<String>,
    bound: bool,
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
            provider: self.provider_name.map(|name| ProviderAccount { name, bound: self.bound }),
        })
    }
}
