//! The clock: under which rules the wakes were set.

use chrono::NaiveDate;
use liangdi_domain::ids::Token;
use uuid::Uuid;

use crate::port::Result;
use crate::postgres::PgStore;

const MARK: &str = "SELECT mark FROM clock FOR UPDATE";

const SET_MARK: &str = "INSERT INTO clock (mark) VALUES ($1) ON CONFLICT (one) DO UPDATE SET mark = excluded.mark";

const WAKE_EVERYBODY: &str = "
INSERT INTO wakes (person, wake_on) SELECT DISTINCT person, $1 FROM profiles WHERE live
ON CONFLICT (person) DO UPDATE SET wake_on = least(wakes.wake_on, excluded.wake_on)";

impl PgStore {
    /// From now on wakes are set under these rules; if they were others before, everybody is looked at once more, from
    /// `today` on.
    pub async fn set_clock(&self, mark: Token, today: NaiveDate) -> Result<()> {
        let mut transaction = self.writing().await?;
        let before: Option<(Uuid,)> = transaction.row(sqlx::query_as(MARK)).await?;
        if before != Some((mark.0,)) {
            transaction.execute(sqlx::query(WAKE_EVERYBODY).bind(today)).await?;
            transaction.execute(sqlx::query(SET_MARK).bind(mark.0)).await?;
        }
        transaction.commit().await
    }
}
