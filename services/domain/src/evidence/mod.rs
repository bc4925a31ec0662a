//! A message's normalised content: who appears in it, which fact it states, which business keys it ends.

mod answer;
mod fact;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

pub use answer::{Answer, Discrepancy, Outcome, ReceiptState, Reply, Verified};
pub use fact::{
    CancelReason, Fact, HubCase, PresenceSeen, Registrar, RightKind, ServiceKind, ServiceOutcome, StayReason,
};

use crate::division::{Change, Code};
use crate::person::Profile;

/// Everything one message says.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Evidence {
    /// One per person in the message, in the message's order: the slot is the index.
    pub appearances: Vec<Appearance>,
    /// Business keys whose facts this message ends, whoever they belong to and in whatever order they arrive.
    pub ending: Option<Ending>,
    /// The message it takes back.
    pub withdraws: Option<MessageKey>,
    /// A reply or a receipt to a notice.
    pub answer: Option<Answer>,
    /// An announced boundary change.
    pub division: Option<Change>,
    /// Content about no person: kept sealed as it was sent (village report).
    pub filed: bool,
    /// What a village reported.
    pub report: Option<VillageReport>,
    /// What looked odd and was taken all the same.
    pub warnings: Vec<Warning>,
}

/// `township.village-report.v1`: counts, nobody in particular. None is a report too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VillageReport {
    /// Which village.
    pub village: Code,
    /// How many came.
    pub arrivals: u32,
    /// How many left.
    pub departures: u32,
}

/// One person in a message.
#[derive(Debug, Clone, PartialEq)]
pub struct Appearance {
    /// How the person appears.
    pub profile: Profile,
    /// The identity that replaces it from now on: police `identity-changed` joins the two.
    pub becomes: Option<Profile>,
    /// What the message says of the person.
    pub fact: Fact,
    /// The business key under which the fact can be ended.
    pub key: Option<BusinessKey>,
}

/// A message's name: unique within the whole hub.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct MessageKey {
    /// `urn:liangdi:<feed>:<division>`
    pub source: String,
    /// Unique within the source.
    pub id: String,
}

/// A number under which an office keeps its own record. Never stored in the clear: the store keeps a keyed token.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct BusinessKey {
    /// Which register the number belongs to.
    pub kind: KeyKind,
    /// The number, normalised (NFKC, no spaces, upper case).
    pub number: String,
}

impl std::fmt::Debug for BusinessKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "BusinessKey({:?})", self.kind)
    }
}

/// The registers whose numbers end facts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyKind {
    /// `djbh`: police residence registration.
    Registration,
    /// `jzzh`: residence permit.
    Permit,
    /// `filingNo`: lease.
    Lease,
    /// `aab001`: employer; ends a job within one person only.
    Employer,
    /// `certificateNo`: marriage certificate.
    Certificate,
    /// `request_no`, `complaint_no`: a township's own file number.
    File,
    /// `caseid`: a case of another province's hub.
    HubCase,
}

/// The end of everything that was filed under a business key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ending {
    /// Which record ends.
    pub key: BusinessKey,
    /// The day it ends.
    pub on: NaiveDate,
    /// Why.
    pub reason: CancelReason,
    /// Of a case of another hub, the `seqno` of what says so: it ends what was said before, and the last word counts.
    pub number: Option<i64>,
}

/// Something odd that the contract tells us to take all the same. `path` names a member of the contract, never content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Warning {
    /// JSON pointer to the member.
    pub path: String,
    /// What is odd about it.
    pub kind: WarningKind,
}

/// What can look odd.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WarningKind {
    /// The ID number's check digit is wrong: weak evidence.
    CheckDigit,
    /// The ID number has neither 15 nor 18 characters, or letters where digits belong.
    DocumentShape,
    /// A placeholder stood for the ID number: no number.
    Placeholder,
    /// The birth date is impossible: taken as missing.
    BirthDate,
    /// The stated birth date is not the ID number's.
    BirthAgainstId,
    /// The stated sex is not the ID number's.
    SexAgainstId,
    /// The phone has no shape of a phone: taken as missing.
    Phone,
    /// The division code is no longer in force; its only successor was taken.
    DivisionSuccessor,
    /// The division code is not known; the nearest known division above it was taken.
    DivisionAncestor,
    /// An event date after the message's own time.
    EventAfterMessage,
    /// The message's time is ahead of the hub's clock.
    AheadOfClock,
    /// The age at the event is not plausible.
    Age,
    /// A period that ends before it begins.
    PeriodReversed,
    /// The name is empty after normalising.
    NameEmpty,
}
