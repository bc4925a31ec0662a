//! `person find | show`: everything the hub holds of a person, and who was told what. Every look is audited.

use chrono::{DateTime, Utc};
use liangdi_domain::ids::{PersonId, ProfileId, Token};
use sqlx::FromRow;
use uuid::Uuid;

use super::audit::{Look, note};
use crate::port::Result;
use crate::postgres::PgStore;
use crate::postgres::convert::join_time;
use crate::postgres::files::person_files;
use crate::postgres::remembered::Remembered;
use crate::postgres::transaction::Transaction;
use crate::report::{PersonSheet, Protected, Sent, Spoken};

const FIND: &str = "
SELECT DISTINCT p.person FROM unnest($1::uuid[]) AS asked (token)
JOIN tokens t ON t.token = asked.token JOIN profiles p ON p.id = t.profile
WHERE p.live ORDER BY p.person";

/// A person that was left without profiles leads to the one it became.
const FOLLOW: &str = "
WITH RECURSIVE step (person, far) AS (
    SELECT $1::uuid, 0
    UNION
    SELECT r.became, step.far + 1 FROM step JOIN redirects r ON r.person = step.person WHERE step.far < 100
)
SELECT step.person, EXISTS (SELECT FROM profiles p WHERE p.person = step.person),
    EXISTS (SELECT FROM profiles p WHERE p.person = step.person AND p.minor_until > current_date)
FROM step ORDER BY far DESC LIMIT 1";

const MESSAGES: &str = "
SELECT inbox.source, inbox.id, inbox.kind, inbox.time, inbox.time_offset, e.slot, e.profile, e.withdrawn
FROM profiles p JOIN evidence e ON e.profile = p.id JOIN inbox ON inbox.no = e.message
WHERE p.person = $1 ORDER BY e.message, e.slot";

const NOTICES: &str = "
SELECT l.id, l.kind, l.receiver, l.time, l.time_offset, l.basis, l.fields,
    coalesce(published.seqno, outbox.seqno) AS seqno, published.at AS published,
    ARRAY(SELECT a.answer FROM answers a JOIN inbox ON inbox.no = a.message AND NOT inbox.withdrawn
          WHERE a.notice = l.id ORDER BY a.message) AS answers
FROM profiles p JOIN told t ON t.ground = p.id JOIN ledger l ON l.statement = t.id
LEFT JOIN published ON published.receiver = l.receiver AND published.notice = l.id
LEFT JOIN outbox ON outbox.notice = l.id
WHERE p.person = $1 ORDER BY l.time, l.id";

const PROTECTED: &str = "
SELECT c.reason, c.who, c.at FROM profiles p JOIN corrections c ON c.profile = p.id
WHERE p.person = $1 AND c.field = 'protected' AND c.lifted IS NULL ORDER BY c.no";

impl PgStore {
    /// Who protects a person, and why. What departments say of it stands with the stays.
    pub async fn protections(&self, person: PersonId) -> Result<Vec<Protected>> {
        let mut transaction = self.reading().await?;
        let rows: Vec<(String, String, DateTime<Utc>)> =
            transaction.rows(sqlx::query_as(PROTECTED).bind(person.0)).await?;
        transaction.commit().await?;
        Ok(rows.into_iter().map(|(reason, who, at)| Protected { reason, who, at }).collect())
    }

    /// The persons that carry one of the tokens.
    pub async fn find_persons(&self, tokens: &[Token]) -> Result<Vec<PersonId>> {
        let tokens: Vec<Uuid> = tokens.iter().map(|token| token.0).collect();
        let mut transaction = self.writing().await?;
        let rows: Vec<(Uuid,)> = transaction.rows(sqlx::query_as(FIND).bind(tokens)).await?;
        transaction.commit().await?;
        Ok(rows.into_iter().map(|(person,)| PersonId(person)).collect())
    }

    /// Everything of a person, or of the one it became; none if there never was such a person.
    pub async fn person_sheet(&self, person: PersonId, look: Look<'_>) -> Result<Option<PersonSheet>> {
        let mut transaction = self.writing().await?;
        let followed: Option<(Uuid, bool, bool)> = transaction.row(sqlx::query_as(FOLLOW).bind(person.0)).await?;
        let Some((person, true, minor)) = followed else { return transaction.commit().await.map(|()| None) };
        note(&mut transaction, look, &format!("person {person}"), minor).await?;
        let mut files =
            person_files(&mut transaction, &self.0.keys, &Remembered::default(), &[PersonId(person)]).await?;
        let messages = messages(&mut transaction, person).await?;
        let notices = notices(&mut transaction, person).await?;
        transaction.commit().await?;
        Ok(files.pop().map(|file| PersonSheet { file, messages, notices }))
    }
}

async fn messages(transaction: &mut Transaction, person: Uuid) -> Result<Vec<Spoken>> {
    type Row = (String, String, String, DateTime<Utc>, i16, i16, Uuid, bool);
    let rows: Vec<Row> = transaction.rows(sqlx::query_as(MESSAGES).bind(person)).await?;
    let spoken = |(source, id, kind, time, offset, slot, profile, withdrawn): Row| Spoken {
        source,
        id,
        kind,
        time: join_time(time, offset),
        slot: u16::try_from(slot).unwrap_or_default(),
        profile: ProfileId(profile),
        withdrawn,
    };
    Ok(rows.into_iter().map(spoken).collect())
}

#[derive(FromRow)]
struct SentRow {
    id: Uuid,
    kind: String,
    receiver: String,
    time: DateTime<Utc>,
    time_offset: i16,
    basis: String,
    fields: Vec<String>,
    seqno: Option<i64>,
    published: Option<DateTime<Utc>>,
    answers: Vec<String>,
}

async fn notices(transaction: &mut Transaction, person: Uuid) -> Result<Vec<Sent>> {
    let rows: Vec<SentRow> = transaction.rows(sqlx::query_as(NOTICES).bind(person)).await?;
    let sent = |row: SentRow| Sent {
        id: row.id,
        kind: row.kind,
        receiver: row.receiver,
        time: join_time(row.time, row.time_offset),
        basis: row.basis,
        fields: row.fields,
        seqno: row.seqno,
        published: row.published,
        answers: row.answers,
    };
    Ok(rows.into_iter().map(sent).collect())
}
