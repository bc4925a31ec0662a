//! The store: what the hub knows, in PostgreSQL or in memory.
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod error;
pub mod port;
