//! From edges to persons. The result depends on the set of profiles, edges, links and decisions alone, never on the
//! order in which they came.
//!
//! 1. What a person forced together is joined, then what the police linked (`identity-changed`), unless a person keeps
//!    it apart. Profiles that one message names beside each other are two humans from here on, unless they carry the
//!    same valid number or are joined already.
//! 2. A component larger than the limit is cut at a raised threshold until every part fits.
//! 3. In each part, edges join by descending (weight, smaller id, larger id). An edge is refused that would join two
//!    different valid numbers, or what a person or a message keeps apart; and, where one end has no number, two numbers of any kind
//!    that are more than a slip apart. A cluster without a valid number that is drawn to two different numbers about as
//!    strongly joins neither, nor anything with a number later: a person is asked. So it is where two profiles that know
//!    more of themselves look like namesakes or kin, or several pairs of them might be, and the edge is not strong
//!    enough to settle it: what a profile leaves out must not bridge two humans.

mod partition;
mod parts;
mod sets;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::{Deserialize, Serialize};

use super::matching::{Matching, Weight};
use super::prepared::{claimed_number, valid_number};
use crate::ids::ProfileId;
use crate::person::Document;
pub use partition::{Outcome, Partition, Tie};
use parts::parts;
use sets::Clusters;

/// A profile as the clustering sees it: of its content only the document matters.
#[derive(Debug, Clone, Copy)]
pub struct Node<'a> {
    /// Which.
    pub id: ProfileId,
    /// Its document.
    pub document: &'a Document,
    /// Profiles it is linked to by a police `identity-changed`.
    pub links: &'a [ProfileId],
    /// Profiles that a message names beside it: tenants of one lease, parties of one marriage.
    pub beside: &'a [ProfileId],
}

/// Two profiles (indices into the nodes) and the weight that draws them together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Edge {
    /// One end.
    pub a: usize,
    /// The other.
    pub b: usize,
    /// The pair's weight.
    pub weight: Weight,
    /// Whether the two look like namesakes or kin: then they speak against joining what knows less of itself.
    pub against: bool,
}

/// What a person decided about two profiles; it beats every weight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Decision {
    /// They are one human.
    Together(ProfileId, ProfileId),
    /// They are two.
    Apart(ProfileId, ProfileId),
}

/// Clusters a set of profiles. Edges below both the review threshold and [`Matching::draw_min`] have no effect;
/// nodes, edges and decisions may come in any order.
pub fn cluster(nodes: &[Node<'_>], edges: &[Edge], decisions: &[Decision], matching: &Matching) -> Partition {
    let mut clustering = Clustering::new(nodes, decisions, matching);
    clustering.join_decided(decisions);
    clustering.join_linked();
    clustering.part_named_beside();
    clustering.hear(edges);
    let mut edges: Vec<Edge> = edges.iter().map(|edge| clustering.ordered(*edge)).collect();
    edges.sort_unstable_by_key(|edge| clustering.precedence(edge));
    edges.dedup();
    let drawing: Vec<Edge> = edges.iter().filter(|edge| edge.weight >= matching.draw_min()).copied().collect();
    for part in parts(&drawing, &mut clustering.clusters, matching) {
        clustering.join_part(&part.edges, part.threshold);
        clustering.cut(&part.cut);
    }
    clustering.ask(&edges);
    clustering.finish()
}

/// One pair that a person would be asked about may be an old phone or address; so many are somebody else.
const DOUBTS_MIN: usize = 2;

struct Clustering<'n, 'a> {
    nodes: &'n [Node<'a>],
    matching: &'n Matching,
    index_of: HashMap<ProfileId, usize>,
    clusters: Clusters<'a>,
    /// Whom each node speaks against, and whether so that nobody would ask.
    against: HashMap<usize, Vec<(usize, bool)>>,
    ties: BTreeMap<(usize, usize), Tie>,
}

impl<'n, 'a> Clustering<'n, 'a> {
    fn new(nodes: &'n [Node<'a>], decisions: &[Decision], matching: &'n Matching) -> Self {
        let index_of: HashMap<ProfileId, usize> = nodes.iter().enumerate().map(|(i, node)| (node.id, i)).collect();
        let mut clusters =
            Clusters::new(nodes.iter().map(|node| (valid_number(node.document), claimed_number(node.document))));
        for decision in decisions {
            if let Decision::Apart(a, b) = decision
                && let (Some(a), Some(b)) = (index_of.get(a), index_of.get(b))
                && a != b
            {
                clusters.keep_apart(*a, *b);
            }
        }
        Clustering { nodes, matching, index_of, clusters, against: HashMap::new(), ties: BTreeMap::new() }
    }

    /// By descending weight, then smaller id, then larger id.
    fn precedence(&self, edge: &Edge) -> (std::cmp::Reverse<Weight>, ProfileId, ProfileId) {
        (std::cmp::Reverse(edge.weight), self.nodes[edge.a].id, self.nodes[edge.b].id)
    }

    /// The end with the smaller id first.
    fn ordered(&self, edge: Edge) -> Edge {
        if self.nodes[edge.a].id <= self.nodes[edge.b].id { edge } else { Edge { a: edge.b, b: edge.a, ..edge } }
    }

    fn join_decided(&mut self, decisions: &[Decision]) {
        let together = decisions.iter().filter_map(|decision| match decision {
            Decision::Together(a, b) => Some((a.min(b), a.max(b))),
            Decision::Apart(..) => None,
        });
        let pairs: BTreeSet<(usize, usize)> = together.filter_map(|(a, b)| self.known(a, b)).collect();
        self.join_pairs(pairs, Outcome::Forced);
    }

    fn join_linked(&mut self) {
        let links =
            self.nodes.iter().flat_map(|node| node.links.iter().map(|link| (node.id.min(*link), node.id.max(*link))));
        let pairs: BTreeSet<(usize, usize)> = links.filter_map(|(a, b)| self.known(&a, &b)).collect();
        self.join_pairs(pairs, Outcome::Linked);
    }

    /// A message that names two means two, unless it plainly names one twice.
    fn part_named_beside(&mut self) {
        let named = self
            .nodes
            .iter()
            .flat_map(|node| node.beside.iter().map(|other| (node.id.min(*other), node.id.max(*other))));
        let pairs: BTreeSet<(usize, usize)> = named.filter_map(|(a, b)| self.known(&a, &b)).collect();
        for (a, b) in pairs {
            let [number, other] = [a, b].map(|end| valid_number(self.nodes[end].document));
            let twice = number.is_some() && number == other;
            if !twice && self.clusters.root(a) != self.clusters.root(b) {
                self.clusters.keep_apart(a, b);
            }
        }
    }

    fn hear(&mut self, edges: &[Edge]) {
        for edge in edges.iter().filter(|edge| edge.against) {
            let plainly = edge.weight < self.matching.thresholds.review;
            for (end, other) in [(edge.a, edge.b), (edge.b, edge.a)] {
                self.against.entry(end).or_default().push((other, plainly));
            }
        }
    }

    fn known(&self, a: &ProfileId, b: &ProfileId) -> Option<(usize, usize)> {
        Some((*self.index_of.get(a)?, *self.index_of.get(b)?)).filter(|(a, b)| a != b)
    }

    /// Joins whatever the numbers say, in the order of ids.
    fn join_pairs(&mut self, pairs: BTreeSet<(usize, usize)>, outcome: Outcome) {
        let mut pairs: Vec<(usize, usize)> = pairs.into_iter().collect();
        pairs.sort_unstable_by_key(|(a, b)| (self.nodes[*a].id, self.nodes[*b].id));
        for (a, b) in pairs {
            let apart = self.clusters.root(a) != self.clusters.root(b) && self.clusters.kept_apart(a, b);
            if !apart {
                self.clusters.join(a, b);
            }
            self.tie(a, b, None, if apart { Outcome::KeptApart } else { outcome });
        }
    }

    /// Joins the edges of one part, strongest first.
    fn join_part(&mut self, edges: &[Edge], threshold: Weight) {
        let mut drawn: HashMap<usize, Vec<(usize, Weight)>> = HashMap::new();
        for edge in edges {
            drawn.entry(edge.a).or_default().push((edge.b, edge.weight));
            drawn.entry(edge.b).or_default().push((edge.a, edge.weight));
        }
        for edge in edges.iter().filter(|edge| edge.weight >= threshold) {
            let outcome = self.outcome(edge, &drawn);
            if outcome == Outcome::Joined {
                self.clusters.join(edge.a, edge.b);
            }
            self.tie(edge.a, edge.b, Some(edge.weight), outcome);
        }
    }

    fn outcome(&mut self, edge: &Edge, drawn: &HashMap<usize, Vec<(usize, Weight)>>) -> Outcome {
        if self.clusters.root(edge.a) == self.clusters.root(edge.b) {
            return Outcome::Joined;
        }
        if self.clusters.kept_apart(edge.a, edge.b) {
            return Outcome::KeptApart;
        }
        if self.clusters.numbers_conflict(edge.a, edge.b) {
            return Outcome::NumberConflict;
        }
        // A pair that carries two numbers has outweighed the difference; a profile without one must not bridge it.
        let compared = [edge.a, edge.b].iter().all(|end| claimed_number(self.nodes[*end].document).is_some());
        if !compared && self.clusters.claims_conflict(edge.a, edge.b) {
            return Outcome::NumberConflict;
        }
        if edge.weight < self.matching.decisive() && self.spoken_against(edge.a, edge.b) {
            return Outcome::Contradicted;
        }
        let ends = [(edge.a, edge.b), (edge.b, edge.a)];
        for (bare, numbered) in ends {
            if self.clusters.has_number(bare) || !self.clusters.has_claim(numbered) {
                continue;
            }
            if self.has_rival(bare, numbered, edge.weight, drawn) {
                self.clusters.contest(bare);
            }
            if self.clusters.is_contested(bare) {
                return Outcome::Ambiguous;
            }
        }
        Outcome::Joined
    }

    /// Whether somebody of the one cluster plainly looks like a namesake or kin of somebody of the other, or several
    /// pairs rather do.
    fn spoken_against(&mut self, a: usize, b: usize) -> bool {
        if self.against.is_empty() {
            return false;
        }
        let other = self.clusters.root(b);
        let members = self.clusters.members(a).to_vec();
        let spoken =
            members.iter().filter_map(|member| self.against.get(member)).flatten().copied().collect::<Vec<_>>();
        let heard = spoken.into_iter().filter(|(of, _)| self.clusters.root(*of) == other);
        let (plain, doubtful): (Vec<_>, Vec<_>) = heard.partition(|(_, plainly)| *plainly);
        !plain.is_empty() || doubtful.len() >= DOUBTS_MIN
    }

    /// Whether a cluster without a number is drawn to another number than this one's about as strongly.
    fn has_rival(
        &mut self,
        bare: usize,
        numbered: usize,
        weight: Weight,
        drawn: &HashMap<usize, Vec<(usize, Weight)>>,
    ) -> bool {
        let rival_min = weight - self.matching.thresholds.ambiguity_margin;
        let members = self.clusters.members(bare).to_vec();
        let pulls = members.iter().filter_map(|member| drawn.get(member)).flatten();
        for (other, pull) in pulls {
            if *pull >= rival_min
                && self.clusters.claims_conflict(*other, numbered)
                && !self.clusters.kept_apart(*other, bare)
            {
                return true;
            }
        }
        false
    }

    /// Edges that a raised threshold cut.
    fn cut(&mut self, edges: &[Edge]) {
        for edge in edges.iter().filter(|edge| edge.weight >= self.matching.thresholds.link) {
            self.tie(edge.a, edge.b, Some(edge.weight), Outcome::ComponentTooLarge);
        }
    }

    /// Edges between the thresholds, where nothing forbids that the two are one.
    fn ask(&mut self, edges: &[Edge]) {
        let thresholds = self.matching.thresholds;
        for edge in edges.iter().filter(|edge| edge.weight >= thresholds.review && edge.weight < thresholds.link) {
            let settled = self.clusters.root(edge.a) == self.clusters.root(edge.b)
                || self.clusters.kept_apart(edge.a, edge.b)
                || self.clusters.numbers_conflict(edge.a, edge.b);
            if !settled {
                self.tie(edge.a, edge.b, Some(edge.weight), Outcome::Asked);
            }
        }
    }

    fn tie(&mut self, a: usize, b: usize, weight: Option<Weight>, outcome: Outcome) {
        let (a, b) = (a.min(b), a.max(b));
        // What a person or the police said stands before what weighs.
        self.ties.entry((a, b)).or_insert(Tie { a, b, weight, outcome });
    }

    fn finish(self) -> Partition {
        Partition { persons: self.clusters.into_groups(), ties: self.ties.into_values().collect() }
    }
}

#[cfg(test)]
mod tests;
