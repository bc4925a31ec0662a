//! What a township says to a notice: a reply to its case, or a receipt.

use std::collections::BTreeMap;

use chrono::{DateTime, FixedOffset};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::division::Code;

/// A reply or a receipt.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// `township.case-reply.v1`
    Reply(Reply),
    /// `township.receipt.v1`
    Receipt {
        /// The notice.
        notice: Uuid,
        /// How far it came.
        state: ReceiptState,
        /// When.
        at: DateTime<FixedOffset>,
    },
}

impl Answer {
    /// The notice it answers.
    pub fn notice(&self) -> Uuid {
        match self {
            Answer::Reply(reply) => reply.notice,
            Answer::Receipt { notice, .. } => *notice,
        }
    }
}

/// A reply to a case.
#[derive(Debug, Clone, PartialEq)]
pub struct Reply {
    /// The case.
    pub case: Uuid,
    /// The notice that asked.
    pub notice: Uuid,
    /// What the receiver answers.
    pub outcome: Outcome,
    /// For `belongs-elsewhere` and `decided`: the division.
    pub division: Option<Code>,
    /// What became of the facts that were asked for, by the contract's names.
    pub facts: BTreeMap<String, Verified>,
    /// Fields that differ, with the receiver's value; sealed where it is kept.
    pub discrepancies: Vec<Discrepancy>,
}

/// A field that the receiver knows differently. The value is identity data.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Discrepancy {
    /// Which field.
    pub field: String,
    /// The receiver's own value.
    pub ours: String,
}

impl std::fmt::Debug for Discrepancy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Discrepancy({}, sealed)", self.field)
    }
}

/// What became of a fact that was to be verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verified {
    /// It is so.
    Confirmed,
    /// It is not so.
    NotConfirmed,
    /// Nobody knows.
    Unknown,
}

/// What a township answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It is so.
    Confirmed,
    /// Nobody here knows the person.
    NotKnown,
    /// It is not so.
    Disputed,
    /// Another division is concerned.
    BelongsElsewhere,
    /// The question is answered (complaints: accepted).
    Answered,
    /// The matter is decided (complaints: finished).
    Decided,
}

/// How far a notice came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReceiptState {
    /// It arrived.
    Received,
    /// Somebody read it.
    Opened,
    /// Somebody did something about it.
    Acted,
}
