//! The told side: what the ledger says a receiver knows now.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Topic;
use super::desired::procedure;
use crate::division::Code;
use crate::ids::{ProfileId, Token};
use crate::notice::{NoticeKind, Receiver};

/// A statement that somebody was told (or is held to know since the stock of day one).
#[derive(Debug, Clone, PartialEq)]
pub struct Told {
    /// Its own id.
    pub id: Uuid,
    /// The profile it rests on.
    pub ground: ProfileId,
    /// Who was told.
    pub receiver: Receiver,
    /// What about.
    pub topic: Topic,
    /// The place that tells statements of one topic apart.
    pub place: Code,
    /// Tells statements of one topic at one place apart where the date does not.
    pub variant: Option<Box<str>>,
    /// Since when, as told.
    pub since: NaiveDate,
    /// Open, ended or taken back.
    pub state: ToldState,
    /// The case on the wire, for topics that open one, and for whatever another province is told.
    pub case: Option<Uuid>,
    /// The last notice about it; none where it is known since day one.
    pub last_notice: Option<Uuid>,
    /// The question it put to its receiver, if it put one.
    pub asked: Option<Asked>,
    /// A keyed fingerprint per `data` member, to see which ones changed without unsealing.
    pub fields: BTreeMap<String, Token>,
}

impl Told {
    /// The procedure it follows.
    pub fn procedure(&self) -> &str {
        procedure(self.topic, self.variant.as_deref())
    }
}

/// A question put to a receiver.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked {
    /// The notice that asked.
    pub notice: Uuid,
    /// Day 0 of the clock: its date in Asia/Shanghai, or the day of filing.
    pub on: NaiveDate,
    /// How many of the procedure's late steps have been told.
    pub late_told: u8,
    /// Whether an answer stands, as of the last look: what waits is found by it.
    pub answered: bool,
}

/// Where a told statement stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum ToldState {
    /// The receiver holds it to be so.
    Open,
    /// The receiver was told that it ended (or ended it itself: no notice).
    Ended {
        /// The last day, as told.
        on: NaiveDate,
        /// The notice kind that told it.
        by: Option<NoticeKind>,
    },
    /// The receiver was told that it never was so; kept for the ledger, never matched again.
    Retracted,
}
