//! The store in PostgreSQL. A batch is about a dozen statements with arrays; identity is sealed on the way in and
//! unsealed on the way out; errors carry SQLSTATE codes and constraint names, never values.
//!
//! - `connect`, `primary`, `migrate`: the pool, the servers it may lead to, the schema, the key check
//! - `transaction`: the one pattern for transactions, deadlines and errors
//! - `batch`: a registry transaction; `inbox`, `meet`, `graph`, `profiles`, `corrections`, `evidence`,
//!   `withdraw`, `files`, `notices`, `quarantine`: its statements, one file per table group; `remembered`: what it
//!   need not read again
//! - `snapshot`: one state of everything to read in; `crowds`: crowded keys counted anew
//! - `erase`: what is held of a person, taken away for good
//! - `divisions`: announced boundary changes and the work that follows
//! - `outbox`: what the courier asks
//! - `views`: what the command line asks; `access`: users and sessions of the console
//! - `bare`: what the hub is measured against; `multiply`: a large register to measure on

mod access;
mod answers;
mod bare;
mod batch;
mod connect;
mod convert;
mod corrections;
mod crowds;
mod divisions;
mod erase;
mod evidence;
mod files;
mod graph;
mod inbox;
mod ledger;
mod meet;
mod migrate;
mod multiply;
mod notices;
mod outbox;
mod primary;
mod profiles;
mod quarantine;
mod quarters;
mod remembered;
mod rights;
mod rounds;
mod snapshot;
mod transaction;
mod views;
mod wakes;
mod withdraw;

use std::sync::Arc;
use std::time::Duration;

pub use access::UserFilter;
pub use bare::{BareTable, fresh_database};
pub use batch::PgBatch;
pub use connect::DatabaseOptions;
pub use snapshot::PgSnapshot;
use sqlx::PgPool;
use sqlx::postgres::PgListener;
use tokio::sync::Mutex;
pub use views::{
    AuditFilter, ConfirmedNotice, DatabaseHealth, DeskTab, DivisionProgress, Look, Progress, QuarantineFilter,
    Retrospect, ServerHealth, TableSize, Waiting, WaitingFor,
};

use crate::keys::Keys;

/// Wakes couriers in other processes.
const OUTBOX_CHANNEL: &str = "liangdi_outbox";

/// The store in PostgreSQL. Cheap to clone.
#[derive(Clone)]
pub struct PgStore(Arc<Shared>);

struct Shared {
    pool: PgPool,
    /// Which servers may be written to.
    primary: Arc<primary::Primary>,
    keys: Keys,
    /// How long one statement may take, as seen from here.
    patience: Duration,
    /// Queues the writers of this process fairly before they ask for the database's lock.
    writer: Arc<Mutex<()>>,
    /// Opened by the first courier that waits.
    listener: Mutex<Option<PgListener>>,
}
