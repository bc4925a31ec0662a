//! Tokens of the HTTP API: given, listed, revoked; each of these but listing is audited. Found by the keyed hash of the
//! secret that only the token's holder has.

use chrono::{DateTime, Utc};
use liangdi_domain::division::Code;
use liangdi_domain::ids::Token;
use sqlx::FromRow;

use super::users::codes;
use crate::access::{ApiToken, SessionUser};
use crate::port::Result;
use crate::postgres::PgStore;
use crate::postgres::convert::read_word;
use crate::postgres::views::{Look, note};
use crate::rows::word;

const ADD: &str = "
INSERT INTO api_tokens (name, token, role, jurisdictions, created, ends) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT DO NOTHING";

const LIST: &str = "SELECT name, role, jurisdictions, created, ends, revoked FROM api_tokens ORDER BY name";

const REVOKE: &str = "UPDATE api_tokens SET revoked = $2 WHERE name = $1 AND revoked IS NULL";

const FIND: &str = "
SELECT name, role, jurisdictions FROM api_tokens WHERE token = $1 AND revoked IS NULL AND ends > $2";

impl PgStore {
    /// Gives a token; false if there is one of this name, revoked ones included: the audit must not confuse them.
    pub async fn token_add(&self, given: &ApiToken, token: Token, who: &str) -> Result<bool> {
        let jurisdictions: Vec<&str> = given.jurisdictions.iter().map(Code::as_str).collect();
        let statement = sqlx::query(ADD)
            .bind(&given.name)
            .bind(token.0)
            .bind(word(&given.role))
            .bind(jurisdictions)
            .bind(given.created)
            .bind(given.ends);
        let mut transaction = self.writing().await?;
        let made = transaction.execute(statement).await? == 1;
        if made {
            let purpose = format!("gave a token with the role {}", word(&given.role));
            note(&mut transaction, Look { who, purpose: &purpose }, &format!("token {}", given.name), false).await?;
        }
        transaction.commit().await?;
        Ok(made)
    }

    /// Every token, by name.
    pub async fn tokens(&self) -> Result<Vec<ApiToken>> {
        let mut transaction = self.reading().await?;
        let rows: Vec<Row> = transaction.rows(sqlx::query_as(LIST)).await?;
        transaction.commit().await?;
        rows.into_iter().map(Row::read).collect()
    }

    /// Ends a token at once; false if none of this name is in use.
    pub async fn token_revoke(&self, name: &str, now: DateTime<Utc>, who: &str) -> Result<bool> {
        let mut transaction = self.writing().await?;
        let done = transaction.execute(sqlx::query(REVOKE).bind(name).bind(now)).await? == 1;
        if done {
            let look = Look { who, purpose: "revoked the token" };
            note(&mut transaction, look, &format!("token {name}"), false).await?;
        }
        transaction.commit().await?;
        Ok(done)
    }

    /// Whose token this is, while it may be used.
    pub async fn token(&self, token: Token, now: DateTime<Utc>) -> Result<Option<SessionUser>> {
        type Row = (String, String, Vec<String>);
        let mut transaction = self.reading().await?;
        let row: Option<Row> = transaction.row(sqlx::query_as(FIND).bind(token.0).bind(now)).await?;
        transaction.commit().await?;
        let Some((name, role, jurisdictions)) = row else { return Ok(None) };
        let jurisdictions = codes("api_tokens.jurisdictions", &jurisdictions)?;
        let role = read_word("api_tokens.role", role)?;
        Ok(Some(SessionUser {
            name: format!("token {name}"),
            role,
            jurisdictions,
            must_change: false,
            by_provider: false,
        }))
    }
}

#[derive(FromRow)]
struct Row {
    name: String,
    role: String,
    jurisdictions: Vec<String>,
    created: DateTime<Utc>,
    ends: DateTime<Utc>,
    revoked: Option<DateTime<Utc>>,
}

impl Row {
    fn read(self) -> Result<ApiToken> {
        Ok(ApiToken {
            role: read_word("api_tokens.role", self.role)?,
            jurisdictions: codes("api_tokens.jurisdictions", &self.jurisdictions)?,
            name: self.name,
            created: self.created,
            ends: self.ends,
            revoked: self.revoked,
        })
    }
}
