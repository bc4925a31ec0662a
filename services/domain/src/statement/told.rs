//! The told side: what the ledger says a receiver knows now.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Topic;
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
    /// Since when, as told.
    pub since: NaiveDate,
    /// Open, ended or taken back.
    pub state: ToldState,
    /// The case on the wire, for topics that open one.
    pub case: Option<Uuid>,
    /// The last notice about it; none where it is known since day one.
    pub last_notice: Option<Uuid>,
    /// A keyed fingerprint per `data` member, to see which ones changed without unsealing.
    pub fields: BTreeMap<String, Token>,
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
