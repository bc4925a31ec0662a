//! The directory: who to call in another jurisdiction.

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use crate::access::DirectoryEntry;
use crate::port::Result;
use crate::postgres::PgStore;
use crate::postgres::convert::read_code;
use crate::postgres::views::{Look, note};

const LIST: &str = "
SELECT jurisdiction, office, contact, phone, hours, updated, updated_by FROM directory
WHERE starts_with(jurisdiction, $1) ORDER BY jurisdiction LIMIT $2";

const SET: &str = "
INSERT INTO directory (jurisdiction, office, contact, phone, hours, updated_by) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (jurisdiction) DO UPDATE SET office = excluded.office, contact = excluded.contact, phone = excluded.phone,
    hours = excluded.hours, updated = now(), updated_by = excluded.updated_by";

#[derive(FromRow)]
struct Row {
    jurisdiction: String,
    office: String,
    contact: String,
    phone: String,
    hours: String,
    updated: DateTime<Utc>,
    updated_by: String,
}

impl PgStore {
    /// Entries whose codes begin with these digits.
    pub async fn directory(&self, digits: &str, limit: u32) -> Result<Vec<DirectoryEntry>> {
        let mut transaction = self.reading().await?;
        let statement = sqlx::query_as(LIST).bind(digits).bind(i64::from(limit));
        let rows: Vec<Row> = transaction.rows(statement).await?;
        transaction.commit().await?;
        rows.into_iter().map(Row::read).collect()
    }

    /// Writes an entry over what was there.
    pub async fn directory_set(&self, entry: &DirectoryEntry) -> Result<()> {
        let mut transaction = self.writing().await?;
        let statement = sqlx::query(SET)
            .bind(entry.jurisdiction.as_str())
            .bind(&entry.office)
            .bind(&entry.contact)
            .bind(&entry.phone)
            .bind(&entry.hours)
            .bind(&entry.updated_by);
        transaction.execute(statement).await?;
        let look = Look { who: &entry.updated_by, purpose: "changed the directory" };
        note(&mut transaction, look, entry.jurisdiction.as_str(), false).await?;
        transaction.commit().await
    }
}

impl Row {
    fn read(self) -> Result<DirectoryEntry> {
        Ok(DirectoryEntry {
            jurisdiction: read_code("directory.jurisdiction", &self.jurisdiction)?,
            office: self.office,
            contact: self.contact,
            phone: self.phone,
            hours: self.hours,
            updated: self.updated,
            updated_by: self.updated_by,
        })
    }
}
