//! Which messages are taken back, when a withdrawal can itself be withdrawn. The answer depends on the set of
//! withdrawals alone, never on their order: a message stands if every withdrawal of it is taken back, and is taken back
//! if one of them stands. What that leaves open (withdrawals that name each other in a ring) counts as taken back.

use std::collections::{HashMap, HashSet, VecDeque};

use liangdi_domain::evidence::MessageKey;

/// The messages taken back, given every withdrawal of one connected group as (withdrawal, target).
pub(crate) fn taken_back(withdrawals: &[(MessageKey, MessageKey)]) -> HashSet<MessageKey> {
    // A withdrawal names one target; how many of a message's withdrawals may still stand.
    let target: HashMap<&MessageKey, &MessageKey> = withdrawals.iter().map(|(from, to)| (from, to)).collect();
    let mut open: HashMap<&MessageKey, usize> = HashMap::new();
    for to in target.values() {
        *open.entry(to).or_default() += 1;
    }
    let mut standing: VecDeque<&MessageKey> = target.keys().copied().filter(|key| !open.contains_key(key)).collect();
    let mut known: HashSet<&MessageKey> = standing.iter().copied().collect();
    let mut gone: HashSet<&MessageKey> = HashSet::new();
    while let Some(message) = standing.pop_front() {
        let Some(victim) = target.get(message) else { continue };
        if !gone.insert(victim) {
            continue;
        }
        known.insert(victim);
        // The victim withdraws nothing any more.
        if let Some(spared) = target.get(victim)
            && let Some(left) = open.get_mut(spared)
        {
            *left -= 1;
            if *left == 0 && known.insert(spared) {
                standing.push_back(spared);
            }
        }
    }
    let undecided = open.keys().filter(|key| !known.contains(*key));
    gone.iter().chain(undecided).map(|key| (*key).clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(id: &str) -> MessageKey {
        MessageKey { source: "urn:liangdi:hr:320583".to_owned(), id: id.to_owned() }
    }

    #[track_caller]
    fn check(withdrawals: &[(&str, &str)], expected: &[&str]) {
        let expected: HashSet<MessageKey> = expected.iter().map(|id| key(id)).collect();
        let mut edges: Vec<_> = withdrawals.iter().map(|(from, to)| (key(from), key(to))).collect();
        for _ in 0..edges.len() {
            assert_eq!(taken_back(&edges), expected);
            edges.rotate_left(1);
        }
    }

    #[test]
    fn a_withdrawal_takes_its_target_back() {
        check(&[("w", "m")], &["m"]);
        check(&[("w", "m"), ("v", "m")], &["m"]);
    }

    #[test]
    fn a_withdrawn_withdrawal_has_no_effect() {
        check(&[("w", "m"), ("x", "w")], &["w"]);
        check(&[("w", "m"), ("x", "w"), ("y", "x")], &["m", "x"]);
        check(&[("w", "m"), ("v", "m"), ("x", "w")], &["w", "m"]);
    }

    #[test]
    fn withdrawals_in_a_ring_are_all_taken_back() {
        check(&[("w", "w")], &["w"]);
        check(&[("v", "w"), ("w", "v")], &["v", "w"]);
        // One from outside decides the ring.
        check(&[("v", "w"), ("w", "v"), ("x", "v")], &["v"]);
    }
}
