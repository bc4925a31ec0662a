//! Clusters everything that was gathered, and gives every cluster its person: the one most of its profiles have, if
//! nobody claims it with more right; else a new one.

use std::collections::{BTreeMap, HashMap, HashSet};

use liangdi_domain::identity::matching::Weight;
use liangdi_domain::identity::{Edge, Node, Partition};
use liangdi_domain::ids::{PersonId, ProfileId};
use liangdi_domain::person::Document;
use liangdi_store::port::{Gathered, Member, Move, Question};

use super::{Changes, Matcher, Resolution};

/// Live profiles with what was said of them, by their indices.
pub(crate) struct Clustered {
    /// The profiles.
    pub(crate) ids: Vec<ProfileId>,
    /// Who is one human with whom, and why.
    pub(crate) partition: Partition,
}

/// Clusters and assigns; writes persons, moves and questions into `resolution`, whose edges are the new ones.
pub(crate) fn assign<'d>(
    matcher: &Matcher<'_>,
    changes: &Changes,
    gathered: &Gathered,
    document: impl Fn(ProfileId) -> Option<&'d Document>,
    resolution: &mut Resolution,
    new_person: &(dyn Fn() -> PersonId + Sync),
) -> Clustered {
    let members = all_members(changes, gathered);
    let live: Vec<(&Known, &Document)> = members
        .values()
        .filter(|known| known.member.live)
        .filter_map(|known| Some((known, document(known.member.id)?)))
        .collect();
    let index_of: HashMap<ProfileId, usize> =
        live.iter().enumerate().map(|(index, (known, _))| (known.member.id, index)).collect();
    let nodes: Vec<Node<'_>> = live
        .iter()
        .map(|(known, document)| Node {
            id: known.member.id,
            document,
            links: &known.member.links,
            beside: &known.member.beside,
        })
        .collect();
    let dropped: HashSet<(ProfileId, ProfileId)> = resolution.dropped.iter().copied().collect();
    let edges: Vec<Edge> = gathered
        .edges
        .iter()
        .filter(|edge| !dropped.contains(&(edge.a, edge.b)))
        .chain(&resolution.edges)
        .filter_map(|edge| {
            let (a, b) = (*index_of.get(&edge.a)?, *index_of.get(&edge.b)?);
            Some(Edge { a, b, weight: Weight(edge.weight), against: edge.against })
        })
        .collect();
    let partition = matcher.resolver().cluster(&nodes, &edges, &gathered.decisions);

    for (cluster, person) in partition.persons.iter().zip(claims(&partition.persons, &live, new_person)) {
        resolution.persons.extend(cluster.iter().map(|index| (nodes[*index].id, person)));
    }
    // A dead profile stays where it is: what was told on its ground is taken back there.
    for known in members.values().filter(|known| !known.member.live) {
        resolution.persons.insert(known.member.id, if known.stored { known.member.person } else { new_person() });
    }
    let moved = |known: &Known| {
        let (profile, from) = (known.member.id, known.member.person);
        let to = resolution.persons[&profile];
        (known.stored && from != to).then_some(Move { profile, from, to })
    };
    resolution.moves = members.values().filter_map(moved).collect();
    let questions = questions(&partition, &nodes);
    if gathered.asked || !questions.is_empty() {
        resolution.questions = Some((members.keys().copied().collect(), questions));
    }
    Clustered { ids: nodes.iter().map(|node| node.id).collect(), partition }
}

/// A profile, and whether the store has it.
struct Known {
    member: Member,
    stored: bool,
}

/// What was gathered, as it is after this batch, and the new profiles, by id.
fn all_members(changes: &Changes, gathered: &Gathered) -> BTreeMap<ProfileId, Known> {
    let stored = gathered.members.iter().map(|member| (member.id, Known { member: member.clone(), stored: true }));
    let mut members: BTreeMap<ProfileId, Known> = stored.collect();
    for fresh in &changes.fresh {
        let person = PersonId(uuid::Uuid::nil());
        let member = Member { id: fresh.id, person, live: fresh.live, links: Vec::new(), beside: Vec::new() };
        members.insert(fresh.id, Known { member, stored: false });
    }
    for id in &changes.revived {
        if let Some(known) = members.get_mut(id) {
            known.member.live = true;
        }
    }
    for (pairs, list) in [(&changes.links, links as ListOf), (&changes.beside, beside as ListOf)] {
        for (end, other) in pairs.iter().flat_map(|(a, b)| [(a, b), (b, a)]) {
            if let Some(known) = members.get_mut(end) {
                list(&mut known.member).push(*other);
            }
        }
    }
    members
}

type ListOf = fn(&mut Member) -> &mut Vec<ProfileId>;

fn links(member: &mut Member) -> &mut Vec<ProfileId> {
    &mut member.links
}

fn beside(member: &mut Member) -> &mut Vec<ProfileId> {
    &mut member.beside
}

/// The person of each cluster.
fn claims(
    clusters: &[Vec<usize>],
    live: &[(&Known, &Document)],
    new_person: &(dyn Fn() -> PersonId + Sync),
) -> Vec<PersonId> {
    let mut bids: Vec<(usize, ProfileId, usize, PersonId)> = Vec::new();
    for (index, cluster) in clusters.iter().enumerate() {
        let mut count: BTreeMap<PersonId, usize> = BTreeMap::new();
        for known in cluster.iter().map(|member| live[*member].0).filter(|known| known.stored) {
            *count.entry(known.member.person).or_default() += 1;
        }
        let Some(first) = cluster.iter().map(|member| live[*member].0.member.id).min() else { continue };
        bids.extend(count.into_iter().map(|(person, members)| (usize::MAX - members, first, index, person)));
    }
    bids.sort_unstable();
    let mut given: Vec<Option<PersonId>> = vec![None; clusters.len()];
    let mut taken: HashSet<PersonId> = HashSet::new();
    for (_, _, index, person) in bids {
        if given[index].is_none() && taken.insert(person) {
            given[index] = Some(person);
        }
    }
    given.into_iter().map(|person| person.unwrap_or_else(new_person)).collect()
}

fn questions(partition: &Partition, nodes: &[Node<'_>]) -> Vec<Question> {
    let question = |tie: liangdi_domain::identity::Tie| {
        let (a, b) = (nodes[tie.a].id, nodes[tie.b].id);
        Question {
            a: a.min(b),
            b: a.max(b),
            weight: tie.weight.unwrap_or_default().0,
            ambiguous: tie.outcome.is_ambiguous(),
        }
    };
    partition.questions().into_iter().map(question).collect()
}
