//! The desired side: a statement that follows from a person's facts.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::division::Code;
use crate::ids::ProfileId;
use crate::notice::{NoticeKind, Receiver};

/// What a statement is about; each topic opens with a notice kind of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Topic {
    /// To the household side: a registered stay.
    Inflow,
    /// To the destination: a registered departure towards it.
    Outflow,
    /// To the residence township: the person works elsewhere.
    Workplace,
    /// To the residence township: departments know of somebody nobody registered.
    Lead,
    /// To residence and new household township: the household register moved.
    HouseholdChange,
}

impl Topic {
    /// Every topic.
    pub const ALL: [Topic; 5] = [Topic::Inflow, Topic::Outflow, Topic::Workplace, Topic::Lead, Topic::HouseholdChange];

    /// The procedure it follows.
    pub const fn procedure(self) -> &'static str {
        match self {
            Topic::Inflow => "inflow",
            Topic::Outflow => "outflow",
            Topic::Workplace => "workplace",
            Topic::Lead => "registration",
            Topic::HouseholdChange => "household-change",
        }
    }

    /// The kind that opens it.
    pub const fn opens_with(self) -> NoticeKind {
        match self {
            Topic::Inflow => NoticeKind::Inflow,
            Topic::Outflow => NoticeKind::Outflow,
            Topic::Workplace => NoticeKind::Workplace,
            Topic::Lead => NoticeKind::Lead,
            Topic::HouseholdChange => NoticeKind::HouseholdChanged,
        }
    }

    /// The name in tables and reports.
    pub const fn name(self) -> &'static str {
        match self {
            Topic::Inflow => "inflow",
            Topic::Outflow => "outflow",
            Topic::Workplace => "workplace",
            Topic::Lead => "lead",
            Topic::HouseholdChange => "household-change",
        }
    }
}

/// A statement that somebody should know.
#[derive(Clone, PartialEq)]
pub struct Desired {
    /// Who should know.
    pub receiver: Receiver,
    /// What it is about.
    pub topic: Topic,
    /// The place that tells statements of one topic apart: the stay's, the workplace's, the new household's.
    pub place: Code,
    /// Since when; tells several stays at one place apart.
    pub since: NaiveDate,
    /// The profile whose fact it rests on: the told statement stays with it when persons are split.
    pub ground: ProfileId,
    /// The `data` members in force while it is open. `person` holds the unmasked identity.
    pub fields: BTreeMap<&'static str, Value>,
    /// Open, or ended and how.
    pub state: DesiredState,
    /// Whether all it rests on is stock of day one: held as known, no opening notice.
    pub baseline: bool,
}

/// Where a desired statement stands.
#[derive(Clone, Debug, PartialEq)]
pub enum DesiredState {
    /// It is so.
    Open,
    /// It was so until a day.
    Ended {
        /// The last day.
        on: NaiveDate,
        /// What whoever was told hears of it.
        how: EndKind,
    },
}

/// How a statement ends, and thereby with which notice.
#[derive(Clone, Debug, PartialEq)]
pub enum EndKind {
    /// `departed`
    Departed,
    /// `residence-changed`, to the household side, with the place the person lives at now (as far as the receiver may know it).
    Moved {
        /// Division and name of the main residence that goes on.
        to: Value,
    },
    /// `returned`
    Returned,
    /// `closed`: died
    Died,
    /// `closed`: became local
    BecameLocal,
    /// `household-changed`: somebody else is the household side now
    HouseholdMoved {
        /// Division and name of the new household.
        to: Value,
    },
    /// `supersede`: a division below the receiver's is known to be concerned, and was told.
    Forwarded,
    /// Nothing needs saying: the receiver itself, or the police, made it so.
    Fulfilled,
}

impl EndKind {
    /// The notice kind that tells of the end itself, if any.
    pub fn notice(&self) -> Option<NoticeKind> {
        match self {
            EndKind::Departed => Some(NoticeKind::Departed),
            EndKind::Moved { .. } => Some(NoticeKind::ResidenceChanged),
            EndKind::Returned => Some(NoticeKind::Returned),
            EndKind::Died | EndKind::BecameLocal => Some(NoticeKind::Closed),
            EndKind::HouseholdMoved { .. } => Some(NoticeKind::HouseholdChanged),
            EndKind::Forwarded | EndKind::Fulfilled => None,
        }
    }
}
