//! The closed list of notice kinds and urgencies: the routing key is `<kind>.<urgency>`.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What a notice says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NoticeKind {
    /// A residence was registered: to the household side.
    Inflow,
    /// A departure towards you was registered: to the residence side.
    Outflow,
    /// A person living with you works elsewhere.
    Workplace,
    /// Departments know of a person whom nobody registered with you.
    Lead,
    /// A stay you were told of ended and another goes on.
    ResidenceChanged,
    /// A stay you were told of ended.
    Departed,
    /// The person is back at the household for good.
    Returned,
    /// A stay you were told of is closed: died, or became local.
    Closed,
    /// The household register moved.
    HouseholdChanged,
    /// Same stay, other fields.
    Supersede,
    /// It never was so.
    Retract,
    /// A message was refused: to its publisher.
    Rejected,
    /// A residence permit has to be endorsed soon: to the residence township, as the holder's agent.
    PermitDue,
    /// Two jurisdictions hold different things to be so.
    Consultation,
    /// A step ran out: to whoever owes it.
    Reminder,
    /// Steps ran out below you: counts and case ids.
    Escalation,
    /// A person asked for a service; the facts named are asked of you.
    VerificationRequest,
    /// The answer to what you asked.
    VerificationReply,
    /// What a township's villages reported, what is open: counts and case ids.
    Digest,
    /// A month's figures, for the signature of each level.
    StatisticsReturn,
    /// Somebody complained of an office below you.
    Complaint,
    /// Better evidence contradicts a message of yours.
    Correction,
    /// What was answered here to a case of another province's hub; on the wire `township.case-reply.v1`.
    CaseReply,
    /// The same, taken back; on the wire `township.withdrawn.v1`.
    CaseReplyWithdrawn,
}

impl NoticeKind {
    /// Every kind this hub sends.
    pub const ALL: [NoticeKind; 24] = [
        NoticeKind::Inflow,
        NoticeKind::Outflow,
        NoticeKind::Workplace,
        NoticeKind::Lead,
        NoticeKind::ResidenceChanged,
        NoticeKind::Departed,
        NoticeKind::Returned,
        NoticeKind::Closed,
        NoticeKind::HouseholdChanged,
        NoticeKind::Supersede,
        NoticeKind::Retract,
        NoticeKind::Rejected,
        NoticeKind::PermitDue,
        NoticeKind::Consultation,
        NoticeKind::Reminder,
        NoticeKind::Escalation,
        NoticeKind::VerificationRequest,
        NoticeKind::VerificationReply,
        NoticeKind::Digest,
        NoticeKind::StatisticsReturn,
        NoticeKind::Complaint,
        NoticeKind::Correction,
        NoticeKind::CaseReply,
        NoticeKind::CaseReplyWithdrawn,
    ];

    /// The name in types and routing keys.
    pub const fn name(self) -> &'static str {
        match self {
            NoticeKind::Inflow => "inflow",
            NoticeKind::Outflow => "outflow",
            NoticeKind::Workplace => "workplace",
            NoticeKind::Lead => "lead",
            NoticeKind::ResidenceChanged => "residence-changed",
            NoticeKind::Departed => "departed",
            NoticeKind::Returned => "returned",
            NoticeKind::Closed => "closed",
            NoticeKind::HouseholdChanged => "household-changed",
            NoticeKind::Supersede => "supersede",
            NoticeKind::Retract => "retract",
            NoticeKind::Rejected => "rejected",
            NoticeKind::PermitDue => "permit-due",
            NoticeKind::Consultation => "consultation",
            NoticeKind::Reminder => "reminder",
            NoticeKind::Escalation => "escalation",
            NoticeKind::VerificationRequest => "verification-request",
            NoticeKind::VerificationReply => "verification-reply",
            NoticeKind::Digest => "digest",
            NoticeKind::StatisticsReturn => "statistics-return",
            NoticeKind::Complaint => "complaint",
            NoticeKind::Correction => "correction",
            NoticeKind::CaseReply => "case-reply",
            NoticeKind::CaseReplyWithdrawn => "case-reply-withdrawn",
        }
    }

    /// Whether it says something of a person. The others hold codes, dates, counts and ids of cases.
    pub const fn names_somebody(self) -> bool {
        match self {
            NoticeKind::Inflow
            | NoticeKind::Outflow
            | NoticeKind::Workplace
            | NoticeKind::Lead
            | NoticeKind::ResidenceChanged
            | NoticeKind::Departed
            | NoticeKind::Returned
            | NoticeKind::Closed
            | NoticeKind::HouseholdChanged
            | NoticeKind::Supersede
            | NoticeKind::PermitDue
            | NoticeKind::Consultation
            | NoticeKind::VerificationRequest
            | NoticeKind::VerificationReply
            | NoticeKind::Complaint
            | NoticeKind::Correction => true,
            NoticeKind::Retract
            | NoticeKind::Rejected
            | NoticeKind::Reminder
            | NoticeKind::Escalation
            | NoticeKind::Digest
            | NoticeKind::StatisticsReturn
            | NoticeKind::CaseReply
            | NoticeKind::CaseReplyWithdrawn => false,
        }
    }

    /// Whether it is an answer to another province's hub, and on the wire a message of the contract.
    pub const fn is_reply(self) -> bool {
        matches!(self, NoticeKind::CaseReply | NoticeKind::CaseReplyWithdrawn)
    }

    /// The `type` on the wire: a reply to another hub is what a township's own system would send it.
    pub const fn event_type(self) -> &'static str {
        match self {
            NoticeKind::Inflow => "notice.inflow.v1",
            NoticeKind::Outflow => "notice.outflow.v1",
            NoticeKind::Workplace => "notice.workplace.v1",
            NoticeKind::Lead => "notice.lead.v1",
            NoticeKind::ResidenceChanged => "notice.residence-changed.v1",
            NoticeKind::Departed => "notice.departed.v1",
            NoticeKind::Returned => "notice.returned.v1",
            NoticeKind::Closed => "notice.closed.v1",
            NoticeKind::HouseholdChanged => "notice.household-changed.v1",
            NoticeKind::Supersede => "notice.supersede.v1",
            NoticeKind::Retract => "notice.retract.v1",
            NoticeKind::Rejected => "notice.rejected.v1",
            NoticeKind::PermitDue => "notice.permit-due.v1",
            NoticeKind::Consultation => "notice.consultation.v1",
            NoticeKind::Reminder => "notice.reminder.v1",
            NoticeKind::Escalation => "notice.escalation.v1",
            NoticeKind::VerificationRequest => "notice.verification-request.v1",
            NoticeKind::VerificationReply => "notice.verification-reply.v1",
            NoticeKind::Digest => "notice.digest.v1",
            NoticeKind::StatisticsReturn => "notice.statistics-return.v1",
            NoticeKind::Complaint => "notice.complaint.v1",
            NoticeKind::Correction => "notice.correction.v1",
            NoticeKind::CaseReply => "township.case-reply.v1",
            NoticeKind::CaseReplyWithdrawn => "township.withdrawn.v1",
        }
    }
}

impl fmt::Display for NoticeKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// How soon somebody should look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Urgency {
    /// For information.
    Routine,
    /// An answer is owed.
    Due,
    /// What was told was wrong.
    Urgent,
}

impl Urgency {
    /// The name in routing keys.
    pub const fn name(self) -> &'static str {
        match self {
            Urgency::Routine => "routine",
            Urgency::Due => "due",
            Urgency::Urgent => "urgent",
        }
    }
}
