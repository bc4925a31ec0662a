//! `procedures.toml`, read and checked: shape by serde, sense here. Every mistake names its line and key.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{DayZero, Hears, Opening, Owed, Party, Period, Procedure, Procedures, Step};
use crate::statement::Topic;

/// Longer periods are slips of the pen.
const DAYS_MAX: u32 = 3_660;
/// More steps than this tell nobody anything new; the ledger counts them in a byte.
const LATE_STEPS_MAX: usize = 8;

/// A procedures file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ProceduresError {
    /// Not TOML, or not of this shape; the message names line and key.
    #[error("procedures.toml: {0}")]
    Shape(#[from] toml::de::Error),
    /// A procedure that a notice rests on is missing.
    #[error("procedures.toml: [{0}] is missing; the hub sends notices that rest on it")]
    Missing(&'static str),
    /// It has the shape and makes no sense.
    #[error("procedures.toml, line {line}: [{name}] {key}: {what}")]
    Senseless {
        /// Where the entry begins.
        line: usize,
        /// Which entry.
        name: String,
        /// Which key of it.
        key: &'static str,
        /// What is wrong, and what would be right.
        what: &'static str,
    },
}

pub(super) fn read(text: &str) -> Result<Procedures, ProceduresError> {
    let by_name: BTreeMap<String, Procedure> = toml::from_str::<File>(text)?.0;
    for (name, procedure) in &by_name {
        check(name, procedure).map_err(|(key, what)| ProceduresError::Senseless {
            line: line_of(text, name),
            name: name.clone(),
            key,
            what,
        })?;
    }
    for name in Topic::ALL.into_iter().filter_map(Topic::procedure) {
        if !by_name.contains_key(name) {
            return Err(ProceduresError::Missing(name));
        }
    }
    Ok(Procedures { by_name })
}

#[derive(Deserialize)]
#[serde(transparent)]
struct File(BTreeMap<String, Procedure>);

type Fault = (&'static str, &'static str);

fn check(name: &str, procedure: &Procedure) -> Result<(), Fault> {
    let fit = name.len() <= 40 && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
    if !fit {
        return Err(("name", "at most 40 small letters and hyphens: it goes on the wire"));
    }
    if procedure.basis.as_deref().is_some_and(|basis| basis.trim().is_empty() || basis.len() > 150) {
        return Err(("basis", "an article in at most 150 bytes; leave the key out to switch the procedure off"));
    }
    let told = Topic::ALL.into_iter().find(|topic| topic.procedure() == Some(name));
    if let Some(topic) = told
        && topic.opening() != Some(procedure.opens)
    {
        return Err(("opens", "this entry's notices open otherwise; the shipped file has the right word"));
    }
    check_rhythm(procedure)?;
    match &procedure.owed {
        None if procedure.opens == Opening::PeriodEnds => Ok(()),
        None if told.is_none() => Err(("owed", "a procedure without a notice of its own has to say what is owed")),
        None => Ok(()),
        Some(owed) => check_owed(procedure, owed, told.is_some()),
    }
}

/// What comes round again says how often; what has small cells says which.
fn check_rhythm(procedure: &Procedure) -> Result<(), Fault> {
    match (procedure.opens, procedure.every) {
        (Opening::PeriodEnds, Some(Period::WorkingDays(1..=DAYS_MAX)))
        | (Opening::NoReceipt, Some(Period::WorkingDays(1..=DAYS_MAX) | Period::Days(1..=DAYS_MAX))) => {}
        (Opening::PeriodEnds, _) => {
            return Err(("every", "how many working days make a period, such as { working-days = 5 }"));
        }
        (Opening::NoReceipt, _) => {
            return Err(("every", "after how many days the superior hears again, such as { days = 7 }"));
        }
        (_, None) => {}
        (_, Some(_)) => return Err(("every", "nothing comes round again when it opens so")),
    }
    match (procedure.opens == Opening::MonthEnds, procedure.small_cells_below) {
        (true, Some(2..)) | (false, None) => Ok(()),
        (true, _) => Err(("small-cells-below", "counts from 1 up to below this are not shown: 2 at least")),
        (false, Some(_)) => Err(("small-cells-below", "there is no return when it opens so")),
    }
}

fn check_owed(procedure: &Procedure, owed: &Owed, has_notice: bool) -> Result<(), Fault> {
    let periods = owed.late.iter().map(|late| late.after).chain([owed.within]);
    for Period::WorkingDays(days) | Period::Days(days) in periods {
        if days > DAYS_MAX {
            return Err(("owed.within", "more than ten years"));
        }
    }
    if owed.late.len() > LATE_STEPS_MAX {
        return Err(("owed.late", "more than 8 steps"));
    }
    if owed.late.windows(2).any(|pair| length(pair[0].after) > length(pair[1].after)) {
        return Err(("owed.late", "the steps are not in the order of time"));
    }
    let silence = procedure.opens == Opening::NoReceipt;
    if silence && !matches!(owed.late[..], [only] if only.tell == Hears::Superior) {
        return Err(("owed.late", "whoever is silent does not hear of it: one step, to the superior"));
    }
    if !has_notice && !silence && (owed.late.len() > 1 || owed.late.iter().any(|late| late.tell != Hears::Owing)) {
        return Err(("owed.late", "without a notice there is no case to escalate: one reminder to whoever owes it"));
    }
    if !has_notice && procedure.opens == Opening::VerificationRequested && !owed.late.is_empty() {
        return Err(("owed.late", "before it is passed on nobody knows of it: it can only be counted"));
    }
    if procedure.opens == Opening::VillagesReport && !matches!(owed.within, Period::WorkingDays(1..)) {
        return Err(("owed.within", "a period of villages' reports is one of working days"));
    }
    if owed.late.iter().any(|late| late.tell == Hears::Owing && length(late.after) == 0) {
        return Err(("owed.late", "a reminder on the last day in time is no reminder: after one working day at least"));
    }
    let known = if has_notice { shape_of_notice(procedure.opens) } else { shape_without_notice(procedure.opens) };
    let Some((by, step, from)) = known else {
        return Err(("opens", "nothing is owed to anybody when this happens, unless its own entry says so"));
    };
    if owed.by != by {
        return Err((
            "owed.by",
            "somebody else owes this step when it opens so; `liangdi procedures explain` of a shipped entry of this shape has the word",
        ));
    }
    if owed.step != step {
        return Err(("owed.step", "this step does not follow when it opens so"));
    }
    if owed.from != from {
        return Err(("owed.from", "the clock of this shape begins elsewhere"));
    }
    Ok(())
}

/// Who owes what since when, of procedures that open with a notice.
fn shape_of_notice(opens: Opening) -> Option<(Party, Step, DayZero)> {
    match opens {
        Opening::StayRegistered => Some((Party::Household, Step::Answer, DayZero::Notice)),
        Opening::DepartmentsKnow => Some((Party::Residence, Step::Register, DayZero::Notice)),
        Opening::ReplyDisputed => Some((Party::Both, Step::StateView, DayZero::Notice)),
        Opening::VerificationRequested => Some((Party::Asked, Step::Answer, DayZero::Notice)),
        Opening::ComplaintFiled => Some((Party::Superior, Step::Accept, DayZero::Filing)),
        Opening::ComplaintAccepted => Some((Party::Superior, Step::Finish, DayZero::Filing)),
        Opening::MessageContradicted => Some((Party::Publisher, Step::Check, DayZero::Notice)),
        Opening::DepartureRegistered
        | Opening::WorksElsewhere
        | Opening::HouseholdMoved
        | Opening::VillageReported
        | Opening::NoNews
        | Opening::PermitYear
        | Opening::RightsRequested
        | Opening::PeriodEnds
        | Opening::VillagesReport
        | Opening::NoReceipt
        | Opening::MonthEnds => None,
    }
}

/// The same of procedures that say nothing until something is late.
fn shape_without_notice(opens: Opening) -> Option<(Party, Step, DayZero)> {
    match opens {
        Opening::StayRegistered => Some((Party::Residence, Step::Offer, DayZero::Registration)),
        Opening::VillageReported => Some((Party::Reporter, Step::Record, DayZero::Report)),
        Opening::NoNews => Some((Party::Residence, Step::Confirm, DayZero::News)),
        Opening::DepartureRegistered => Some((Party::Household, Step::Offer, DayZero::Registration)),
        Opening::VerificationRequested => Some((Party::Requester, Step::PassOn, DayZero::Application)),
        Opening::VillagesReport => Some((Party::Village, Step::Report, DayZero::Period)),
        Opening::RightsRequested => Some((Party::Operator, Step::Decide, DayZero::Filing)),
        Opening::NoReceipt => Some((Party::Silent, Step::Receipt, DayZero::Notice)),
        Opening::MonthEnds => Some((Party::EachLevel, Step::Sign, DayZero::Notice)),
        _ => None,
    }
}

/// For comparing within one entry only.
fn length(period: Period) -> u32 {
    match period {
        Period::WorkingDays(days) | Period::Days(days) => days,
    }
}

fn line_of(text: &str, name: &str) -> usize {
    let heading = [format!("[{name}]"), format!("[{name}.")];
    let found = text.lines().position(|line| heading.iter().any(|heading| line.trim_start().starts_with(heading)));
    found.map_or(1, |index| index + 1)
}
