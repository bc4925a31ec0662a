//! The departments' feeds, the way in for other provinces' hubs, and every message type, as closed enums:
//! a new type is a variant here, a schema and an arm in its department's adapter, and the compiler finds the rest.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::notice::NoticeKind;

/// A department's stream of messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Feed {
    /// Public security: residence registration, permits, household register (公安).
    Police,
    /// Civil affairs: marriage, death, boundary changes (民政).
    CivilAffairs,
    /// Human resources and social security (人社).
    Hr,
    /// Housing: leases (住建).
    Housing,
    /// Townships and the levels above them (乡镇、街道).
    Township,
    /// Other provinces' hubs: what they tell this one, off `peer.<province>` (外省平台).
    Hub,
}

impl Feed {
    /// Every feed that offices publish to, in the order in which reports list them.
    pub const ALL: [Feed; 5] = [Feed::Police, Feed::CivilAffairs, Feed::Hr, Feed::Housing, Feed::Township];

    /// Everything that comes in by a queue: what accounts are kept of.
    pub const COUNTED: [Feed; 6] =
        [Feed::Police, Feed::CivilAffairs, Feed::Hr, Feed::Housing, Feed::Township, Feed::Hub];

    /// The feed of a message's source, `urn:liangdi:<feed>:<division>`.
    pub fn of_source(source: &str) -> Option<Feed> {
        Feed::named(source.strip_prefix("urn:liangdi:")?.split(':').next()?)
    }

    /// The feed of a name, the hubs' own included: what was written down is read so.
    pub fn named(name: &str) -> Option<Feed> {
        Feed::COUNTED.into_iter().find(|feed| feed.name() == name)
    }

    /// The name used in exchanges, users and sources.
    pub const fn name(self) -> &'static str {
        match self {
            Feed::Police => "police",
            Feed::CivilAffairs => "civil-affairs",
            Feed::Hr => "hr",
            Feed::Housing => "housing",
            Feed::Township => "township",
            Feed::Hub => "hub",
        }
    }
}

impl fmt::Display for Feed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A feed's name that no office publishes under.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown feed; the feeds are police, civil-affairs, hr, housing, township")]
pub struct UnknownFeed;

impl FromStr for Feed {
    type Err = UnknownFeed;

    fn from_str(text: &str) -> Result<Self, UnknownFeed> {
        Feed::ALL.into_iter().find(|feed| feed.name() == text).ok_or(UnknownFeed)
    }
}

/// What a message is about: the `type` of its envelope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum MessageType {
    /// `police.residence-registered.v1`
    ResidenceRegistered,
    /// `police.residence-cancelled.v1`
    ResidenceCancelled,
    /// `police.household-moved.v1`
    HouseholdMoved,
    /// `police.identity-changed.v1`
    IdentityChanged,
    /// `police.permit-issued.v1`
    PermitIssued,
    /// `police.permit-endorsed.v1`
    PermitEndorsed,
    /// `civil-affairs.marriage-registered.v1`
    MarriageRegistered,
    /// `civil-affairs.marriage-dissolved.v1`
    MarriageDissolved,
    /// `civil-affairs.death-registered.v1`
    DeathRegistered,
    /// `civil-affairs.division-changed.v1`
    DivisionChanged,
    /// `hr.employment-started.v1`
    EmploymentStarted,
    /// `hr.employment-ended.v1`
    EmploymentEnded,
    /// `hr.insurance-enrolled.v1`
    InsuranceEnrolled,
    /// `housing.lease-filed.v1`
    LeaseFiled,
    /// `housing.lease-ended.v1`
    LeaseEnded,
    /// `township.outflow-registered.v1`
    OutflowRegistered,
    /// `township.inflow-registered.v1`
    InflowRegistered,
    /// `township.workplace-registered.v1`
    WorkplaceRegistered,
    /// `township.return-registered.v1`
    ReturnRegistered,
    /// `township.presence-updated.v1`
    PresenceUpdated,
    /// `township.service-recorded.v1`
    ServiceRecorded,
    /// `township.village-report.v1`
    VillageReport,
    /// `township.verification-requested.v1`
    VerificationRequested,
    /// `township.complaint-filed.v1`
    ComplaintFiled,
    /// `township.rights-requested.v1`
    RightsRequested,
    /// `township.case-reply.v1`
    CaseReply,
    /// `township.receipt.v1`
    Receipt,
    /// `<feed>.withdrawn.v1`
    Withdrawn(Feed),
    /// `notice.<kind>.v1` of another province's hub
    Notice(NoticeKind),
}

impl MessageType {
    /// Every type that offices publish.
    pub const ALL: [MessageType; 32] = [
        MessageType::ResidenceRegistered,
        MessageType::ResidenceCancelled,
        MessageType::HouseholdMoved,
        MessageType::IdentityChanged,
        MessageType::PermitIssued,
        MessageType::PermitEndorsed,
        MessageType::MarriageRegistered,
        MessageType::MarriageDissolved,
        MessageType::DeathRegistered,
        MessageType::DivisionChanged,
        MessageType::EmploymentStarted,
        MessageType::EmploymentEnded,
        MessageType::InsuranceEnrolled,
        MessageType::LeaseFiled,
        MessageType::LeaseEnded,
        MessageType::OutflowRegistered,
        MessageType::InflowRegistered,
        MessageType::WorkplaceRegistered,
        MessageType::ReturnRegistered,
        MessageType::PresenceUpdated,
        MessageType::ServiceRecorded,
        MessageType::VillageReport,
        MessageType::VerificationRequested,
        MessageType::ComplaintFiled,
        MessageType::RightsRequested,
        MessageType::CaseReply,
        MessageType::Receipt,
        MessageType::Withdrawn(Feed::Police),
        MessageType::Withdrawn(Feed::CivilAffairs),
        MessageType::Withdrawn(Feed::Hr),
        MessageType::Withdrawn(Feed::Housing),
        MessageType::Withdrawn(Feed::Township),
    ];

    /// The `type` attribute on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            MessageType::ResidenceRegistered => "police.residence-registered.v1",
            MessageType::ResidenceCancelled => "police.residence-cancelled.v1",
            MessageType::HouseholdMoved => "police.household-moved.v1",
            MessageType::IdentityChanged => "police.identity-changed.v1",
            MessageType::PermitIssued => "police.permit-issued.v1",
            MessageType::PermitEndorsed => "police.permit-endorsed.v1",
            MessageType::MarriageRegistered => "civil-affairs.marriage-registered.v1",
            MessageType::MarriageDissolved => "civil-affairs.marriage-dissolved.v1",
            MessageType::DeathRegistered => "civil-affairs.death-registered.v1",
            MessageType::DivisionChanged => "civil-affairs.division-changed.v1",
            MessageType::EmploymentStarted => "hr.employment-started.v1",
            MessageType::EmploymentEnded => "hr.employment-ended.v1",
            MessageType::InsuranceEnrolled => "hr.insurance-enrolled.v1",
            MessageType::LeaseFiled => "housing.lease-filed.v1",
            MessageType::LeaseEnded => "housing.lease-ended.v1",
            MessageType::OutflowRegistered => "township.outflow-registered.v1",
            MessageType::InflowRegistered => "township.inflow-registered.v1",
            MessageType::WorkplaceRegistered => "township.workplace-registered.v1",
            MessageType::ReturnRegistered => "township.return-registered.v1",
            MessageType::PresenceUpdated => "township.presence-updated.v1",
            MessageType::ServiceRecorded => "township.service-recorded.v1",
            MessageType::VillageReport => "township.village-report.v1",
            MessageType::VerificationRequested => "township.verification-requested.v1",
            MessageType::ComplaintFiled => "township.complaint-filed.v1",
            MessageType::RightsRequested => "township.rights-requested.v1",
            MessageType::CaseReply => "township.case-reply.v1",
            MessageType::Receipt => "township.receipt.v1",
            MessageType::Withdrawn(Feed::Police) => "police.withdrawn.v1",
            MessageType::Withdrawn(Feed::CivilAffairs) => "civil-affairs.withdrawn.v1",
            MessageType::Withdrawn(Feed::Hr) => "hr.withdrawn.v1",
            MessageType::Withdrawn(Feed::Housing) => "housing.withdrawn.v1",
            MessageType::Withdrawn(Feed::Township) => "township.withdrawn.v1",
            // Hubs take back by `retract`.
            MessageType::Withdrawn(Feed::Hub) => "hub.withdrawn.v1",
            MessageType::Notice(kind) => kind.event_type(),
        }
    }

    /// The feed that carries it: the part of the name before the first dot.
    pub fn feed(self) -> Feed {
        match self {
            MessageType::ResidenceRegistered
            | MessageType::ResidenceCancelled
            | MessageType::HouseholdMoved
            | MessageType::IdentityChanged
            | MessageType::PermitIssued
            | MessageType::PermitEndorsed => Feed::Police,
            MessageType::MarriageRegistered
            | MessageType::MarriageDissolved
            | MessageType::DeathRegistered
            | MessageType::DivisionChanged => Feed::CivilAffairs,
            MessageType::EmploymentStarted | MessageType::EmploymentEnded | MessageType::InsuranceEnrolled => Feed::Hr,
            MessageType::LeaseFiled | MessageType::LeaseEnded => Feed::Housing,
            MessageType::OutflowRegistered
            | MessageType::InflowRegistered
            | MessageType::WorkplaceRegistered
            | MessageType::ReturnRegistered
            | MessageType::PresenceUpdated
            | MessageType::ServiceRecorded
            | MessageType::VillageReport
            | MessageType::VerificationRequested
            | MessageType::ComplaintFiled
            | MessageType::RightsRequested
            | MessageType::CaseReply
            | MessageType::Receipt => Feed::Township,
            MessageType::Withdrawn(feed) => feed,
            MessageType::Notice(_) => Feed::Hub,
        }
    }
}

impl fmt::Display for MessageType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A `type` that is not in the contract.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown message type; the contract lists every type the hub takes")]
pub struct UnknownType;

impl FromStr for MessageType {
    type Err = UnknownType;

    fn from_str(text: &str) -> Result<Self, UnknownType> {
        MessageType::ALL.into_iter().find(|kind| kind.name() == text).ok_or(UnknownType)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_is_found_by_its_name_and_belongs_to_the_feed_before_its_first_dot() {
        for kind in MessageType::ALL {
            assert_eq!(kind.name().parse::<MessageType>(), Ok(kind));
            assert_eq!(kind.name().split('.').next(), Some(kind.feed().name()));
        }
    }
}
