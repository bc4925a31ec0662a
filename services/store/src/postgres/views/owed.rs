//! `report`: the answers that were owed in a period, page by page, as they stood at the end of a day. Codes and dates only.

use chrono::{DateTime, NaiveDate, Utc};
use liangdi_domain::calendar::shanghai_date;
use liangdi_domain::case::Question;
use sqlx::FromRow;
use uuid::Uuid;

use crate::port::Result;
use crate::postgres::PgStore;
use crate::postgres::convert::{ID_SLACK, first_id, join_time, read_word};
use crate::report::OwedRow;

/// Every notice that asked is one answer owed, also where it was asked again later; a return to sign is about nobody. Ids are UUIDv7 and so in the order of
/// time: the range of ids saves reading the whole ledger, the times decide.
const OWED: &str = concat!(
    "
SELECT l.id, l.receiver, split_part(l.basis, ';', 1) AS procedure, l.time, l.time_offset, l.due_on,
    (t.id IS NULL OR t.state = 'open' OR last.time IS NULL OR last.time >= $5) AS stands,
    reply.answer, reply.time AS answered, reply.time_offset AS answered_offset
FROM ledger l
LEFT JOIN told t ON t.id = l.statement
LEFT JOIN ledger last ON last.id = t.last_notice
LEFT JOIN LATERAL (
    SELECT a.answer, i.time, i.time_offset FROM answers a JOIN inbox i ON i.no = a.message
    WHERE (a.statement = t.id AND a.notice >= l.id OR t.id IS NULL AND a.notice = l.id)
        AND a.case_id IS NOT NULL AND NOT i.withdrawn AND i.time < $5
    ORDER BY ",
    counts_first!(),
    " LIMIT 1
) reply ON true
WHERE l.id > $1 AND l.id < $2 AND l.due_on IS NOT NULL AND l.case_id IS NOT NULL AND l.time >= $3 AND l.time < least($4, $5)
ORDER BY l.id LIMIT $6"
);

#[derive(FromRow)]
struct Row {
    id: Uuid,
    receiver: String,
    procedure: String,
    time: DateTime<Utc>,
    time_offset: i16,
    due_on: Option<NaiveDate>,
    stands: bool,
    answer: Option<String>,
    answered: Option<DateTime<Utc>>,
    answered_offset: Option<i16>,
}

impl PgStore {
    /// The next answers owed to notices of a period (from its beginning, up to and without its end), after the notice
    /// given, as they stood before `as_of`.
    pub async fn owed(
        &self,
        (from, to): (DateTime<Utc>, DateTime<Utc>),
        as_of: DateTime<Utc>,
        after: Option<Uuid>,
        limit: u32,
    ) -> Result<Vec<OwedRow>> {
        let after = after.unwrap_or_else(|| first_id(from - ID_SLACK));
        let mut transaction = self.writing().await?;
        let statement = sqlx::query_as::<_, Row>(OWED)
            .bind(after)
            .bind(first_id(to + ID_SLACK))
            .bind(from)
            .bind(to)
            .bind(as_of)
            .bind(i64::from(limit));
        let rows = transaction.rows(statement).await?;
        transaction.commit().await?;
        rows.into_iter().map(owed).collect()
    }
}

fn owed(row: Row) -> Result<OwedRow> {
    let outcome = row.answer.map(|answer| read_word("answers.answer", answer)).transpose()?;
    let answered = row.answered.zip(row.answered_offset).map(|(time, offset)| shanghai_date(join_time(time, offset)));
    Ok(OwedRow {
        notice: row.id,
        receiver: row.receiver,
        procedure: row.procedure,
        question: Question {
            asked_on: shanghai_date(join_time(row.time, row.time_offset)),
            due_on: row.due_on,
            answer: outcome.zip(answered),
            stands: row.stands,
        },
    })
}
