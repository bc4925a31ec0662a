//! Under which keys profiles meet, and what they hold.

use std::collections::HashMap;

use liangdi_domain::ids::{ProfileId, Token};
use liangdi_domain::person::Profile;
use uuid::Uuid;

use super::convert::open_profile;
use super::transaction::{StatementAs, Transaction};
use crate::keys::Keys;
use crate::port::Result;

const BLOCKS: &str = "
SELECT asked.token, met.profile FROM unnest($1::uuid[]) AS asked (token)
CROSS JOIN LATERAL (SELECT profile FROM tokens t WHERE t.token = asked.token LIMIT $2) AS met";

const REFINED_BLOCKS: &str = "
SELECT asked.refined, met.profile FROM unnest($1::uuid[], $2::uuid[]) AS asked (token, refined)
CROSS JOIN LATERAL (SELECT profile FROM tokens t WHERE t.token = asked.token AND t.refined = asked.refined LIMIT $3) AS met";

const CONTENTS: &str = "SELECT id, sealed FROM profiles WHERE id = ANY($1)";

pub(super) async fn blocks(
    transaction: &mut Transaction,
    tokens: &[Token],
    limit: usize,
) -> Result<HashMap<Token, Vec<ProfileId>>> {
    let tokens: Vec<Uuid> = tokens.iter().map(|token| token.0).collect();
    read_blocks(transaction, sqlx::query_as(BLOCKS).bind(tokens).bind(rows_max(limit))).await
}

pub(super) async fn refined_blocks(
    transaction: &mut Transaction,
    keys: &[(Token, Token)],
    limit: usize,
) -> Result<HashMap<Token, Vec<ProfileId>>> {
    let (tokens, refined): (Vec<Uuid>, Vec<Uuid>) = keys.iter().map(|(token, refined)| (token.0, refined.0)).unzip();
    let statement = sqlx::query_as(REFINED_BLOCKS).bind(tokens).bind(refined).bind(rows_max(limit));
    read_blocks(transaction, statement).await
}

async fn read_blocks(
    transaction: &mut Transaction,
    statement: StatementAs<'_, (Uuid, Uuid)>,
) -> Result<HashMap<Token, Vec<ProfileId>>> {
    let mut blocks: HashMap<Token, Vec<ProfileId>> = HashMap::new();
    for (token, profile) in transaction.rows(statement).await? {
        blocks.entry(Token(token)).or_default().push(ProfileId(profile));
    }
    Ok(blocks)
}

pub(super) async fn contents(
    transaction: &mut Transaction,
    keys: &Keys,
    ids: &[ProfileId],
) -> Result<Vec<(ProfileId, Profile)>> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let rows = transaction.rows(sqlx::query_as::<_, (Uuid, Vec<u8>)>(CONTENTS).bind(ids)).await?;
    rows.into_iter().map(|(id, sealed)| Ok((ProfileId(id), open_profile(keys, &id, &sealed)?))).collect()
}

fn rows_max(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}
