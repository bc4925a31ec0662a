//! Handing over: a clerk's jurisdictions in another clerk's hands, until a day. It does not go further from there.

use chrono::NaiveDate;

use super::users::object;
use crate::access::Deputy;
use crate::port::Result;
use crate::postgres::PgStore;
use crate::postgres::views::{Look, note};

/// A deputy is a clerk with a jurisdiction of their own at or below one of the granting clerk's.
const GRANT: &str = "
INSERT INTO deputies (deputy, clerk, until)
SELECT deputy.name, clerk.name, $3 FROM users clerk, users deputy
WHERE clerk.name = $2 AND deputy.name = $1 AND clerk.name <> deputy.name
    AND clerk.role = 'clerk' AND deputy.role = 'clerk' AND NOT deputy.locked
    AND EXISTS (SELECT FROM unnest(clerk.jurisdictions) AS own (code), unnest(deputy.jurisdictions) AS other (code)
                WHERE starts_with(other.code, regexp_replace(own.code, '^(..(?=0000$)|....(?=00$))0+$', '\\1')))
ON CONFLICT (deputy, clerk) DO UPDATE SET until = excluded.until, granted = now()";

const REVOKE: &str = "DELETE FROM deputies WHERE deputy = $1 AND clerk = $2";

const LIST: &str = "SELECT deputy, clerk, until FROM deputies WHERE (clerk = $1 OR deputy = $1) AND until >= $2 ORDER BY until, deputy";

impl PgStore {
    /// Hands a clerk's jurisdictions to a deputy as well; false if the deputy is no clerk of one of them.
    pub async fn deputy_grant(&self, clerk: &str, deputy: &str, until: NaiveDate) -> Result<bool> {
        let mut transaction = self.writing().await?;
        let statement = sqlx::query(GRANT).bind(deputy).bind(clerk).bind(until);
        let granted = transaction.execute(statement).await? == 1;
        if granted {
            let purpose = format!("handed over until {until}");
            note(&mut transaction, Look { who: clerk, purpose: &purpose }, &object(deputy), false).await?;
        }
        transaction.commit().await?;
        Ok(granted)
    }

    /// Takes it back.
    pub async fn deputy_revoke(&self, clerk: &str, deputy: &str) -> Result<()> {
        let mut transaction = self.writing().await?;
        if transaction.execute(sqlx::query(REVOKE).bind(deputy).bind(clerk)).await? == 1 {
            note(&mut transaction, Look { who: clerk, purpose: "took the handover back" }, &object(deputy), false)
                .await?;
        }
        transaction.commit().await
    }

    /// What a clerk handed over, and what was handed to them, as far as it still counts.
    pub async fn deputies(&self, name: &str, today: NaiveDate) -> Result<Vec<Deputy>> {
        let mut transaction = self.writing().await?;
        let rows: Vec<(String, String, NaiveDate)> =
            transaction.rows(sqlx::query_as(LIST).bind(name).bind(today)).await?;
        transaction.commit().await?;
        Ok(rows.into_iter().map(|(deputy, clerk, until)| Deputy { deputy, clerk, until }).collect())
    }
}
