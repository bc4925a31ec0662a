//! Sessions: found by the keyed hash of their cookie, over after a time without a request or at their end.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use liangdi_domain::ids::Token;

use super::users::codes;
use crate::access::SessionUser;
use crate::port::Result;
use crate::postgres::PgStore;
use crate::postgres::convert::read_word;

const TOUCH: &str = "
UPDATE sessions SET last_seen = $2 FROM users
WHERE sessions.token = $1 AND users.name = sessions.user_name AND NOT users.locked
    AND sessions.last_seen > $3 AND sessions.ends > $2
RETURNING users.name, users.role, users.must_change, users.password IS NULL, users.jurisdictions || ARRAY(
    SELECT unnest(clerk.jurisdictions) FROM deputies d JOIN users clerk ON clerk.name = d.clerk
    WHERE d.deputy = users.name AND d.until >= $4) AS jurisdictions";

const END: &str = "DELETE FROM sessions WHERE token = $1";

impl PgStore {
    /// Whose session this is, if it goes on; it does for another `idle_s` seconds from now. Whoever stands in for another
    /// clerk today sees that one's jurisdictions as well.
    pub async fn session(
        &self,
        token: Token,
        (now, today): (DateTime<Utc>, NaiveDate),
        idle_s: u64,
    ) -> Result<Option<SessionUser>> {
        type Row = (String, String, bool, bool, Vec<String>);
        let since = now - TimeDelta::seconds(i64::try_from(idle_s).unwrap_or(i64::MAX / 1_000_000));
        let mut transaction = self.writing().await?;
        let row: Option<Row> =
            transaction.row(sqlx::query_as(TOUCH).bind(token.0).bind(now).bind(since).bind(today)).await?;
        transaction.commit().await?;
        let Some((name, role, must_change, by_provider, jurisdictions)) = row else { return Ok(None) };
        let jurisdictions = codes("users.jurisdictions", &jurisdictions)?;
        let role = read_word("users.role", role)?;
        Ok(Some(SessionUser { name, role, jurisdictions, must_change, by_provider }))
    }

    /// Ends a session.
    pub async fn session_end(&self, token: Token) -> Result<()> {
        let mut transaction = self.writing().await?;
        transaction.execute(sqlx::query(END).bind(token.0)).await?;
        transaction.commit().await
    }
}
