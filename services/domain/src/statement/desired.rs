//! The desired side: a statement that follows from a person's facts.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::division::Code;
use crate::ids::ProfileId;
use crate::notice::{NoticeKind, Receiver};
use crate::procedure::Opening;

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
    /// To the residence township: a permit has to be endorsed soon.
    Permit,
    /// To both sides, then to their coordinator: they hold different things to be so.
    Consultation,
    /// To whoever is asked: a person wants facts to be verified.
    VerificationRequest,
    /// To whoever asked: what became of it.
    VerificationReply,
    /// To the office above the one complained of: a complaint, to be taken up.
    Complaint,
    /// To the same: the complaint, to be ended with an answer.
    ComplaintDecision,
    /// To the office whose message better evidence contradicts: to be checked.
    Correction,
    /// To another province's hub: what was answered here to a case of its own.
    CaseReply,
    /// To a township: something that it owes without having been asked is late.
    Duty,
}

impl Topic {
    /// Every topic.
    pub const ALL: [Topic; 14] = [
        Topic::Inflow,
        Topic::Outflow,
        Topic::Workplace,
        Topic::Lead,
        Topic::HouseholdChange,
        Topic::Permit,
        Topic::Consultation,
        Topic::VerificationRequest,
        Topic::VerificationReply,
        Topic::Complaint,
        Topic::ComplaintDecision,
        Topic::Correction,
        Topic::CaseReply,
        Topic::Duty,
    ];

    /// The procedure it follows; a duty says itself which.
    pub const fn procedure(self) -> Option<&'static str> {
        match self {
            Topic::Inflow | Topic::CaseReply => Some("inflow"),
            Topic::Outflow => Some("outflow"),
            Topic::Workplace => Some("workplace"),
            Topic::Lead => Some("registration"),
            Topic::HouseholdChange => Some("household-change"),
            Topic::Permit => Some("permit"),
            Topic::Consultation => Some("consultation"),
            Topic::VerificationRequest | Topic::VerificationReply => Some("verification"),
            Topic::Complaint => Some("complaint"),
            Topic::ComplaintDecision => Some("complaint-decision"),
            Topic::Correction => Some("correction"),
            Topic::Duty => None,
        }
    }

    /// What opens its procedure; none where the procedure says it itself.
    pub const fn opening(self) -> Option<Opening> {
        match self {
            Topic::Inflow | Topic::CaseReply => Some(Opening::StayRegistered),
            Topic::Outflow => Some(Opening::DepartureRegistered),
            Topic::Workplace => Some(Opening::WorksElsewhere),
            Topic::Lead => Some(Opening::DepartmentsKnow),
            Topic::HouseholdChange => Some(Opening::HouseholdMoved),
            Topic::Permit => Some(Opening::PermitYear),
            Topic::Consultation => Some(Opening::ReplyDisputed),
            Topic::VerificationRequest | Topic::VerificationReply => Some(Opening::VerificationRequested),
            Topic::Complaint => Some(Opening::ComplaintFiled),
            Topic::ComplaintDecision => Some(Opening::ComplaintAccepted),
            Topic::Correction => Some(Opening::MessageContradicted),
            Topic::Duty => None,
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
            Topic::Permit => NoticeKind::PermitDue,
            Topic::Consultation => NoticeKind::Consultation,
            Topic::VerificationRequest => NoticeKind::VerificationRequest,
            Topic::VerificationReply => NoticeKind::VerificationReply,
            Topic::Complaint | Topic::ComplaintDecision => NoticeKind::Complaint,
            Topic::Correction => NoticeKind::Correction,
            Topic::CaseReply => NoticeKind::CaseReply,
            Topic::Duty => NoticeKind::Reminder,
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
            Topic::Permit => "permit",
            Topic::Consultation => "consultation",
            Topic::VerificationRequest => "verification-request",
            Topic::VerificationReply => "verification-reply",
            Topic::Complaint => "complaint",
            Topic::ComplaintDecision => "complaint-decision",
            Topic::Correction => "correction",
            Topic::CaseReply => "case-reply",
            Topic::Duty => "duty",
        }
    }

    /// What the receiver hears when fields differ from what it was told.
    pub const fn on_change(self) -> OnChange {
        match self {
            Topic::Inflow | Topic::Outflow | Topic::Workplace | Topic::Lead | Topic::HouseholdChange => {
                OnChange::Supersede
            }
            Topic::VerificationReply => OnChange::Again,
            Topic::CaseReply => OnChange::Replace,
            Topic::Permit
            | Topic::Consultation
            | Topic::VerificationRequest
            | Topic::Complaint
            | Topic::ComplaintDecision
            | Topic::Correction
            | Topic::Duty => OnChange::Nothing,
        }
    }
}

/// What the receiver of a statement hears when fields differ from what it was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnChange {
    /// A `supersede` with the fields that changed.
    Supersede,
    /// The opening notice once more, in the place of the last.
    Again,
    /// The last one is taken back, and the opening notice said anew: whoever keeps messages, and no notices, holds one.
    Replace,
    /// Nothing: a passing question, or a date to be reminded of.
    Nothing,
}

/// What a statement asks of its receiver.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asks {
    /// Nothing: it informs.
    Nothing,
    /// An answer within the period of its procedure.
    InTime,
    /// An answer, some day.
    SomeDay,
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
    /// Tells statements of one topic at one place apart where the date does not: of a duty its procedure, of a
    /// verification or a complaint its request, of a correction the fact.
    pub variant: Option<Box<str>>,
    /// Since when; tells several stays at one place apart.
    pub since: NaiveDate,
    /// The profile whose fact it rests on: the told statement stays with it when persons are split.
    pub ground: ProfileId,
    /// The `data` members in force while it is open. `person` holds the unmasked identity.
    pub fields: BTreeMap<&'static str, Value>,
    /// Open, or ended and how.
    pub state: DesiredState,
    /// What it asks of its receiver while it is open.
    pub asks: Asks,
    /// Whether all it rests on is stock of day one: held as known, no opening notice.
    pub baseline: bool,
}

impl Desired {
    /// The procedure it follows.
    pub fn procedure(&self) -> &str {
        procedure(self.topic, self.variant.as_deref())
    }
}

/// The procedure that a statement follows: its topic's, or the one that a duty names.
pub(super) fn procedure(topic: Topic, variant: Option<&str>) -> &str {
    topic.procedure().or(variant).unwrap_or_default()
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
