//! What is held of a person, taken away for good, in two steps of one transaction: `forget` takes the evidence, so that
//! whoever was told is told otherwise; `wipe` removes whatever could still say who it was. Rows on which a number depends
//! stay as skeletons.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use liangdi_domain::feed::Feed;
use liangdi_domain::ids::{FactId, PersonId, ProfileId, Token};
use liangdi_domain::notice::NoticeKind;
use liangdi_domain::statement::Topic;
use serde_json::Value;
use uuid::Uuid;

use super::convert::read_word;
use super::notices::seal_data;
use super::transaction::Transaction;
use super::withdraw::REVIVE;
use crate::keys::Keys;
use crate::port::{Forgotten, Remains, Result, Silent};

/// Evidence of the person's own profiles, whoever else a message names; links and neighbours go from both their ends.
const FORGET: &str = "
WITH mine AS (
    SELECT id FROM profiles WHERE person = $1
), said AS (
    DELETE FROM evidence e USING mine WHERE e.profile = mine.id AND ($2::text IS NULL OR starts_with(e.source, $2))
    RETURNING e.profile, e.fact, e.message
), links_of AS (
    SELECT l.profile, l.other, l.message FROM mine JOIN links l ON l.profile = mine.id JOIN inbox i ON i.no = l.message
    WHERE $2 IS NULL OR starts_with(i.source, $2)
), linked AS (
    DELETE FROM links l USING links_of o
    WHERE l.message = o.message AND (l.profile, l.other) IN ((o.profile, o.other), (o.other, o.profile))
    RETURNING l.profile
), beside_of AS (
    SELECT b.profile, b.other, b.message FROM mine JOIN beside b ON b.profile = mine.id JOIN inbox i ON i.no = b.message
    WHERE $2 IS NULL OR starts_with(i.source, $2)
), named AS (
    DELETE FROM beside b USING beside_of o
    WHERE b.message = o.message AND (b.profile, b.other) IN ((o.profile, o.other), (o.other, o.profile))
)
SELECT profile, fact, message FROM said UNION ALL SELECT profile, NULL, NULL FROM linked";

/// A fact goes with its last source, also of one that was taken back.
const UNSAID: &str = "
DELETE FROM facts f USING unnest($1::uuid[], $2::uuid[]) AS said (profile, fact)
WHERE f.profile = said.profile AND f.id = said.fact
    AND NOT EXISTS (SELECT FROM evidence e WHERE e.profile = f.profile AND e.fact = f.id)
RETURNING f.id, f.key";

const GONE: &str = "
SELECT id FROM (
    SELECT unnest($1::uuid[]) UNION SELECT p.id FROM profiles p WHERE p.person = $2
) AS asked (id)
WHERE NOT EXISTS (SELECT FROM evidence e WHERE e.profile = asked.id)
    AND NOT EXISTS (SELECT FROM links l WHERE l.profile = asked.id)
ORDER BY id";

/// What hangs on a profile. Of decisions those too that stand no longer; they, like corrections and moves, are few.
const PROFILES: [&str; 7] = [
    "DELETE FROM edges WHERE a = ANY($1)",
    "DELETE FROM edges WHERE b = ANY($1)",
    "DELETE FROM questions WHERE a = ANY($1) OR b = ANY($1)",
    "DELETE FROM decisions WHERE a = ANY($1) OR b = ANY($1)",
    "DELETE FROM corrections WHERE profile = ANY($1)",
    "DELETE FROM moves WHERE profile = ANY($1)",
    "DELETE FROM profiles WHERE id = ANY($1)",
];

/// What the person corrected, and protection, outlive the feed's way of writing them.
const INHERIT: &str = "UPDATE corrections SET profile = $2 WHERE profile = ANY($1) AND lifted IS NULL";

const TOKENS: &str = "
DELETE FROM tokens t USING unnest($1::uuid[], $2::uuid[], $3::uuid[]) AS gone (token, refined, profile)
WHERE t.token = gone.token AND t.refined = gone.refined AND t.profile = gone.profile";

const ENDINGS: &str = "
DELETE FROM endings e WHERE e.key = ANY($1) AND NOT EXISTS (SELECT FROM facts f WHERE f.key = e.key)";

const SETTLED: &str = "DELETE FROM rights_settled WHERE fact = ANY($1)";

/// Looking at everybody after a boundary change goes on from the profile before.
const WORK: &str = "
UPDATE division_work SET after = (
    SELECT p.id FROM profiles p WHERE p.id < division_work.after ORDER BY p.id DESC LIMIT 1
) WHERE after = ANY($1)";

/// Who looked at one of its profiles looked at the person: a profile's id is a hash of all its values.
const LOOKED_AT: &str = "
UPDATE audit SET object = 'a profile of person ' || p.person FROM profiles p
WHERE p.id = ANY($1) AND audit.object = 'profile ' || p.id";

/// A statement without a person: who was told what about which place, when, under which case. The variant of a duty is the
/// name of its procedure; every other one is a fact's id or another hub's case.
const STATEMENTS: &str = "
UPDATE told SET ground = '00000000-0000-0000-0000-000000000000', fields = '{}', state = 'retracted',
    ended_on = NULL, ended_by = NULL, variant = CASE WHEN topic = 'duty' THEN variant END
WHERE ground = ANY($1) RETURNING id";

const ANSWERS: &str = "UPDATE answers SET discrepancies = NULL WHERE statement = ANY($1) RETURNING message";

const FILINGS: &str = "
DELETE FROM filings f WHERE f.message = ANY($1) AND NOT EXISTS (SELECT FROM evidence e WHERE e.message = f.message)";

/// Refused messages under the id of one of these: a conflict with it, or what was mended and sent again.
const QUARANTINE: &str = "
UPDATE quarantine q SET sealed = NULL FROM inbox i
WHERE i.no = ANY($1) AND q.source = i.source AND q.id = i.id AND q.sealed IS NOT NULL";

const NOTICES: &str = "
SELECT l.id, l.kind, t.topic, EXISTS (SELECT FROM outbox o WHERE o.notice = l.id)
FROM ledger l JOIN told t ON t.id = l.statement
WHERE l.statement = ANY($1) AND l.id <> ALL($2) AND l.erased IS NULL";

const CONTENT: &str = "
UPDATE ledger SET sealed = '', erased = gone.kind FROM unnest($1::uuid[], $2::text[]) AS gone (id, kind)
WHERE ledger.id = gone.id";

const RESTATE: &str = "
UPDATE ledger SET sealed = said.sealed FROM unnest($1::uuid[], $2::bytea[]) AS said (id, sealed) WHERE ledger.id = said.id";

const LATER: &str = "
INSERT INTO erase_later (notice, kind) SELECT * FROM unnest($1::uuid[], $2::text[]) ON CONFLICT DO NOTHING";

const SENT: &str = "
WITH sent AS (
    SELECT notice FROM erase_later e WHERE NOT EXISTS (SELECT FROM outbox o WHERE o.notice = e.notice)
    ORDER BY notice LIMIT $1
), gone AS (
    DELETE FROM erase_later e USING sent WHERE e.notice = sent.notice RETURNING e.notice, e.kind
)
UPDATE ledger SET sealed = '', erased = gone.kind FROM gone WHERE ledger.id = gone.notice";

/// Of every profile of the person: one way of writing may be old while another is in use.
const SILENT: &str = "
SELECT p.id, p.person, NOT EXISTS (
    SELECT FROM profiles o JOIN evidence e ON e.profile = o.id WHERE o.person = p.person AND e.time >= $1
)
FROM (SELECT id, person FROM profiles WHERE id > $2 ORDER BY id LIMIT $3) p ORDER BY p.id";

pub(super) async fn silent(
    transaction: &mut Transaction,
    since: DateTime<Utc>,
    after: Option<ProfileId>,
    limit: usize,
) -> Result<Vec<Silent>> {
    let statement = sqlx::query_as::<_, (Uuid, Uuid, bool)>(SILENT)
        .bind(since)
        .bind(after.map_or(Uuid::nil(), |id| id.0))
        .bind(i64::try_from(limit).unwrap_or(i64::MAX));
    let rows = transaction.rows(statement).await?;
    let silent = |(id, person, silent)| Silent { profile: ProfileId(id), person: PersonId(person), silent };
    Ok(rows.into_iter().map(silent).collect())
}

pub(super) async fn forget(transaction: &mut Transaction, person: PersonId, feed: Option<Feed>) -> Result<Forgotten> {
    let sources = feed.map(|feed| format!("urn:liangdi:{}:", feed.name()));
    let statement = sqlx::query_as::<_, (Uuid, Option<Uuid>, Option<i64>)>(FORGET).bind(person.0).bind(sources);
    let (mut profiles, mut messages, mut said) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for (profile, fact, message) in transaction.rows(statement).await? {
        profiles.insert(profile);
        messages.extend(message);
        said.extend(fact.map(|fact| (profile, fact)));
    }
    let (of, facts): (Vec<Uuid>, Vec<Uuid>) = said.into_iter().unzip();
    let unsaid: Vec<(Uuid, Option<Uuid>)> = transaction.rows(sqlx::query_as(UNSAID).bind(of).bind(facts)).await?;
    let touched: Vec<Uuid> = profiles.into_iter().collect();
    transaction.execute(sqlx::query(REVIVE).bind(&touched)).await?;
    // Out of one feed, the others' words stay, also those that were taken back.
    let whole = feed.is_none().then_some(person.0);
    let gone: Vec<(Uuid,)> = transaction.rows(sqlx::query_as(GONE).bind(&touched).bind(whole)).await?;
    let facts: BTreeSet<FactId> = unsaid.iter().map(|(fact, _)| FactId(*fact)).collect();
    let keys: BTreeSet<Token> = unsaid.iter().filter_map(|(_, key)| key.map(Token)).collect();
    Ok(Forgotten {
        messages: messages.into_iter().collect(),
        facts: facts.into_iter().collect(),
        keys: keys.into_iter().collect(),
        profiles: touched.into_iter().map(ProfileId).collect(),
        gone: gone.into_iter().map(|(id,)| ProfileId(id)).collect(),
    })
}

pub(super) async fn wipe(transaction: &mut Transaction, keys: &Keys, remains: &Remains) -> Result<()> {
    let Remains { forgotten, keys: tokens, heir, changed, restated, telling } = remains;
    let gone: Vec<Uuid> = forgotten.gone.iter().map(|id| id.0).collect();
    let rows: Vec<(Uuid,)> = transaction.rows(sqlx::query_as(STATEMENTS).bind(&gone)).await?;
    let taken_back: Vec<Uuid> = rows.into_iter().map(|(id,)| id).collect();
    let mut messages = forgotten.messages.clone();
    let answers: Vec<(i64,)> = transaction.rows(sqlx::query_as(ANSWERS).bind(&taken_back)).await?;
    messages.extend(answers.into_iter().map(|(message,)| message));
    restate(transaction, keys, restated).await?;
    let spared = telling.iter().chain(restated.iter().map(|(notice, _)| notice)).copied().collect();
    wipe_notices(transaction, [&taken_back[..], changed].concat(), spared).await?;
    transaction.execute(sqlx::query(FILINGS).bind(&messages)).await?;
    transaction.execute(sqlx::query(QUARANTINE).bind(&messages)).await?;
    let facts: Vec<Uuid> = forgotten.facts.iter().map(|id| id.0).collect();
    transaction.execute(sqlx::query(SETTLED).bind(facts)).await?;
    let ended: Vec<Uuid> = forgotten.keys.iter().map(|key| key.0).collect();
    transaction.execute(sqlx::query(ENDINGS).bind(ended)).await?;
    let tokens = sqlx::query(TOKENS)
        .bind(tokens.iter().map(|(_, key)| key.token.0).collect::<Vec<_>>())
        .bind(tokens.iter().map(|(_, key)| key.refined.map_or(Uuid::nil(), |refined| refined.0)).collect::<Vec<_>>())
        .bind(tokens.iter().map(|(profile, _)| profile.0).collect::<Vec<_>>());
    transaction.execute(tokens).await?;
    transaction.execute(sqlx::query(LOOKED_AT).bind(&gone)).await?;
    if let Some(heir) = heir {
        transaction.execute(sqlx::query(INHERIT).bind(&gone).bind(heir.0)).await?;
    }
    for statement in PROFILES {
        transaction.execute(sqlx::query(statement).bind(&gone)).await?;
    }
    transaction.execute(sqlx::query(WORK).bind(&gone)).await.map(drop)
}

/// Lets notices say what is known now, also such that are on their way.
async fn restate(transaction: &mut Transaction, keys: &Keys, restated: &[(Uuid, Value)]) -> Result<()> {
    let (ids, sealed): (Vec<Uuid>, Vec<Vec<u8>>) =
        restated.iter().map(|(id, data)| (*id, seal_data(keys, id, data))).unzip();
    transaction.execute(sqlx::query(RESTATE).bind(ids).bind(sealed)).await.map(drop)
}

/// Removes what notices of these statements said, at once where they are out.
async fn wipe_notices(transaction: &mut Transaction, statements: Vec<Uuid>, spared: Vec<Uuid>) -> Result<()> {
    let statement = sqlx::query_as::<_, (Uuid, String, String, bool)>(NOTICES).bind(statements).bind(spared);
    let (mut out, mut waiting) = ((Vec::new(), Vec::new()), (Vec::new(), Vec::new()));
    for (id, kind, topic, is_waiting) in transaction.rows(statement).await? {
        let kind: NoticeKind = read_word("ledger.kind", kind)?;
        if !kind.names_somebody() {
            continue;
        }
        // Other fields of what its topic opens with.
        let told = match kind {
            NoticeKind::Supersede => read_word::<Topic>("told.topic", topic)?.opens_with(),
            kind => kind,
        };
        let (ids, kinds) = if is_waiting { &mut waiting } else { &mut out };
        ids.push(id);
        kinds.push(told.name());
    }
    transaction.execute(sqlx::query(CONTENT).bind(out.0).bind(out.1)).await?;
    transaction.execute(sqlx::query(LATER).bind(waiting.0).bind(waiting.1)).await.map(drop)
}

pub(super) async fn wipe_sent(transaction: &mut Transaction, limit: usize) -> Result<usize> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let wiped = transaction.execute(sqlx::query(SENT).bind(limit)).await?;
    Ok(usize::try_from(wiped).unwrap_or(usize::MAX))
}
