//! From a component of profiles to persons. The result depends on the set of profiles and links alone, never on the
//! order in which they came.
//!
//! 1. Profiles that share a *settling* key (a valid number; another document together with the name) or a police
//!    `identity-changed` are one *core*. A core with a valid resident number is *anchored*.
//! 2. Cores without an anchor look for one through name + birth date + (phone or household county). Unanchored cores
//!    that meet form a group; a group that meets no anchored core is a person; one that meets exactly one joins it;
//!    a second candidate undoes the link, and every core of the group stays alone.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::block::{BlockingKey, blocking_keys};
use super::compare::{is_anchor, sexes_agree};
use crate::division::Divisions;
use crate::ids::ProfileId;
use crate::person::Profile;

/// A profile as the clustering sees it.
#[derive(Debug, Clone)]
pub struct Node<'a> {
    /// Which.
    pub id: ProfileId,
    /// Its content.
    pub profile: &'a Profile,
    /// Profiles it is linked to by a police `identity-changed`.
    pub links: &'a [ProfileId],
}

/// The cores of a set of profiles (indices into `nodes`), each with whether it is anchored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Core {
    /// Indices, ascending.
    pub members: Vec<usize>,
    /// Whether one of them carries a valid resident number.
    pub anchored: bool,
}

/// The set of profiles with their keys, ready to be clustered.
pub struct Component<'a> {
    nodes: &'a [Node<'a>],
    keys: Vec<Vec<BlockingKey>>,
}

impl<'a> Component<'a> {
    /// Computes every profile's keys once.
    pub fn new(nodes: &'a [Node<'a>], divisions: &Divisions) -> Self {
        let keys = nodes.iter().map(|node| blocking_keys(node.profile, divisions)).collect();
        Component { nodes, keys }
    }

    /// The keys of one profile.
    pub fn keys(&self, index: usize) -> &[BlockingKey] {
        &self.keys[index]
    }

    /// Step 1: the cores, ordered by their first member.
    pub fn cores(&self) -> Vec<Core> {
        let mut sets = DisjointSets::new(self.nodes.len());
        let mut first_with: HashMap<&BlockingKey, usize> = HashMap::new();
        let index_of: HashMap<ProfileId, usize> = self.nodes.iter().enumerate().map(|(i, node)| (node.id, i)).collect();
        for (index, node) in self.nodes.iter().enumerate() {
            for key in self.keys[index].iter().filter(|key| key.block.settles()) {
                let other = *first_with.entry(key).or_insert(index);
                sets.join(index, other);
            }
            for other in node.links.iter().filter_map(|link| index_of.get(link)) {
                sets.join(index, *other);
            }
        }
        sets.groups()
            .into_iter()
            .map(|members| {
                let anchored = members.iter().any(|index| is_anchor(self.nodes[*index].profile));
                Core { members, anchored }
            })
            .collect()
    }

    /// Steps 1 and 2: the persons, each a list of indices into `nodes`, ascending.
    pub fn persons(&self) -> Vec<Vec<usize>> {
        let cores = self.cores();
        let mut sets = DisjointSets::new(cores.len());
        let mut anchors: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
        for (a, b) in self.meetings(&cores) {
            match (cores[a].anchored, cores[b].anchored) {
                (false, false) => sets.join(a, b),
                (false, true) => drop(anchors.entry(a).or_default().insert(b)),
                (true, false) => drop(anchors.entry(b).or_default().insert(a)),
                (true, true) => {}
            }
        }
        let mut persons: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for group in sets.groups() {
            let candidates: BTreeSet<usize> =
                group.iter().filter_map(|core| anchors.get(core)).flatten().copied().collect();
            for core in &group {
                let person = match candidates.len() {
                    0 => group[0],
                    1 => *candidates.first().unwrap_or(core),
                    _ => *core,
                };
                persons.entry(person).or_default().extend(&cores[*core].members);
            }
        }
        persons
            .into_values()
            .map(|mut members| {
                members.sort_unstable();
                members
            })
            .collect()
    }

    /// Pairs of different cores that meet under a key that does not settle by itself.
    fn meetings(&self, cores: &[Core]) -> BTreeSet<(usize, usize)> {
        let mut core_of = vec![0; self.nodes.len()];
        for (index, core) in cores.iter().enumerate() {
            for member in &core.members {
                core_of[*member] = index;
            }
        }
        let mut blocks: HashMap<&BlockingKey, Vec<usize>> = HashMap::new();
        for (index, keys) in self.keys.iter().enumerate() {
            for key in keys.iter().filter(|key| !key.block.settles()) {
                blocks.entry(key).or_default().push(index);
            }
        }
        let mut pairs = BTreeSet::new();
        for block in blocks.values() {
            for (at, a) in block.iter().enumerate() {
                for b in &block[at + 1..] {
                    let (x, y) = (core_of[*a], core_of[*b]);
                    if x != y && sexes_agree(self.nodes[*a].profile, self.nodes[*b].profile) {
                        pairs.insert((x.min(y), x.max(y)));
                    }
                }
            }
        }
        pairs
    }
}

/// Union-find with path halving.
struct DisjointSets {
    parent: Vec<usize>,
}

impl DisjointSets {
    fn new(len: usize) -> Self {
        DisjointSets { parent: (0..len).collect() }
    }

    fn root(&mut self, mut index: usize) -> usize {
        while self.parent[index] != index {
            self.parent[index] = self.parent[self.parent[index]];
            index = self.parent[index];
        }
        index
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        self.parent[a.max(b)] = a.min(b);
    }

    /// The sets, each ascending, ordered by their first member.
    fn groups(&mut self) -> Vec<Vec<usize>> {
        let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for index in 0..self.parent.len() {
            let root = self.root(index);
            groups.entry(root).or_default().push(index);
        }
        groups.into_values().collect()
    }
}
