//! The contract's door: bytes and AMQP properties in, a message that obeys its closed schema out, or a refusal.
//!
//! - [`read`]: the whole door; [`read_unattended`]: the same without a broker
//! - [`parse`]: its first step alone, for whoever has to look into a message before it is at the door
//! - [`Catalogue`]: the compiled schemas of every message and notice
//! - [`Reason`], [`Refusal`]: why a message is turned away, in words that hold nothing of it

mod delivery;
mod envelope;
mod hub;
mod parse;
mod reason;
mod refusal;
mod schemas;
mod validate;

pub use delivery::{Accepted, Properties, read, read_unattended};
pub use parse::{DEPTH_MAX, MESSAGE_BYTES_MAX, parse};
pub use reason::Reason;
pub use refusal::Refusal;
pub use validate::Catalogue;
