//! Who would merge with whom and who would split, and why not before. Ids, levels and weights only.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use liangdi_domain::identity::decide::Verdict;
use liangdi_domain::identity::matching::{Field, Level};
use liangdi_domain::identity::{Outcome, Prepared, Resolver, Tie};
use liangdi_domain::ids::{PersonId, ProfileId};
use liangdi_domain::person::Profile;
use liangdi_store::port::{Gathered, Result, Snapshot};
use serde::Serialize;

use crate::regroup::Regrouping;
use crate::resolve::Clustered;

/// Reasons shown of one difference, the strongest first.
const REASONS_MAX: usize = 10;
/// Profiles of one split person that are compared for the reasons.
const SPLIT_PROFILES_MAX: usize = 60;

/// Weights that decided so far, and those that are rehearsed.
#[derive(Clone, Copy)]
pub(super) struct Lens<'r> {
    pub(super) before: Resolver<'r>,
    pub(super) now: Resolver<'r>,
}

/// Persons that merge, or one that splits. A person that does not exist yet has no id.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "what", rename_all = "kebab-case")]
pub enum Difference {
    /// Several persons become one.
    Merge {
        /// The person that goes on.
        into: Option<PersonId>,
        /// The persons that (part of) it comes from.
        from: Vec<PersonId>,
        /// What draws profiles of two of them together.
        because: Vec<Reason>,
    },
    /// One person becomes several.
    Split {
        /// The person.
        person: PersonId,
        /// The persons that it becomes.
        into: Vec<Option<PersonId>>,
        /// What drew profiles of two of them together.
        because: Vec<Reason>,
    },
}

/// A pair of profiles, as it weighed and as it weighs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Reason {
    /// One profile, the smaller id.
    pub a: ProfileId,
    /// The other.
    pub b: ProfileId,
    /// Bits by the weights of before.
    pub bits_before: f64,
    /// Bits by the weights rehearsed.
    pub bits_now: f64,
    /// What followed from it.
    pub verdict_before: Verdict,
    /// What follows from it.
    pub verdict_now: Verdict,
    /// What becomes of the pair beside all others; none where nothing draws the two.
    pub outcome: Option<Outcome>,
    /// Field by field.
    pub fields: Vec<FieldReason>,
}

/// What one field says, against strangers.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FieldReason {
    /// Which field.
    pub field: Field,
    /// How far the two agree.
    pub agreement: Level,
    /// Bits by the weights of before.
    pub bits_before: f64,
    /// Bits by the weights rehearsed.
    pub bits_now: f64,
}

/// The differences in one group.
pub(super) async fn differences<N: Snapshot>(
    lens: &Lens<'_>,
    snapshot: &mut N,
    group: &Gathered,
    now: &HashMap<ProfileId, PersonId>,
    clustered: &Clustered,
    regrouping: &Regrouping,
) -> Result<Vec<Difference>> {
    if regrouping.merges.is_empty() && regrouping.splits.is_empty() {
        return Ok(Vec::new());
    }
    let before: HashMap<ProfileId, PersonId> = group.members.iter().map(|of| (of.id, of.person)).collect();
    let known: BTreeSet<PersonId> = before.values().copied().collect();
    let named = |person: PersonId| Some(person).filter(|person| known.contains(person));
    let ties = Ties::of(clustered);
    let mut found = Vec::new();
    for (person, from) in &regrouping.merges {
        let pairs = ties.joining(|id| (now[&id] == *person).then(|| before[&id]));
        let because = reasons(lens, snapshot, &ties, pairs).await?;
        found.push(Difference::Merge { into: named(*person), from: from.iter().copied().collect(), because });
    }
    for (person, into) in &regrouping.splits {
        let parts = group.members.iter().filter(|member| member.person == *person);
        let parts: Vec<(ProfileId, PersonId)> =
            parts.take(SPLIT_PROFILES_MAX).map(|member| (member.id, now[&member.id])).collect();
        let because = strongest_between(lens, snapshot, &ties, &parts).await?;
        let into = into.iter().map(|person| named(*person)).collect();
        found.push(Difference::Split { person: *person, into, because });
    }
    Ok(found)
}

/// What was said of pairs, by the profiles' ids.
struct Ties(BTreeMap<Pair, Tie>);

/// Two profiles, the smaller id first.
type Pair = (ProfileId, ProfileId);

impl Ties {
    fn of(clustered: &Clustered) -> Self {
        let tie = |tie: &Tie| {
            let (a, b) = (clustered.ids[tie.a], clustered.ids[tie.b]);
            ((a.min(b), a.max(b)), *tie)
        };
        Ties(clustered.partition.ties.iter().map(tie).collect())
    }

    /// Of every two sides the strongest pair that joined them.
    fn joining(&self, side: impl Fn(ProfileId) -> Option<PersonId>) -> Vec<Pair> {
        let joined =
            self.0.iter().filter(|(_, tie)| matches!(tie.outcome, Outcome::Joined | Outcome::Forced | Outcome::Linked));
        let mut strongest: BTreeMap<(PersonId, PersonId), (&Pair, &Tie)> = BTreeMap::new();
        for (pair, tie) in joined {
            let (Some(x), Some(y)) = (side(pair.0), side(pair.1)) else { continue };
            let held = strongest.entry((x.min(y), x.max(y))).or_insert((pair, tie));
            if held.1.weight < tie.weight {
                *held = (pair, tie);
            }
        }
        strongest.into_iter().filter(|((x, y), _)| x != y).map(|(_, (pair, _))| *pair).collect()
    }
}

/// Weighs the pairs both ways; the strongest by the weights rehearsed first.
async fn reasons<N: Snapshot>(lens: &Lens<'_>, snapshot: &mut N, ties: &Ties, pairs: Vec<Pair>) -> Result<Vec<Reason>> {
    let ids: BTreeSet<ProfileId> = pairs.iter().flat_map(|(a, b)| [*a, *b]).collect();
    let contents = contents(snapshot, ids).await?;
    let pair =
        |(a, b): &(ProfileId, ProfileId)| Some(reason(lens, ties, (*a, contents.get(a)?), (*b, contents.get(b)?)));
    let mut reasons: Vec<Reason> = pairs.iter().filter_map(pair).collect();
    reasons.sort_by(|x, y| y.bits_now.total_cmp(&x.bits_now));
    reasons.truncate(REASONS_MAX);
    Ok(reasons)
}

/// Of every two parts of a person the pair that drew them most by the weights of before, the strongest first.
async fn strongest_between<N: Snapshot>(
    lens: &Lens<'_>,
    snapshot: &mut N,
    ties: &Ties,
    parts: &[(ProfileId, PersonId)],
) -> Result<Vec<Reason>> {
    let contents = contents(snapshot, parts.iter().map(|(id, _)| *id).collect()).await?;
    let mut strongest: BTreeMap<(PersonId, PersonId), Reason> = BTreeMap::new();
    for (at, (a, x)) in parts.iter().enumerate() {
        for (b, y) in parts[at + 1..].iter().filter(|(_, y)| y != x) {
            let (Some(of_a), Some(of_b)) = (contents.get(a), contents.get(b)) else { continue };
            let reason = reason(lens, ties, (*a, of_a), (*b, of_b));
            let held = strongest.entry((*x.min(y), *x.max(y))).or_insert_with(|| reason.clone());
            if held.bits_before < reason.bits_before {
                *held = reason;
            }
        }
    }
    let mut reasons: Vec<Reason> = strongest.into_values().collect();
    reasons.sort_by(|x, y| y.bits_before.total_cmp(&x.bits_before));
    reasons.truncate(REASONS_MAX);
    Ok(reasons)
}

async fn contents<N: Snapshot>(snapshot: &mut N, ids: BTreeSet<ProfileId>) -> Result<HashMap<ProfileId, Profile>> {
    Ok(snapshot.contents(&ids.into_iter().collect::<Vec<_>>()).await?.into_iter().collect())
}

fn reason(lens: &Lens<'_>, ties: &Ties, (a, of_a): (ProfileId, &Profile), (b, of_b): (ProfileId, &Profile)) -> Reason {
    let (of_a, of_b): (Prepared<'_>, Prepared<'_>) = (lens.now.prepare(of_a), lens.now.prepare(of_b));
    let (before, now) = (lens.before.weigh(&of_a, &of_b), lens.now.weigh(&of_a, &of_b));
    let fields = before.parts.iter().zip(&now.parts).filter(|(_, now)| now.level != Level::Missing);
    let field = |(before, now): (&liangdi_domain::identity::score::Part, &liangdi_domain::identity::score::Part)| {
        let (bits_before, bits_now) = (before.stranger.bits(), now.stranger.bits());
        FieldReason { field: now.field, agreement: now.level, bits_before, bits_now }
    };
    let (a, b) = (a.min(b), a.max(b));
    Reason {
        a,
        b,
        bits_before: before.total.bits(),
        bits_now: now.total.bits(),
        verdict_before: lens.before.decide(&before),
        verdict_now: lens.now.decide(&now),
        outcome: ties.0.get(&(a, b)).map(|tie| tie.outcome),
        fields: fields.map(field).collect(),
    }
}
