//! Which person the evidence is about: gathers the component around the profiles that changed, clusters it, and says
//! which profiles move to which person. The partition it ends in is the same for any order of arrival.
//!
//! What is gathered: keys that settle (numbers, other documents with the name, police links) are always followed. Keys
//! of name and birth date are followed from cores without an anchor, and from cores that a change touched: an anchored
//! core that no change touched neither gains nor loses by what else hangs on it.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use liangdi_domain::division::Divisions;
use liangdi_domain::identity::block::blocking_keys;
use liangdi_domain::identity::cluster::{Component, Core, Node};
use liangdi_domain::ids::{PersonId, ProfileId, Token};
use liangdi_domain::person::Profile;
use liangdi_store::keys::Keys;
use liangdi_store::port::{Batch, Move, Result};
use uuid::Uuid;

use crate::marks;

/// Rounds of gathering; a chain of profiles longer than this is cut, and said so in the log.
const ROUNDS_MAX: usize = 32;

/// A profile as resolution sees it.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// Which.
    pub id: ProfileId,
    /// Its content.
    pub profile: Profile,
    /// Its person so far; none for a new profile.
    pub person: Option<PersonId>,
    /// Whether live evidence speaks of it (this batch's included).
    pub live: bool,
    /// Profiles it is linked to by a police `identity-changed`, either way.
    pub links: Vec<ProfileId>,
}

/// What changed: new and revived profiles, profiles that lost evidence, ends of links that came or went.
#[derive(Debug, Default)]
pub struct Changes {
    /// With content where this batch brought it.
    pub known: Vec<Candidate>,
    /// By id alone: to be read from the store.
    pub stored: Vec<ProfileId>,
}

/// Who is who from now on.
#[derive(Debug, Default)]
pub struct Resolution {
    /// The person of every profile that was gathered.
    pub persons: HashMap<ProfileId, PersonId>,
    /// Stored profiles that change their person.
    pub moves: Vec<Move>,
}

/// Gathers, clusters, assigns.
pub async fn resolve<B: Batch>(
    batch: &mut B,
    changes: Changes,
    keys: &Keys,
    divisions: &Divisions,
    new_person: &(dyn Fn() -> PersonId + Sync),
) -> Result<Resolution> {
    if changes.known.is_empty() && changes.stored.is_empty() {
        return Ok(Resolution::default());
    }
    let gathered = Gathering::new(changes, keys, divisions).run(batch).await?;
    Ok(gathered.assign(new_person))
}

/// The component while it is gathered.
struct Gathering<'a> {
    keys: &'a Keys,
    divisions: &'a Divisions,
    candidates: BTreeMap<ProfileId, Candidate>,
    touched: HashSet<ProfileId>,
    /// Dead profiles that changed: whoever they held together is touched too.
    bereaved: HashSet<Token>,
    asked_tokens: HashSet<Token>,
    asked_links: HashSet<ProfileId>,
    wanted: BTreeSet<ProfileId>,
    marks: HashMap<ProfileId, Marks>,
}

/// A profile's tokens by what they do.
struct Marks {
    settling: Vec<Token>,
    meeting: Vec<Token>,
}

impl<'a> Gathering<'a> {
    fn new(changes: Changes, keys: &'a Keys, divisions: &'a Divisions) -> Self {
        let mut gathering = Gathering {
            keys,
            divisions,
            candidates: BTreeMap::new(),
            touched: HashSet::new(),
            bereaved: HashSet::new(),
            asked_tokens: HashSet::new(),
            asked_links: HashSet::new(),
            wanted: changes.stored.iter().copied().collect(),
            marks: HashMap::new(),
        };
        gathering.touched.extend(changes.stored);
        for candidate in changes.known {
            gathering.touched.insert(candidate.id);
            gathering.wanted.extend(candidate.links.iter().copied());
            if candidate.person.is_some() {
                gathering.wanted.insert(candidate.id);
            }
            gathering.add(candidate);
        }
        gathering
    }

    /// Adds a candidate; what is known of it already is kept, links are joined.
    fn add(&mut self, candidate: Candidate) {
        self.marks.entry(candidate.id).or_insert_with(|| marks_of(self.keys, self.divisions, &candidate.profile));
        match self.candidates.entry(candidate.id) {
            std::collections::btree_map::Entry::Vacant(entry) => drop(entry.insert(candidate)),
            std::collections::btree_map::Entry::Occupied(mut entry) => {
                let known = entry.get_mut();
                known.person = known.person.or(candidate.person);
                known.live |= candidate.live;
                known.links.extend(candidate.links);
                known.links.sort_unstable();
                known.links.dedup();
            }
        }
    }

    async fn run<B: Batch>(mut self, batch: &mut B) -> Result<Self> {
        for round in 0.. {
            let (tokens, linked) = self.frontier();
            if tokens.is_empty() && linked.is_empty() {
                break;
            }
            if round == ROUNDS_MAX {
                tracing::warn!(rounds = ROUNDS_MAX, "a chain of profiles was longer than resolution follows");
                break;
            }
            for found in batch.neighbours(&tokens, &linked).await? {
                let candidate = Candidate {
                    id: found.id,
                    profile: found.profile,
                    person: Some(found.person),
                    live: found.live,
                    links: found.links,
                };
                self.wanted.extend(candidate.links.iter().copied());
                self.add(candidate);
            }
        }
        Ok(self)
    }

    /// The tokens and links that were not asked for yet.
    fn frontier(&mut self) -> (Vec<Token>, Vec<ProfileId>) {
        self.spread_bereavement();
        let mut tokens: Vec<Token> = Vec::new();
        {
            let (nodes, cores) = self.cores();
            let mut follow = |id: &ProfileId, meeting: bool| {
                if let Some(marks) = self.marks.get(id) {
                    tokens.extend(&marks.settling);
                    if meeting {
                        tokens.extend(&marks.meeting);
                    }
                }
            };
            for core in &cores {
                let ids = || core.members.iter().map(|index| nodes[*index]);
                let meeting = !core.anchored || ids().any(|id| self.touched.contains(&id));
                ids().for_each(|id| follow(&id, meeting));
            }
            // A dead profile that changed: look at whom it held.
            let dead =
                self.candidates.values().filter(|candidate| !candidate.live && self.touched.contains(&candidate.id));
            dead.for_each(|candidate| follow(&candidate.id, true));
        }
        tokens.sort_unstable();
        tokens.dedup();
        tokens.retain(|token| self.asked_tokens.insert(*token));
        let linked: Vec<ProfileId> = self.wanted.iter().filter(|id| !self.asked_links.contains(id)).copied().collect();
        self.asked_links.extend(&linked);
        (tokens, linked)
    }

    /// Whoever shares a settling key with a dead profile that changed may no longer be one core: touched.
    fn spread_bereavement(&mut self) {
        let dead = self.candidates.values().filter(|candidate| !candidate.live && self.touched.contains(&candidate.id));
        self.bereaved
            .extend(dead.filter_map(|candidate| self.marks.get(&candidate.id)).flat_map(|marks| &marks.settling));
        if self.bereaved.is_empty() {
            return;
        }
        let held = |id: &ProfileId| {
            self.marks.get(id).is_some_and(|marks| marks.settling.iter().any(|token| self.bereaved.contains(token)))
        };
        let touched: Vec<ProfileId> = self.candidates.keys().filter(|id| held(id)).copied().collect();
        self.touched.extend(touched);
    }

    fn nodes(&self) -> Vec<Node<'_>> {
        self.candidates
            .values()
            .filter(|candidate| candidate.live)
            .map(|candidate| Node { id: candidate.id, profile: &candidate.profile, links: &candidate.links })
            .collect()
    }

    fn cores(&self) -> (Vec<ProfileId>, Vec<Core>) {
        let nodes = self.nodes();
        let cores = Component::new(&nodes, self.divisions).cores();
        (nodes.iter().map(|node| node.id).collect(), cores)
    }

    /// Clusters what was gathered and gives every cluster its person.
    fn assign(self, new_person: &(dyn Fn() -> PersonId + Sync)) -> Resolution {
        let nodes = self.nodes();
        let component = Component::new(&nodes, self.divisions);
        let mut keeps: HashMap<ProfileId, PersonId> = HashMap::new();
        for core in component.cores().iter().filter(|core| core.anchored) {
            let ids = || core.members.iter().map(|index| nodes[*index].id);
            if !ids().any(|id| self.touched.contains(&id)) {
                keeps.extend(ids().filter_map(|id| Some((id, self.candidates[&id].person?))));
            }
        }
        let clusters: Vec<Vec<ProfileId>> = component
            .persons()
            .into_iter()
            .map(|members| members.into_iter().map(|index| nodes[index].id).collect())
            .collect();
        let mut persons = HashMap::new();
        for (cluster, person) in clusters.iter().zip(self.claims(&clusters, &keeps, new_person)) {
            persons.extend(cluster.iter().map(|id| (*id, person)));
        }
        // A dead profile stays where it is: what was told on its ground is taken back there.
        for candidate in self.candidates.values().filter(|candidate| !candidate.live) {
            persons.insert(candidate.id, candidate.person.unwrap_or_else(new_person));
        }
        let moves = self
            .candidates
            .values()
            .filter_map(|candidate| {
                let (from, to) = (candidate.person?, persons[&candidate.id]);
                (from != to).then_some(Move { profile: candidate.id, from, to })
            })
            .collect();
        Resolution { persons, moves }
    }

    /// Every cluster's person: an untouched core keeps its own; else the one most members have, if nobody claims it
    /// with more right; else a new one.
    fn claims(
        &self,
        clusters: &[Vec<ProfileId>],
        keeps: &HashMap<ProfileId, PersonId>,
        new_person: &(dyn Fn() -> PersonId + Sync),
    ) -> Vec<PersonId> {
        let mut bids: Vec<(bool, usize, ProfileId, usize, PersonId)> = Vec::new();
        for (index, cluster) in clusters.iter().enumerate() {
            let mut count: BTreeMap<PersonId, usize> = BTreeMap::new();
            for person in cluster.iter().filter_map(|id| self.candidates[id].person) {
                *count.entry(person).or_default() += 1;
            }
            let kept: HashSet<PersonId> = cluster.iter().filter_map(|id| keeps.get(id)).copied().collect();
            let Some(first) = cluster.first() else { continue };
            bids.extend(
                count
                    .into_iter()
                    .map(|(person, members)| (!kept.contains(&person), usize::MAX - members, *first, index, person)),
            );
        }
        bids.sort_unstable();
        let mut given: Vec<Option<PersonId>> = vec![None; clusters.len()];
        let mut taken: HashSet<PersonId> = HashSet::new();
        for (_, _, _, index, person) in bids {
            if given[index].is_none() && taken.insert(person) {
                given[index] = Some(person);
            }
        }
        given.into_iter().map(|person| person.unwrap_or_else(new_person)).collect()
    }
}

fn marks_of(keys: &Keys, divisions: &Divisions, profile: &Profile) -> Marks {
    let (settling, meeting): (Vec<_>, Vec<_>) =
        blocking_keys(profile, divisions).into_iter().partition(|key| key.block.settles());
    let tokens = |of: Vec<_>| of.iter().map(|key| marks::blocking_key(keys, key)).collect();
    Marks { settling: tokens(settling), meeting: tokens(meeting) }
}

/// The tokens a profile is stored with.
pub fn tokens(keys: &Keys, divisions: &Divisions, profile: &Profile) -> Vec<Token> {
    let Marks { mut settling, meeting } = marks_of(keys, divisions, profile);
    settling.extend(meeting);
    settling
}

/// A new person's id.
pub fn new_person() -> PersonId {
    PersonId(Uuid::now_v7())
}
