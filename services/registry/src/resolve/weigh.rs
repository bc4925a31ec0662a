//! Edges of new profiles: everybody they share a key with is read, compared and weighed. And edges that end: when a key
//! becomes too crowded, two profiles that met by it alone do not meet any more.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use liangdi_domain::identity::Prepared;
use liangdi_domain::ids::{ProfileId, Token};
use liangdi_domain::person::Profile;
use liangdi_store::port::{Batch, KeyToken, Result, StoredEdge};

use super::meet::Blocks;
use super::{Fresh, Matcher};

/// What came of it.
#[derive(Debug, Default)]
pub(super) struct Weighing {
    pub(super) edges: Vec<StoredEdge>,
    pub(super) dropped: Vec<(ProfileId, ProfileId)>,
    /// What was read for it, and the new profiles.
    pub(super) profiles: BTreeMap<ProfileId, Profile>,
}

/// Weighs new profiles against everybody they meet.
pub(super) async fn weigh<B: Batch>(
    matcher: &Matcher<'_>,
    batch: &mut B,
    fresh: &[Fresh],
    keys: &HashMap<ProfileId, Vec<KeyToken>>,
) -> Result<Weighing> {
    if fresh.is_empty() {
        return Ok(Weighing::default());
    }
    let keys = fresh.iter().map(|fresh| (fresh.id, keys[&fresh.id].as_slice()));
    let mut blocks = Blocks::of_fresh(batch, keys.clone(), matcher.matching.limits.block_profiles_max).await?;
    let pairs: BTreeSet<(ProfileId, ProfileId)> = keys
        .flat_map(|(id, keys)| keys.iter().flat_map(|key| blocks.mates(key)).map(move |mate| (id, mate)))
        .filter(|(id, mate)| id != mate)
        .map(|(id, mate)| (id.min(mate), id.max(mate)))
        .collect();
    let crossed: Vec<ProfileId> = blocks.crossed().into_iter().collect();
    let suspects = if crossed.is_empty() { Vec::new() } else { batch.edges_among(&crossed).await? };
    if blocks.crossings() > 0 {
        tracing::info!(keys = blocks.crossings(), edges = suspects.len(), "keys became crowded and are refined");
    }

    let profiles = contents(batch, fresh, &pairs, &suspects).await?;
    let resolver = matcher.resolver();
    let prepared: HashMap<ProfileId, Prepared<'_>> =
        profiles.iter().map(|(id, profile)| (*id, resolver.prepare(profile))).collect();
    let edge = |(a, b): &(ProfileId, ProfileId)| {
        let weight = resolver.edge(prepared.get(a)?, prepared.get(b)?)?;
        Some(StoredEdge { a: *a, b: *b, weight: weight.0 })
    };
    let edges = pairs.iter().filter_map(edge).collect();
    let keys_of: HashMap<ProfileId, Vec<KeyToken>> = suspects
        .iter()
        .flat_map(|edge| [edge.a, edge.b])
        .filter_map(|id| Some((id, matcher.keys(profiles.get(&id)?))))
        .collect();
    blocks.look_up(batch, keys_of.values().flatten().copied()).await?;
    let dropped = suspects.iter().filter(|edge| !still_meet(&blocks, &keys_of, edge)).map(|edge| (edge.a, edge.b));
    let dropped = dropped.collect();
    drop(prepared);
    Ok(Weighing { edges, dropped, profiles })
}

/// New profiles, and the content of everybody they are compared with.
async fn contents<B: Batch>(
    batch: &mut B,
    fresh: &[Fresh],
    pairs: &BTreeSet<(ProfileId, ProfileId)>,
    suspects: &[StoredEdge],
) -> Result<BTreeMap<ProfileId, Profile>> {
    let mut profiles: BTreeMap<ProfileId, Profile> =
        fresh.iter().map(|fresh| (fresh.id, fresh.profile.clone())).collect();
    let met = pairs.iter().flat_map(|(a, b)| [*a, *b]).chain(suspects.iter().flat_map(|edge| [edge.a, edge.b]));
    let stored: BTreeSet<ProfileId> = met.filter(|id| !profiles.contains_key(id)).collect();
    if !stored.is_empty() {
        profiles.extend(batch.contents(&stored.into_iter().collect::<Vec<_>>()).await?);
    }
    Ok(profiles)
}

/// Whether two profiles share a key as it is in use.
fn still_meet(blocks: &Blocks, keys_of: &HashMap<ProfileId, Vec<KeyToken>>, edge: &StoredEdge) -> bool {
    let in_use = |id: &ProfileId| -> BTreeSet<Token> {
        keys_of.get(id).into_iter().flatten().filter_map(|key| blocks.in_use(key)).collect()
    };
    !in_use(&edge.a).is_disjoint(&in_use(&edge.b))
}
