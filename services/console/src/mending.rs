//! What operators and reviewers have the registry do. Like the intake, the binary implements it: this crate and the registry
//! do not know each other.

use std::pin::Pin;

use chrono::NaiveDate;
use liangdi_adapters::contract::Refusal;
use liangdi_domain::division::Code;
use liangdi_domain::feed::Feed;
use liangdi_domain::identity::survive::Shown;
use liangdi_domain::ids::PersonId;
use liangdi_domain::notice::NoticeKind;
use liangdi_store::StoreError;
use liangdi_store::port::{Correction, DecisionRow, Protection, RightSettled};
use liangdi_store::report::RefusedBody;
use uuid::Uuid;

/// What became of a quarantined message that was taken again, or would.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Replayed {
    /// It is recorded.
    Taken {
        /// Nothing new: its content came by another way already.
        duplicate: bool,
        /// Notices that follow.
        notices: usize,
    },
    /// It is refused again, and stays where it is.
    Refused(Refusal),
    /// Somebody settled it before: nothing happens.
    Settled,
    /// Its content was not kept.
    NotKept,
}

/// Whether something is done, or only tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Earnest {
    /// Nothing is written.
    Try,
    /// For good.
    Do,
}

/// What erasing comes to, without anybody's identity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Erasing {
    /// How the person stands: another mark, and they do not stand so any more.
    pub mark: Uuid,
    /// Messages that spoke of the person.
    pub messages: usize,
    /// Facts that nothing states any more.
    pub facts: usize,
    /// Ways of writing the person of which nothing is left.
    pub profiles: usize,
    /// Stays of which nobody knows any more: where, since when, until when.
    pub stays: Vec<(Code, NaiveDate, Option<NaiveDate>)>,
    /// Cases that end.
    pub cases: usize,
    /// What is told.
    pub tellings: Vec<Telling>,
}

/// A notice that follows from erasing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Telling {
    /// What it says.
    pub kind: NoticeKind,
    /// The kind of what it takes back or tells otherwise.
    pub about: Option<String>,
    /// To whom.
    pub receiver: String,
}

/// What became of erasing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Erased {
    /// It is done.
    Done(Erasing),
    /// The person is not as they were when it was tried.
    Changed,
    /// There is nothing to erase.
    Nothing,
}

/// An answer that is on its way.
pub type Mended<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// The registry's door for those who mend.
pub trait Mending: Send + Sync {
    /// Takes a message out of the quarantine as its publisher's own: once, however often it is asked for.
    fn replay(&self, message: RefusedBody, earnest: Earnest) -> Mended<'_, Replayed>;

    /// Writes what was decided of two profiles; how many notices follow.
    fn decide(&self, decision: DecisionRow) -> Mended<'_, usize>;

    /// Holds a value that the person corrected, whatever departments write; how many notices follow.
    fn correct(&self, person: PersonId, correction: Correction) -> Mended<'_, usize>;

    /// Writes what is said to a request that the person made by right.
    fn settle_right(&self, person: PersonId, settled: RightSettled) -> Mended<'_, ()>;

    /// Writes that a person is protected; how many notices follow.
    fn protect(&self, person: PersonId, protection: Protection) -> Mended<'_, usize>;

    /// Ends that in somebody's name; how many notices follow, none if there was nothing to end.
    fn unprotect(&self, person: PersonId, who: String) -> Mended<'_, Option<usize>>;

    /// What erasing a person, or what one feed said of them, would come to; none where there is nothing. Nothing is written.
    fn would_erase(&self, person: PersonId, feed: Option<Feed>) -> Mended<'_, Option<Erasing>>;

    /// Erases, if the person still stands as the mark says.
    fn erase(&self, person: PersonId, feed: Option<Feed>, mark: Uuid) -> Mended<'_, Erased>;

    /// Lifts a correction in somebody's name; how many notices follow, none if there was nothing to lift.
    fn lift(&self, person: PersonId, field: Shown, who: String) -> Mended<'_, Option<usize>>;
}
