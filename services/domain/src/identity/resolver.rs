//! The steps together: prepare, meet, weigh, cluster. Whoever holds all profiles calls [`Resolver::persons`]; whoever
//! gathers a component from a store calls the steps, and gathers along every [`Resolver::edge`].

use super::block::{BlockingKey, Crowds, blocking_keys, pairs_sharing_a_key};
use super::cluster::{Decision, Edge, Node, Partition, cluster};
use super::decide::{Verdict, decide, draw, speaks_against};
use super::matching::{Matching, Weight};
use super::prepared::Prepared;
use super::score::{Weighed, weigh};
use crate::division::Divisions;
use crate::ids::ProfileId;
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

    /// The least weight of an edge that has any effect: it can join, contest or ask.
    pub fn edge_min(&self) -> Weight {
        self.matching.draw_min().min(self.matching.thresholds.review)
    }

    /// The edge between two profiles that met: its weight, and whether they speak against being one; none where they have
    /// nothing to do with each other.
    pub fn edge(&self, a: &Prepared<'_>, b: &Prepared<'_>) -> Option<(Weight, bool)> {
        let weighed = self.weigh(a, b);
        let against = speaks_against(&weighed, self.matching);
        draw(&weighed).filter(|weight| against || *weight >= self.edge_min()).map(|weight| (weight, against))
    }

    /// Clusters nodes along their edges.
    pub fn cluster(&self, nodes: &[Node<'_>], edges: &[Edge], decisions: &[Decision]) -> Partition {
        cluster(nodes, edges, decisions, self.matching)
    }

    /// All steps, for a set of profiles (with their police links and whom messages name beside them) that is all there is.
    pub fn persons(&self, profiles: &[Appearing<'_>], decisions: &[Decision]) -> Partition {
        let keys: Vec<Vec<BlockingKey>> = profiles.iter().map(|of| self.keys(&of.profile)).collect();
        let crowds = Crowds::of(&keys, self.matching.limits.block_profiles_max);
        let edge = |(a, b): (usize, usize)| {
            let (weight, against) = self.edge(&profiles[a].profile, &profiles[b].profile)?;
            Some(Edge { a, b, weight, against })
        };
        let edges: Vec<Edge> =
            pairs_sharing_a_key(&keys, |key| crowds.form(key)).into_iter().filter_map(edge).collect();
        let nodes: Vec<Node<'_>> = profiles
            .iter()
            .map(|of| Node { id: of.id, document: of.profile.document(), links: of.links, beside: of.beside })
            .collect();
        self.cluster(&nodes, &edges, decisions)
    }
}

/// A profile with its content.
#[derive(Debug, Clone)]
pub struct Appearing<'a> {
    /// Which.
    pub id: ProfileId,
    /// Its content.
    pub profile: Prepared<'a>,
    /// Profiles it is linked to by a police `identity-changed`.
    pub links: &'a [ProfileId],
    /// Profiles that a message names beside it.
    pub beside: &'a [ProfileId],
}
