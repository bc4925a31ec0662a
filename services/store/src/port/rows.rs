//! What goes into a store and comes out of it. Everything here is in the clear.

use std::collections::BTreeSet;

use chrono::{DateTime, FixedOffset, NaiveDate};
use liangdi_domain::calendar::shanghai_date;
use liangdi_domain::division::{Announcement, Change, Code, Divisions, Register};
use liangdi_domain::evidence::{Answer, CancelReason, Fact, MessageKey, VillageReport, Warning};
use liangdi_domain::feed::{Feed, MessageType};
use liangdi_domain::identity::Decision;
use liangdi_domain::identity::survive::Shown;
use liangdi_domain::ids::{FactId, PersonId, ProfileId, Token};
use liangdi_domain::notice::{NoticeDraft, Receiver};
use liangdi_domain::person::Profile;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A message for the inbox.
#[derive(Debug, Clone)]
pub struct Inbound {
    /// Source and id.
    pub key: MessageKey,
    /// The feed it came through; an answer of another hub comes through the hubs' own.
    pub feed: Feed,
    /// Its type.
    pub kind: MessageType,
    /// The user that published it.
    pub publisher: String,
    /// Keyed hash of the canonical content.
    pub content: Token,
    /// When the office recorded it.
    pub time: DateTime<FixedOffset>,
    /// Stock of day one.
    pub baseline: bool,
    /// What looked odd.
    pub warnings: Vec<Warning>,
    /// A reply or receipt.
    pub answer: Option<Answer>,
    /// The told statement that the answered notice was about.
    pub answers: Option<Uuid>,
    /// The message it takes back.
    pub withdraws: Option<MessageKey>,
    /// An announced boundary change.
    pub division: Option<Change>,
    /// Content kept sealed as it was sent, for types about no person.
    pub filing: Option<Vec<u8>>,
    /// What a village reported.
    pub report: Option<VillageReport>,
}

/// A village's report as it is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct VillageRow {
    /// The village's township.
    pub(crate) township: Code,
    /// What it reported.
    pub(crate) report: VillageReport,
    /// When the office recorded it.
    pub(crate) on: NaiveDate,
}

impl Inbound {
    /// A village's report, of a village that lies in a township.
    pub(crate) fn village_report(&self) -> Option<VillageRow> {
        let report = self.report?;
        Some(VillageRow { township: report.village.township()?, report, on: shanghai_date(self.time) })
    }
}

/// A boundary change that was announced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Announced {
    /// The message's number in this store.
    pub no: i64,
    /// What it announces.
    pub announcement: Announcement,
    /// Whether a withdrawal names it.
    pub withdrawn: bool,
}

/// Rules on what was announced.
pub fn register(tables: &Divisions, announced: Vec<Announced>) -> Register {
    let (withdrawn, standing): (Vec<Announced>, Vec<Announced>) = announced.into_iter().partition(|row| row.withdrawn);
    let standing = standing.into_iter().map(|row| row.announcement).collect();
    let withdrawn: Vec<Change> = withdrawn.into_iter().map(|row| row.announcement.change).collect();
    Register::of(tables, standing, withdrawn)
}

/// A refused message whose content was kept.
#[derive(Clone, PartialEq, Eq)]
pub struct Kept {
    /// The feed it came through.
    pub feed: Feed,
    /// The user that published it.
    pub publisher: String,
    /// Stock of day one.
    pub baseline: bool,
    /// As it came.
    pub body: Vec<u8>,
}

/// Looking at everybody whom boundary changes touch, as far as it has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DivisionWork {
    /// The version of the division table under which it began; under another it begins anew.
    pub version: i64,
    /// The announcements that took effect, or lost it.
    pub messages: Vec<i64>,
    /// The divisions at or below which something changed.
    pub codes: Vec<Code>,
    /// The last profile that was looked at.
    pub after: Option<ProfileId>,
    /// How many profiles were looked at.
    pub looked_at: i64,
    /// How many persons were derived again.
    pub touched: i64,
}

/// A profile, and whether something that is said or was told of it names one of some divisions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Named {
    /// The profile.
    pub profile: ProfileId,
    /// Its person.
    pub person: PersonId,
    /// Whether.
    pub named: bool,
}

/// A notice that was committed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// To whom.
    pub receiver: Receiver,
    /// The told statement it is about.
    pub statement: Option<Uuid>,
    /// Its case.
    pub case: Option<Uuid>,
}

/// What became of a message in the inbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recorded {
    /// New; `withdrawn` when its withdrawal came first or beside it.
    New {
        /// Its number in this store.
        no: i64,
        /// A withdrawal names it.
        withdrawn: bool,
    },
    /// Same key, same content: counted, no effect.
    Duplicate,
    /// Same key, other content.
    Conflict,
}

/// Where a stored profile stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Placed {
    /// Its person.
    pub person: PersonId,
    /// Whether live evidence speaks of it.
    pub live: bool,
}

/// A blocking key as it is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyToken {
    /// The key.
    pub token: Token,
    /// The key with a second field, for when too many share it.
    pub refined: Option<Token>,
}

/// Profiles that hang together.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Gathered {
    /// The profiles, by id.
    pub members: Vec<Member>,
    /// The edges between any two of them.
    pub edges: Vec<StoredEdge>,
    /// What people decided of pairs of them.
    pub decisions: Vec<Decision>,
    /// Whether a question about one of them is open.
    pub asked: bool,
}

/// Where a profile stands among others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Which.
    pub id: ProfileId,
    /// Its person now.
    pub person: PersonId,
    /// Whether live evidence speaks of it.
    pub live: bool,
    /// Live links (police `identity-changed`) to other profiles.
    pub links: Vec<ProfileId>,
    /// Profiles that a message which stands names beside it.
    pub beside: Vec<ProfileId>,
}

/// What draws two profiles together: the smaller id first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StoredEdge {
    /// One end.
    pub a: ProfileId,
    /// The other.
    pub b: ProfileId,
    /// Hundredths of a bit.
    pub weight: i32,
    /// Whether the two look like namesakes or kin.
    pub against: bool,
}

/// A pair that a person should decide on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Question {
    /// One profile, the smaller id.
    pub a: ProfileId,
    /// The other.
    pub b: ProfileId,
    /// Hundredths of a bit.
    pub weight: i32,
    /// Whether the pair would be linked but for a rival.
    pub ambiguous: bool,
}

/// What a person decided of two profiles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecisionRow {
    /// One profile, the smaller id.
    pub a: ProfileId,
    /// The other.
    pub b: ProfileId,
    /// What.
    pub verdict: HumanVerdict,
    /// Why.
    pub reason: String,
    /// Who.
    pub who: String,
}

/// A value that a person corrected. No `Debug`: it is identity.
#[derive(Clone)]
pub struct Correction {
    /// The profile it is kept with.
    pub profile: ProfileId,
    /// Which value.
    pub field: Shown,
    /// A profile with nothing but the value.
    pub value: Profile,
    /// Why.
    pub reason: String,
    /// Who wrote it down.
    pub who: String,
}

/// What whoever runs the hub says to a request that a person made by right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RightSettled {
    /// The request.
    pub request: FactId,
    /// Granted or refused.
    pub outcome: RightOutcome,
    /// On which day.
    pub on: NaiveDate,
    /// Why; a refusal owes its reason.
    pub reason: String,
    /// Who says it.
    pub who: String,
}

/// What becomes of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RightOutcome {
    /// All of it.
    Granted,
    /// Some of it.
    Partly,
    /// None of it.
    Refused,
}

impl RightOutcome {
    /// Every outcome.
    pub const ALL: [RightOutcome; 3] = [RightOutcome::Granted, RightOutcome::Partly, RightOutcome::Refused];

    /// The name in commands and tables.
    pub const fn name(self) -> &'static str {
        match self {
            RightOutcome::Granted => "granted",
            RightOutcome::Partly => "partly",
            RightOutcome::Refused => "refused",
        }
    }
}

/// That a person is protected: address and township leave the residence township for nobody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Protection {
    /// The profile it is kept with.
    pub profile: ProfileId,
    /// Why.
    pub reason: String,
    /// Who wrote it down.
    pub who: String,
}

/// What a person can say of two profiles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HumanVerdict {
    /// One human.
    Same,
    /// Two.
    Different,
    /// Not now; the pair stays in the queue, behind the others.
    Later,
    /// What was decided is taken back: weights decide again.
    Undone,
}

/// A profile to be written.
#[derive(Debug, Clone)]
pub struct NewProfile {
    /// Which.
    pub id: ProfileId,
    /// Its content, sealed at the store's edge.
    pub profile: Profile,
    /// Its blocking keys.
    pub keys: Vec<KeyToken>,
    /// Its person.
    pub person: PersonId,
}

/// What one message said.
#[derive(Debug, Clone)]
pub struct MessageEvidence {
    /// The message's number.
    pub no: i64,
    /// The office.
    pub source: String,
    /// When the office recorded it.
    pub time: DateTime<FixedOffset>,
    /// Stock of day one.
    pub baseline: bool,
    /// Taken back before it came.
    pub withdrawn: bool,
    /// One per appearance.
    pub appearances: Vec<AppearanceRow>,
    /// A business key it ends.
    pub ending: Option<EndingRow>,
}

/// One appearance.
#[derive(Debug, Clone)]
pub struct AppearanceRow {
    /// Its index in the message.
    pub slot: u16,
    /// The profile.
    pub profile: ProfileId,
    /// The profile that replaces it (police `identity-changed`).
    pub becomes: Option<ProfileId>,
    /// Id of the fact.
    pub fact_id: FactId,
    /// The fact.
    pub fact: Fact,
    /// Its business key.
    pub key: Option<Token>,
}

/// The pairs of profiles that one message names beside each other, each once.
pub fn named_beside(appearances: &[AppearanceRow]) -> BTreeSet<(ProfileId, ProfileId)> {
    let pairs = appearances.iter().enumerate().flat_map(|(at, row)| {
        appearances[at + 1..].iter().map(move |other| (row.profile.min(other.profile), row.profile.max(other.profile)))
    });
    pairs.filter(|(a, b)| a != b).collect()
}

/// The end of a business key.
#[derive(Debug, Clone)]
pub struct EndingRow {
    /// Which.
    pub key: Token,
    /// The day.
    pub on: NaiveDate,
    /// Why.
    pub reason: CancelReason,
    /// Of a case of another hub: the `seqno` of what says so.
    pub number: Option<i64>,
}

/// What a withdrawal touched.
#[derive(Debug, Clone, Default)]
pub struct Touched {
    /// Profiles whose evidence changed; some may be dead now.
    pub profiles: Vec<ProfileId>,
    /// Business keys whose ending was taken back.
    pub keys: Vec<Token>,
    /// Told statements a reply to which was taken back, or given back.
    pub statements: Vec<Uuid>,
}

/// A profile, and whether nobody has spoken of its person for a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Silent {
    /// The profile.
    pub profile: ProfileId,
    /// Its person.
    pub person: PersonId,
    /// Whether.
    pub silent: bool,
}

/// What was taken away of what is held of a person; a part of it may be there still, under other keys than a person's.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Forgotten {
    /// The messages that said it, by number.
    pub messages: Vec<i64>,
    /// Facts that nothing states any more.
    pub facts: Vec<FactId>,
    /// The business keys of those facts.
    pub keys: Vec<Token>,
    /// Profiles that lost something; some are dead now.
    pub profiles: Vec<ProfileId>,
    /// Those of which nothing is left.
    pub gone: Vec<ProfileId>,
}

impl Forgotten {
    /// Whether there was nothing to take away.
    pub fn is_empty(&self) -> bool {
        self.profiles.is_empty() && self.gone.is_empty()
    }
}

/// What has to go after everybody was told what no longer stands.
#[derive(Debug, Clone, Default)]
pub struct Remains {
    /// What was taken away.
    pub forgotten: Forgotten,
    /// The blocking keys of the profiles that are gone.
    pub keys: Vec<(ProfileId, KeyToken)>,
    /// A profile that is left of the person: takes over what holds whatever departments write.
    pub heir: Option<ProfileId>,
    /// Told statements that stand with other fields now: what was told of them before is not.
    pub changed: Vec<Uuid>,
    /// Notices whose question goes on, with what they say from now on: whoever owes the answer sees what is still known.
    pub restated: Vec<(Uuid, serde_json::Value)>,
    /// Notices that tell what follows from the erasing itself.
    pub telling: Vec<Uuid>,
}

/// A profile's new person.
#[derive(Debug, Clone, Copy)]
pub struct Move {
    /// Which profile.
    pub profile: ProfileId,
    /// From whom.
    pub from: PersonId,
    /// To whom.
    pub to: PersonId,
}

/// A refused message.
#[derive(Debug, Clone)]
pub struct Quarantined {
    /// The user that published it; empty when the broker could not vouch for one.
    pub publisher: String,
    /// Keyed hash of the body.
    pub body_mac: Token,
    /// The feed it came through.
    pub feed: Feed,
    /// Reason code.
    pub reason: String,
    /// JSON pointer to the known member.
    pub path: Option<String>,
    /// Path inside the schema.
    pub schema_path: Option<String>,
    /// Source of the envelope, if it could be read.
    pub source: Option<String>,
    /// Id of the envelope, if it could be read.
    pub id: Option<String>,
    /// The body, to be sealed; none when nothing of its content may be kept.
    pub body: Option<Vec<u8>>,
    /// Stock of day one.
    pub baseline: bool,
}

/// A notice on its way.
#[derive(Debug, Clone)]
pub struct Outgoing {
    /// Its place in the outbox.
    pub outbox_no: i64,
    /// Its number in the receiver's sequence.
    pub seqno: i64,
    /// How often it was tried.
    pub attempts: u32,
    /// The notice.
    pub notice: NoticeDraft,
    /// The trace in which it was committed.
    pub traceparent: Option<String>,
}
