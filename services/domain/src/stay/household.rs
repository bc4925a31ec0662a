//! The household register through time. Police beats township, township beats civil affairs, civil affairs beats HR;
//! within one rank the latest by event date. Never inferred from the prefix of a number or from a native place.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use crate::division::{Divisions, Place};
use crate::evidence::{CancelReason, Fact, Registrar};
use crate::person::{Document, FactRecord, PersonFile};

/// Where the household register is and was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timeline {
    /// Oldest first; at least one.
    segments: Vec<Segment>,
    /// False for residents of Hong Kong, Macao and Taiwan and for foreigners: they have no household side.
    pub has_side: bool,
}

/// The register between two moves of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// First day; none for the oldest.
    pub from: Option<NaiveDate>,
    /// The day on which it moved on; none for the current one.
    pub until: Option<NaiveDate>,
    /// Where, as deep as it is known; none where nobody said.
    pub place: Option<Place>,
    /// Divisions above it that somebody named as well: who was told by them is forwarded, not corrected.
    pub above: Vec<Place>,
}

/// A statement of where the household register is: lower ranks are trusted more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Claim {
    rank: u8,
    on: NaiveDate,
    place: Place,
}

impl Timeline {
    /// Reads the timeline out of a person's facts.
    pub fn of(file: &PersonFile, divisions: &Divisions) -> Timeline {
        let moves = moves(file);
        let claims = claims(file, divisions);
        let days: Vec<NaiveDate> = moves.iter().map(|(on, ..)| *on).collect::<BTreeSet<_>>().into_iter().collect();
        let mut segments = Vec::with_capacity(days.len() + 1);
        for index in 0..=days.len() {
            let from = index.checked_sub(1).map(|before| days[before]);
            let until = days.get(index).copied();
            let mut inside: Vec<Claim> = claims
                .iter()
                .filter(|claim| from.is_none_or(|from| claim.on >= from) && until.is_none_or(|until| claim.on < until))
                .copied()
                .collect();
            inside.extend(moves.iter().filter(|(on, ..)| Some(*on) == from).map(|(on, _, to)| police(*on, *to)));
            inside.extend(moves.iter().filter(|(on, ..)| Some(*on) == until).filter_map(|(on, left, _)| {
                let before = on.pred_opt().unwrap_or(*on);
                left.map(|left| police(before, left))
            }));
            let place = settle(&inside, divisions);
            let mut above: Vec<Place> = inside.iter().map(|claim| claim.place).collect();
            above.retain(|other| place.is_some_and(|place| is_above(divisions, *other, place)));
            above.sort_unstable();
            above.dedup();
            segments.push(Segment { from, until, place, above });
        }
        let has_side = segments.iter().any(|segment| segment.place.is_some()) || !all_from_outside(file);
        Timeline { segments, has_side }
    }

    /// Oldest first.
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }
}

fn police(on: NaiveDate, place: Place) -> Claim {
    Claim { rank: 0, on, place }
}

/// Moves of the register: (day, from, to).
fn moves(file: &PersonFile) -> BTreeSet<(NaiveDate, Option<Place>, Place)> {
    file.facts
        .iter()
        .filter_map(|record| match record.fact {
            Fact::HouseholdMoved { from, to, on } => Some((on, Some(record.place(from)), record.place(to))),
            Fact::ResidenceCancelled { place, on, reason: CancelReason::BecameLocal } => {
                Some((on, None, record.place(place)))
            }
            _ => None,
        })
        .collect()
}

/// What everybody says of the register in passing.
fn claims(file: &PersonFile, divisions: &Divisions) -> Vec<Claim> {
    let by = |record: &FactRecord| match record.registrar(divisions) {
        Some(Registrar::Police) => 0,
        Some(Registrar::Township) => 1,
        Some(Registrar::Report) | None => 4,
    };
    let stated = file.facts.iter().filter_map(|record| {
        let (rank, on, code) = match &record.fact {
            // What another hub has taken back, or put otherwise since, it no longer claims.
            Fact::Residence { told: Some(_), .. } | Fact::Outflow { told: Some(_), .. }
                if file.endings_of(record).is_none() =>
            {
                return None;
            }
            Fact::Residence { household, since, .. } => (by(record), *since, (*household)?),
            Fact::Outflow { household, left_on, .. } => (by(record), *left_on, *household),
            Fact::Returned { household, on } => (1, *on, *household),
            Fact::MarriageRegistered { on, household }
            | Fact::MarriageDissolved { on, household }
            | Fact::Death { on, household } => (2, *on, (*household)?),
            Fact::JobStarted { since, household, .. } | Fact::Insured { since, household, .. } => {
                (3, *since, (*household)?)
            }
            _ => return None,
        };
        Some(Claim { rank, on, place: record.place(code) })
    });
    stated.collect()
}

/// The best claim, made as deep as claims compatible with it allow.
fn settle(claims: &[Claim], divisions: &Divisions) -> Option<Place> {
    let best_of = |among: &mut dyn Iterator<Item = &Claim>| {
        among.min_by_key(|claim| (claim.rank, std::cmp::Reverse(claim.on), claim.place)).map(|claim| claim.place)
    };
    let mut place = best_of(&mut claims.iter())?;
    while let Some(deeper) = best_of(&mut claims.iter().filter(|claim| is_above(divisions, place, claim.place))) {
        place = deeper;
    }
    Some(place)
}

/// Whether one place contains the other and is not the same.
fn is_above(divisions: &Divisions, above: Place, below: Place) -> bool {
    let (above, below) = divisions.side_by_side(above, below);
    above != below && above.contains(&below)
}

/// Whether every document of the person is one that only people without a household register carry.
fn all_from_outside(file: &PersonFile) -> bool {
    let mut documents = file.profiles.iter().map(|(_, profile)| &profile.document).filter(|d| **d != Document::None);
    let Some(first) = documents.next() else { return false };
    first.is_from_outside() && documents.all(Document::is_from_outside)
}
