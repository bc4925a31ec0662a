//! What measures the hub: fictional feeds with the truth beside them.
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod simulate;
