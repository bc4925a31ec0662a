//! Cases (事项): a statement that asks its receiver something. A case has no record of its own that somebody edits: where
//! it stands follows from what was told, what was answered, the procedure and the day.
//!
//! - [`clock`]: when it is due, who hears that it is late, when to look again
//! - [`Question`], [`Standing`]: open, overdue, answered, closed
//! - [`Scorecards`]: how jurisdictions fare with what they owe and register
//! - [`StatementReply`], [`Replies`]: what was answered, and which answer counts

pub mod clock;
mod reply;
mod scorecard;
mod standing;

pub use reply::{Replies, StatementReply};
pub use scorecard::{CardKey, Counted, Counts, Measure, Scorecard, Scorecards, Share, ShareKey};
pub use standing::{Question, Standing};
