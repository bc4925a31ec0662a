//! What a clustering comes to: the persons, and for every two profiles that something draws together what became of it.

use std::collections::{BTreeSet, HashMap};

use serde::{Deserialize, Serialize};

use super::super::matching::Weight;

/// What became of two profiles that something draws together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Joined because a person said so.
    Forced,
    /// Joined because the police changed one identity into the other.
    Linked,
    /// Joined by weight.
    Joined,
    /// Refused: two different valid numbers.
    NumberConflict,
    /// Refused: a person keeps the two, or others in their clusters, apart, or one message names them as two.
    KeptApart,
    /// Refused: drawn to two different numbers about as strongly.
    Ambiguous,
    /// Refused: others in the two clusters look like namesakes or kin, and the edge does not outweigh it.
    Contradicted,
    /// Refused: the component was too large, and the edge below its raised threshold.
    ComponentTooLarge,
    /// Between the thresholds: for a person to decide.
    Asked,
}

impl Outcome {
    /// Whether it would be joined but for others in the two clusters.
    pub fn is_ambiguous(self) -> bool {
        matches!(self, Outcome::Ambiguous | Outcome::Contradicted)
    }

    /// Whether a person is asked.
    pub fn is_asked(self) -> bool {
        self == Outcome::Asked || self.is_ambiguous()
    }
}

/// Why two profiles stand together or apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Tie {
    /// One end.
    pub a: usize,
    /// The other.
    pub b: usize,
    /// What draws them; none for a decision or a police link.
    pub weight: Option<Weight>,
    /// What became of it.
    pub outcome: Outcome,
}

/// Who is who.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Partition {
    /// The persons, each a list of indices into the nodes, ascending; ordered by their first member.
    pub persons: Vec<Vec<usize>>,
    /// What joined or kept apart, sorted; edges between profiles that were together already are joined ones.
    pub ties: Vec<Tie>,
}

impl Partition {
    /// Everything that was said of one node.
    pub fn ties_of(&self, node: usize) -> impl Iterator<Item = &Tie> {
        self.ties.iter().filter(move |tie| tie.a == node || tie.b == node)
    }

    /// What a person should decide: of every two persons the strongest pair that is ambiguous or between the
    /// thresholds; strongest first.
    pub fn questions(&self) -> Vec<Tie> {
        let mut person_of: HashMap<usize, usize> = HashMap::new();
        for (person, members) in self.persons.iter().enumerate() {
            person_of.extend(members.iter().map(|member| (*member, person)));
        }
        let mut open: Vec<&Tie> = self.ties.iter().filter(|tie| tie.outcome.is_asked()).collect();
        open.sort_unstable_by_key(|tie| (std::cmp::Reverse(tie.weight), tie.a, tie.b));
        let mut asked = BTreeSet::new();
        let once = |tie: &&Tie| {
            let (x, y) = (person_of.get(&tie.a), person_of.get(&tie.b));
            x != y && asked.insert((x.min(y), x.max(y)))
        };
        open.into_iter().filter(once).copied().collect()
    }
}
