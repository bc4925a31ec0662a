//! What the command line, the console and tests read out of a store. Ids, codes, counts and times; the few types that
//! hold identity values have no `Debug` that shows them.

use chrono::{DateTime, FixedOffset, NaiveDate, Utc};
use liangdi_domain::case::Question;
use liangdi_domain::division::Code;
use liangdi_domain::evidence::RightKind;
use liangdi_domain::feed::Feed;
use liangdi_domain::ids::{FactId, PersonId, ProfileId};
use liangdi_domain::notice::{NoticeDraft, NoticeKind};
use liangdi_domain::person::PersonFile;
use serde::Serialize;
use uuid::Uuid;

use crate::port::{RightOutcome, StoredEdge};

/// How the hub stands.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Status {
    /// Every feed, in the order of reports.
    pub feeds: Vec<FeedStatus>,
    /// Persons that live evidence speaks of.
    pub persons: i64,
    /// Profiles that live evidence speaks of.
    pub profiles: i64,
    /// Those of them that hold next to nothing: kept alone, never linked by weight.
    pub thin_profiles: i64,
    /// Blocking keys that too many profiles carry, so that profiles meet under them by one field more.
    pub keys_refined: i64,
    /// Refined keys that too many profiles carry as well, so that nobody meets under them.
    pub keys_closed: i64,
    /// Notices committed, per kind.
    pub notices: Vec<Count>,
    /// Notices confirmed by the broker.
    pub published: i64,
    /// Notices on their way.
    pub outbox_waiting: i64,
    /// Age of the oldest of them, in seconds.
    pub outbox_oldest_s: Option<i64>,
    /// Messages in quarantine that nobody has settled, per reason.
    pub quarantine_open: Vec<Count>,
}

/// A feed's accounting.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FeedStatus {
    /// Which.
    pub feed: Feed,
    /// Deliveries the feed's queue handed over.
    pub received: i64,
    /// Messages recorded.
    pub recorded: i64,
    /// Deliveries of messages that were recorded already.
    pub duplicates: i64,
    /// Messages refused and not taken since.
    pub quarantined: i64,
    /// Deliveries of messages that were refused before.
    pub quarantined_again: i64,
}

impl FeedStatus {
    /// Whether there is anything to say of it: other hubs speak only where there are some.
    pub fn is_used(&self) -> bool {
        self.feed != Feed::Hub || self.received > 0
    }

    /// Whether every delivery is accounted for.
    pub fn adds_up(&self) -> bool {
        self.received == self.recorded + self.duplicates + self.quarantined + self.quarantined_again
    }
}

/// What the flow page shows besides [`Status`].
#[derive(Debug, Clone, PartialEq)]
pub struct Flow {
    /// When each feed was heard of last, by its name.
    pub heard: Vec<(String, DateTime<Utc>)>,
    /// Notices by the receivers' level.
    pub levels: Vec<LevelFlow>,
}

/// Notices to one level of receivers.
#[derive(Debug, Clone, PartialEq)]
pub struct LevelFlow {
    /// `province`, `prefecture`, `county`, `township` or `partner`.
    pub level: String,
    /// Confirmed by the broker.
    pub sent: i64,
    /// Not confirmed yet.
    pub waiting: i64,
}

/// What went through in a quarter of an hour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuarterCount {
    /// When the quarter began.
    pub begins: DateTime<Utc>,
    /// `received` and `refused` of a feed; `published` of the notices.
    pub what: String,
    /// The feed's name.
    pub of: String,
    /// How many.
    pub count: i64,
}

/// A receiver with notices that the broker has not confirmed.
#[derive(Debug, Clone, PartialEq)]
pub struct QueueWaiting {
    /// Whose.
    pub receiver: String,
    /// How many.
    pub notices: i64,
    /// The place of the oldest in the outbox: those that wait longer have smaller ones.
    pub first: i64,
}

/// What a receiver was sent and said last.
#[derive(Debug, Clone, PartialEq)]
pub struct QueueLast {
    /// Who.
    pub receiver: String,
    /// The last number of its sequence.
    pub numbered: i64,
    /// When the broker confirmed the last notice.
    pub sent: Option<DateTime<Utc>>,
    /// When its last receipt came.
    pub receipt: Option<DateTime<Utc>>,
}

/// An entry of the audit.
#[derive(Debug, Clone, PartialEq)]
pub struct Looked {
    /// Its number.
    pub no: i64,
    /// When.
    pub at: DateTime<Utc>,
    /// Who.
    pub who: String,
    /// Why.
    pub purpose: String,
    /// At what: an id or a code.
    pub object: String,
    /// Whether it concerned a minor.
    pub of_minor: bool,
}

/// How many there are of something.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Count {
    /// Of what.
    pub of: String,
    /// How many.
    pub count: i64,
}

/// An open statement.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct OpenStatement {
    /// Who was told, or is held to know.
    pub receiver: String,
    /// What about.
    pub topic: &'static str,
    /// The place.
    pub place: String,
    /// Since when.
    pub since: NaiveDate,
    /// About whom.
    pub person: PersonId,
}

/// Whom an appearance in a message that stands is held to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Assignment {
    /// The message's number; pages go on after the last (`no`, `slot`).
    pub no: i64,
    /// The message's source.
    pub source: String,
    /// Its id.
    pub id: String,
    /// The appearance's index in it.
    pub slot: u16,
    /// The person.
    pub person: PersonId,
}

/// A refused message, without its body.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Refused {
    /// Its number in the quarantine.
    pub no: i64,
    /// Who published it; empty when the broker could not vouch for anybody.
    pub publisher: String,
    /// The feed it came through.
    pub feed: Feed,
    /// Reason code.
    pub reason: String,
    /// JSON pointer to the known member.
    pub path: Option<String>,
    /// Path inside the schema.
    pub schema_path: Option<String>,
    /// Source of the envelope.
    pub source: Option<String>,
    /// Id of the envelope.
    pub id: Option<String>,
    /// `open`, `replayed` or `dropped`.
    pub state: String,
    /// Why it was dropped.
    pub drop_reason: Option<String>,
    /// How often it came.
    pub times_seen: i64,
    /// When it came first.
    pub first_seen: DateTime<Utc>,
    /// When it came last.
    pub last_seen: DateTime<Utc>,
    /// Whether its body was kept.
    pub body_kept: bool,
    /// Stock of day one.
    pub baseline: bool,
}

/// Refused messages of one reason and publisher that nobody has settled.
#[derive(Debug, Clone, PartialEq)]
pub struct RefusedGroup {
    /// Reason code.
    pub reason: String,
    /// Who published them; empty when the broker could not vouch for anybody.
    pub publisher: String,
    /// How many.
    pub messages: i64,
    /// Those of them whose bodies were kept.
    pub kept: i64,
    /// When the first came.
    pub first_seen: DateTime<Utc>,
    /// When the last came.
    pub last_seen: DateTime<Utc>,
}

/// A refused message with its body, which may hold identity values: no `Debug`.
#[derive(Clone)]
pub struct RefusedBody {
    /// The row.
    pub refused: Refused,
    /// The body, where it was kept.
    pub body: Option<Vec<u8>>,
}

/// Everything the hub holds of a person: identity values inside, no `Debug`.
#[derive(Clone)]
pub struct PersonSheet {
    /// Profiles, facts, endings, statements.
    pub file: PersonFile,
    /// The messages that speak of the person, in the order they were recorded.
    pub messages: Vec<Spoken>,
    /// The notices sent about the person, oldest first.
    pub notices: Vec<Sent>,
}

/// That an operator protects a person, with whom and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Protected {
    /// Why.
    pub reason: String,
    /// Who wrote it down.
    pub who: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// What a person asked by right.
#[derive(Debug, Clone, PartialEq)]
pub struct RightRequest {
    /// The number of the message that asked.
    pub no: i64,
    /// The request.
    pub request: FactId,
    /// Whose it is.
    pub person: PersonId,
    /// The office that took it.
    pub source: String,
    /// Which right.
    pub right: RightKind,
    /// The day of filing.
    pub filed_on: NaiveDate,
    /// What was said to it; none while it waits.
    pub said: Option<RightWord>,
}

/// What whoever runs the hub said to a request.
#[derive(Debug, Clone, PartialEq)]
pub struct RightWord {
    /// Granted or refused.
    pub outcome: RightOutcome,
    /// Why.
    pub reason: String,
    /// Who said it.
    pub who: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// A pair that a person should decide on.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OpenQuestion {
    /// Its number in the queue.
    pub no: i64,
    /// One profile.
    pub a: ProfileId,
    /// The other.
    pub b: ProfileId,
    /// The persons they are held to be.
    pub persons: [PersonId; 2],
    /// What draws them together, in hundredths of a bit.
    pub weight: i32,
    /// Whether they would be linked but for a rival.
    pub ambiguous: bool,
    /// Since when it is asked.
    pub since: DateTime<Utc>,
    /// Open statements that rest on one of the two persons: how much hangs on the answer.
    pub statements: i64,
    /// Whether somebody put it off.
    pub put_off: bool,
}

/// What a person decided of a pair.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DecisionMade {
    /// Its number.
    pub no: i64,
    /// One profile.
    pub a: ProfileId,
    /// The other.
    pub b: ProfileId,
    /// `same`, `different`, `later`, `undone`.
    pub verdict: String,
    /// Why.
    pub reason: String,
    /// Who.
    pub who: String,
    /// When.
    pub at: DateTime<Utc>,
    /// Whether it is the last word on the pair.
    pub stands: bool,
}

/// A profile that changed its person.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MoveMade {
    /// When.
    pub at: DateTime<Utc>,
    /// Which profile.
    pub profile: ProfileId,
    /// From whom.
    pub was: PersonId,
    /// To whom.
    pub became: PersonId,
}

/// What holds a person's profiles together and what was decided of them.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Bonds {
    /// Edges with at least one end at the person.
    pub edges: Vec<StoredEdge>,
    /// Decisions on its profiles, newest first.
    pub decisions: Vec<DecisionMade>,
    /// Every move of its profiles, oldest first.
    pub moves: Vec<MoveMade>,
}

/// A message that speaks of a person.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Spoken {
    /// Its source.
    pub source: String,
    /// Its id.
    pub id: String,
    /// Its type.
    pub kind: String,
    /// When the office recorded it.
    pub time: DateTime<FixedOffset>,
    /// The appearance's index.
    pub slot: u16,
    /// The profile it shows.
    pub profile: ProfileId,
    /// Whether it was taken back.
    pub withdrawn: bool,
}

/// A notice that was sent: who was told which fields on which basis.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Sent {
    /// Its id.
    pub id: Uuid,
    /// Its kind.
    pub kind: String,
    /// To whom.
    pub receiver: String,
    /// When it was committed.
    pub time: DateTime<FixedOffset>,
    /// Procedure and law article.
    pub basis: String,
    /// The fields it told, as paths.
    pub fields: Vec<String>,
    /// Its number in the receiver's sequence, once it has one.
    pub seqno: Option<i64>,
    /// When the broker confirmed it.
    pub published: Option<DateTime<Utc>>,
    /// What the receiver answered: outcomes and receipts, oldest first.
    pub answers: Vec<String>,
}

/// A question put to a jurisdiction.
#[derive(Debug, Clone)]
pub struct AskedRow {
    /// Its case.
    pub case: Option<Uuid>,
    /// The notice that asked.
    pub notice: Uuid,
    /// Who was asked.
    pub receiver: String,
    /// About what.
    pub topic: String,
    /// The place it is about.
    pub place: String,
    /// How many late steps were told.
    pub late_told: u32,
    /// When it was put and due, what was answered.
    pub question: Question,
}

/// A notice of a case, or an answer to one.
#[derive(Debug, Clone)]
pub struct CaseSaid {
    /// Whose leg of the case it is.
    pub receiver: String,
    /// When.
    pub time: DateTime<FixedOffset>,
    /// Kind of a notice, outcome of a reply, state of a receipt.
    pub said: String,
    /// Whether the hub said it.
    pub is_notice: bool,
    /// By when a notice wants an answer.
    pub due_on: Option<NaiveDate>,
    /// Who answered.
    pub source: Option<String>,
    /// Whether the answer was taken back.
    pub withdrawn: bool,
}

/// Stays that go on, from one county's household register in another county.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Movement {
    /// The first six digits of the household side; of another province its own code.
    pub from: String,
    /// Those of the residence side.
    pub to: String,
    /// How many.
    pub stays: i64,
}

/// An answer that was owed.
#[derive(Debug, Clone)]
pub struct OwedRow {
    /// The notice that asked; pages go on after the last one.
    pub notice: Uuid,
    /// Who was asked.
    pub receiver: String,
    /// In which procedure.
    pub procedure: String,
    /// When it was put and due, what was answered.
    pub question: Question,
}

/// How many questions a desk has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DeskCounts {
    /// That wait.
    pub open: i64,
    /// Of these: due soon.
    pub due_soon: i64,
    /// Of these: overdue.
    pub overdue: i64,
    /// That were answered.
    pub answered: i64,
}

/// A notice as a desk lists it. Identity values inside: no `Debug`.
#[derive(Clone)]
pub struct DeskQuestion {
    /// The notice.
    pub notice: Uuid,
    /// What it says.
    pub kind: NoticeKind,
    /// To whom.
    pub receiver: String,
    /// When it was committed.
    pub time: DateTime<FixedOffset>,
    /// Its case.
    pub case: Option<Uuid>,
    /// What it asks, if it does.
    pub question: Option<Question>,
    /// Its content.
    pub data: serde_json::Value,
}

/// A notice with what was answered to it. Identity values inside: no `Debug`.
#[derive(Clone)]
pub struct DeskNotice {
    /// The notice.
    pub notice: NoticeDraft,
    /// Replies and receipts in the order they came.
    pub answers: Vec<DeskAnswer>,
}

/// A reply or receipt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeskAnswer {
    /// Outcome of a reply, state of a receipt.
    pub answer: String,
    /// Whether it is a reply.
    pub reply: bool,
    /// The division that a reply names.
    pub division: Option<String>,
    /// Who sent it.
    pub source: String,
    /// When.
    pub time: DateTime<FixedOffset>,
    /// Whether it was taken back.
    pub withdrawn: bool,
}

/// A person's request that somebody passed on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PassedOn {
    /// The message; pages go on after the last one.
    pub no: i64,
    /// Who passed it on.
    pub requester: Code,
    /// When the person applied.
    pub applied_on: NaiveDate,
    /// When it was passed on.
    pub on: NaiveDate,
}
