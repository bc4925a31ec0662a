//! A fact: what distinct evidence says of one person, in codes and dates only, so that deriving stays needs no
//! unsealing. One fact per appearance; equal facts of one profile are one fact with several sources.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::division::Code;

/// What a message says of a person.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "fact", rename_all = "kebab-case")]
pub enum Fact {
    /// Somebody lives at a place: police `residence-registered`, township `inflow-registered`.
    Residence {
        /// Where, as it was sent.
        place: Code,
        /// Since when.
        since: NaiveDate,
        /// Why the person came.
        reason: StayReason,
        /// Who says so, and whether that makes it a registration.
        by: Registrar,
        /// Expected end; never ends a stay.
        expected_until: Option<NaiveDate>,
        /// The address and township leave the residence township for nobody.
        protected: bool,
        /// Household division as stated.
        household: Option<Code>,
        /// The village's report that the township names, if any.
        reported_on: Option<NaiveDate>,
        /// The case of another province's hub that tells of it; left out where an office of this one registered.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        told: Option<HubCase>,
    },
    /// The police struck a registration off.
    ResidenceCancelled {
        /// Where it was.
        place: Code,
        /// From when on.
        on: NaiveDate,
        /// Why.
        reason: CancelReason,
    },
    /// The household register moved.
    HouseholdMoved {
        /// From here.
        from: Code,
        /// To there.
        to: Code,
        /// On this day.
        on: NaiveDate,
    },
    /// The police changed a name, a number or a birth date; the appearance names the identity that follows.
    IdentityChanged {
        /// On this day.
        on: NaiveDate,
        /// `bglb` of the contract: 11, 12, 21, 22, 41.
        change: u8,
    },
    /// A residence permit was issued or endorsed.
    Permit {
        /// Place of residence on the permit.
        place: Code,
        /// Issued or endorsed on.
        on: NaiveDate,
        /// Endorsed until.
        until: NaiveDate,
        /// False for the issue, true for a yearly endorsement.
        endorsed: bool,
    },
    /// A marriage was registered; only ever verified, never pushed.
    MarriageRegistered {
        /// On this day.
        on: NaiveDate,
        /// Household division as stated.
        household: Option<Code>,
    },
    /// A marriage was dissolved; only ever verified, never pushed.
    MarriageDissolved {
        /// On this day.
        on: NaiveDate,
        /// Household division as stated.
        household: Option<Code>,
    },
    /// A death was registered.
    Death {
        /// On this day.
        on: NaiveDate,
        /// Household division as stated.
        household: Option<Code>,
    },
    /// A job began.
    JobStarted {
        /// Division of the workplace or of the insuring office.
        place: Code,
        /// Since when.
        since: NaiveDate,
        /// Household division as stated.
        household: Option<Code>,
    },
    /// A job ended.
    JobEnded {
        /// Division of the workplace or of the insuring office.
        place: Code,
        /// On this day.
        on: NaiveDate,
    },
    /// Social insurance began.
    Insured {
        /// Division of the insuring office.
        place: Code,
        /// First day of the first month.
        since: NaiveDate,
        /// Household division as stated.
        household: Option<Code>,
    },
    /// A lease was filed.
    Lease {
        /// Where the property lies.
        place: Code,
        /// First day.
        since: NaiveDate,
        /// Last day of the term.
        until: NaiveDate,
    },
    /// The household township (or a village of it) says that somebody left.
    Outflow {
        /// Household division.
        household: Code,
        /// Where to, if it is known.
        destination: Option<Code>,
        /// On this day.
        left_on: NaiveDate,
        /// Why.
        reason: StayReason,
        /// Who says so, and whether that makes it a registration.
        by: Registrar,
        /// The village's report that the township names, if any.
        reported_on: Option<NaiveDate>,
        /// The case of another province's hub that tells of it; left out where an office of this one says so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        told: Option<HubCase>,
    },
    /// Somebody works or keeps a shop at a place.
    Workplace {
        /// Where.
        place: Code,
        /// Where the person lives, if it was said.
        residence: Option<Code>,
        /// Since when.
        since: NaiveDate,
    },
    /// Somebody is back for good.
    Returned {
        /// Household division.
        household: Code,
        /// On this day.
        on: NaiveDate,
    },
    /// A township saw somebody, or saw that they left.
    Presence {
        /// Where.
        place: Code,
        /// On this day.
        on: NaiveDate,
        /// What was seen.
        seen: PresenceSeen,
        /// The county they left for, if it is known.
        left_to: Option<Code>,
    },
    /// A service was offered, declined, requested or decided.
    Service {
        /// Where.
        place: Code,
        /// Which.
        kind: ServiceKind,
        /// What became of it.
        outcome: ServiceOutcome,
        /// On this day.
        on: NaiveDate,
        /// For a decision: granted or not.
        granted: Option<bool>,
    },
    /// The person (or guardian, agent) asked for facts to be verified for a service.
    VerificationRequested {
        /// Who is to be asked: one or two divisions.
        ask: Vec<Code>,
        /// `school-enrolment`, `residence-permit`, `social-insurance`, `public-rental-housing`.
        purpose: String,
        /// `identity`, `household`, `residence`, `marital-status`.
        facts: Vec<String>,
        /// Day of the application.
        applied_on: NaiveDate,
    },
    /// A person complained of a division or feed.
    Complaint {
        /// Division or feed complained of.
        about: String,
        /// `fee`, `difficulty-made`, `forced-return`, `wrong-data`, `disclosure`, `delay`.
        kind: String,
        /// Day of filing.
        filed_on: NaiveDate,
    },
    /// A person exercised a right under PIPL articles 44 to 50.
    RightsRequested {
        /// Which right.
        right: RightKind,
        /// Day of filing.
        filed_on: NaiveDate,
    },
}

/// The case of another province's hub, and the notice in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct HubCase {
    /// The case, by the other hub's id.
    pub case: Uuid,
    /// The notice, by the other hub's id.
    pub notice: Uuid,
    /// Its `seqno`: of one case, the later one counts.
    pub number: i64,
    /// Whether it asks, or tells otherwise what was asked before.
    pub asks: bool,
}

/// Who states a residence or a departure. Only the first two register it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Registrar {
    /// The police.
    Police,
    /// The township whose own place it is (or a level above it).
    Township,
    /// A village, or a township speaking of a place that is not its own: a report, no registration.
    Report,
}

/// Why a person stays away from home, over all departments' codings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StayReason {
    /// 务工 (jzsydm 10)
    Work,
    /// 经商 (20)
    Business,
    /// 投靠亲属 (90)
    Family,
    /// 学习 (30)
    Study,
    /// 培训 (40)
    Training,
    /// 就医 (50)
    Medical,
    /// 探亲访友 (60)
    Visit,
    /// 旅游 (70)
    Tourism,
    /// 出差 (80)
    Trip,
    /// 其他 (99)
    Other,
}

/// Why a registration, a lease or a job ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CancelReason {
    /// zxyydm 1
    Died,
    /// zxyydm 3, or a lease or job that ended
    Left,
    /// zxyydm 4
    BecameLocal,
    /// zxyydm 5: it never was so
    InError,
    /// Back home for good; only other hubs end a stay so
    Returned,
}

/// What a township saw.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PresenceSeen {
    /// The person is there.
    Present,
    /// The person left.
    Left,
    /// Nobody knows.
    Unknown,
}

/// A service a residence township offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ServiceKind {
    /// Information.
    Information,
    /// Residence permit.
    Permit,
    /// A school place.
    School,
    /// Finding work.
    Employment,
    /// Housing.
    Housing,
    /// Assistance.
    Assistance,
    /// Health card.
    HealthCard,
    /// Legal aid.
    LegalAid,
}

/// What became of a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ServiceOutcome {
    /// Offered.
    Offered,
    /// Declined.
    Declined,
    /// Requested.
    Requested,
    /// Decided.
    Decided,
}

/// A right of the person under PIPL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RightKind {
    /// Know and copy.
    Access,
    /// Correct.
    Correction,
    /// Delete.
    Deletion,
    /// Be told the rules.
    Explanation,
}
