//! What holds whatever departments write, until it is lifted: values that a person corrected, sealed; and that a person is
//! protected, which stands among them under a name of its own, so that a person's file is read by one statement.

use std::collections::BTreeMap;

use liangdi_domain::identity::survive::{Frozen, Shown};
use liangdi_domain::ids::{PersonId, ProfileId};
use liangdi_domain::person::Profile;
use uuid::Uuid;

use super::convert::{open_value, seal_value};
use super::transaction::{Transaction, unreadable};
use crate::keys::Keys;
use crate::port::{Correction, Protection, Result};

/// Stands in the place of a field's name.
const PROTECTED: &str = "protected";

const INSERT: &str = "
WITH before AS (
    UPDATE corrections SET lifted = now(), lifted_by = $6 WHERE profile = $2 AND field = $3 AND lifted IS NULL
)
INSERT INTO corrections (id, profile, field, sealed, reason, who) VALUES ($1, $2, $3, $4, $5, $6)";

/// With whichever of the person's profiles it is kept, also with one that nothing speaks of any more.
const LIFT: &str = "
UPDATE corrections c SET lifted = now(), lifted_by = $3 FROM profiles p
WHERE p.person = $1 AND c.profile = p.id AND c.field = $2 AND c.lifted IS NULL";

const STANDING: &str = "
SELECT id, profile, field, sealed FROM corrections WHERE profile = ANY($1) AND lifted IS NULL ORDER BY no";

pub(super) async fn correct(transaction: &mut Transaction, keys: &Keys, correction: &Correction) -> Result<()> {
    let Correction { profile, field, value, reason, who } = correction;
    hold(transaction, keys, (*profile, field.name(), value), (reason, who)).await
}

pub(super) async fn protect(transaction: &mut Transaction, keys: &Keys, protection: &Protection) -> Result<()> {
    let Protection { profile, reason, who } = protection;
    hold(transaction, keys, (*profile, PROTECTED, &Profile::default()), (reason, who)).await
}

async fn hold(
    transaction: &mut Transaction,
    keys: &Keys,
    (profile, field, value): (ProfileId, &str, &Profile),
    (reason, who): (&str, &str),
) -> Result<()> {
    let id = Uuid::now_v7();
    let sealed = seal_value(keys, &id, value);
    let statement = sqlx::query(INSERT).bind(id).bind(profile.0).bind(field).bind(sealed).bind(reason).bind(who);
    transaction.execute(statement).await.map(drop)
}

pub(super) async fn lift(transaction: &mut Transaction, person: PersonId, field: Shown, who: &str) -> Result<bool> {
    let_go(transaction, person, field.name(), who).await
}

pub(super) async fn unprotect(transaction: &mut Transaction, person: PersonId, who: &str) -> Result<bool> {
    let_go(transaction, person, PROTECTED, who).await
}

async fn let_go(transaction: &mut Transaction, person: PersonId, field: &str, who: &str) -> Result<bool> {
    let statement = sqlx::query(LIFT).bind(person.0).bind(field).bind(who);
    Ok(transaction.execute(statement).await? > 0)
}

/// What holds, by person; the latest word of a field counts.
pub(super) async fn standing(
    transaction: &mut Transaction,
    keys: &Keys,
    owner: &BTreeMap<ProfileId, PersonId>,
) -> Result<BTreeMap<PersonId, Frozen>> {
    let profiles: Vec<Uuid> = owner.keys().map(|id| id.0).collect();
    let rows = transaction.rows(sqlx::query_as::<_, (Uuid, Uuid, String, Vec<u8>)>(STANDING).bind(profiles)).await?;
    let mut frozen: BTreeMap<PersonId, Frozen> = BTreeMap::new();
    for (id, profile, field, sealed) in rows {
        let Some(person) = owner.get(&ProfileId(profile)) else { continue };
        let held = frozen.entry(*person).or_default();
        if field == PROTECTED {
            held.protected = true;
            continue;
        }
        let field = Shown::ALL.into_iter().find(|shown| shown.name() == field);
        held.hold(field.ok_or_else(|| unreadable("corrections.field"))?, open_value(keys, &id, &sealed)?);
    }
    Ok(frozen)
}
