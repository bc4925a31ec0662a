//! Requests that persons make by right: by when they have to be settled.

use chrono::NaiveDate;
use liangdi_domain::calendar::Calendar;
use liangdi_domain::procedure::{Opening, Procedures};

/// The last day in time of a request that was filed on a day; none where no procedure for it is in force.
pub fn due_on(procedures: &Procedures, filed_on: NaiveDate, calendar: &Calendar) -> Option<NaiveDate> {
    let in_force = procedures.opened_by(Opening::RightsRequested, filed_on);
    in_force.filter_map(|(name, _)| procedures.due_on(name, filed_on, calendar)).map(|due| due.date).min()
}
