//! Which told statement is which desired one: within (receiver, topic, place, variant) first those with the same date, then
//! open with open, then what is left in the order of dates. What is left of divisions that boundary changes put in the
//! place of others is paired in the same order: it is handed over, and neither taken back nor told as news.

use std::collections::BTreeMap;

use super::{Desired, DesiredState, EndKind, Told, ToldState, Topic};
use crate::division::{Code, Divisions};
use crate::notice::Receiver;

/// What a told statement and its desired counterpart have in common beside the date.
type Key = (Receiver, Topic, Code, Option<Box<str>>);

/// A pair, or the half of one.
pub(crate) type Pair<'a> = (Option<&'a Told>, Option<Desired>);

/// Told and desired of one key.
type Group<'a> = (Vec<&'a Told>, Vec<Desired>);

/// Pairs every told statement (none of them retracted) and every desired one with its counterpart, if it has one.
pub(crate) fn pairs<'a>(told: &'a [Told], desired: Vec<Desired>, divisions: &Divisions) -> Vec<Pair<'a>> {
    let mut groups: BTreeMap<Key, Group> = BTreeMap::new();
    for told in told.iter().filter(|told| told.state != ToldState::Retracted) {
        let key = (told.receiver.clone(), told.topic, told.place, told.variant.clone());
        groups.entry(key).or_default().0.push(told);
    }
    for desired in desired {
        let key = (desired.receiver.clone(), desired.topic, desired.place, desired.variant.clone());
        groups.entry(key).or_default().1.push(desired);
    }
    let pairs = groups.into_values().flat_map(|(told, desired)| pair_group(told, desired)).collect();
    if divisions.is_unchanged() { pairs } else { hand_over(pairs, divisions) }
}

/// Whether a statement was told to a receiver, perhaps under another name or before a boundary was moved.
pub(crate) fn handed(told: &Told, receiver: &Receiver, divisions: &Divisions) -> bool {
    let codes = told.receiver.0.parse::<Code>().ok().zip(receiver.0.parse::<Code>().ok());
    told.receiver == *receiver || codes.is_some_and(|(before, now)| divisions.hands_over(before, now))
}

/// Pairs the halves that are left with what a division hands over to the one in its place.
fn hand_over<'a>(pairs: Vec<Pair<'a>>, divisions: &Divisions) -> Vec<Pair<'a>> {
    let (mut pairs, mut told, mut desired): (Vec<Pair>, Vec<&Told>, Vec<Desired>) = (pairs, Vec::new(), Vec::new());
    pairs = pairs
        .into_iter()
        .filter_map(|pair| match pair {
            (Some(half), None) => {
                told.push(half);
                None
            }
            (None, Some(half)) => {
                desired.push(half);
                None
            }
            whole => Some(whole),
        })
        .collect();
    told.sort_by_key(|told| (told.since, told.id));
    desired.sort_by(|a, b| (a.since, &a.receiver, a.place).cmp(&(b.since, &b.receiver, b.place)));
    let alike = |told: &Told, desired: &Desired| {
        (told.topic, &told.variant) == (desired.topic, &desired.variant) && handed(told, &desired.receiver, divisions)
    };
    let here = |told: &Told, desired: &Desired| told.place == desired.place && alike(told, desired);
    let dated = |told: &Told, desired: &Desired| told.since == desired.since;
    let open = |told: &Told, desired: &Desired| told.state == ToldState::Open && desired.state == DesiredState::Open;
    let first = |told: &Told, desired: &Desired| here(told, desired) && dated(told, desired);
    take(&mut told, &mut desired, &mut pairs, |told, desired| first(told, desired) && open(told, desired));
    take(&mut told, &mut desired, &mut pairs, first);
    take(&mut told, &mut desired, &mut pairs, |told, desired| here(told, desired) && open(told, desired));
    take(&mut told, &mut desired, &mut pairs, here);
    // A code that was used before, or after, the announcement that knows it was held.
    take(&mut told, &mut desired, &mut pairs, |told, desired| {
        alike(told, desired) && dated(told, desired) && divisions.one_today(told.place, desired.place)
    });
    // Two that were told the same became one: the heir knows it, and there is nothing to take back from the other.
    let known: Vec<Desired> = pairs.iter().filter_map(|(_, desired)| desired.clone()).collect();
    for told in told {
        let heir = known
            .iter()
            .find(|desired| desired.receiver != told.receiver && here(told, desired) && dated(told, desired));
        match heir {
            None => pairs.push((Some(told), None)),
            Some(heir) if told.state == ToldState::Open => {
                let state = DesiredState::Ended { on: told.since, how: EndKind::Fulfilled };
                pairs.push((Some(told), Some(Desired { receiver: told.receiver.clone(), state, ..heir.clone() })));
            }
            Some(_) => {}
        }
    }
    pairs.extend(desired.into_iter().map(|desired| (None, Some(desired))));
    pairs
}

fn pair_group(mut told: Vec<&Told>, mut desired: Vec<Desired>) -> Vec<Pair<'_>> {
    told.sort_by_key(|told| (told.since, told.id));
    desired.sort_by_key(|desired| desired.since);
    let mut pairs = Vec::with_capacity(told.len().max(desired.len()));
    take(&mut told, &mut desired, &mut pairs, |told, desired| told.since == desired.since);
    take(&mut told, &mut desired, &mut pairs, |told, desired| {
        told.state == ToldState::Open && desired.state == DesiredState::Open
    });
    take(&mut told, &mut desired, &mut pairs, |_, _| true);
    pairs.extend(told.into_iter().map(|told| (Some(told), None)));
    pairs.extend(desired.into_iter().map(|desired| (None, Some(desired))));
    pairs
}

/// Moves every pair that `fits` out of the two lists.
fn take<'a>(
    told: &mut Vec<&'a Told>,
    desired: &mut Vec<Desired>,
    pairs: &mut Vec<Pair<'a>>,
    fits: impl Fn(&Told, &Desired) -> bool,
) {
    told.retain(|told| match desired.iter().position(|desired| fits(told, desired)) {
        Some(index) => {
            pairs.push((Some(told), Some(desired.remove(index))));
            false
        }
        None => true,
    });
}
