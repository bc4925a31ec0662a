//! `rematch`: which weights decided who is who, and the ids of everybody there is, page by page.

use liangdi_domain::ids::{ProfileId, Token};
use uuid::Uuid;

use crate::port::Result;
use crate::postgres::PgStore;

const MARK: &str = "SELECT mark FROM matching";

const SET_MARK: &str = "INSERT INTO matching (mark) VALUES ($1) ON CONFLICT (one) DO UPDATE SET mark = excluded.mark";

const IDS: &str = "SELECT id FROM profiles WHERE id > $1 ORDER BY id LIMIT $2";

impl PgStore {
    /// The mark of the weights that decided who is who; none before anything was decided.
    pub async fn matching_mark(&self) -> Result<Option<Token>> {
        let mut transaction = self.writing().await?;
        let mark: Option<(Uuid,)> = transaction.row(sqlx::query_as(MARK)).await?;
        transaction.commit().await?;
        Ok(mark.map(|(mark,)| Token(mark)))
    }

    /// From now on these weights have decided.
    pub async fn set_matching_mark(&self, mark: Token) -> Result<()> {
        let mut transaction = self.writing().await?;
        transaction.execute(sqlx::query(SET_MARK).bind(mark.0)).await?;
        transaction.commit().await
    }

    /// The next ids of profiles, dead ones included.
    pub async fn profile_ids(&self, after: Option<ProfileId>, limit: u32) -> Result<Vec<ProfileId>> {
        let after = after.map_or(Uuid::nil(), |id| id.0);
        let mut transaction = self.writing().await?;
        let rows: Vec<(Uuid,)> = transaction.rows(sqlx::query_as(IDS).bind(after).bind(i64::from(limit))).await?;
        transaction.commit().await?;
        Ok(rows.into_iter().map(|(id,)| ProfileId(id)).collect())
    }
}
