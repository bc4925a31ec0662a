//! Everything the registry holds of one person: what derive works on.

use std::collections::BTreeMap;

use chrono::{DateTime, FixedOffset, NaiveDate};

use super::{Profile, Published};
use crate::calendar::shanghai_date;
use crate::case::StatementReply;
use crate::division::{Code, Divisions, Level, Place};
use crate::evidence::{CancelReason, Fact, HubCase, Registrar};
use crate::identity::survive::Frozen;
use crate::ids::{FactId, PersonId, ProfileId, Token};
use crate::statement::Told;

/// What the sources of townships begin with.
const TOWNSHIPS: &str = "urn:liangdi:township:";

/// A person with profiles, live facts, the endings of their business keys, and what was told.
#[derive(Debug, Clone)]
pub struct PersonFile {
    /// Who.
    pub person: PersonId,
    /// Every live profile of the person, sorted by id.
    pub profiles: Vec<(ProfileId, Profile)>,
    /// Every live fact, sorted by id.
    pub facts: Vec<FactRecord>,
    /// Endings of the business keys that the facts carry.
    pub endings: Vec<EndingRecord>,
    /// Values that the person corrected, and protection; they hold until they are lifted.
    pub frozen: Frozen,
    /// What anybody was told on the ground of any of the profiles (dead ones included), retracted statements left out.
    pub told: Vec<Told>,
    /// What was answered to it, in any order.
    pub replies: Vec<StatementReply>,
    /// Requests by right that whoever runs the hub has settled, and on which day.
    pub settled: BTreeMap<FactId, NaiveDate>,
    /// The messages that state what is questioned, by fact and office ([`PersonFile::questioned`]).
    pub messages: BTreeMap<(FactId, String), Published>,
}

impl PersonFile {
    /// The endings under a fact's key that concern it, the last of another hub's words at the end. None if such a word
    /// says that it never was so, or has put something else in its place.
    pub fn endings_of(&self, record: &FactRecord) -> Option<Vec<&EndingRecord>> {
        let under = self.endings.iter().filter(|ending| Some(ending.key) == record.key);
        let Some(told) = record.told() else { return Some(under.collect()) };
        let mut later: Vec<&EndingRecord> = under.filter(|ending| ending.number > Some(told.number)).collect();
        later.sort_by_key(|ending| (ending.number, ending.on, ending.reason));
        let replaced = later.iter().any(|ending| ending.reason == CancelReason::InError);
        (!replaced).then(|| later.pop().into_iter().collect())
    }
}

/// A fact with its sources.
#[derive(Debug, Clone, PartialEq)]
pub struct FactRecord {
    /// Which.
    pub id: FactId,
    /// Whose.
    pub profile: ProfileId,
    /// What.
    pub fact: Fact,
    /// The business key it can be ended by.
    pub key: Option<Token>,
    /// Who said so, one entry per office; never empty for a live fact.
    pub sources: Vec<FactSource>,
    /// Whether every message that said so was stock of day one.
    pub baseline: bool,
}

impl FactRecord {
    /// The case of another hub that told of it.
    pub fn told(&self) -> Option<HubCase> {
        match self.fact {
            Fact::Residence { told, .. } | Fact::Outflow { told, .. } => told,
            _ => None,
        }
    }

    /// A division that the fact names, with the day on which it was said.
    pub fn place(&self, code: Code) -> Place {
        Place { code, said: self.first_said().unwrap_or(NaiveDate::MAX) }
    }

    /// Who states a residence or a departure. The adapter judged by the codes as they were sent: whether the office hears for
    /// the place since a boundary was moved is asked here, by the boundaries of the day on which it was said.
    pub fn registrar(&self, divisions: &Divisions) -> Option<Registrar> {
        let (by, code) = match self.fact {
            Fact::Residence { by, place, .. } => (by, place),
            Fact::Outflow { by, household, .. } => (by, household),
            _ => return None,
        };
        if by != Registrar::Report || divisions.is_unchanged() {
            return Some(by);
        }
        let place = divisions.then(self.place(code));
        let registers = |source: &FactSource| {
            let office = source.source.strip_prefix(TOWNSHIPS).and_then(|code| code.parse::<Code>().ok());
            let office = office.filter(|office| office.level() <= Level::Township);
            office.is_some_and(|office| divisions.then(self.place(office)).contains(&place))
        };
        Some(if self.sources.iter().any(registers) { Registrar::Township } else { by })
    }

    /// The day on which an office first wrote it down, in Asia/Shanghai.
    pub fn first_said(&self) -> Option<NaiveDate> {
        self.sources.iter().map(|source| shanghai_date(source.first)).min()
    }
}

/// An office that stated a fact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FactSource {
    /// `urn:liangdi:<feed>:<division>`
    pub source: String,
    /// The earliest `time` of its messages.
    pub first: DateTime<FixedOffset>,
    /// The latest.
    pub last: DateTime<FixedOffset>,
}

/// The end of a business key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndingRecord {
    /// Which key.
    pub key: Token,
    /// The day.
    pub on: NaiveDate,
    /// Why.
    pub reason: CancelReason,
    /// Of a case of another hub: the `seqno` of what says so.
    pub number: Option<i64>,
}
