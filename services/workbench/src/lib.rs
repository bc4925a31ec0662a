//! What measures the hub: fictional feeds with the truth beside them, and the hub's speed beside a bare pipe.
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod bench;
pub mod simulate;
