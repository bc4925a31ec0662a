//! Which person the evidence is about. New profiles are weighed against everybody they share a key with; the edges
//! are kept; and what hangs together with anything that changed is clustered anew. The partition it ends in is the same
//! for any order of arrival: an edge depends on its two profiles and on which keys are in use, never on who came first.
//!
//! - [`meet`]: which keys are in use, and who shares them
//! - [`weigh`]: edges of new profiles; edges that a key took along when it became too crowded
//! - [`assign`]: clusters to persons

mod assign;
mod meet;
mod weigh;

use std::collections::{BTreeSet, HashMap, HashSet};

use liangdi_domain::division::Divisions;
use liangdi_domain::identity::{Matching, Resolver};
use liangdi_domain::ids::{PersonId, ProfileId, Token};
use liangdi_domain::person::Profile;
use liangdi_store::keys::Keys;
use liangdi_store::port::{Batch, KeyToken, Move, Question, Result, StoredEdge};
use uuid::Uuid;

use crate::marks;

/// What resolving needs besides the store.
#[derive(Clone, Copy)]
pub struct Matcher<'a> {
    /// Keys for tokens.
    pub keys: &'a Keys,
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
    /// What new profiles are stored with.
    pub marks: HashMap<ProfileId, ProfileMarks>,
}

/// What a profile is stored with besides its content.
#[derive(Debug, Clone, Default)]
pub struct ProfileMarks {
    /// Its blocking keys.
    pub keys: Vec<KeyToken>,
    /// The keyed hash of its valid number.
    pub number: Option<Token>,
}

impl<'a> Matcher<'a> {
    /// The steps that need no store.
    pub fn resolver(&self) -> Resolver<'a> {
        Resolver { matching: self.matching, divisions: self.divisions }
    }

    /// What a profile is stored with.
    pub fn marks(&self, profile: &Profile) -> ProfileMarks {
        let prepared = self.resolver().prepare(profile);
        let keys = self.resolver().keys(&prepared).iter().map(|key| marks::blocking_key(self.keys, key)).collect();
        ProfileMarks { keys, number: prepared.valid_number().map(|number| marks::number(self.keys, number)) }
    }

    /// Weighs, gathers, clusters, assigns.
    pub async fn resolve<B: Batch>(
        &self,
        batch: &mut B,
        changes: Changes,
        new_person: &(dyn Fn() -> PersonId + Sync),
    ) -> Result<Resolution> {
        let marks: HashMap<ProfileId, ProfileMarks> =
            changes.fresh.iter().map(|fresh| (fresh.id, self.marks(&fresh.profile))).collect();
        let weighed = weigh::weigh(self, batch, &changes.fresh, &marks).await?;
        let seeds = seeds(&changes, &weighed);
        let mut resolution = Resolution { marks, edges: weighed.edges, dropped: weighed.dropped, ..Resolution::default() };
        if seeds.is_empty() && changes.fresh.is_empty() {
            return Ok(resolution);
        }
        let gathered = match seeds.as_slice() {
            [] => Default::default(),
            seeds => batch.component(seeds, self.resolver().edge_min().0).await?,
        };
        assign::assign(self, &changes, gathered, &mut resolution, new_person);
        Ok(resolution)
    }
}

/// Stored profiles from which everything is gathered that a change can reach.
fn seeds(changes: &Changes, weighed: &weigh::Weighing) -> Vec<ProfileId> {
    let fresh: HashSet<ProfileId> = changes.fresh.iter().map(|fresh| fresh.id).collect();
    let ends = weighed.edges.iter().flat_map(|edge| [edge.a, edge.b]);
    let dropped = weighed.dropped.iter().flat_map(|(a, b)| [*a, *b]);
    let linked = changes.links.iter().flat_map(|(a, b)| [*a, *b]);
    let touched = changes.revived.iter().chain(&changes.stored).copied();
    let all: BTreeSet<ProfileId> = touched.chain(ends).chain(dropped).chain(linked).collect();
    all.into_iter().filter(|id| !fresh.contains(id)).collect()
}

/// A new person's id.
pub fn new_person() -> PersonId {
    PersonId(Uuid::now_v7())
}
