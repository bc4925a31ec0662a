//! Edges of new profiles: everybody they share a key with is read, compared and weighed. And edges that end: when a key
//! becomes too crowded, two profiles that met by it alone do not meet any more.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use liangdi_domain::identity::Prepared;
use liangdi_domain::ids::{ProfileId, Token};
use liangdi_domain::person::Profile;
use liangdi_store::port::{Batch, KeyToken, Reading, Result, StoredEdge};

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
    let crossed = blocks.crossed();
    let mut suspects = Vec::new();
    if !crossed.is_empty() {
        suspects = batch.edges_from(&crossed.iter().copied().collect::<Vec<_>>()).await?;
        suspects.retain(|edge| crossed.contains(&edge.b));
    }
    let (refined, closed) = blocks.crossings();
    if refined + closed > 0 {
        batch.crowded(refined, closed).await?;
        tracing::info!(refined, closed, edges = suspects.len(), "keys became crowded and are refined or closed");
    }

    let profiles: BTreeMap<ProfileId, Profile> = fresh.iter().map(|fresh| (fresh.id, fresh.profile.clone())).collect();
    let met = pairs.iter().flat_map(|(a, b)| [*a, *b]).chain(suspects.iter().flat_map(|edge| [edge.a, edge.b]));
    let profiles = with_contents(batch, profiles, met).await?;
    let edges = edges(matcher, &profiles, &pairs);
    let keys_of: HashMap<ProfileId, Vec<KeyToken>> = suspects
        .iter()
        .flat_map(|edge| [edge.a, edge.b])
        .filter_map(|id| Some((id, matcher.keys(profiles.get(&id)?))))
        .collect();
    blocks.look_up(batch, keys_of.values().flatten().copied()).await?;
    let dropped = suspects.iter().filter(|edge| !still_meet(&blocks, &keys_of, edge)).map(|edge| (edge.a, edge.b));
    Ok(Weighing { edges, dropped: dropped.collect(), profiles })
}

/// Weighs stored profiles anew: the edges that there are now, and those that are none any more.
pub(super) async fn reweigh<B: Batch>(matcher: &Matcher<'_>, batch: &mut B, ids: &[ProfileId]) -> Result<Weighing> {
    let Met { edges, profiles } = meet(matcher, batch, ids).await?;
    let standing: BTreeSet<(ProfileId, ProfileId)> = edges.iter().map(|edge| (edge.a, edge.b)).collect();
    let before = batch.edges_from(ids).await?.into_iter().map(|edge| (edge.a, edge.b));
    let dropped = before.filter(|pair| !standing.contains(pair)).collect();
    Ok(Weighing { edges, dropped, profiles })
}

/// What stored profiles come to among everybody they meet.
pub(crate) struct Met {
    pub(crate) edges: Vec<StoredEdge>,
    /// They, and everybody they meet.
    pub(crate) profiles: BTreeMap<ProfileId, Profile>,
}

/// Weighs stored profiles against everybody they meet, each pair from its smaller end. Whoever weighs everybody so has
/// weighed every pair once.
pub(crate) async fn meet<R: Reading>(matcher: &Matcher<'_>, store: &mut R, ids: &[ProfileId]) -> Result<Met> {
    let profiles: BTreeMap<ProfileId, Profile> = store.contents(ids).await?.into_iter().collect();
    let keys: Vec<(ProfileId, Vec<KeyToken>)> =
        profiles.iter().map(|(id, profile)| (*id, matcher.keys(profile))).collect();
    let mut blocks = Blocks::of_fresh(store, std::iter::empty(), matcher.matching.limits.block_profiles_max).await?;
    blocks.look_up(store, keys.iter().flat_map(|(_, keys)| keys.iter().copied())).await?;
    let pairs: BTreeSet<(ProfileId, ProfileId)> = keys
        .iter()
        .flat_map(|(id, keys)| keys.iter().flat_map(|key| blocks.mates(key)).map(move |mate| (*id, mate)))
        .filter(|(id, mate)| id < mate)
        .collect();
    let profiles = with_contents(store, profiles, pairs.iter().map(|(_, b)| *b)).await?;
    let edges = edges(matcher, &profiles, &pairs);
    Ok(Met { edges, profiles })
}

/// The profiles, and the content of others that are not among them.
async fn with_contents<R: Reading>(
    store: &mut R,
    mut profiles: BTreeMap<ProfileId, Profile>,
    others: impl Iterator<Item = ProfileId>,
) -> Result<BTreeMap<ProfileId, Profile>> {
    let unread: BTreeSet<ProfileId> = others.filter(|id| !profiles.contains_key(id)).collect();
    if !unread.is_empty() {
        profiles.extend(store.contents(&unread.into_iter().collect::<Vec<_>>()).await?);
    }
    Ok(profiles)
}

/// Pairs that have anything to do with each other.
fn edges(
    matcher: &Matcher<'_>,
    profiles: &BTreeMap<ProfileId, Profile>,
    pairs: &BTreeSet<(ProfileId, ProfileId)>,
) -> Vec<StoredEdge> {
    let resolver = matcher.resolver();
    let prepared: HashMap<ProfileId, Prepared<'_>> =
        profiles.iter().map(|(id, profile)| (*id, resolver.prepare(profile))).collect();
    let edge = |(a, b): &(ProfileId, ProfileId)| {
        let (weight, against) = resolver.edge(prepared.get(a)?, prepared.get(b)?)?;
        Some(StoredEdge { a: *a, b: *b, weight: weight.0, against })
    };
    pairs.iter().filter_map(edge).collect()
}

/// Whether two profiles share a key as it is in use.
fn still_meet(blocks: &Blocks, keys_of: &HashMap<ProfileId, Vec<KeyToken>>, edge: &StoredEdge) -> bool {
    let in_use = |id: &ProfileId| -> BTreeSet<Token> {
        keys_of.get(id).into_iter().flatten().filter_map(|key| blocks.in_use(key)).collect()
    };
    !in_use(&edge.a).is_disjoint(&in_use(&edge.b))
}
