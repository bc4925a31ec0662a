//! `statements`: everything that anybody is held to know now.

use chrono::NaiveDate;
use liangdi_domain::ids::PersonId;
use liangdi_domain::statement::Topic;
use uuid::Uuid;

use crate::port::Result;
use crate::postgres::PgStore;
use crate::postgres::convert::read_word;
use crate::report::OpenStatement;

const OPEN: &str = "
SELECT t.receiver, t.topic, t.place, t.since, p.person
FROM told t JOIN profiles p ON p.id = t.ground
WHERE t.state = 'open' AND ($1::text IS NULL OR t.receiver = $1)";

impl PgStore {
    /// Open statements of one receiver, or of all, sorted.
    pub async fn open_statements(&self, receiver: Option<&str>) -> Result<Vec<OpenStatement>> {
        let statement = sqlx::query_as::<_, (String, String, String, NaiveDate, Uuid)>(OPEN).bind(receiver);
        let mut transaction = self.reading().await?;
        let rows = transaction.rows(statement).await?;
        transaction.commit().await?;
        let mut statements = Vec::with_capacity(rows.len());
        for (receiver, topic, place, since, person) in rows {
            let topic: Topic = read_word("told.topic", topic)?;
            statements.push(OpenStatement { receiver, topic: topic.name(), place, since, person: PersonId(person) });
        }
        statements.sort_unstable();
        Ok(statements)
    }
}
