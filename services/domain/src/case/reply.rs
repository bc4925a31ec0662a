//! What was answered to statements, and which answer counts: the latest word of each receiver, whatever the order in
//! which answers came. A late answer counts like any other.

use std::collections::BTreeMap;

use chrono::{DateTime, FixedOffset};
use uuid::Uuid;

use crate::division::Code;
use crate::evidence::{Outcome, Verified};
use crate::statement::Told;

/// A reply whose message stands.
#[derive(Debug, Clone, PartialEq)]
pub struct StatementReply {
    /// The told statement it answers.
    pub statement: Uuid,
    /// The notice it answers.
    pub notice: Uuid,
    /// What was answered.
    pub outcome: Outcome,
    /// For `belongs-elsewhere` and `decided`: the division.
    pub division: Option<Code>,
    /// The names of fields that the receiver knows otherwise.
    pub differs: Vec<String>,
    /// What became of the facts that were asked for.
    pub facts: BTreeMap<String, Verified>,
    /// When the office recorded it.
    pub time: DateTime<FixedOffset>,
}

/// All replies to the statements about a person.
#[derive(Debug, Clone, Copy)]
pub struct Replies<'a>(pub &'a [StatementReply]);

impl<'a> Replies<'a> {
    /// The receiver's latest word on a statement.
    pub fn latest(&self, told: &Told) -> Option<&'a StatementReply> {
        self.0.iter().filter(|reply| reply.statement == told.id).max_by_key(|reply| order(reply))
    }

    /// The receiver's latest word on the question as it was last put: none before the notice that asked counts. Ids of
    /// notices are UUIDv7, so that the later one is the greater.
    pub fn to_question(&self, told: &Told) -> Option<&'a StatementReply> {
        let asked = told.asked?;
        self.latest(told).filter(|reply| reply.notice >= asked.notice)
    }
}

/// Orders replies so that the order of arrival never shows.
fn order(reply: &StatementReply) -> (i64, Uuid, Outcome, Option<Code>) {
    (reply.time.timestamp_micros(), reply.notice, reply.outcome, reply.division)
}
