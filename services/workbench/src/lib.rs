//! What measures the hub: fictional feeds with the truth beside them, the hub's speed beside a bare pipe, and what it must read
//! whatever it is given.
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod bench;
pub mod simulate;
pub mod targets;
