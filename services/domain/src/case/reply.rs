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
        let counts = |reply: &&StatementReply| reply.statement == told.id && reply.notice >= asked.notice;
        self.0.iter().filter(counts).max_by_key(|reply| order(reply))
    }
}

/// Orders replies so that the order of arrival never shows.
fn order(reply: &StatementReply) -> (i64, Uuid, Outcome, Option<Code>) {
    (reply.time.timestamp_micros(), reply.notice, reply.outcome, reply.division)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::ProfileId;
    use crate::notice::Receiver;
    use crate::statement::{Asked, ToldState, Topic};

    #[test]
    fn an_answer_to_the_question_before_counts_nothing_even_where_it_is_the_later_word() {
        let (before, asks) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let told = Told {
            id: Uuid::nil(),
            ground: ProfileId(Uuid::nil()),
            receiver: Receiver("321322101".to_owned()),
            topic: Topic::Inflow,
            place: "320583100".parse().unwrap(),
            variant: None,
            since: "2026-03-01".parse().unwrap(),
            state: ToldState::Open,
            case: None,
            last_notice: Some(asks),
            asked: Some(Asked { notice: asks, on: "2026-03-09".parse().unwrap(), late_told: 0, answered: false }),
            fields: BTreeMap::new(),
        };
        let reply = |notice, outcome, time: &str| StatementReply {
            statement: told.id,
            notice,
            outcome,
            division: None,
            differs: Vec::new(),
            facts: BTreeMap::new(),
            time: time.parse().unwrap(),
        };
        let late = reply(before, Outcome::Disputed, "2026-03-12T09:00:00+08:00");
        let answer = reply(asks, Outcome::Confirmed, "2026-03-10T09:00:00+08:00");
        let counts = |replies: &[StatementReply]| Replies(replies).to_question(&told).map(|reply| reply.outcome);
        assert_eq!(counts(std::slice::from_ref(&late)), None);
        assert_eq!(counts(&[late, answer]), Some(Outcome::Confirmed));
    }
}
