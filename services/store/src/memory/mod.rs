//! The store in memory: for rehearsals, which need no server. It obeys the same traits as PostgreSQL and passes the same
//! test-suite. One lock guards everything: a batch holds it from `begin` to its end, and undoes its own writes when it
//! is dropped without a commit. What nothing in memory reads (filings, sealed discrepancies) is not kept.
//!
//! - `table`: rows that remember how to undo
//! - `state`: all tables; `batch`: a registry transaction on them, `write`: how it writes, `files`: persons read
//!   out of them, `graph`: what draws profiles together
//! - `erase`: what is held of a person, taken away for good
//! - `divisions`: announced boundary changes and the work that follows
//! - `snapshot`: one state of everything; `outbox`: what the courier asks; `views`: what a rehearsal reports

mod batch;
mod divisions;
mod erase;
mod files;
mod graph;
mod outbox;
mod rounds;
mod snapshot;
mod state;
mod table;
mod views;
mod write;

use std::sync::Arc;

pub use batch::MemoryBatch;
pub use snapshot::MemorySnapshot;
use state::State;
use tokio::sync::{Mutex, Notify};

/// The store in memory. Cheap to clone: clones share what they hold.
#[derive(Clone, Default)]
pub struct MemoryStore {
    state: Arc<Mutex<State>>,
    sent: Arc<Notify>,
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }
}
