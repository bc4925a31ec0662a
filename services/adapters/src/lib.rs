//! Feed messages into evidence: the contract's door, and one file per department. Pure.
//!
//! - [`contract`]: bytes -> a message that obeys its closed schema, or a refusal
//! - [`check`]: both for one message, without any server
//! - [`normalise`]: its content -> evidence, in the departments' own field names and codings
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod check;
mod civil_affairs;
pub mod contract;
mod field;
mod housing;
mod hr;
mod hub;
pub mod normalise;
mod police;
#[cfg(test)]
mod samples;
mod township;
mod withdrawn;
