//! Which told statement is which desired one: within (receiver, topic, place, variant) first those with the same date, then
//! open with open, then what is left in the order of dates.

use std::collections::BTreeMap;

use super::{Desired, DesiredState, Told, ToldState, Topic};
use crate::division::Code;
use crate::notice::Receiver;

/// What a told statement and its desired counterpart have in common beside the date.
type Key = (Receiver, Topic, Code, Option<Box<str>>);

/// A pair, or the half of one.
pub(crate) type Pair<'a> = (Option<&'a Told>, Option<Desired>);

/// Told and desired of one key.
type Group<'a> = (Vec<&'a Told>, Vec<Desired>);

/// Pairs every told statement (none of them retracted) and every desired one with its counterpart, if it has one.
pub(crate) fn pairs<'a>(told: &'a [Told], desired: Vec<Desired>) -> Vec<Pair<'a>> {
    let mut groups: BTreeMap<Key, Group> = BTreeMap::new();
    for told in told.iter().filter(|told| told.state != ToldState::Retracted) {
        let key = (told.receiver.clone(), told.topic, told.place, told.variant.clone());
        groups.entry(key).or_default().0.push(told);
    }
    for desired in desired {
        let key = (desired.receiver.clone(), desired.topic, desired.place, desired.variant.clone());
        groups.entry(key).or_default().1.push(desired);
    }
    groups.into_values().flat_map(|(told, desired)| pair_group(told, desired)).collect()
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
