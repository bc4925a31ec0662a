use proptest::prelude::*;

use super::super::matching::Matching;
use super::super::samples::{id, number};
use super::*;
use crate::person::{Document, Profile};

/// A fictional number of two digits' worth: 0 is none; 9 and above are doubtful.
fn carrying(number_of: u8) -> Profile {
    let document = match number_of {
        0 => Document::None,
        n if n < 9 => Document::Resident { number: number(&format!("341221199{n}0315{n}0{n}")) },
        n => Document::Doubtful { number: format!("32050019{n}0101{n}00X") },
    };
    Profile { document, ..Profile::default() }
}

/// A graph in terms of profile names, which permuting does not touch.
#[derive(Debug, Clone, Default)]
struct Graph {
    numbers: Vec<u8>,
    edges: Vec<(usize, usize, i32)>,
    links: Vec<(usize, usize)>,
    together: Vec<(usize, usize)>,
    apart: Vec<(usize, usize)>,
    beside: Vec<(usize, usize)>,
    against: Vec<(usize, usize)>,
}

impl Graph {
    fn new(numbers: &[u8], edges: &[(usize, usize, i32)]) -> Self {
        Graph { numbers: numbers.to_vec(), edges: edges.to_vec(), ..Graph::default() }
    }

    /// The persons as sets of profile names, from nodes in the given order.
    fn persons_in(&self, order: &[usize], matching: &Matching) -> (BTreeSet<BTreeSet<usize>>, Vec<Tie>) {
        let profiles: Vec<Profile> = order.iter().map(|name| carrying(self.numbers[*name])).collect();
        let links: Vec<Vec<ProfileId>> = order
            .iter()
            .map(|name| self.links.iter().filter(|(a, _)| a == name).map(|(_, b)| id(*b)).collect())
            .collect();
        let named_with = |name: &usize| {
            let ends = self.beside.iter().flat_map(|(a, b)| [(a, b), (b, a)]);
            ends.filter(|(a, _)| *a == name).map(|(_, b)| id(*b)).collect()
        };
        let beside: Vec<Vec<ProfileId>> = order.iter().map(named_with).collect();
        let node = |(at, name): (usize, &usize)| Node {
            id: id(*name),
            document: &profiles[at].document,
            links: &links[at],
            beside: &beside[at],
        };
        let nodes: Vec<Node> = order.iter().enumerate().map(node).collect();
        let at = |name: &usize| order.iter().position(|other| other == name);
        let edge = |(a, b, bits): &(usize, usize, i32)| {
            let against = self.against.contains(&(*a, *b)) || self.against.contains(&(*b, *a));
            Some(Edge { a: at(a)?, b: at(b)?, weight: Weight(bits * 100), against })
        };
        let edges: Vec<Edge> = self.edges.iter().filter_map(edge).collect();
        let together = self.together.iter().map(|(a, b)| Decision::Together(id(*a), id(*b)));
        let apart = self.apart.iter().map(|(a, b)| Decision::Apart(id(*a), id(*b)));
        let decisions: Vec<Decision> = together.chain(apart).collect();
        let partition = cluster(&nodes, &edges, &decisions, matching);
        let named = |members: &Vec<usize>| members.iter().map(|member| order[*member]).collect();
        (partition.persons.iter().map(named).collect(), partition.ties)
    }

    fn persons(&self) -> Vec<Vec<usize>> {
        let order: Vec<usize> = (0..self.numbers.len()).collect();
        let (persons, _) = self.persons_in(&order, Matching::shipped());
        persons.into_iter().map(|person| person.into_iter().collect()).collect()
    }

    fn outcome(&self, a: usize, b: usize) -> Option<Outcome> {
        let order: Vec<usize> = (0..self.numbers.len()).collect();
        let (_, ties) = self.persons_in(&order, Matching::shipped());
        ties.iter().find(|tie| (tie.a, tie.b) == (a, b)).map(|tie| tie.outcome)
    }
}

#[test]
fn edges_join_and_the_weak_ones_are_asked_about() {
    let graph = Graph::new(&[1, 0, 0, 0], &[(0, 1, 20), (1, 2, 9), (2, 3, 5)]);
    assert_eq!(graph.persons(), [vec![0, 1, 2], vec![3]]);
    assert_eq!(graph.outcome(2, 3), Some(Outcome::Asked));
}

#[test]
fn two_numbers_never_meet_over_a_third_profile() {
    let graph = Graph::new(&[1, 0, 2], &[(0, 1, 30), (1, 2, 20)]);
    assert_eq!(graph.persons(), [vec![0, 1], vec![2]]);
    assert_eq!(graph.outcome(1, 2), Some(Outcome::NumberConflict));
    // A doubtful number of somebody else is no bridge either.
    assert_eq!(Graph::new(&[1, 0, 10], &[(0, 1, 30), (1, 2, 20)]).persons(), [vec![0, 1], vec![2]]);
}

#[test]
fn a_profile_drawn_to_two_numbers_about_as_strongly_joins_neither() {
    let graph = Graph::new(&[1, 0, 2], &[(0, 1, 20), (1, 2, 15)]);
    assert_eq!(graph.persons(), [vec![0], vec![1], vec![2]]);
    assert_eq!((graph.outcome(0, 1), graph.outcome(1, 2)), (Some(Outcome::Ambiguous), Some(Outcome::Ambiguous)));
    // Even a rival too weak to be linked counts.
    assert_eq!(Graph::new(&[1, 0, 2], &[(0, 1, 9), (1, 2, 4)]).persons().len(), 3);
}

#[test]
fn a_persons_decision_beats_every_weight() {
    let mut graph = Graph::new(&[1, 2, 0], &[(0, 2, 30)]);
    graph.together = vec![(0, 1)];
    assert_eq!(graph.persons(), [vec![0, 1, 2]]);
    graph.apart = vec![(2, 1)];
    assert_eq!(graph.persons(), [vec![0, 1], vec![2]]);
    assert_eq!(graph.outcome(0, 2), Some(Outcome::KeptApart));
    // Of two decisions that contradict each other, apart is the safer one.
    graph.apart.push((0, 1));
    assert_eq!(graph.persons(), [vec![0, 2], vec![1]]);
}

#[test]
fn whoever_a_message_names_beside_another_is_somebody_else() {
    let mut graph = Graph::new(&[1, 0, 0], &[(0, 1, 30), (0, 2, 20), (1, 2, 25)]);
    graph.beside = vec![(1, 2)];
    assert_eq!(graph.persons(), [vec![0, 1], vec![2]]);
    assert_eq!(graph.outcome(0, 2), Some(Outcome::KeptApart));
    // Nobody is asked what the message said.
    graph.edges = vec![(1, 2, 5)];
    assert_eq!(graph.outcome(1, 2), None);
    // A person who knows better is believed.
    graph.together = vec![(1, 2)];
    assert_eq!(graph.persons(), [vec![0], vec![1, 2]]);
}

#[test]
fn one_valid_number_named_twice_in_a_message_is_one_human() {
    let mut graph = Graph::new(&[1, 1], &[(0, 1, 30)]);
    graph.beside = vec![(0, 1)];
    assert_eq!(graph.persons(), [vec![0, 1]]);
    // A doubtful number named twice proves nothing.
    graph.numbers = vec![10, 10];
    assert_eq!(graph.persons(), [vec![0], vec![1]]);
}

#[test]
fn the_police_join_an_old_and_a_new_number() {
    let mut graph = Graph::new(&[1, 2, 1, 2], &[(0, 2, 30), (1, 3, 30)]);
    graph.links = vec![(0, 1)];
    assert_eq!(graph.persons(), [vec![0, 1, 2, 3]]);
    assert_eq!(graph.outcome(0, 1), Some(Outcome::Linked));
}

#[test]
fn a_component_too_large_is_cut_where_it_is_weakest() {
    let text = Matching::shipped().write().replace("component_profiles_max = 400", "component_profiles_max = 3");
    let matching = Matching::read(&text).unwrap();
    let graph = Graph::new(&[0; 6], &[(0, 1, 30), (1, 2, 30), (2, 3, 9), (3, 4, 30), (4, 5, 30)]);
    let (persons, ties) = graph.persons_in(&[0, 1, 2, 3, 4, 5], &matching);
    assert_eq!(persons, [BTreeSet::from([0, 1, 2]), BTreeSet::from([3, 4, 5])].into());
    let cut = ties.iter().find(|tie| (tie.a, tie.b) == (2, 3)).unwrap();
    assert_eq!(cut.outcome, Outcome::ComponentTooLarge);
}

#[test]
fn a_profile_that_leaves_out_a_household_does_not_bridge_two_namesakes() {
    // 1 and 2 carry one number; 0 looks like a namesake of 2, who knows more of herself than 1.
    let edges = [(0, 1, 10), (0, 2, 3), (1, 2, 30)];
    let bridged = Graph::new(&[0, 1, 1], &edges);
    assert_eq!(bridged.persons(), [vec![0, 1, 2]]);
    let graph = Graph { against: vec![(0, 2)], ..bridged.clone() };
    assert_eq!(graph.persons(), [vec![0], vec![1, 2]]);
    assert_eq!(graph.outcome(0, 1), Some(Outcome::Contradicted));
    let strong = Graph { edges: vec![(0, 1, 20), (0, 2, 3), (1, 2, 30)], ..graph };
    assert_eq!(strong.persons(), [vec![0, 1, 2]], "a phone and an address settle it");
}

#[test]
fn one_doubt_bridges_and_two_do_not() {
    // 1, 2 and 3 carry one number; of 2 and 0 a person would be asked, as of 3 and 0.
    let edges = vec![(0, 1, 10), (0, 2, 5), (0, 3, 5), (1, 2, 30), (1, 3, 30)];
    let one = Graph { against: vec![(0, 2)], ..Graph::new(&[0, 1, 1, 1], &edges) };
    assert_eq!(one.persons(), [vec![0, 1, 2, 3]], "phones and addresses grow old");
    let two = Graph { against: vec![(0, 2), (0, 3)], ..one };
    assert_eq!(two.persons(), [vec![0], vec![1, 2, 3]]);
    assert_eq!(two.outcome(0, 1), Some(Outcome::Contradicted));
}

#[test]
fn every_two_persons_are_asked_about_once_and_the_strongest_pair_first() {
    let graph = Graph::new(&[1, 1, 0, 0], &[(0, 1, 30), (0, 2, 5), (1, 2, 6), (2, 3, 7)]);
    let profiles: Vec<Profile> = graph.numbers.iter().map(|number| carrying(*number)).collect();
    let nodes: Vec<Node> = profiles
        .iter()
        .enumerate()
        .map(|(n, of)| Node { id: id(n), document: &of.document, links: &[], beside: &[] })
        .collect();
    let edges: Vec<Edge> = graph
        .edges
        .iter()
        .map(|(a, b, bits)| Edge { a: *a, b: *b, weight: Weight(bits * 100), against: false })
        .collect();
    let text = Matching::shipped_text().replace("link = 6.0", "link = 8.0");
    let partition = cluster(&nodes, &edges, &[], &Matching::read(&text).unwrap());
    let asked: Vec<(usize, usize)> = partition.questions().iter().map(|tie| (tie.a, tie.b)).collect();
    assert_eq!(asked, [(2, 3), (1, 2)]);
    assert_eq!(partition.ties_of(3).count(), 1);
}

fn graph() -> impl Strategy<Value = Graph> {
    (2usize..9).prop_flat_map(|n| {
        let pair = (0..n, 0..n).prop_filter("two", |(a, b)| a != b);
        let edge = (pair.clone(), 0i32..25).prop_map(|((a, b), bits)| (a.min(b), a.max(b), bits));
        let numbers = prop::collection::vec(prop::sample::select(vec![0u8, 0, 0, 1, 2, 3, 10]), n);
        let pairs = || prop::collection::vec(pair.clone(), 0..2);
        (numbers, prop::collection::vec(edge, 0..16), pairs(), pairs(), pairs(), pairs(), pairs()).prop_map(
            |(numbers, mut edges, links, together, apart, beside, against)| {
                // Two profiles have one weight.
                edges.sort_unstable();
                edges.dedup_by_key(|(a, b, _)| (*a, *b));
                Graph { numbers, edges, links, together, apart, beside, against }
            },
        )
    })
}

fn graph_and_order() -> impl Strategy<Value = (Graph, Vec<usize>)> {
    graph().prop_flat_map(|graph| {
        let order: Vec<usize> = (0..graph.numbers.len()).collect();
        (Just(graph), Just(order).prop_shuffle())
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn any_order_of_nodes_edges_and_decisions_gives_the_same_persons((graph, order) in graph_and_order()) {
        let straight: Vec<usize> = (0..graph.numbers.len()).collect();
        let (persons, _) = graph.persons_in(&straight, Matching::shipped());
        let mut turned = graph.clone();
        turned.edges.reverse();
        turned.together.reverse();
        turned.apart.reverse();
        turned.beside.reverse();
        turned.beside.iter_mut().for_each(|pair| *pair = (pair.1, pair.0));
        turned.edges.iter_mut().for_each(|edge| *edge = (edge.1, edge.0, edge.2));
        prop_assert_eq!(&turned.persons_in(&order, Matching::shipped()).0, &persons);
        let text = Matching::shipped().write().replace("component_profiles_max = 400", "component_profiles_max = 3");
        let cut = Matching::read(&text).unwrap();
        prop_assert_eq!(turned.persons_in(&order, &cut).0, graph.persons_in(&straight, &cut).0);
    }

    #[test]
    fn a_profile_that_came_and_went_leaves_no_trace(graph in graph()) {
        let gone = graph.numbers.len() - 1;
        let without: Vec<usize> = (0..gone).collect();
        let mut never = graph.clone();
        never.numbers.pop();
        never.edges.retain(|(a, b, _)| *a != gone && *b != gone);
        never.beside.retain(|(a, b)| *a != gone && *b != gone);
        let matching = Matching::shipped();
        prop_assert_eq!(graph.persons_in(&without, matching).0, never.persons_in(&without, matching).0);
    }

    #[test]
    fn two_valid_numbers_share_a_person_only_if_forced_or_linked(graph in graph()) {
        let bare = Graph { links: vec![], together: vec![], ..graph };
        for person in bare.persons() {
            let numbers: BTreeSet<u8> =
                person.iter().map(|name| bare.numbers[*name]).filter(|n| (1..9).contains(n)).collect();
            prop_assert!(numbers.len() <= 1);
        }
    }

    #[test]
    fn two_that_a_message_names_share_a_person_only_if_joined_or_of_one_number(graph in graph()) {
        let bare = Graph { links: vec![], together: vec![], ..graph };
        for person in bare.persons() {
            for (a, b) in bare.beside.iter().filter(|(a, b)| person.contains(a) && person.contains(b)) {
                prop_assert!((1..9).contains(&bare.numbers[*a]) && bare.numbers[*a] == bare.numbers[*b]);
            }
        }
    }

    #[test]
    fn what_is_kept_apart_never_shares_a_person(graph in graph()) {
        for person in graph.persons() {
            prop_assert!(!graph.apart.iter().any(|(a, b)| person.contains(a) && person.contains(b)));
        }
    }
}
