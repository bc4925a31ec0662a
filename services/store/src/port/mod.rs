//! What the registry and the courier ask of a store. PostgreSQL and the in-memory twin obey these traits and pass
//! one test-suite. Everything here is in the clear: sealing happens inside the PostgreSQL store, at its edge.

mod rounds;
mod rows;

use std::collections::HashMap;
use std::future::Future;
use std::time::Duration;

use chrono::{DateTime, NaiveDate, Utc};
use liangdi_domain::division::Code;
use liangdi_domain::evidence::MessageKey;
use liangdi_domain::feed::Feed;
use liangdi_domain::identity::Decision;
use liangdi_domain::identity::survive::Shown;
use liangdi_domain::ids::{PersonId, ProfileId, Token};
use liangdi_domain::notice::{NoticeDraft, Receiver};
use liangdi_domain::person::{PersonFile, Profile};
use liangdi_domain::statement::Told;
use uuid::Uuid;

pub use rounds::Rounds;
pub use rows::*;

use crate::error::StoreError;

/// How long a notice handed to the courier is left alone: longer than any confirm takes.
pub const HANDED_OUT_MS: i64 = 60_000;

/// Nothing is put off, and no lease lasts, longer than this: what would is of a clock that was ahead, and is due.
pub const AHEAD_MAX_MS: i64 = 3_600_000;

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
pub trait Batch: Reading + Rounds {
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

    /// Takes away what messages of a feed, or of any, said of a person: evidence and the facts that nothing else states,
    /// links and who is named beside whom. Others whom the same messages name keep theirs. Profiles of which nothing is
    /// left stay, dead, until `wipe`, so that what was told on their ground can be taken back first.
    fn forget(&mut self, person: PersonId, feed: Option<Feed>) -> impl Future<Output = Result<Forgotten>> + Send;

    /// Removes what could say who it was: the profiles that are gone with everything that hangs on them, ends under
    /// business keys that nobody holds any more, filings and quarantined bodies of the messages, what was answered about
    /// the person, and what notices said, but for questions that go on, which say what is known now. Inbox, statements, ledger and numbers stay as skeletons. A notice that is still
    /// on its way keeps its content until `wipe_sent` finds it confirmed.
    fn wipe(&mut self, remains: &Remains) -> impl Future<Output = Result<()>> + Send;

    /// The next `limit` profiles by id, each with its person, and whether every message that speaks of the person, also of
    /// those that were taken back, is of a time before `since`.
    fn silent(
        &mut self,
        since: DateTime<Utc>,
        after: Option<ProfileId>,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<Silent>>> + Send;

    /// Writes into the audit what is done by itself. Nothing in memory reads it there.
    fn note(&mut self, who: &str, purpose: &str, object: &str) -> impl Future<Output = Result<()>> + Send;

    /// Removes the content of up to `limit` notices that were on their way at `wipe` and are confirmed; how many.
    fn wipe_sent(&mut self, limit: usize) -> impl Future<Output = Result<usize>> + Send;

    /// Moves profiles between persons; a person left without profiles is redirected.
    fn assign(&mut self, moves: &[Move]) -> impl Future<Output = Result<()>> + Send;

    /// Writes a value that a person corrected, on one of the person's profiles; it takes the place of an earlier
    /// correction of the same field on the same profile.
    fn correct(&mut self, correction: &Correction) -> impl Future<Output = Result<()>> + Send;

    /// Writes that a person is protected, on one of the person's profiles.
    fn protect(&mut self, protection: &Protection) -> impl Future<Output = Result<()>> + Send;

    /// Ends the protection of a person, with whichever profile it is kept, dead ones included; true if there was one.
    fn unprotect(&mut self, person: PersonId, who: &str) -> impl Future<Output = Result<bool>> + Send;

    /// Lifts what was corrected in a field of the person, with whichever profile it is kept; true if anything was.
    fn lift(&mut self, person: PersonId, field: Shown, who: &str) -> impl Future<Output = Result<bool>> + Send;

    /// Writes what is said to a request that a person made by right; the latest word counts.
    fn settle_right(&mut self, settled: &RightSettled) -> impl Future<Output = Result<()>> + Send;

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

    /// Counts up whenever another table of divisions may follow from what was announced.
    fn divisions_version(&mut self) -> impl Future<Output = Result<i64>> + Send;

    /// Every boundary change that was announced, in the order of arrival.
    fn announced(&mut self) -> impl Future<Output = Result<Vec<Announced>>> + Send;

    /// How far it has come to look at everybody whom boundary changes touch; none: nothing is under way.
    fn division_work(&mut self) -> impl Future<Output = Result<Option<DivisionWork>>> + Send;

    /// Writes how far it has come; none: it is done.
    fn put_division_work(&mut self, work: Option<&DivisionWork>) -> impl Future<Output = Result<()>> + Send;

    /// Marks announcements as worked off, or as no longer so.
    fn settle_announcements(&mut self, settled: &[(i64, bool)]) -> impl Future<Output = Result<()>> + Send;

    /// The next `limit` profiles by id, each with whether what is said or was told of it names one of the divisions, or
    /// one below.
    fn naming(
        &mut self,
        codes: &[Code],
        after: Option<ProfileId>,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<Named>>> + Send;

    /// Sends notices of told statements that have no number yet to another receiver.
    fn reroute(&mut self, handed: &[(Uuid, Receiver)]) -> impl Future<Output = Result<()>> + Send;

    /// Sends every notice to a receiver that has no number yet to another one.
    fn reroute_all(&mut self, heirs: &[(Receiver, Receiver)]) -> impl Future<Output = Result<()>> + Send;

    /// Puts refused messages aside, keyed by publisher and body; true for each that was not there before (or was
    /// replayed since, and is open again).
    fn quarantine(&mut self, refused: &[Quarantined]) -> impl Future<Output = Result<Vec<bool>>> + Send;

    /// Up to `limit` open messages in quarantine with one of these reasons whose content was kept, oldest first.
    fn set_aside_for(&mut self, reasons: &[&str], limit: usize) -> impl Future<Output = Result<Vec<Kept>>> + Send;

    /// Marks a quarantined message as replayed; false if it was settled already.
    fn replayed(&mut self, publisher: &str, body_mac: Token) -> impl Future<Output = Result<bool>> + Send;

    /// The trace that this transaction belongs to: what it tells goes out as part of it.
    fn trace(&mut self, traceparent: Option<String>);

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
