//! The clerks' desk: what their jurisdictions were asked and told, out of told statements and ledger; whether the broker
//! delivers it as well does not matter here. Every list that shows data of persons is audited as one look.

use chrono::{DateTime, NaiveDate, Utc};
use liangdi_domain::calendar::shanghai_date;
use liangdi_domain::case::Question;
use liangdi_domain::division::Code;
use sqlx::FromRow;
use uuid::Uuid;

use super::audit::{Look, note};
use crate::keys::Keys;
use crate::port::Result;
use crate::postgres::PgStore;
use crate::postgres::convert::{join_time, read_word};
use crate::postgres::ledger::{NoticeRow, said};
use crate::report::{DeskAnswer, DeskCounts, DeskNotice, DeskQuestion};

/// The latest answer that stands and came after the question was put. `own` are prefixes of receivers.
const QUESTIONS: &str = concat!(
    "
SELECT l.id, l.receiver, l.kind, l.time, l.time_offset, l.case_id, l.due_on, l.sealed, l.erased, t.state, t.asked_on,
    reply.answer, reply.time AS answered, reply.time_offset AS answered_offset
FROM unnest($1::text[]) AS own (prefix)
JOIN told t ON t.receiver >= own.prefix AND t.receiver < own.prefix || '~'
JOIN ledger l ON l.id = t.asked_notice
LEFT JOIN LATERAL (
    SELECT a.answer, i.time, i.time_offset FROM answers a JOIN inbox i ON i.no = a.message
    WHERE a.statement = t.id AND a.case_id IS NOT NULL AND NOT i.withdrawn AND a.notice >= t.asked_notice
    ORDER BY ",
    counts_first!(),
    " LIMIT 1
) reply ON true
WHERE t.asked_on IS NOT NULL AND "
);

const WAITING: &str = "t.state = 'open' AND NOT t.answered
    AND ($2::date IS NULL OR l.due_on >= $2) AND ($3::date IS NULL OR l.due_on < $3)
ORDER BY l.due_on NULLS LAST, l.id LIMIT $4";

const ANSWERED: &str = "t.answered ORDER BY t.asked_on DESC, l.id DESC LIMIT $2";

const COUNTS: &str = "
SELECT count(*) FILTER (WHERE waits), count(*) FILTER (WHERE waits AND due_on >= $2 AND due_on < $3),
    count(*) FILTER (WHERE waits AND due_on < $2), count(*) FILTER (WHERE NOT waits)
FROM (
    SELECT true AS waits, l.due_on FROM unnest($1::text[]) AS own (prefix)
    JOIN told t ON t.receiver >= own.prefix AND t.receiver < own.prefix || '~'
    JOIN ledger l ON l.id = t.asked_notice
    WHERE t.state = 'open' AND NOT t.answered AND t.asked_on IS NOT NULL
    UNION ALL
    SELECT false, NULL FROM unnest($1::text[]) AS own (prefix)
    JOIN told t ON t.receiver >= own.prefix AND t.receiver < own.prefix || '~' WHERE t.answered
) AS asked";

/// The newest notices that went out, of any kind.
const NEWS: &str = "
SELECT l.id, l.receiver, l.kind, l.time, l.time_offset, l.case_id, l.due_on, l.sealed, l.erased, NULL::text AS state,
    NULL::date AS asked_on, NULL::text AS answer, NULL::timestamptz AS answered, NULL::smallint AS answered_offset
FROM unnest($1::text[]) AS own (prefix)
JOIN receivers r ON r.receiver >= own.prefix AND r.receiver < own.prefix || '~'
JOIN LATERAL (
    SELECT notice FROM published WHERE published.receiver = r.receiver ORDER BY seqno DESC LIMIT $2
) AS sent ON true
JOIN ledger l ON l.id = sent.notice
ORDER BY l.id DESC LIMIT $2";

const NOTICE: &str = "
SELECT id, receiver, kind, urgency, time, time_offset, statement, case_id, due_on, basis, supersedes, sealed, erased
FROM ledger WHERE id = $1";

const ANSWERS: &str = "
SELECT a.answer, a.case_id IS NOT NULL AS reply, a.division, i.source, i.time, i.time_offset, i.withdrawn
FROM answers a JOIN inbox i ON i.no = a.message WHERE a.notice = $1 ORDER BY a.message";

/// Which questions are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeskTab {
    /// All that wait.
    Waiting,
    /// Those due from a day on, and before another.
    DueBetween(NaiveDate, NaiveDate),
    /// Those due before a day.
    DueBefore(NaiveDate),
    /// Those that were answered, the latest first.
    Answered,
    /// Whatever was told, asked or not, the latest first.
    News,
}

impl PgStore {
    /// How many questions wait and were answered; `today` and the day before which is soon.
    pub async fn desk_counts(&self, own: &[Code], today: NaiveDate, soon: NaiveDate) -> Result<DeskCounts> {
        let mut transaction = self.writing().await?;
        let statement = sqlx::query_as(COUNTS).bind(prefixes(own)).bind(today).bind(soon);
        let counts: Option<(i64, i64, i64, i64)> = transaction.row(statement).await?;
        transaction.commit().await?;
        let (open, due_soon, overdue, answered) = counts.unwrap_or_default();
        Ok(DeskCounts { open, due_soon, overdue, answered })
    }

    /// Questions of the jurisdictions and those below, with what they are about. One look in the audit.
    pub async fn desk_list(&self, own: &[Code], tab: DeskTab, limit: u32, look: Look<'_>) -> Result<Vec<DeskQuestion>> {
        let (from, before) = match tab {
            DeskTab::DueBetween(from, before) => (Some(from), Some(before)),
            DeskTab::DueBefore(before) => (None, Some(before)),
            DeskTab::Waiting | DeskTab::Answered | DeskTab::News => (None, None),
        };
        let (own, limit) = (prefixes(own), i64::from(limit));
        let sql = match tab {
            DeskTab::Answered => format!("{QUESTIONS}{ANSWERED}"),
            DeskTab::News => NEWS.to_owned(),
            DeskTab::Waiting | DeskTab::DueBetween(..) | DeskTab::DueBefore(_) => format!("{QUESTIONS}{WAITING}"),
        };
        let statement = sqlx::query_as::<_, QuestionRow>(sqlx::AssertSqlSafe(sql)).bind(&own);
        let statement = match tab {
            DeskTab::Answered | DeskTab::News => statement.bind(limit),
            DeskTab::Waiting | DeskTab::DueBetween(..) | DeskTab::DueBefore(_) => {
                statement.bind(from).bind(before).bind(limit)
            }
        };
        let mut transaction = self.writing().await?;
        let rows = transaction.rows(statement).await?;
        if !rows.is_empty() {
            note(&mut transaction, look, &format!("inbox of {}", own.join(" ")), false).await?;
        }
        transaction.commit().await?;
        rows.into_iter().map(|row| row.read(&self.0.keys)).collect()
    }

    /// Who was told a notice; none if there is no such one.
    pub async fn notice_receiver(&self, notice: Uuid) -> Result<Option<String>> {
        let mut transaction = self.writing().await?;
        let statement = sqlx::query_as("SELECT receiver FROM ledger WHERE id = $1").bind(notice);
        let row: Option<(String,)> = transaction.row(statement).await?;
        transaction.commit().await?;
        Ok(row.map(|(receiver,)| receiver))
    }

    /// A notice with its content and what was answered to it. The look is audited.
    pub async fn notice(&self, notice: Uuid, look: Look<'_>) -> Result<Option<DeskNotice>> {
        let mut transaction = self.writing().await?;
        let row: Option<NoticeRow> = transaction.row(sqlx::query_as(NOTICE).bind(notice)).await?;
        let Some(row) = row else { return transaction.commit().await.map(|()| None) };
        let read = row.read(&self.0.keys)?;
        // A minor's notice shows the guardian, and nobody else's does.
        let minor = read.data["person"]["guardian"].is_object();
        note(&mut transaction, look, &format!("notice {notice}"), minor).await?;
        let answers: Vec<AnswerRow> = transaction.rows(sqlx::query_as(ANSWERS).bind(notice)).await?;
        transaction.commit().await?;
        let answers = answers.into_iter().map(AnswerRow::read).collect();
        Ok(Some(DeskNotice { notice: read, answers }))
    }
}

/// What codes of receivers begin with; a code inside another is left out, so that nothing is listed twice.
fn prefixes(own: &[Code]) -> Vec<String> {
    let inside = |code: &Code| own.iter().any(|other| other != code && other.contains(code));
    let mut prefixes: Vec<String> =
        own.iter().filter(|code| !inside(code)).map(|code| code.prefix().to_owned()).collect();
    prefixes.sort();
    prefixes.dedup();
    prefixes
}

#[derive(FromRow)]
struct QuestionRow {
    id: Uuid,
    receiver: String,
    kind: String,
    time: DateTime<Utc>,
    time_offset: i16,
    case_id: Option<Uuid>,
    due_on: Option<NaiveDate>,
    sealed: Vec<u8>,
    erased: Option<String>,
    state: Option<String>,
    asked_on: Option<NaiveDate>,
    answer: Option<String>,
    answered: Option<DateTime<Utc>>,
    answered_offset: Option<i16>,
}

impl QuestionRow {
    fn read(self, keys: &Keys) -> Result<DeskQuestion> {
        let outcome = self.answer.map(|answer| read_word("answers.answer", answer)).transpose()?;
        let answered =
            self.answered.zip(self.answered_offset).map(|(time, offset)| shanghai_date(join_time(time, offset)));
        let stands = self.state.as_deref() == Some("open");
        let question = self.asked_on.map(|asked_on| Question {
            asked_on,
            due_on: self.due_on,
            answer: outcome.zip(answered),
            stands,
        });
        let (kind, data) = said(keys, &self.id, self.kind, &self.sealed, self.erased)?;
        Ok(DeskQuestion {
            notice: self.id,
            kind,
            receiver: self.receiver,
            time: join_time(self.time, self.time_offset),
            case: self.case_id,
            question,
            data,
        })
    }
}

#[derive(FromRow)]
struct AnswerRow {
    answer: String,
    reply: bool,
    division: Option<String>,
    source: String,
    time: DateTime<Utc>,
    time_offset: i16,
    withdrawn: bool,
}

impl AnswerRow {
    fn read(self) -> DeskAnswer {
        DeskAnswer {
            answer: self.answer,
            reply: self.reply,
            division: self.division,
            source: self.source,
            time: join_time(self.time, self.time_offset),
            withdrawn: self.withdrawn,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clerk_of_several_places_lists_nothing_twice() {
        let codes = |codes: &[&str]| codes.iter().map(|code| code.parse().unwrap()).collect::<Vec<Code>>();
        assert_eq!(prefixes(&codes(&["320583", "320583100", "320583"])), ["320583"]);
        assert_eq!(prefixes(&codes(&["320000", "341221101"])), ["32", "341221101"]);
        assert_eq!(prefixes(&codes(&["320500"])), ["3205"]);
        assert!(prefixes(&[]).is_empty());
    }
}
