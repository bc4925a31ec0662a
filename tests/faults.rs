//! What breaks, and that nothing is lost by it: the real hub with its processes killed, its servers killed, frozen,
//! full or cut off, its messages repeated, shuffled and poisoned. After every fault the same oracle (`support/oracle`).
//!
//! `deploy/test` runs the short form, `deploy/test --faults` the long one: more rounds, longer silences. Rounds are
//! drawn from a seed that each test prints; `LIANGDI_FAULT_SEED` repeats them.
#![allow(clippy::unwrap_used)]

mod fault_broker;
mod fault_clock;
mod fault_cluster;
mod fault_database;
mod fault_disk;
mod fault_failover;
mod fault_hub;
mod fault_load;
mod fault_notices;
// Shared with the flow tests; each of the two binaries uses its part.
#[allow(dead_code)]
mod support;
