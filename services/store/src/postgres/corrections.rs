//! Values that a person corrected: sealed, shown until they are lifted.

use std::collections::BTreeMap;

use liangdi_domain::identity::survive::{Frozen, Shown};
use liangdi_domain::ids::{PersonId, ProfileId};
use uuid::Uuid;

use super::convert::{open_value, seal_value};
use super::transaction::{Transaction, unreadable};
use crate::keys::Keys;
use crate::port::{Correction, Result};

const INSERT: &str = "
WITH before AS (
    UPDATE corrections SET lifted = now(), lifted_by = $6 WHERE profile = $2 AND field = $3 AND lifted IS NULL
)
INSERT INTO corrections (id, profile, field, sealed, reason, who) VALUES ($1, $2, $3, $4, $5, $6)";

const LIFT: &str = "
UPDATE corrections SET lifted = now(), lifted_by = $3 WHERE profile = ANY($1) AND field = $2 AND lifted IS NULL";

const STANDING: &str = "
SELECT id, profile, field, sealed FROM corrections WHERE profile = ANY($1) AND lifted IS NULL ORDER BY no";

pub(super) async fn correct(transaction: &mut Transaction, keys: &Keys, correction: &Correction) -> Result<()> {
    let id = Uuid::now_v7();
    let statement = sqlx::query(INSERT)
        .bind(id)
        .bind(correction.profile.0)
        .bind(correction.field.name())
        .bind(seal_value(keys, &id, &correction.value))
        .bind(&correction.reason)
        .bind(&correction.who);
    transaction.execute(statement).await.map(drop)
}

pub(super) async fn lift(
    transaction: &mut Transaction,
    profiles: &[ProfileId],
    field: Shown,
    who: &str,
) -> Result<bool> {
    let profiles: Vec<Uuid> = profiles.iter().map(|id| id.0).collect();
    let statement = sqlx::query(LIFT).bind(profiles).bind(field.name()).bind(who);
    Ok(transaction.execute(statement).await? > 0)
}

/// What stands corrected, by person; the latest word of a field counts.
pub(super) async fn standing(
    transaction: &mut Transaction,
    keys: &Keys,
    owner: &BTreeMap<ProfileId, PersonId>,
) -> Result<BTreeMap<PersonId, Frozen>> {
    let profiles: Vec<Uuid> = owner.keys().map(|id| id.0).collect();
    let rows = transaction.rows(sqlx::query_as::<_, (Uuid, Uuid, String, Vec<u8>)>(STANDING).bind(profiles)).await?;
    let mut frozen: BTreeMap<PersonId, Frozen> = BTreeMap::new();
    for (id, profile, field, sealed) in rows {
        let field = Shown::ALL.into_iter().find(|shown| shown.name() == field);
        let field = field.ok_or_else(|| unreadable("corrections.field"))?;
        if let Some(person) = owner.get(&ProfileId(profile)) {
            frozen.entry(*person).or_default().hold(field, open_value(keys, &id, &sealed)?);
        }
    }
    Ok(frozen)
}
