//! `case list | show` and the cases' pages: questions put to jurisdictions, with the last answer to each, and what was said
//! under one case. Ids, codes and dates only.

use chrono::{DateTime, NaiveDate, Utc};
use liangdi_domain::calendar::shanghai_date;
use liangdi_domain::case::Question;
use sqlx::FromRow;
use uuid::Uuid;

use crate::port::Result;
use crate::postgres::PgStore;
use crate::postgres::convert::{join_time, read_word};
use crate::report::{AskedRow, CaseSaid};

/// Every question, with the latest answer that stands and came after it was put.
const QUESTION: &str = concat!(
    "
SELECT t.case_id, t.asked_notice, t.receiver, t.topic, t.place, t.state, t.asked_on, t.late_told,
    asked.due_on, reply.answer, reply.time AS answered, reply.time_offset AS answered_offset
FROM told t
JOIN ledger asked ON asked.id = t.asked_notice
LEFT JOIN LATERAL (
    SELECT a.answer, i.time, i.time_offset FROM answers a JOIN inbox i ON i.no = a.message
    WHERE a.statement = t.id AND a.case_id IS NOT NULL AND NOT i.withdrawn AND a.notice >= t.asked_notice
    ORDER BY ",
    counts_first!(),
    " LIMIT 1
) reply ON true
WHERE t.asked_on IS NOT NULL"
);

#[derive(FromRow)]
struct Row {
    case_id: Option<Uuid>,
    asked_notice: Uuid,
    receiver: String,
    topic: String,
    place: String,
    state: String,
    asked_on: NaiveDate,
    late_told: Option<i16>,
    due_on: Option<NaiveDate>,
    answer: Option<String>,
    answered: Option<DateTime<Utc>>,
    answered_offset: Option<i16>,
}

impl PgStore {
    /// Questions that wait for an answer, the longest due first: of receivers whose codes begin with `prefix`, due from a
    /// day on and before another, if they are given.
    pub async fn open_cases(
        &self,
        prefix: &str,
        (from, before): (Option<NaiveDate>, Option<NaiveDate>),
        limit: u32,
    ) -> Result<Vec<AskedRow>> {
        let query = format!(
            "{QUESTION} AND t.state = 'open' AND NOT t.answered AND t.receiver >= $1 AND t.receiver < $1 || '~'
                AND ($2::date IS NULL OR asked.due_on >= $2) AND ($3::date IS NULL OR asked.due_on < $3)
                ORDER BY asked.due_on NULLS LAST, t.id LIMIT $4"
        );
        let mut transaction = self.writing().await?;
        let statement = sqlx::query_as::<_, Row>(sqlx::AssertSqlSafe(query));
        let statement = statement.bind(prefix).bind(from).bind(before).bind(i64::from(limit));
        let rows = transaction.rows(statement).await?;
        transaction.commit().await?;
        rows.into_iter().map(asked).collect()
    }

    /// The questions of one case, in the order in which they were put.
    pub async fn case(&self, case: Uuid) -> Result<Vec<AskedRow>> {
        let query = format!("{QUESTION} AND t.case_id = $1 ORDER BY t.asked_notice");
        let mut transaction = self.writing().await?;
        let rows = transaction.rows(sqlx::query_as::<_, Row>(sqlx::AssertSqlSafe(query)).bind(case)).await?;
        transaction.commit().await?;
        rows.into_iter().map(asked).collect()
    }
}

/// Who owes answers that are late, how many, and since when.
const OVERDUE: &str = "
SELECT t.receiver, count(*), min(asked.due_on) FROM told t JOIN ledger asked ON asked.id = t.asked_notice
WHERE t.state = 'open' AND NOT t.answered AND t.asked_on IS NOT NULL AND asked.due_on < $1 GROUP BY t.receiver";

/// What was told under a case and what came back, in the order of time; a message that was taken back is left in.
const EXCHANGE: &str = "
SELECT l.receiver, l.time, l.time_offset, l.kind AS said, true AS is_notice, l.due_on, NULL AS source, false AS withdrawn
FROM told t JOIN ledger l ON l.statement = t.id WHERE t.case_id = $1
UNION ALL
SELECT l.receiver, i.time, i.time_offset, a.answer, false, NULL, i.source, i.withdrawn
FROM told t JOIN ledger l ON l.statement = t.id JOIN answers a ON a.notice = l.id JOIN inbox i ON i.no = a.message
WHERE t.case_id = $1
ORDER BY time, is_notice";

#[derive(FromRow)]
struct SaidRow {
    receiver: String,
    time: DateTime<Utc>,
    time_offset: i16,
    said: String,
    is_notice: bool,
    due_on: Option<NaiveDate>,
    source: Option<String>,
    withdrawn: bool,
}

impl PgStore {
    /// The jurisdictions that owe answers due before a day: how many, and the earliest due day.
    pub async fn overdue(&self, today: NaiveDate) -> Result<Vec<(String, i64, NaiveDate)>> {
        let mut transaction = self.writing().await?;
        let rows = transaction.rows(sqlx::query_as(OVERDUE).bind(today)).await?;
        transaction.commit().await?;
        Ok(rows)
    }

    /// What was said under a case: kinds of notices and answers, nobody's identity.
    pub async fn case_exchange(&self, case: Uuid) -> Result<Vec<CaseSaid>> {
        let mut transaction = self.writing().await?;
        let rows: Vec<SaidRow> = transaction.rows(sqlx::query_as(EXCHANGE).bind(case)).await?;
        transaction.commit().await?;
        let said = |row: SaidRow| CaseSaid {
            receiver: row.receiver,
            time: join_time(row.time, row.time_offset),
            said: row.said,
            is_notice: row.is_notice,
            due_on: row.due_on,
            source: row.source,
            withdrawn: row.withdrawn,
        };
        Ok(rows.into_iter().map(said).collect())
    }
}

fn asked(row: Row) -> Result<AskedRow> {
    let outcome = row.answer.map(|answer| read_word("answers.answer", answer)).transpose()?;
    let answered = row.answered.zip(row.answered_offset).map(|(time, offset)| shanghai_date(join_time(time, offset)));
    Ok(AskedRow {
        case: row.case_id,
        notice: row.asked_notice,
        receiver: row.receiver,
        topic: row.topic,
        place: row.place,
        late_told: row.late_told.and_then(|told| u32::try_from(told).ok()).unwrap_or_default(),
        question: Question {
            asked_on: row.asked_on,
            due_on: row.due_on,
            answer: outcome.zip(answered),
            stands: row.state == "open",
        },
    })
}
