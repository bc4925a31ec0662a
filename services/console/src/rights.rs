//! Requests that persons make by right: by when they have to be settled, and what the audit has of it.

use chrono::NaiveDate;
use liangdi_domain::calendar::Calendar;
use liangdi_domain::procedure::{Opening, Procedures};
use liangdi_store::StoreError;
use liangdi_store::port::RightOutcome;
use liangdi_store::postgres::{Look, PgStore};

pub use crate::settling::REASON_CHARS_MAX;

/// Writes into the audit that somebody settles a request; before it is done, so that nothing is done unseen.
pub async fn note(store: &PgStore, who: &str, no: i64, outcome: RightOutcome) -> Result<(), StoreError> {
    let purpose = format!("settles a request: {}", outcome.name());
    store.audit(Look { who, purpose: &purpose }, &format!("request {no}"), false).await
}

/// The last day in time of a request that was filed on a day; none where no procedure for it is in force.
pub fn due_on(procedures: &Procedures, filed_on: NaiveDate, calendar: &Calendar) -> Option<NaiveDate> {
    let in_force = procedures.opened_by(Opening::RightsRequested, filed_on);
    in_force.filter_map(|(name, _)| procedures.due_on(name, filed_on, calendar)).map(|due| due.date).min()
}
