//! Everybody who is stored, weighed against everybody they meet: what clustering needs, and no more.

use std::collections::{BTreeMap, HashMap};

use liangdi_domain::identity::Decision;
use liangdi_domain::ids::{PersonId, ProfileId};
use liangdi_domain::person::Document;
use liangdi_store::port::{Gathered, Member, Result, Snapshot, StoredEdge};

use super::groups::Groups;
use crate::resolve::{Matcher, Met, meet};

/// Profiles weighed in one go.
const PAGE_PROFILES: usize = 500;

/// All profiles, and what draws them together or keeps them apart.
#[derive(Default)]
pub(super) struct Everybody {
    /// By id.
    members: Vec<Member>,
    /// Of each member.
    documents: Vec<Document>,
    edges: Vec<StoredEdge>,
    decisions: Vec<Decision>,
}

/// Reads and weighs everybody, page by page.
pub(super) async fn read<N: Snapshot>(
    matcher: &Matcher<'_>,
    snapshot: &mut N,
    weighed: &(dyn Fn(usize) + Sync),
) -> Result<Everybody> {
    let mut all = Everybody::default();
    loop {
        let page = snapshot.standing(all.members.last().map(|member| member.id), PAGE_PROFILES).await?;
        if page.is_empty() {
            return Ok(all);
        }
        let ids: Vec<ProfileId> = page.iter().map(|member| member.id).collect();
        let Met { edges, mut profiles } = meet(matcher, snapshot, &ids).await?;
        all.documents.extend(ids.iter().map(|id| profiles.remove(id).map(|held| held.document).unwrap_or_default()));
        all.edges.extend(edges);
        all.decisions.extend(snapshot.decided(&ids).await?);
        all.members.extend(page);
        weighed(ids.len());
    }
}

impl Everybody {
    /// Profiles that evidence which stands speaks of.
    pub(super) fn live(&self) -> impl Iterator<Item = &Member> {
        self.members.iter().filter(|member| member.live)
    }

    /// The other ones, by their persons.
    pub(super) fn dead(&self) -> HashMap<PersonId, Vec<ProfileId>> {
        let mut dead: HashMap<PersonId, Vec<ProfileId>> = HashMap::new();
        for member in self.members.iter().filter(|member| !member.live) {
            dead.entry(member.person).or_default().push(member.id);
        }
        dead
    }

    /// A profile's document.
    pub(super) fn document(&self, id: ProfileId) -> Option<&Document> {
        self.at(id).map(|at| &self.documents[at])
    }

    /// What hangs together, over live profiles (by edges, police links and decisions, or because one person holds it),
    /// ordered by the first profile.
    pub(super) fn groups(&self) -> impl Iterator<Item = Gathered> + '_ {
        let mut groups = Groups::new(self.members.len());
        let mut join = |a: ProfileId, b: ProfileId| {
            if let (Some(a), Some(b)) = (self.at_live(a), self.at_live(b)) {
                groups.join(a, b);
            }
        };
        self.edges.iter().for_each(|edge| join(edge.a, edge.b));
        let mut of_person: HashMap<PersonId, ProfileId> = HashMap::new();
        for member in self.live() {
            member.links.iter().for_each(|link| join(member.id, *link));
            join(member.id, *of_person.entry(member.person).or_insert(member.id));
        }
        for decision in &self.decisions {
            if let Decision::Together(a, b) = decision {
                join(*a, *b);
            }
        }
        let mut gathered: BTreeMap<usize, Gathered> = BTreeMap::new();
        for (at, member) in self.members.iter().enumerate().filter(|(_, member)| member.live) {
            gathered.entry(groups.root(at)).or_default().members.push(member.clone());
        }
        let mut of = |id: ProfileId| self.at_live(id).map(|at| groups.root(at));
        for edge in &self.edges {
            if let Some(group) = of(edge.a).filter(|_| self.at_live(edge.b).is_some()) {
                gathered.entry(group).or_default().edges.push(*edge);
            }
        }
        for decision in &self.decisions {
            let (Decision::Together(a, _) | Decision::Apart(a, _)) = decision;
            if let Some(group) = of(*a) {
                gathered.entry(group).or_default().decisions.push(*decision);
            }
        }
        gathered.into_values()
    }

    fn at_live(&self, id: ProfileId) -> Option<usize> {
        self.at(id).filter(|at| self.members[*at].live)
    }

    fn at(&self, id: ProfileId) -> Option<usize> {
        self.members.binary_search_by_key(&id, |member| member.id).ok()
    }
}
