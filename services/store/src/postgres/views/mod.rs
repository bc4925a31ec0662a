//! What the command line and the console ask, one file per command.

/// Orders replies `a` of messages `i`, the one that counts first: as `liangdi_domain::case` does, and so that the order of
/// arrival never shows. Of two in one instant the later notice's, then the greater outcome counts.
macro_rules! counts_first {
    () => {
        "i.time DESC, a.notice DESC,
        array_position(ARRAY['confirmed', 'not-known', 'disputed', 'belongs-elsewhere', 'answered', 'decided'], a.answer) DESC,
        a.division COLLATE \"C\" DESC NULLS LAST"
    };
}

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
mod retrospect;
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
pub use retrospect::Retrospect;
pub use sizes::TableSize;
pub use waiting::{Waiting, WaitingFor};
