//! What draws profiles together or keeps them apart: edges, links, decisions; and the questions that are left.

use std::collections::BTreeSet;

use liangdi_domain::identity::Decision;
use liangdi_domain::ids::{PersonId, ProfileId};
use uuid::Uuid;

use super::transaction::Transaction;
use crate::port::{DecisionRow, Gathered, Member, Question, Result, StoredEdge};
use crate::rows::word;

/// Walks over everything that joins, through live profiles.
const MEMBERS: &str = "
WITH RECURSIVE reached (id) AS (
    SELECT unnest($1::uuid[])
    UNION
    SELECT next.id FROM reached r CROSS JOIN LATERAL (
        SELECT e.b AS id FROM edges e WHERE e.a = r.id AND e.weight >= $2
        UNION ALL SELECT e.a FROM edges e WHERE e.b = r.id AND e.weight >= $2
        UNION ALL SELECT l.other FROM links l WHERE l.profile = r.id AND NOT l.withdrawn
        UNION ALL SELECT d.b FROM decisions d WHERE d.a = r.id AND d.stands AND d.verdict = 'same'
        UNION ALL SELECT d.a FROM decisions d WHERE d.b = r.id AND d.stands AND d.verdict = 'same'
    ) next
    WHERE EXISTS (SELECT FROM profiles p WHERE p.id = next.id AND p.live)
)
SELECT p.id, p.person, p.live,
    ARRAY(SELECT DISTINCT l.other FROM links l WHERE l.profile = p.id AND NOT l.withdrawn ORDER BY l.other),
    ARRAY(SELECT DISTINCT n.other FROM beside n WHERE n.profile = p.id AND NOT n.withdrawn ORDER BY n.other)
FROM reached JOIN profiles p ON p.id = reached.id
ORDER BY p.id";

const STANDING: &str = "
SELECT p.id, p.person, p.live,
    ARRAY(SELECT DISTINCT l.other FROM links l WHERE l.profile = p.id AND NOT l.withdrawn ORDER BY l.other),
    ARRAY(SELECT DISTINCT n.other FROM beside n WHERE n.profile = p.id AND NOT n.withdrawn ORDER BY n.other)
FROM profiles p WHERE p.id > $1 ORDER BY p.id LIMIT $2";

const FROM: &str = "SELECT a, b, weight, against FROM edges WHERE a = ANY($1) ORDER BY a, b";

/// Decisions, and (without a verdict) questions.
const DECISIONS: &str = "
SELECT a, b, verdict = 'same' FROM decisions WHERE a = ANY($1) AND stands AND verdict IN ('same', 'different')
UNION ALL SELECT a, b, NULL FROM questions WHERE a = ANY($1)
UNION ALL SELECT a, b, NULL FROM questions WHERE b = ANY($1)
ORDER BY a, b";

const PUT: &str = "
INSERT INTO edges (a, b, weight, against) SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::integer[], $4::boolean[])
ON CONFLICT (a, b) DO UPDATE SET weight = excluded.weight, against = excluded.against";

const DROP: &str = "
DELETE FROM edges USING unnest($1::uuid[], $2::uuid[]) AS gone (a, b) WHERE edges.a = gone.a AND edges.b = gone.b";

/// A question that is asked again keeps its date.
const ASK: &str = "
WITH asked AS (
    INSERT INTO questions (a, b, weight, ambiguous)
    SELECT * FROM unnest($2::uuid[], $3::uuid[], $4::integer[], $5::boolean[])
    ON CONFLICT (a, b) DO UPDATE SET weight = excluded.weight, ambiguous = excluded.ambiguous
)
DELETE FROM questions q WHERE (q.a = ANY($1) OR q.b = ANY($1))
AND NOT EXISTS (SELECT FROM unnest($2::uuid[], $3::uuid[]) AS kept (a, b) WHERE kept.a = q.a AND kept.b = q.b)";

const DECIDE: &str = "
WITH before AS (
    UPDATE decisions SET stands = false WHERE a = $1 AND b = $2 AND stands
)
INSERT INTO decisions (a, b, verdict, reason, who) VALUES ($1, $2, $3, $4, $5)";

type MemberRow = (Uuid, Uuid, bool, Vec<Uuid>, Vec<Uuid>);

pub(super) async fn component(transaction: &mut Transaction, of: &[ProfileId], weight_min: i32) -> Result<Gathered> {
    let of: Vec<Uuid> = of.iter().map(|id| id.0).collect();
    let rows = transaction.rows(sqlx::query_as::<_, MemberRow>(MEMBERS).bind(of).bind(weight_min)).await?;
    let members: Vec<Member> = rows.into_iter().map(member).collect();
    let ids: Vec<ProfileId> = members.iter().map(|member| member.id).collect();
    let inside: BTreeSet<ProfileId> = ids.iter().copied().collect();
    let edges = edges_from(transaction, &ids).await?.into_iter().filter(|edge| inside.contains(&edge.b)).collect();
    let (decisions, asked) = decisions(transaction, &ids).await?;
    Ok(Gathered { members, edges, decisions, asked })
}

/// The next profiles by id.
pub(super) async fn standing(
    transaction: &mut Transaction,
    after: Option<ProfileId>,
    limit: usize,
) -> Result<Vec<Member>> {
    let statement = sqlx::query_as::<_, MemberRow>(STANDING)
        .bind(after.map_or(Uuid::nil(), |id| id.0))
        .bind(i64::try_from(limit).unwrap_or(i64::MAX));
    Ok(transaction.rows(statement).await?.into_iter().map(member).collect())
}

fn member((id, person, live, links, beside): MemberRow) -> Member {
    let [links, beside] = [links, beside].map(|ids| ids.into_iter().map(ProfileId).collect());
    Member { id: ProfileId(id), person: PersonId(person), live, links, beside }
}

pub(super) async fn edges_from(transaction: &mut Transaction, ids: &[ProfileId]) -> Result<Vec<StoredEdge>> {
    let asked: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let rows = transaction.rows(sqlx::query_as::<_, (Uuid, Uuid, i32, bool)>(FROM).bind(asked)).await?;
    let edge = |(a, b, weight, against)| StoredEdge { a: ProfileId(a), b: ProfileId(b), weight, against };
    Ok(rows.into_iter().map(edge).collect())
}

/// What was decided, and whether anything is being asked.
pub(super) async fn decisions(transaction: &mut Transaction, ids: &[ProfileId]) -> Result<(Vec<Decision>, bool)> {
    let asked: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let rows = transaction.rows(sqlx::query_as::<_, (Uuid, Uuid, Option<bool>)>(DECISIONS).bind(asked)).await?;
    let asked = rows.iter().any(|(.., verdict)| verdict.is_none());
    let decision = |(a, b, same): (Uuid, Uuid, Option<bool>)| {
        let (a, b) = (ProfileId(a), ProfileId(b));
        Some(if same? { Decision::Together(a, b) } else { Decision::Apart(a, b) })
    };
    Ok((rows.into_iter().filter_map(decision).collect(), asked))
}

pub(super) async fn put_edges(
    transaction: &mut Transaction,
    edges: &[StoredEdge],
    dropped: &[(ProfileId, ProfileId)],
) -> Result<()> {
    if !dropped.is_empty() {
        let (a, b): (Vec<Uuid>, Vec<Uuid>) = dropped.iter().map(|(a, b)| (a.0, b.0)).unzip();
        transaction.execute(sqlx::query(DROP).bind(a).bind(b)).await?;
    }
    if !edges.is_empty() {
        let statement = sqlx::query(PUT)
            .bind(edges.iter().map(|edge| edge.a.0).collect::<Vec<_>>())
            .bind(edges.iter().map(|edge| edge.b.0).collect::<Vec<_>>())
            .bind(edges.iter().map(|edge| edge.weight).collect::<Vec<_>>())
            .bind(edges.iter().map(|edge| edge.against).collect::<Vec<_>>());
        transaction.execute(statement).await?;
    }
    Ok(())
}

pub(super) async fn ask(transaction: &mut Transaction, about: &[ProfileId], questions: &[Question]) -> Result<()> {
    let statement = sqlx::query(ASK)
        .bind(about.iter().map(|id| id.0).collect::<Vec<_>>())
        .bind(questions.iter().map(|question| question.a.0).collect::<Vec<_>>())
        .bind(questions.iter().map(|question| question.b.0).collect::<Vec<_>>())
        .bind(questions.iter().map(|question| question.weight).collect::<Vec<_>>())
        .bind(questions.iter().map(|question| question.ambiguous).collect::<Vec<_>>());
    transaction.execute(statement).await.map(drop)
}

pub(super) async fn decide(transaction: &mut Transaction, decision: &DecisionRow) -> Result<()> {
    let statement = sqlx::query(DECIDE)
        .bind(decision.a.0)
        .bind(decision.b.0)
        .bind(word(&decision.verdict))
        .bind(&decision.reason)
        .bind(&decision.who);
    transaction.execute(statement).await.map(drop)
}
