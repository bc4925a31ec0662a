//! Notices: the kinds, how urgent they are, and a notice before it gets its place in a receiver's sequence.

mod draft;
mod kind;

pub use draft::{NoticeDraft, Receiver, envelope};
pub use kind::{NoticeKind, Urgency};
