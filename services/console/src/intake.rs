//! How a page or the API hands a message to the registry, without knowing it: as if the publisher had published it, but
//! with the answer at once. What is refused leaves no trace: whoever sent it reads the reason and mends it.

use std::pin::Pin;

use chrono::NaiveDate;
use liangdi_adapters::contract::Refusal;
use liangdi_domain::feed::Feed;
use liangdi_domain::notice::NoticeKind;
use liangdi_store::StoreError;
use serde_json::Value;

/// A message to be taken in.
pub struct Handed {
    /// The feed it belongs to.
    pub feed: Feed,
    /// Whose it is, as the broker would vouch for it: `<feed>.<division>`.
    pub publisher: String,
    /// The CloudEvent.
    pub event: Value,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answered {
    /// It was recorded, with everything that follows from it.
    Recorded,
    /// The same message was recorded before.
    Duplicate,
    /// It cannot be taken: why, and where.
    Refused(Refusal),
}

/// What would become of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tried {
    /// It would be recorded.
    Taken {
        /// The same message is recorded already: nothing follows.
        duplicate: bool,
        /// Who would be told what.
        notices: Vec<WouldTell>,
    },
    /// It cannot be taken: why, and where.
    Refused(Refusal),
}

/// A notice that would go out, without its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WouldTell {
    /// What it would say.
    pub kind: NoticeKind,
    /// To whom.
    pub receiver: String,
    /// By when it would want an answer.
    pub due_on: Option<NaiveDate>,
    /// Procedure and law article.
    pub basis: String,
}

/// A trial that is on its way.
pub type Trying<'a> = Pin<Box<dyn Future<Output = Result<Tried, StoreError>> + Send + 'a>>;

/// An answer that is on its way.
pub type Answering<'a> = Pin<Box<dyn Future<Output = Result<Answered, StoreError>> + Send + 'a>>;

/// The registry's door inside the process. The binary implements it: this crate and the registry do not know each other.
pub trait Intake: Send + Sync {
    /// Takes a message in.
    fn hand_in(&self, message: Handed) -> Answering<'_>;

    /// What would follow. Nothing is written.
    fn try_in(&self, message: Handed) -> Trying<'_>;
}
