//! RabbitMQ: the only crate that names an AMQP library, and none of its types leaves here.
//!
//! In the order a message meets them:
//! - [`connect`]: where the broker is, and one connection to it
//! - [`tls`]: with a private authority, and by a certificate of one's own
//! - [`supervisor`]: runs a session, and again whenever it breaks
//! - [`consumer`]: deliveries in batches, settled in one place
//! - [`publisher`]: confirmed, mandatory publishing in order
//! - [`feed`]: a partner publishing its messages
//! - [`trace`]: the trace that a message belongs to
//! - `metrics`: how the sessions and connections stand
//! - [`topology`]: what the broker should hold, what it holds, and the difference
//! - [`management`]: the broker's HTTP API
//! - [`inspect`]: looking without taking
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod connect;
pub mod consumer;
mod error;
pub mod feed;
pub mod inspect;
pub mod management;
mod metrics;
pub mod publisher;
pub mod supervisor;
pub mod tls;
pub mod topology;
pub mod trace;

pub use error::BrokerError;

/// A telemetry filter that every program using this crate must set: the AMQP library logs the body of a
/// returned message at WARN, and bodies hold personal data.
pub const LOG_FILTER: &str = "lapin::returned_messages=off";
