//! Which person the evidence is about. New profiles are weighed against everybody they share a key with; the edges
//! are kept; and what hangs together with anything that changed is clustered anew. The partition it ends in is the same
//! for any order of arrival: an edge depends on its two profiles and on which keys are in use, never on who came first.
//!
//! - `meet`: which keys are in use, and who shares them
//! - `weigh`: edges of new profiles; edges that a key took along when it became too crowded
//! - `assign`: clusters to persons; `settle`: all of it for stored profiles, after the weights changed

mod assign;
mod meet;
mod settle;
mod weigh;

use std::collections::{BTreeSet, HashMap, HashSet};

use liangdi_domain::division::Divisions;
use liangdi_domain::identity::{Matching, Resolver};
use liangdi_domain::ids::{PersonId, ProfileId};
use liangdi_domain::person::Profile;
use liangdi_store::keys::Keys;
use liangdi_store::port::{Batch, Gathered, KeyToken, Move, Question, Result, StoredEdge};
use uuid::Uuid;
use weigh::Weighing;

pub(crate) use assign::{Clustered, assign};
pub(crate) use weigh::{Met, meet};

use crate::marks;

/// What resolving needs besides the store.
#[derive(Clone, Copy)]
pub struct Matcher<'a> {
    /// Keys for tokens.
    pub secrets: &'a Keys,
    /// Divisions as they are called today.
    pub divisions: &'a Divisions,
    /// What levels are worth.
    pub matching: &'a Matching,
}

/// A profile that the store does not know yet.
#[derive(Debug, Clone)]
pub struct Fresh {
    /// Which.
    pub id: ProfileId,
    /// Its content.
    pub profile: Profile,
    /// Whether evidence that stands speaks of it.
    pub live: bool,
}

/// What changed.
#[derive(Debug, Default)]
pub struct Changes {
    /// New profiles.
    pub fresh: Vec<Fresh>,
    /// Stored ones that are live again.
    pub revived: Vec<ProfileId>,
    /// Stored ones that lost or regained evidence, or that a person decided on.
    pub stored: Vec<ProfileId>,
    /// Two that one message names beside each other.
    pub beside: Vec<(ProfileId, ProfileId)>,
    /// New links between two of them, by police `identity-changed`.
    pub links: Vec<(ProfileId, ProfileId)>,
}

/// Who is who from now on, and what has to be written of it.
#[derive(Debug, Default)]
pub struct Resolution {
    /// The person of every profile that was looked at.
    pub persons: HashMap<ProfileId, PersonId>,
    /// Stored profiles that change their person.
    pub moves: Vec<Move>,
    /// New edges.
    pub edges: Vec<StoredEdge>,
    /// Edges that are none any more.
    pub dropped: Vec<(ProfileId, ProfileId)>,
    /// Questions, and the profiles they replace all questions of; none where there was and is nothing to ask.
    pub questions: Option<(Vec<ProfileId>, Vec<Question>)>,
    /// The blocking keys that new profiles are stored with.
    pub keys: HashMap<ProfileId, Vec<KeyToken>>,
}

impl<'a> Matcher<'a> {
    /// The steps that need no store.
    pub fn resolver(&self) -> Resolver<'a> {
        Resolver { matching: self.matching, divisions: self.divisions }
    }

    /// The blocking keys that a profile is stored with.
    pub fn keys(&self, profile: &Profile) -> Vec<KeyToken> {
        let resolver = self.resolver();
        resolver.keys(&resolver.prepare(profile)).iter().map(|key| marks::blocking_key(self.secrets, key)).collect()
    }

    /// Weighs, gathers, clusters, assigns.
    pub async fn resolve<B: Batch>(
        &self,
        batch: &mut B,
        changes: Changes,
        new_person: &(dyn Fn() -> PersonId + Sync),
    ) -> Result<Resolution> {
        let keys: HashMap<ProfileId, Vec<KeyToken>> =
            changes.fresh.iter().map(|fresh| (fresh.id, self.keys(&fresh.profile))).collect();
        let Weighing { edges, dropped, mut profiles } = weigh::weigh(self, batch, &changes.fresh, &keys).await?;
        let mut resolution = Resolution { keys, edges, dropped, ..Resolution::default() };
        let seeds = seeds(&changes, &resolution);
        if seeds.is_empty() && changes.fresh.is_empty() {
            return Ok(resolution);
        }
        let mut gathered = Gathered::default();
        if !seeds.is_empty() {
            gathered = batch.component(&seeds, self.resolver().edge_min().0).await?;
            let unread = gathered.members.iter().map(|member| member.id).filter(|id| !profiles.contains_key(id));
            let unread: Vec<ProfileId> = unread.collect();
            if !unread.is_empty() {
                profiles.extend(batch.contents(&unread).await?);
            }
        }
        let document = |id| profiles.get(&id).map(|profile| &profile.document);
        assign(self, &changes, &gathered, document, &mut resolution, new_person);
        Ok(resolution)
    }
}

/// Stored profiles from which everything is gathered that a change can reach.
fn seeds(changes: &Changes, resolution: &Resolution) -> Vec<ProfileId> {
    let fresh: HashSet<ProfileId> = changes.fresh.iter().map(|fresh| fresh.id).collect();
    let ends = resolution.edges.iter().flat_map(|edge| [edge.a, edge.b]);
    let dropped = resolution.dropped.iter().flat_map(|(a, b)| [*a, *b]);
    let linked = changes.links.iter().chain(&changes.beside).flat_map(|(a, b)| [*a, *b]);
    let touched = changes.revived.iter().chain(&changes.stored).copied();
    let all: BTreeSet<ProfileId> = touched.chain(ends).chain(dropped).chain(linked).collect();
    all.into_iter().filter(|id| !fresh.contains(id)).collect()
}

/// A new person's id.
pub fn new_person() -> PersonId {
    PersonId(Uuid::now_v7())
}
