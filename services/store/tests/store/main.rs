//! One test-suite for both stores: what is written against the traits runs in memory and in PostgreSQL; what only
//! PostgreSQL has (sealing, keys, locks, plans, views of the command line) runs there.
#![allow(clippy::unwrap_used)]

mod support;

mod cases;
mod erasing;
mod inbox;
mod outbox;
mod persons;
mod postgres;
mod quarantine;
mod rounds;
mod snapshots;
mod withdrawals;
