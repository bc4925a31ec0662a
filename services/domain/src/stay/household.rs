//! The household register through time. Police beats township, township beats civil affairs, civil affairs beats HR;
//! within one rank the latest by event date. Never inferred from the prefix of a number or from a native place.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use crate::division::{Code, Divisions};
use crate::evidence::{CancelReason, Fact, Registrar};
use crate::person::{Document, PersonFile};

use super::today_code;

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
    pub code: Option<Code>,
    /// Divisions above it that somebody named as well: who was told by them is forwarded, not corrected.
    pub above: Vec<Code>,
}

/// A statement of where the household register is: lower ranks are trusted more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Claim {
    rank: u8,
    on: NaiveDate,
    code: Code,
}

impl Timeline {
    /// Reads the timeline out of a person's facts.
    pub fn of(file: &PersonFile, divisions: &Divisions) -> Timeline {
        let moves = moves(file, divisions);
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
            let code = settle(&inside);
            let mut above: Vec<Code> = inside.iter().map(|claim| claim.code).collect();
            above.retain(|other| code.is_some_and(|code| *other != code && other.contains(&code)));
            above.sort_unstable();
            above.dedup();
            segments.push(Segment { from, until, code, above });
        }
        let has_side = segments.iter().any(|segment| segment.code.is_some()) || !all_from_outside(file);
        Timeline { segments, has_side }
    }

    /// Where the register is now.
    pub fn current(&self) -> Option<Code> {
        self.segments.last().and_then(|segment| segment.code)
    }

    /// Oldest first.
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }
}

fn police(on: NaiveDate, code: Code) -> Claim {
    Claim { rank: 0, on, code }
}

/// Moves of the register: (day, from, to).
fn moves(file: &PersonFile, divisions: &Divisions) -> BTreeSet<(NaiveDate, Option<Code>, Code)> {
    file.facts
        .iter()
        .filter_map(|record| match record.fact {
            Fact::HouseholdMoved { from, to, on } => {
                Some((on, Some(today_code(divisions, from)), today_code(divisions, to)))
            }
            Fact::ResidenceCancelled { place, on, reason: CancelReason::BecameLocal } => {
                Some((on, None, today_code(divisions, place)))
            }
            _ => None,
        })
        .collect()
}

/// What everybody says of the register in passing.
fn claims(file: &PersonFile, divisions: &Divisions) -> Vec<Claim> {
    let by = |registrar: Registrar| match registrar {
        Registrar::Police => 0,
        Registrar::Township => 1,
        Registrar::Report => 4,
    };
    let stated = file.facts.iter().filter_map(|record| match &record.fact {
        Fact::Residence { household, since, by: registrar, .. } => Some((by(*registrar), *since, (*household)?)),
        Fact::Outflow { household, left_on, by: registrar, .. } => Some((by(*registrar), *left_on, *household)),
        Fact::Returned { household, on } => Some((1, *on, *household)),
        Fact::MarriageRegistered { on, household }
        | Fact::MarriageDissolved { on, household }
        | Fact::Death { on, household } => Some((2, *on, (*household)?)),
        Fact::JobStarted { since, household, .. } | Fact::Insured { since, household, .. } => {
            Some((3, *since, (*household)?))
        }
        _ => None,
    });
    stated.map(|(rank, on, code)| Claim { rank, on, code: today_code(divisions, code) }).collect()
}

/// The best claim, made as deep as claims compatible with it allow.
fn settle(claims: &[Claim]) -> Option<Code> {
    let best_of = |among: &mut dyn Iterator<Item = &Claim>| {
        among.min_by_key(|claim| (claim.rank, std::cmp::Reverse(claim.on), claim.code)).map(|claim| claim.code)
    };
    let mut code = best_of(&mut claims.iter())?;
    while let Some(deeper) =
        best_of(&mut claims.iter().filter(|claim| claim.code != code && code.contains(&claim.code)))
    {
        code = deeper;
    }
    Some(code)
}

/// Whether every document of the person is one that only people without a household register carry.
fn all_from_outside(file: &PersonFile) -> bool {
    let mut documents = file.profiles.iter().map(|(_, profile)| &profile.document).filter(|d| **d != Document::None);
    let Some(first) = documents.next() else { return false };
    is_from_outside(first) && documents.all(is_from_outside)
}

/// GA/T 2000.156: 4xx passports, 5xx permits of residents of Hong Kong, Macao and Taiwan and of foreigners.
fn is_from_outside(document: &Document) -> bool {
    document.doc_type().starts_with(['4', '5'])
}
