//! One message against the contract, without any server: for `liangdi check` and for the page where partners try.

use liangdi_domain::division::Divisions;
use liangdi_domain::evidence::{Warning, WarningKind};
use liangdi_domain::feed::MessageType;

use crate::contract::{Refusal, read_unattended};
use crate::normalise::normalise;

/// A message that would be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// Its type.
    pub kind: MessageType,
    /// Its own office as the user that publishes it.
    pub publisher: String,
    /// What is odd about it.
    pub warnings: Vec<Warning>,
}

/// Whether a message would be taken. What only the hub can know is not looked at: whether its id was used before, whether
/// the notice that it answers was sent.
pub fn check(body: &[u8]) -> Result<Checked, Refusal> {
    let accepted = read_unattended(body)?;
    let evidence = normalise(accepted.kind, accepted.office, accepted.time, &accepted.data, Divisions::shipped())?;
    Ok(Checked { kind: accepted.kind, publisher: accepted.publisher, warnings: evidence.warnings })
}

/// What a warning means.
pub const fn words(kind: WarningKind) -> &'static str {
    match kind {
        WarningKind::CheckDigit => "the ID number's check digit is wrong: weak evidence",
        WarningKind::DocumentShape => "this is no shape of an ID number: weak evidence",
        WarningKind::Placeholder => "a stand-in for an ID number: taken as none",
        WarningKind::BirthDate => "an impossible birth date: taken as missing",
        WarningKind::BirthAgainstId => "the birth date is not the ID number's",
        WarningKind::SexAgainstId => "the sex is not the ID number's",
        WarningKind::Phone => "no shape of a phone: taken as missing",
        WarningKind::DivisionSuccessor => "a former division code: its successor is taken",
        WarningKind::DivisionAncestor => "an unknown division code: the nearest known one above it is taken",
        WarningKind::EventAfterMessage => "the event is later than the message",
        WarningKind::AheadOfClock => "the message's time is ahead of the clock",
        WarningKind::Age => "the age is not plausible",
        WarningKind::PeriodReversed => "the period ends before it begins",
        WarningKind::NameEmpty => "nothing is left of the name",
    }
}
