//! Clusters while they grow: union-find with the members, their numbers, what is kept apart, and whether a cluster
//! without a valid number is contested between two.

use std::collections::{BTreeMap, BTreeSet};

use super::super::compare::one_slip;

pub(super) struct Clusters<'a> {
    parent: Vec<usize>,
    of_root: Vec<Cluster<'a>>,
    apart: Vec<Vec<usize>>,
}

#[derive(Default)]
struct Cluster<'a> {
    members: Vec<usize>,
    numbers: BTreeSet<&'a str>,
    /// Every identity number that its members carry, proven or not.
    claims: BTreeSet<&'a str>,
    contested: bool,
}

impl<'a> Clusters<'a> {
    /// One cluster per profile: its valid number, and the number it claims.
    pub(super) fn new(numbers: impl Iterator<Item = (Option<&'a str>, Option<&'a str>)>) -> Self {
        let of_root: Vec<Cluster<'a>> = numbers
            .enumerate()
            .map(|(index, (number, claim))| Cluster {
                members: vec![index],
                numbers: number.into_iter().collect(),
                claims: claim.into_iter().collect(),
                contested: false,
            })
            .collect();
        Clusters { parent: (0..of_root.len()).collect(), apart: vec![Vec::new(); of_root.len()], of_root }
    }

    pub(super) fn keep_apart(&mut self, a: usize, b: usize) {
        self.apart[a].push(b);
        self.apart[b].push(a);
    }

    pub(super) fn root(&mut self, mut index: usize) -> usize {
        while self.parent[index] != index {
            self.parent[index] = self.parent[self.parent[index]];
            index = self.parent[index];
        }
        index
    }

    pub(super) fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        if a == b {
            return;
        }
        let (kept, gone) = if self.of_root[a].members.len() >= self.of_root[b].members.len() { (a, b) } else { (b, a) };
        self.parent[gone] = kept;
        let Cluster { members, numbers, claims, contested } = std::mem::take(&mut self.of_root[gone]);
        let cluster = &mut self.of_root[kept];
        cluster.members.extend(members);
        cluster.numbers.extend(numbers);
        cluster.claims.extend(claims);
        cluster.contested |= contested;
    }

    pub(super) fn members(&mut self, index: usize) -> &[usize] {
        let root = self.root(index);
        &self.of_root[root].members
    }

    pub(super) fn has_number(&mut self, index: usize) -> bool {
        let root = self.root(index);
        !self.of_root[root].numbers.is_empty()
    }

    /// Whether both have valid numbers and none in common. Numbers that a person or the police joined are one.
    pub(super) fn numbers_conflict(&mut self, a: usize, b: usize) -> bool {
        let (a, b) = (self.root(a), self.root(b));
        let (one, other) = (&self.of_root[a].numbers, &self.of_root[b].numbers);
        a != b && !one.is_empty() && !other.is_empty() && one.is_disjoint(other)
    }

    /// Whether any member carries an identity number, proven or not.
    pub(super) fn has_claim(&mut self, index: usize) -> bool {
        let root = self.root(index);
        !self.of_root[root].claims.is_empty()
    }

    /// Whether both carry identity numbers, proven or not, and no two of them are equal or one slip apart.
    pub(super) fn claims_conflict(&mut self, a: usize, b: usize) -> bool {
        let (a, b) = (self.root(a), self.root(b));
        let (one, other) = (&self.of_root[a].claims, &self.of_root[b].claims);
        let near = |x: &str| other.contains(x) || other.iter().any(|y| one_slip(x.as_bytes(), y.as_bytes()));
        a != b && !one.is_empty() && !other.is_empty() && !one.iter().any(|x| near(x))
    }

    /// Whether a person or a message keeps any of the one cluster apart from any of the other.
    pub(super) fn kept_apart(&mut self, a: usize, b: usize) -> bool {
        let (a, b) = (self.root(a), self.root(b));
        let (few, many) = if self.of_root[a].members.len() <= self.of_root[b].members.len() { (a, b) } else { (b, a) };
        let kept: Vec<usize> =
            self.of_root[few].members.iter().flat_map(|member| &self.apart[*member]).copied().collect();
        kept.into_iter().any(|other| self.root(other) == many)
    }

    pub(super) fn contest(&mut self, index: usize) {
        let root = self.root(index);
        self.of_root[root].contested = true;
    }

    pub(super) fn is_contested(&mut self, index: usize) -> bool {
        let root = self.root(index);
        self.of_root[root].contested
    }

    /// The clusters, each ascending, ordered by their first member.
    pub(super) fn into_groups(mut self) -> Vec<Vec<usize>> {
        let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for index in 0..self.parent.len() {
            let root = self.root(index);
            groups.entry(root).or_default().push(index);
        }
        let mut groups: Vec<Vec<usize>> = groups.into_values().collect();
        groups.sort_unstable_by_key(|members| members[0]);
        groups
    }
}
