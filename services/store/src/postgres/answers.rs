//! Replies and receipts: written with their message, read with the statement they answer.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use liangdi_domain::case::StatementReply;
use liangdi_domain::evidence::{Answer, Discrepancy, Verified};
use liangdi_domain::ids::PersonId;
use sqlx::types::Json;
use uuid::Uuid;

use super::batch::PgBatch;
use super::convert::{join_time, read_code, read_word};
use super::transaction::Transaction;
use crate::keys::Keys;
use crate::port::{Inbound, Result};
use crate::rows::{reply_to, word};
use crate::seal::{Place, seal};

/// What a receiver knows otherwise of somebody who was erased is not kept either.
const INSERT: &str = "
INSERT INTO answers (message, notice, answer, case_id, division, at, discrepancies, statement, differs, facts)
SELECT message, notice, answer, case_id, division, at,
    CASE WHEN EXISTS (SELECT FROM told t WHERE t.id = statement AND t.ground = '00000000-0000-0000-0000-000000000000')
        THEN NULL ELSE discrepancies END,
    statement, differs, facts::json
FROM unnest($1::bigint[], $2::uuid[], $3::text[], $4::uuid[], $5::text[], $6::timestamptz[], $7::bytea[], $8::uuid[], $9::text[], $10::text[])
    AS answer (message, notice, answer, case_id, division, at, discrepancies, statement, differs, facts)";

/// Receipts have no case.
const REPLIES: &str = "
SELECT a.statement, a.notice, a.answer, a.division, a.differs, a.facts, i.time, i.time_offset
FROM answers a JOIN inbox i ON i.no = a.message
WHERE a.statement = ANY($1) AND a.case_id IS NOT NULL AND NOT i.withdrawn";

const SUBJECTS: &str = "
SELECT DISTINCT p.person FROM told t JOIN profiles p ON p.id = t.ground WHERE t.id = ANY($1)";

#[derive(sqlx::FromRow)]
struct ReplyRow {
    statement: Uuid,
    notice: Uuid,
    answer: String,
    division: Option<String>,
    differs: Option<String>,
    facts: Option<Json<BTreeMap<String, Verified>>>,
    time: DateTime<Utc>,
    time_offset: i16,
}

/// The replies to statements whose messages stand.
pub(super) async fn replies(transaction: &mut Transaction, statements: Vec<Uuid>) -> Result<Vec<StatementReply>> {
    if statements.is_empty() {
        return Ok(Vec::new());
    }
    let rows = transaction.rows(sqlx::query_as::<_, ReplyRow>(REPLIES).bind(statements)).await?;
    rows.into_iter().map(reply).collect()
}

fn reply(row: ReplyRow) -> Result<StatementReply> {
    Ok(StatementReply {
        statement: row.statement,
        notice: row.notice,
        outcome: read_word("answers.answer", row.answer)?,
        division: row.division.map(|code| read_code("answers.division", &code)).transpose()?,
        differs: row.differs.iter().flat_map(|names| names.split_whitespace()).map(str::to_owned).collect(),
        facts: row.facts.map(|facts| facts.0).unwrap_or_default(),
        time: join_time(row.time, row.time_offset),
    })
}

/// The persons whom told statements are about.
pub(super) async fn subjects(transaction: &mut Transaction, statements: &[Uuid]) -> Result<Vec<PersonId>> {
    if statements.is_empty() {
        return Ok(Vec::new());
    }
    let rows = transaction.rows(sqlx::query_as::<_, (Uuid,)>(SUBJECTS).bind(statements)).await?;
    Ok(rows.into_iter().map(|(person,)| PersonId(person)).collect())
}

impl PgBatch {
    pub(super) async fn write_answers(&mut self, new: &[(i64, &Inbound)]) -> Result<()> {
        let rows: Vec<AnswerRow> = new
            .iter()
            .filter_map(|(no, message)| Some(AnswerRow::of(*no, message.answer.as_ref()?, message, &self.keys)))
            .collect();
        if rows.is_empty() {
            return Ok(());
        }
        let statement = sqlx::query(INSERT)
            .bind(rows.iter().map(|row| row.no).collect::<Vec<_>>())
            .bind(rows.iter().map(|row| row.notice).collect::<Vec<_>>())
            .bind(rows.iter().map(|row| row.answer.as_str()).collect::<Vec<_>>())
            .bind(rows.iter().map(|row| row.case).collect::<Vec<_>>())
            .bind(rows.iter().map(|row| row.division.as_deref()).collect::<Vec<_>>())
            .bind(rows.iter().map(|row| row.at).collect::<Vec<_>>())
            .bind(rows.iter().map(|row| row.discrepancies.as_deref()).collect::<Vec<_>>())
            .bind(rows.iter().map(|row| row.statement).collect::<Vec<_>>())
            .bind(rows.iter().map(|row| row.differs.as_deref()).collect::<Vec<_>>())
            .bind(rows.iter().map(|row| row.facts.as_deref()).collect::<Vec<_>>());
        self.transaction.execute(statement).await.map(drop)
    }
}

/// An answer as columns.
struct AnswerRow {
    no: i64,
    notice: Uuid,
    answer: String,
    case: Option<Uuid>,
    division: Option<String>,
    at: Option<DateTime<Utc>>,
    discrepancies: Option<Vec<u8>>,
    statement: Option<Uuid>,
    differs: Option<String>,
    facts: Option<String>,
}

impl AnswerRow {
    fn of(no: i64, answer: &Answer, message: &Inbound, keys: &Keys) -> Self {
        let (notice, statement) = (answer.notice(), message.answers);
        match answer {
            Answer::Reply(reply) => {
                // The same reading of a reply as in memory; what differs is kept sealed beside its names.
                let known = reply_to(statement.unwrap_or_default(), reply, message.time);
                let facts = serde_json::to_string(&known.facts).expect("words are plain data");
                AnswerRow {
                    no,
                    notice,
                    answer: word(&reply.outcome),
                    case: Some(reply.case),
                    division: reply.division.map(|code| code.as_str().to_owned()),
                    at: None,
                    discrepancies: seal_discrepancies(no, &reply.discrepancies, keys),
                    statement,
                    differs: (!known.differs.is_empty()).then(|| known.differs.join(" ")),
                    facts: (!known.facts.is_empty()).then_some(facts),
                }
            }
            Answer::Receipt { state, at, .. } => AnswerRow {
                no,
                notice,
                answer: word(state),
                case: None,
                division: None,
                at: Some(at.with_timezone(&Utc)),
                discrepancies: None,
                statement,
                differs: None,
                facts: None,
            },
        }
    }
}

fn seal_discrepancies(no: i64, discrepancies: &[Discrepancy], keys: &Keys) -> Option<Vec<u8>> {
    if discrepancies.is_empty() {
        return None;
    }
    let content = serde_json::to_vec(discrepancies).expect("a discrepancy is plain data");
    Some(seal(keys, Place { column: "answers.discrepancies", row: &no.to_be_bytes() }, &content))
}
