//! Who is who: profiles and the persons they belong to.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use liangdi_domain::ids::{PersonId, ProfileId, Token};
use uuid::Uuid;

use super::transaction::Transaction;
use crate::port::{Move, Placed, Result};

const PLACED: &str = "SELECT id, person, live FROM profiles WHERE id = ANY($1)";

const OF_PERSONS: &str = "SELECT id FROM profiles WHERE person = ANY($1) AND live";

const MOVE: &str = "
WITH moved AS (
    SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[]) AS moved (profile, was, became)
), kept AS (
    INSERT INTO moves (profile, was, became) SELECT * FROM moved
)
UPDATE profiles SET person = moved.became FROM moved WHERE profiles.id = moved.profile";

const REDIRECT: &str = "
WITH welcome AS (
    DELETE FROM redirects WHERE person = ANY($1)
)
INSERT INTO redirects (person, became)
SELECT * FROM unnest($2::uuid[], $3::uuid[]) AS left_behind (person, became)
WHERE NOT EXISTS (SELECT FROM profiles p WHERE p.person = left_behind.person)
ON CONFLICT (person) DO UPDATE SET became = excluded.became";

const HOLDERS: &str = "
SELECT DISTINCT p.person
FROM unnest($1::uuid[]) AS asked (key)
JOIN facts f ON f.key = asked.key
JOIN profiles p ON p.id = f.profile
WHERE EXISTS (SELECT FROM evidence e WHERE e.profile = f.profile AND e.fact = f.id AND NOT e.withdrawn)
ORDER BY p.person";

pub(super) async fn placed(transaction: &mut Transaction, ids: &[ProfileId]) -> Result<HashMap<ProfileId, Placed>> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let rows = transaction.rows(sqlx::query_as::<_, (Uuid, Uuid, bool)>(PLACED).bind(ids)).await?;
    let placed = |(id, person, live)| (ProfileId(id), Placed { person: PersonId(person), live });
    Ok(rows.into_iter().map(placed).collect())
}

pub(super) async fn of_persons(transaction: &mut Transaction, persons: &[PersonId]) -> Result<Vec<ProfileId>> {
    let persons: Vec<Uuid> = persons.iter().map(|person| person.0).collect();
    let rows = transaction.rows(sqlx::query_as::<_, (Uuid,)>(OF_PERSONS).bind(persons)).await?;
    Ok(rows.into_iter().map(|(id,)| ProfileId(id)).collect())
}

pub(super) async fn assign(transaction: &mut Transaction, moves: &[Move]) -> Result<()> {
    let statement = sqlx::query(MOVE)
        .bind(moves.iter().map(|moved| moved.profile.0).collect::<Vec<_>>())
        .bind(moves.iter().map(|moved| moved.from.0).collect::<Vec<_>>())
        .bind(moves.iter().map(|moved| moved.to.0).collect::<Vec<_>>());
    transaction.execute(statement).await?;
    let welcome: BTreeSet<Uuid> = moves.iter().map(|moved| moved.to.0).collect();
    let (left_behind, became): (Vec<Uuid>, Vec<Uuid>) =
        successors(moves).into_iter().map(|(from, to)| (from.0, to.0)).unzip();
    let statement = sqlx::query(REDIRECT).bind(welcome.into_iter().collect::<Vec<_>>()).bind(left_behind).bind(became);
    transaction.execute(statement).await.map(drop)
}

/// Where most of each person's profiles went; the first by id of several.
pub(crate) fn successors(moves: &[Move]) -> BTreeMap<PersonId, PersonId> {
    let mut went: BTreeMap<PersonId, BTreeMap<PersonId, usize>> = BTreeMap::new();
    for moved in moves.iter().filter(|moved| moved.from != moved.to) {
        *went.entry(moved.from).or_default().entry(moved.to).or_default() += 1;
    }
    let most =
        |to: BTreeMap<PersonId, usize>| to.into_iter().rev().max_by_key(|(_, profiles)| *profiles).map(|(to, _)| to);
    went.into_iter().filter_map(|(from, to)| Some((from, most(to)?))).collect()
}

pub(super) async fn holders(transaction: &mut Transaction, keys: &[Token]) -> Result<Vec<PersonId>> {
    let keys: Vec<Uuid> = keys.iter().map(|key| key.0).collect();
    let rows = transaction.rows(sqlx::query_as::<_, (Uuid,)>(HOLDERS).bind(keys)).await?;
    Ok(rows.into_iter().map(|(person,)| PersonId(person)).collect())
}
