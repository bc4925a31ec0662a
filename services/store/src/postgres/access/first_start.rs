//! The first start: as long as there is no user, a link that was shown once makes the first operator.

use chrono::{DateTime, Utc};
use liangdi_domain::ids::Token;

use super::users::{add, object};
use crate::access::{NewUser, Proof};
use crate::port::Result;
use crate::postgres::PgStore;
use crate::postgres::views::{Look, note};

const OFFER: &str = "
INSERT INTO first_start (token, ends) SELECT $1, $2 WHERE NOT EXISTS (SELECT FROM users)
ON CONFLICT (one) DO UPDATE SET token = excluded.token, ends = excluded.ends";

const REDEEM: &str = "
DELETE FROM first_start WHERE token = $1 AND ends > $2 AND NOT EXISTS (SELECT FROM users)";

const STANDS: &str = "
SELECT EXISTS (SELECT FROM first_start WHERE token = $1 AND ends > $2) AND NOT EXISTS (SELECT FROM users)";

impl PgStore {
    /// Keeps a link for the first operator; false if there are users already. An older link no longer counts.
    pub async fn first_start_offer(&self, link: Token, ends: DateTime<Utc>) -> Result<bool> {
        let mut transaction = self.writing().await?;
        let offered = transaction.execute(sqlx::query(OFFER).bind(link.0).bind(ends)).await? == 1;
        transaction.commit().await?;
        Ok(offered)
    }

    /// Whether a link still makes the first operator.
    pub async fn first_start_stands(&self, link: Token, now: DateTime<Utc>) -> Result<bool> {
        let mut transaction = self.reading().await?;
        let stands: Option<(bool,)> = transaction.row(sqlx::query_as(STANDS).bind(link.0).bind(now)).await?;
        transaction.commit().await?;
        Ok(stands.is_some_and(|(stands,)| stands))
    }

    /// Makes the first operator; false if the link does not count (any more).
    pub async fn first_start_redeem(
        &self,
        link: Token,
        now: DateTime<Utc>,
        user: &NewUser,
        password: &str,
    ) -> Result<bool> {
        let mut transaction = self.writing().await?;
        // The row is deleted once: of two that come at the same time the second finds nothing.
        let redeemed = transaction.execute(sqlx::query(REDEEM).bind(link.0).bind(now)).await? == 1;
        if redeemed {
            add(&mut transaction, user, Proof::Password(password)).await?;
            let look = Look { who: &user.name, purpose: "became the first operator" };
            note(&mut transaction, look, &object(&user.name), false).await?;
        }
        transaction.commit().await?;
        Ok(redeemed)
    }
}
