//! Edges of new profiles: everybody they share a key with is read, compared and weighed. And edges that end: when a key
//! becomes too crowded, two profiles that met by it alone do not meet any more.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use liangdi_domain::identity::Prepared;
use liangdi_domain::ids::{ProfileId, Token};
use liangdi_domain::person::Profile;
use liangdi_store::port::{Batch, KeyToken, Reading, Result, StoredEdge};

use super::ahead::{Ahead, Weighed};
use super::meet::Blocks;
use super::{Fresh, Matcher};

/// Two profiles, the smaller id first.
pub(super) type Pair = (ProfileId, ProfileId);

/// What came of it.
#[derive(Debug, Default)]
pub(super) struct Weighing {
    pub(super) edges: Vec<StoredEdge>,
    pub(super) dropped: Vec<(ProfileId, ProfileId)>,
    /// What was read for it, and the new profiles.
    pub(super) profiles: BTreeMap<ProfileId, Profile>,
}

/// Weighs new profiles against everybody they meet, as far as it was not done ahead.
pub(super) async fn weigh<B: Batch>(
    matcher: &Matcher<'_>,
    batch: &mut B,
    fresh: &[Fresh],
    keys: &HashMap<ProfileId, Vec<KeyToken>>,
    ahead: Ahead,
) -> Result<Weighing> {
    if fresh.is_empty() {
        return Ok(Weighing::default());
    }
    let keys = fresh.iter().map(|fresh| (fresh.id, keys[&fresh.id].as_slice()));
    let mut blocks = Blocks::of_fresh(batch, keys.clone(), matcher.matching.limits.block_profiles_max).await?;
    let pairs = pairs(keys, &blocks);
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

    let Ahead { mut profiles, weighed, .. } = ahead;
    batch.remember(&profiles);
    profiles.extend(fresh.iter().map(|fresh| (fresh.id, fresh.profile.clone())));
    let met = unweighed(&pairs, &weighed).flat_map(|(a, b)| [*a, *b]);
    let met = met.chain(suspects.iter().flat_map(|edge| [edge.a, edge.b]));
    let profiles = with_contents(batch, profiles, met).await?;
    let weighed = weights(matcher, &profiles, &pairs, weighed);
    let edges = edges(&pairs, &weighed);
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
    let edges = edges(&pairs, &weights(matcher, &profiles, &pairs, HashMap::new()));
    Ok(Met { edges, profiles })
}

/// Each profile with everybody whom it meets under a key in use.
pub(super) fn pairs<'k>(keys: impl Iterator<Item = (ProfileId, &'k [KeyToken])>, blocks: &Blocks) -> BTreeSet<Pair> {
    keys.flat_map(|(id, keys)| keys.iter().flat_map(|key| blocks.mates(key)).map(move |mate| (id, mate)))
        .filter(|(id, mate)| id != mate)
        .map(|(id, mate)| (id.min(mate), id.max(mate)))
        .collect()
}

/// The pairs that were not weighed yet.
pub(super) fn unweighed<'p>(
    pairs: &'p BTreeSet<Pair>,
    weighed: &'p HashMap<Pair, Weighed>,
) -> impl Iterator<Item = &'p Pair> {
    pairs.iter().filter(|pair| !weighed.contains_key(pair))
}

/// The profiles, and the content of others that are not among them.
pub(super) async fn with_contents<R: Reading>(
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

/// What pairs come to, those included that were weighed before.
pub(super) fn weights(
    matcher: &Matcher<'_>,
    profiles: &BTreeMap<ProfileId, Profile>,
    pairs: &BTreeSet<Pair>,
    mut weighed: HashMap<Pair, Weighed>,
) -> HashMap<Pair, Weighed> {
    let resolver = matcher.resolver();
    let open: Vec<Pair> = unweighed(pairs, &weighed).copied().collect();
    let ends: BTreeSet<ProfileId> = open.iter().flat_map(|(a, b)| [*a, *b]).collect();
    let prepared: HashMap<ProfileId, Prepared<'_>> =
        ends.iter().filter_map(|id| Some((*id, resolver.prepare(profiles.get(id)?)))).collect();
    let weigh = |(a, b): &Pair| {
        let (weight, against) = resolver.edge(prepared.get(a)?, prepared.get(b)?)?;
        Some((weight.0, against))
    };
    weighed.extend(open.iter().map(|pair| (*pair, weigh(pair))));
    weighed
}

/// Pairs that have anything to do with each other.
fn edges(pairs: &BTreeSet<Pair>, weighed: &HashMap<Pair, Weighed>) -> Vec<StoredEdge> {
    let edge = |pair: &Pair| {
        let (weight, against) = (*weighed.get(pair)?)?;
        Some(StoredEdge { a: pair.0, b: pair.1, weight, against })
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
