//! Parts of the graph small enough to be clustered: connected components, the too large ones cut at a threshold raised
//! step by step. What a person or the police joined is never cut.

use std::collections::BTreeMap;

use super::super::matching::{Matching, Weight};
use super::Edge;
use super::sets::Clusters;

/// A part with the edges inside it.
pub(super) struct Part {
    /// Edges that draw, strongest first.
    pub(super) edges: Vec<Edge>,
    /// Edges below the raised threshold.
    pub(super) cut: Vec<Edge>,
    /// From this weight on edges join.
    pub(super) threshold: Weight,
}

/// The parts of a set of edges (sorted, strongest first).
pub(super) fn parts(edges: &[Edge], clusters: &mut Clusters<'_>, matching: &Matching) -> Vec<Part> {
    let mut fitting = Vec::new();
    let mut waiting = vec![(edges.to_vec(), matching.draw_min())];
    while let Some((edges, draws_from)) = waiting.pop() {
        let (kept, cut): (Vec<Edge>, Vec<Edge>) = edges.into_iter().partition(|edge| edge.weight >= draws_from);
        if !cut.is_empty() {
            fitting.push(Part { edges: Vec::new(), cut, threshold: draws_from });
        }
        for component in components(&kept, clusters) {
            if component.profiles <= matching.limits.component_profiles_max {
                let threshold = draws_from.max(matching.thresholds.link);
                fitting.push(Part { edges: component.edges, cut: Vec::new(), threshold });
            } else {
                waiting.push((component.edges, draws_from + matching.limits.component_step));
            }
        }
    }
    fitting
}

/// Edges that hang together, and how many profiles they hold.
struct Component {
    edges: Vec<Edge>,
    profiles: usize,
}

/// The components that have edges, clusters joined so far taken whole.
fn components(edges: &[Edge], clusters: &mut Clusters<'_>) -> Vec<Component> {
    let mut parent: BTreeMap<usize, usize> = BTreeMap::new();
    let mut profiles: BTreeMap<usize, usize> = BTreeMap::new();
    for edge in edges {
        let [a, b] = [edge.a, edge.b].map(|end| clusters.root(end));
        for root in [a, b] {
            let members = clusters.members(root).len();
            parent.entry(root).or_insert_with(|| {
                profiles.insert(root, members);
                root
            });
        }
        let (a, b) = (top(&mut parent, a), top(&mut parent, b));
        if a != b {
            parent.insert(b, a);
            let joined = profiles.remove(&b).unwrap_or_default();
            *profiles.entry(a).or_default() += joined;
        }
    }
    let mut by_top: BTreeMap<usize, Vec<Edge>> = BTreeMap::new();
    for edge in edges {
        by_top.entry(top(&mut parent, clusters.root(edge.a))).or_default().push(*edge);
    }
    by_top
        .into_iter()
        .map(|(top, edges)| Component { edges, profiles: profiles.get(&top).copied().unwrap_or_default() })
        .collect()
}

fn top(parent: &mut BTreeMap<usize, usize>, mut index: usize) -> usize {
    while let Some(next) = parent.get(&index).copied().filter(|next| *next != index) {
        let above = parent.get(&next).copied().unwrap_or(next);
        parent.insert(index, above);
        index = next;
    }
    index
}
