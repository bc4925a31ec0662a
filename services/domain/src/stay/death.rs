//! A death takes effect on exact number and name, or when two offices say so; until then it is only recorded.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use crate::evidence::{CancelReason, Fact};
use crate::person::{FactRecord, PersonFile, Profile};

/// A death that takes effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Death {
    /// The day: civil affairs' word first, then the earliest.
    pub on: NaiveDate,
}

impl Death {
    /// Weighs what is said of the person's death.
    pub fn of(file: &PersonFile) -> Option<Death> {
        let stated: Vec<(&FactRecord, bool, NaiveDate)> = file.facts.iter().filter_map(statement).collect();
        let offices: BTreeSet<&str> =
            stated.iter().flat_map(|(fact, ..)| &fact.sources).map(|source| source.source.as_str()).collect();
        let certain = offices.len() >= 2 || stated.iter().any(|(fact, ..)| is_exact(file, fact));
        let on = stated.iter().map(|(_, registered, on)| (!registered, *on)).min()?.1;
        certain.then_some(Death { on })
    }
}

/// The day of death a fact states, and whether it is the death register itself that states it.
fn statement(record: &FactRecord) -> Option<(&FactRecord, bool, NaiveDate)> {
    match record.fact {
        Fact::Death { on, .. } => Some((record, true, on)),
        Fact::ResidenceCancelled { on, reason: CancelReason::Died, .. } => Some((record, false, on)),
        _ => None,
    }
}

/// Whether other evidence of the person carries the very number and name that the death was stated for.
fn is_exact(file: &PersonFile, death: &FactRecord) -> bool {
    let identity = |profile: &Profile| {
        let number = profile.document.number().map(str::to_owned);
        number.zip(profile.name.as_ref().map(|name| name.key().to_owned()))
    };
    let of = |id| file.profiles.iter().find(|(profile, _)| *profile == id).and_then(|(_, profile)| identity(profile));
    let Some(dead) = of(death.profile) else { return false };
    file.facts.iter().any(|other| statement(other).is_none() && of(other.profile).as_ref() == Some(&dead))
}
