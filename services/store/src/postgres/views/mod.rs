//! What the command line and the console ask, one file per command.

mod assignments;
mod audit;
mod cases;
mod clock;
mod desk;
mod divisions;
mod flow;
mod health;
mod jurisdictions;
mod ledger;
mod matching;
mod movements;
mod owed;
mod passed_on;
mod person;
mod progress;
mod quarantine;
mod queues;
mod review;
mod rights;
mod sizes;
mod statements;
mod status;
mod waiting;

pub(super) use audit::note;
pub use audit::{AuditFilter, Look};
pub use desk::DeskTab;
pub use divisions::DivisionProgress;
pub use health::{DatabaseHealth, ServerHealth};
pub use progress::{ConfirmedNotice, Progress};
pub use quarantine::QuarantineFilter;
pub use sizes::TableSize;
pub use waiting::{Waiting, WaitingFor};
