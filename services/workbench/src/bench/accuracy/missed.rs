//! Why pairs are missed that are one human. Of every two persons that hold one human, the two profiles that are drawn
//! together most say why: they never met, they are asked about, or what they share is not enough.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use anyhow::Result;
use liangdi_domain::identity::block::BlockingKey;
use liangdi_domain::identity::{Prepared, Resolver, Weighed};
use liangdi_domain::ids::{PersonId, ProfileId};
use liangdi_domain::person::Profile;
use liangdi_registry::ingest::Registry;
use liangdi_store::memory::MemoryStore;
use liangdi_store::port::{Question, Reading, Store};

use super::Appearance;

/// Two persons that are one human.
pub(super) struct Missed {
    pub(super) human: u32,
    /// The pairs of appearances that are missed.
    pub(super) pairs: u64,
    pub(super) reason: &'static str,
    /// What draws the two nearest profiles together.
    pub(super) nearest: Weighed,
}

/// A human's part in one person: its profiles, and how often it appears.
type Part = (BTreeSet<ProfileId>, u64);

/// Everything that was missed.
pub(super) async fn missed(
    registry: &Registry<MemoryStore>,
    appearances: &[Appearance],
    questions: &[Question],
) -> Result<Vec<Missed>> {
    let mut parts: BTreeMap<u32, BTreeMap<PersonId, Part>> = BTreeMap::new();
    for one in appearances {
        let (profiles, count) = parts.entry(one.human).or_default().entry(one.person).or_default();
        profiles.insert(one.profile);
        *count += 1;
    }
    parts.retain(|_, parts| parts.len() > 1);
    let ids: BTreeSet<ProfileId> =
        parts.values().flat_map(BTreeMap::values).flat_map(|(profiles, _)| profiles).copied().collect();
    let mut batch = registry.store.begin().await?;
    let contents: HashMap<ProfileId, Profile> =
        batch.contents(&ids.into_iter().collect::<Vec<_>>()).await?.into_iter().collect();
    let resolver = Resolver { matching: &registry.matching, divisions: registry.divisions };
    let person_of: HashMap<ProfileId, PersonId> = appearances.iter().map(|one| (one.profile, one.person)).collect();
    let asked: HashSet<(Option<PersonId>, Option<PersonId>)> = questions
        .iter()
        .flat_map(|question| [(question.a, question.b), (question.b, question.a)])
        .map(|(a, b)| (person_of.get(&a).copied(), person_of.get(&b).copied()))
        .collect();

    let mut missed = Vec::new();
    for (human, parts) in parts {
        let parts: Vec<(PersonId, Part)> = parts.into_iter().collect();
        for (at, (one, (profiles, count))) in parts.iter().enumerate() {
            for (other, (others, other_count)) in &parts[at + 1..] {
                let Some((nearest, meet)) = nearest(&resolver, &contents, profiles, others) else { continue };
                let is_asked = asked.contains(&(Some(*one), Some(*other)));
                let reason = reason(&resolver, &nearest, meet, is_asked);
                missed.push(Missed { human, pairs: count * other_count, reason, nearest });
            }
        }
    }
    Ok(missed)
}

/// The heaviest pair between two sets of profiles, and whether it shares a key.
fn nearest(
    resolver: &Resolver<'_>,
    contents: &HashMap<ProfileId, Profile>,
    profiles: &BTreeSet<ProfileId>,
    others: &BTreeSet<ProfileId>,
) -> Option<(Weighed, bool)> {
    let prepare = |ids: &BTreeSet<ProfileId>| -> Vec<Prepared<'_>> {
        ids.iter().filter_map(|id| contents.get(id)).map(|profile| resolver.prepare(profile)).collect()
    };
    let (some, others) = (prepare(profiles), prepare(others));
    let pairs = some.iter().flat_map(|a| others.iter().map(move |b| (a, b)));
    let counts = |weighed: &Weighed| !weighed.pattern().conflicts() && !weighed.pattern().is_thin();
    let weighed = pairs.map(|(a, b)| (resolver.weigh(a, b), a, b));
    let (weighed, a, b) = weighed.max_by_key(|(weighed, ..)| (counts(weighed), weighed.total))?;
    Some((weighed, meet(&resolver.keys(a), &resolver.keys(b))))
}

fn meet(a: &[BlockingKey], b: &[BlockingKey]) -> bool {
    a.iter().any(|key| b.iter().any(|other| (key.block, &key.values) == (other.block, &other.values)))
}

fn reason(resolver: &Resolver<'_>, nearest: &Weighed, meet: bool, asked: bool) -> &'static str {
    let thresholds = &resolver.matching.thresholds;
    let pattern = nearest.pattern();
    if asked {
        "a person is asked"
    } else if pattern.conflicts() {
        "two valid numbers"
    } else if pattern.is_thin() {
        "next to nothing is known"
    } else if !meet {
        "never met"
    } else if nearest.total >= thresholds.review {
        "refused in the cluster"
    } else if nearest.total == nearest.stranger {
        "too near to strangers"
    } else if nearest.total == nearest.kin {
        "too near to kin"
    } else {
        "too near to namesakes"
    }
}

/// Missed pairs by reason, most first.
pub(super) fn by_reason(missed: &[Missed]) -> Vec<(&'static str, u64)> {
    let mut reasons: BTreeMap<&'static str, u64> = BTreeMap::new();
    for one in missed {
        *reasons.entry(one.reason).or_default() += one.pairs;
    }
    let mut reasons: Vec<(&'static str, u64)> = reasons.into_iter().collect();
    reasons.sort_by_key(|(_, pairs)| std::cmp::Reverse(*pairs));
    reasons
}
