//! The steps together: prepare, meet, weigh, cluster. Whoever holds all profiles calls [`Resolver::persons`]; whoever
//! gathers a component from a store calls the steps, and gathers along every edge that [`Resolver::draws`].

use super::block::{BlockingKey, Crowds, blocking_keys, pairs_sharing_a_key};
use super::cluster::{Decision, Edge, Node, Partition, cluster};
use super::decide::{Verdict, decide, draw};
use super::matching::Matching;
use super::prepared::Prepared;
use super::score::{Weighed, weigh};
use crate::division::Divisions;
use crate::person::Profile;

/// Weights and divisions: all that resolving needs besides the profiles.
#[derive(Debug, Clone, Copy)]
pub struct Resolver<'r> {
    /// What levels are worth.
    pub matching: &'r Matching,
    /// Divisions as they are called today.
    pub divisions: &'r Divisions,
}

impl Resolver<'_> {
    /// Makes a profile ready.
    pub fn prepare<'a>(&self, profile: &'a Profile) -> Prepared<'a> {
        Prepared::new(profile, self.divisions)
    }

    /// The keys under which a profile meets others.
    pub fn keys(&self, profile: &Prepared<'_>) -> Vec<BlockingKey> {
        blocking_keys(profile)
    }

    /// Compares and weighs two profiles.
    pub fn weigh(&self, a: &Prepared<'_>, b: &Prepared<'_>) -> Weighed {
        weigh(a, b, self.matching)
    }

    /// What follows from a weight.
    pub fn decide(&self, weighed: &Weighed) -> Verdict {
        decide(weighed, self.matching)
    }

    /// Whether a pair belongs to one component: it may join, or be the rival of one that does.
    pub fn draws(&self, weighed: &Weighed) -> bool {
        draw(weighed).is_some_and(|weight| weight >= self.matching.draw_min())
    }

    /// The edges among pairs of nodes that met: all that can join, contest or ask.
    pub fn edges(&self, nodes: &[Node<'_>], pairs: &[(usize, usize)]) -> Vec<Edge> {
        let edge_min = self.matching.draw_min().min(self.matching.thresholds.review);
        let edge = |(a, b): &(usize, usize)| {
            let weight = draw(&self.weigh(&nodes[*a].profile, &nodes[*b].profile))?;
            (weight >= edge_min).then_some(Edge { a: *a, b: *b, weight })
        };
        pairs.iter().filter_map(edge).collect()
    }

    /// Clusters nodes along their edges.
    pub fn cluster(&self, nodes: &[Node<'_>], edges: &[Edge], decisions: &[Decision]) -> Partition {
        cluster(nodes, edges, decisions, self.matching)
    }

    /// All steps, for a set of profiles that is all there is.
    pub fn persons(&self, nodes: &[Node<'_>], decisions: &[Decision]) -> Partition {
        let keys: Vec<Vec<BlockingKey>> = nodes.iter().map(|node| self.keys(&node.profile)).collect();
        let crowds = Crowds::of(&keys, self.matching.limits.block_profiles_max);
        let pairs = pairs_sharing_a_key(&keys, |key| crowds.form(key));
        self.cluster(nodes, &self.edges(nodes, &pairs), decisions)
    }
}
