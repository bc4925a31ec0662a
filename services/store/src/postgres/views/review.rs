//! `review`, `person show --why`: pairs that a person should decide on, what was decided, and what holds a person's
//! profiles together. Looks at identity values are audited.

use chrono::{DateTime, Utc};
use liangdi_domain::ids::{PersonId, ProfileId};
use liangdi_domain::person::Profile;
use sqlx::FromRow;
use uuid::Uuid;

use super::audit::{Look, note};
use crate::port::{Result, StoredEdge};
use crate::postgres::PgStore;
use crate::postgres::meet::contents;
use crate::report::{Bonds, DecisionMade, MoveMade, OpenQuestion};

/// Those that were put off come last; of the others those on which most statements hang, then the strongest.
const QUESTIONS: &str = "
SELECT q.no, q.a, q.b, pa.person AS person_a, pb.person AS person_b, q.weight, q.ambiguous, q.since,
    (SELECT count(*) FROM profiles p JOIN told t ON t.ground = p.id AND t.state = 'open'
        WHERE p.person IN (pa.person, pb.person)) AS statements,
    EXISTS (SELECT FROM decisions d WHERE d.a = q.a AND d.b = q.b AND d.stands AND d.verdict = 'later') AS put_off
FROM questions q JOIN profiles pa ON pa.id = q.a JOIN profiles pb ON pb.id = q.b
WHERE $1::bigint IS NULL OR q.no = $1
ORDER BY put_off, statements DESC, q.weight DESC, q.no LIMIT $2";

const DECISIONS: &str = "
SELECT no, a, b, verdict, reason, who, at, stands FROM decisions
WHERE ($1::bigint IS NULL OR no = $1) ORDER BY no DESC LIMIT $2";

const DECISIONS_BY: &str = "
SELECT no, a, b, verdict, reason, who, at, stands FROM decisions WHERE who = $1 ORDER BY no DESC LIMIT $2";

const DECISIONS_OF: &str = "
SELECT d.no, d.a, d.b, d.verdict, d.reason, d.who, d.at, d.stands FROM decisions d
WHERE EXISTS (SELECT FROM profiles p WHERE p.person = $1 AND p.id IN (d.a, d.b)) ORDER BY d.no DESC";

const EDGES_OF: &str = "
SELECT e.a, e.b, e.weight, e.against FROM profiles p JOIN edges e ON e.a = p.id WHERE p.person = $1
UNION SELECT e.a, e.b, e.weight, e.against FROM profiles p JOIN edges e ON e.b = p.id WHERE p.person = $1
ORDER BY weight DESC, a, b";

const MOVES_OF: &str = "
SELECT m.at, m.profile, m.was, m.became FROM profiles p JOIN moves m ON m.profile = p.id WHERE p.person = $1 ORDER BY m.no";

const MINORS: &str = "SELECT EXISTS (SELECT FROM profiles WHERE id = ANY($1) AND minor_until > current_date)";

#[derive(FromRow)]
struct QuestionRow {
    no: i64,
    a: Uuid,
    b: Uuid,
    person_a: Uuid,
    person_b: Uuid,
    weight: i32,
    ambiguous: bool,
    since: DateTime<Utc>,
    statements: i64,
    put_off: bool,
}

#[derive(FromRow)]
struct DecisionRow {
    no: i64,
    a: Uuid,
    b: Uuid,
    verdict: String,
    reason: String,
    who: String,
    at: DateTime<Utc>,
    stands: bool,
}

impl PgStore {
    /// What waits for a decision, the most consequential first; or the one question with a number.
    pub async fn questions(&self, no: Option<i64>, limit: u32) -> Result<Vec<OpenQuestion>> {
        let mut transaction = self.reading().await?;
        let statement = sqlx::query_as::<_, QuestionRow>(QUESTIONS).bind(no).bind(i64::from(limit));
        let rows = transaction.rows(statement).await?;
        transaction.commit().await?;
        let question = |row: QuestionRow| OpenQuestion {
            no: row.no,
            a: ProfileId(row.a),
            b: ProfileId(row.b),
            persons: [PersonId(row.person_a), PersonId(row.person_b)],
            weight: row.weight,
            ambiguous: row.ambiguous,
            since: row.since,
            statements: row.statements,
            put_off: row.put_off,
        };
        Ok(rows.into_iter().map(question).collect())
    }

    /// What was decided, newest first; or the one decision with a number.
    pub async fn decisions(&self, no: Option<i64>, limit: u32) -> Result<Vec<DecisionMade>> {
        let mut transaction = self.reading().await?;
        let statement = sqlx::query_as::<_, DecisionRow>(DECISIONS).bind(no).bind(i64::from(limit));
        let rows = transaction.rows(statement).await?;
        transaction.commit().await?;
        Ok(rows.into_iter().map(made).collect())
    }

    /// What one user decided, newest first.
    pub async fn decisions_by(&self, who: &str, limit: u32) -> Result<Vec<DecisionMade>> {
        let mut transaction = self.reading().await?;
        let statement = sqlx::query_as::<_, DecisionRow>(DECISIONS_BY).bind(who).bind(i64::from(limit));
        let rows = transaction.rows(statement).await?;
        transaction.commit().await?;
        Ok(rows.into_iter().map(made).collect())
    }

    /// What profiles hold; the look is noted.
    pub async fn profiles_shown(&self, ids: &[ProfileId], look: Look<'_>) -> Result<Vec<(ProfileId, Profile)>> {
        let mut transaction = self.writing().await?;
        let all: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
        let minors: Option<(bool,)> = transaction.row(sqlx::query_as(MINORS).bind(all)).await?;
        let minor = minors.is_some_and(|(minor,)| minor);
        for id in ids {
            note(&mut transaction, look, &format!("profile {}", id.0), minor).await?;
        }
        let profiles = contents(&mut transaction, &self.0.keys, ids).await?;
        transaction.commit().await?;
        Ok(profiles)
    }

    /// What holds a person's profiles together.
    pub async fn bonds(&self, person: PersonId) -> Result<Bonds> {
        let mut transaction = self.reading().await?;
        let edges: Vec<(Uuid, Uuid, i32, bool)> = transaction.rows(sqlx::query_as(EDGES_OF).bind(person.0)).await?;
        let decisions = transaction.rows(sqlx::query_as::<_, DecisionRow>(DECISIONS_OF).bind(person.0)).await?;
        let moves: Vec<(DateTime<Utc>, Uuid, Uuid, Uuid)> =
            transaction.rows(sqlx::query_as(MOVES_OF).bind(person.0)).await?;
        transaction.commit().await?;
        let edge = |(a, b, weight, against)| StoredEdge { a: ProfileId(a), b: ProfileId(b), weight, against };
        let moved = |(at, profile, was, became)| MoveMade {
            at,
            profile: ProfileId(profile),
            was: PersonId(was),
            became: PersonId(became),
        };
        Ok(Bonds {
            edges: edges.into_iter().map(edge).collect(),
            decisions: decisions.into_iter().map(made).collect(),
            moves: moves.into_iter().map(moved).collect(),
        })
    }
}

fn made(row: DecisionRow) -> DecisionMade {
    DecisionMade {
        no: row.no,
        a: ProfileId(row.a),
        b: ProfileId(row.b),
        verdict: row.verdict,
        reason: row.reason,
        who: row.who,
        at: row.at,
        stands: row.stands,
    }
}
