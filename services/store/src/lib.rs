//! The store: what the hub knows, in PostgreSQL or in memory. Nothing of sqlx shows outside.
//!
//! - [`port`]: what the registry and the courier ask of a store
//! - [`postgres`]: the real one; seals identity at its edge
//! - [`memory`]: its twin for rehearsals, which passes the same test-suite
//! - [`keys`]: the master key, its file, keyed tokens; `seal`: sealing under it
//! - [`blocking`]: what persons are searched by
//! - [`access`]: users and sessions of the console
//! - [`report`]: what the command line reads out
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod access;
pub mod blocking;
pub mod error;
pub mod keys;
pub mod memory;
pub mod port;
pub mod postgres;
pub mod report;
mod rows;
mod seal;
mod withdrawal;

pub use error::StoreError;
