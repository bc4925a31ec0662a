//! `assignments`: whom every appearance in a message that stands is held to be, page by page.

use liangdi_domain::ids::PersonId;
use uuid::Uuid;

use crate::port::Result;
use crate::postgres::PgStore;
use crate::report::Assignment;

const PAGE: &str = "
SELECT e.message, inbox.source, inbox.id, e.slot, p.person
FROM evidence e JOIN inbox ON inbox.no = e.message JOIN profiles p ON p.id = e.profile
WHERE NOT e.withdrawn AND (e.message, e.slot) > ($1, $2)
ORDER BY e.message, e.slot LIMIT $3";

impl PgStore {
    /// The next `limit` appearances after (message number, slot), in that order; from the start for none.
    pub async fn assignments(&self, after: Option<(i64, u16)>, limit: u32) -> Result<Vec<Assignment>> {
        let (no, slot) = after.map_or((0, -1), |(no, slot)| (no, i32::from(slot)));
        let statement =
            sqlx::query_as::<_, (i64, String, String, i16, Uuid)>(PAGE).bind(no).bind(slot).bind(i64::from(limit));
        // Index look-ups page by page: the pinned plan is the right one here.
        let mut transaction = self.writing().await?;
        let rows = transaction.rows(statement).await?;
        transaction.commit().await?;
        let assignment = |(no, source, id, slot, person): (i64, String, String, i16, Uuid)| Assignment {
            no,
            source,
            id,
            slot: u16::try_from(slot).unwrap_or_default(),
            person: PersonId(person),
        };
        Ok(rows.into_iter().map(assignment).collect())
    }
}
