//! What the registry and the courier ask of a store. PostgreSQL and the in-memory twin obey these traits and pass
//! one test-suite. Everything here is in the clear: sealing happens inside the PostgreSQL store, at its edge.

use std::collections::{BTreeSet, HashMap};
use std::future::Future;
use std::time::Duration;

use chrono::{DateTime, FixedOffset, NaiveDate, Utc};
use liangdi_domain::evidence::{Answer, CancelReason, Fact, MessageKey, Warning};
use liangdi_domain::feed::{Feed, MessageType};
use liangdi_domain::identity::Decision;
use liangdi_domain::identity::survive::Shown;
use liangdi_domain::ids::{FactId, PersonId, ProfileId, Token};
use liangdi_domain::notice::{NoticeDraft, Receiver};
use liangdi_domain::person::{PersonFile, Profile};
use liangdi_domain::statement::Told;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::error::StoreError;

/// How long a notice handed to the courier is left alone: longer than any confirm takes.
pub const HANDED_OUT_MS: i64 = 60_000;

/// Result of a store call.
pub type Result<T> = std::result::Result<T, StoreError>;

/// Opens batches for the registry.
pub trait Store: Clone + Send + Sync + 'static {
    /// One transaction.
    type Batch: Batch;

    /// One state of everything.
    type Snapshot: Snapshot;

    /// Whether it can be reached at all.
    fn ping(&self) -> impl Future<Output = Result<()>> + Send;

    /// Takes the writer's lock of the province and begins a transaction; waits while another writer holds it.
    fn begin(&self) -> impl Future<Output = Result<Self::Batch>> + Send;

    /// Opens one state of everything to read in.
    fn snapshot(&self) -> impl Future<Output = Result<Self::Snapshot>> + Send;
}

/// Who meets, and what they hold: read alike in a registry transaction and in a snapshot.
pub trait Reading: Send {
    /// The profiles, live or dead, under each of the tokens; of a token that more share, any `limit` of them. A token
    /// that nobody carries is left out.
    fn blocks(
        &mut self,
        tokens: &[Token],
        limit: usize,
    ) -> impl Future<Output = Result<HashMap<Token, Vec<ProfileId>>>> + Send;

    /// The same under a token and its refined form together, by the refined one.
    fn refined_blocks(
        &mut self,
        keys: &[(Token, Token)],
        limit: usize,
    ) -> impl Future<Output = Result<HashMap<Token, Vec<ProfileId>>>> + Send;

    /// What the profiles hold, live or dead. Unsealed.
    fn contents(&mut self, ids: &[ProfileId]) -> impl Future<Output = Result<Vec<(ProfileId, Profile)>>> + Send;
}

/// One state of everything, whatever is written meanwhile. Writes nothing and keeps no writer of PostgreSQL waiting.
pub trait Snapshot: Reading {
    /// The next `limit` profiles by id, live or dead; from the start for none.
    fn standing(&mut self, after: Option<ProfileId>, limit: usize) -> impl Future<Output = Result<Vec<Member>>> + Send;

    /// What people decided of pairs whose smaller end is one of the profiles, as far as it stands.
    fn decided(&mut self, ids: &[ProfileId]) -> impl Future<Output = Result<Vec<Decision>>> + Send;

    /// Files of persons as they would be if each held just the profiles given for it (live or dead), in the order asked.
    fn files_of(
        &mut self,
        persons: &[(PersonId, Vec<ProfileId>)],
    ) -> impl Future<Output = Result<Vec<PersonFile>>> + Send;
}

/// One registry transaction. Dropped without `commit`, nothing of it happened.
pub trait Batch: Reading {
    /// Puts messages into the inbox. A key seen before (also earlier in the same call) is a duplicate when its content
    /// is the same, else a conflict. Answers, filings and withdrawals are written along with a new message; a new message
    /// that a withdrawal names (recorded before, or in this call) is `withdrawn`. What earlier messages said stays as it
    /// is until `withdraw`.
    fn record(&mut self, messages: &[Inbound]) -> impl Future<Output = Result<Vec<Recorded>>> + Send;

    /// Counts deliveries handed over by a feed's queue, whatever became of them: the independent side of the sum
    /// received = recorded + duplicates + quarantined + quarantined again.
    fn received(&mut self, feed: Feed, deliveries: u32) -> impl Future<Output = Result<()>> + Send;

    /// Each of the notices that exists.
    fn sent(&mut self, notices: &[Uuid]) -> impl Future<Output = Result<HashMap<Uuid, Sent>>> + Send;

    /// The persons whom told statements are about.
    fn subjects(&mut self, statements: &[Uuid]) -> impl Future<Output = Result<Vec<PersonId>>> + Send;

    /// Which of the profiles are stored, with their person and whether live evidence speaks of them.
    fn profiles(&mut self, ids: &[ProfileId]) -> impl Future<Output = Result<HashMap<ProfileId, Placed>>> + Send;

    /// The live profiles of the persons.
    fn profiles_of(&mut self, persons: &[PersonId]) -> impl Future<Output = Result<Vec<ProfileId>>> + Send;

    /// Counts blocking keys that became too crowded: `refined` ones are in use in their refined form from now on, of
    /// `closed` ones that form is too crowded as well.
    fn crowded(&mut self, refined: usize, closed: usize) -> impl Future<Output = Result<()>> + Send;

    /// Everything that hangs together with the profiles: over edges of at least `weight_min`, police links and pairs that
    /// a person holds to be one, through live profiles. The profiles asked for are there, live or dead.
    fn component(&mut self, of: &[ProfileId], weight_min: i32) -> impl Future<Output = Result<Gathered>> + Send;

    /// The edges whose smaller end is one of the profiles.
    fn edges_from(&mut self, ids: &[ProfileId]) -> impl Future<Output = Result<Vec<StoredEdge>>> + Send;

    /// Writes edges, and drops others (by their two ends). An edge that is there takes the new weight.
    fn put_edges(
        &mut self,
        edges: &[StoredEdge],
        dropped: &[(ProfileId, ProfileId)],
    ) -> impl Future<Output = Result<()>> + Send;

    /// Replaces every question about one of the profiles by these.
    fn ask(&mut self, about: &[ProfileId], questions: &[Question]) -> impl Future<Output = Result<()>> + Send;

    /// Writes what a person decided of a pair; what was decided of it before no longer counts.
    fn decide(&mut self, decision: &DecisionRow) -> impl Future<Output = Result<()>> + Send;

    /// Writes new profiles with their tokens, and what messages said: facts, their sources, endings of business keys,
    /// links between profiles, who is named beside whom. Evidence of a withdrawn message is written as withdrawn; a profile that live evidence
    /// speaks of (also as the identity that follows) is live. One call for both, so that a profile is written once.
    fn save(
        &mut self,
        profiles: &[NewProfile],
        evidence: &[MessageEvidence],
    ) -> impl Future<Output = Result<()>> + Send;

    /// Brings evidence in line with the withdrawals recorded so far, for the messages that this batch's withdrawals name
    /// and are recorded with their evidence already: takes back what they said, or gives it back where a withdrawal was
    /// itself withdrawn. Returns what it touched.
    fn withdraw(&mut self, targets: &[MessageKey]) -> impl Future<Output = Result<Touched>> + Send;

    /// Moves profiles between persons; a person left without profiles is redirected.
    fn assign(&mut self, moves: &[Move]) -> impl Future<Output = Result<()>> + Send;

    /// Writes a value that a person corrected, on one of the person's profiles; it takes the place of an earlier
    /// correction of the same field on the same profile.
    fn correct(&mut self, correction: &Correction) -> impl Future<Output = Result<()>> + Send;

    /// Lifts what was corrected in a field of the profiles; true if anything was.
    fn lift(&mut self, profiles: &[ProfileId], field: Shown, who: &str) -> impl Future<Output = Result<bool>> + Send;

    /// The persons that hold a live fact under one of the business keys.
    fn holders(&mut self, keys: &[Token]) -> impl Future<Output = Result<Vec<PersonId>>> + Send;

    /// Everything of the persons, in the order asked.
    fn person_files(&mut self, persons: &[PersonId]) -> impl Future<Output = Result<Vec<PersonFile>>> + Send;

    /// Writes what receivers now know, the ledger's notices and their place in the outbox.
    fn tell(&mut self, told: &[Told], notices: &[NoticeDraft]) -> impl Future<Output = Result<()>> + Send;

    /// Sets the day on which each person has to be looked at again; none: never.
    fn wake(&mut self, wakes: &[(PersonId, Option<NaiveDate>)]) -> impl Future<Output = Result<()>> + Send;

    /// Up to `limit` persons that have to be looked at on a day, the longest overdue first.
    fn due(&mut self, today: NaiveDate, limit: usize) -> impl Future<Output = Result<Vec<PersonId>>> + Send;

    /// Puts refused messages aside, keyed by publisher and body; true for each that was not there before (or was
    /// replayed since, and is open again).
    fn quarantine(&mut self, refused: &[Quarantined]) -> impl Future<Output = Result<Vec<bool>>> + Send;

    /// Marks a quarantined message as replayed.
    fn replayed(&mut self, publisher: &str, body_mac: Token) -> impl Future<Output = Result<()>> + Send;

    /// Makes it all so. An error leaves the outcome unknown: deliver again, the inbox decides.
    fn commit(self) -> impl Future<Output = Result<()>> + Send;
}

/// The outgoing side: what the courier works on.
pub trait Outbox: Clone + Send + Sync + 'static {
    /// Takes or renews the courier's lease; false while another holder has it. What an earlier holder was handed and
    /// left unconfirmed is due at once for a new one.
    fn lease(&self, holder: Uuid, lasts: Duration) -> impl Future<Output = Result<bool>> + Send;

    /// A session of this holder begins: whatever an earlier one was handed and left unconfirmed is due at once. Nothing
    /// while another holder has the lease.
    fn resume(&self, holder: Uuid) -> impl Future<Output = Result<()>> + Send;

    /// Up to `limit` notices to publish: first those with a number whose retry is due, then unnumbered ones, which get
    /// the next number of their receiver (in commit order, receivers sorted) in this call's own transaction. What was
    /// handed out is not handed out again before `HANDED_OUT_MS` ran out, unless it was postponed.
    fn next(&self, now: DateTime<Utc>, limit: usize) -> impl Future<Output = Result<Vec<Outgoing>>> + Send;

    /// The broker confirmed them: they leave the outbox; the ledger keeps them.
    fn published(&self, outbox_nos: &[i64]) -> impl Future<Output = Result<()>> + Send;

    /// They could not be delivered: try again at the time given.
    fn postpone(&self, retries: &[(i64, DateTime<Utc>)]) -> impl Future<Output = Result<()>> + Send;

    /// Returns when something may be waiting, or after the time given.
    fn wait(&self, at_most: Duration) -> impl Future<Output = Result<()>> + Send;
}

/// A message for the inbox.
#[derive(Debug, Clone)]
pub struct Inbound {
    /// Source and id.
    pub key: MessageKey,
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
    /// Content kept sealed as it was sent, for types about no person.
    pub filing: Option<Vec<u8>>,
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
}
