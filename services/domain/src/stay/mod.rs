//! Where a person belongs, from all facts: household side, registered stays, death. Dates and codes only.
//!
//! - [`Timeline`]: the household register through time
//! - [`Stay`]: registered periods away from home, several facts of one township made one
//! - [`Death`]: whether a stated death takes effect
//! - [`scope`]: whether a stay is mobile at all

mod absence;
mod death;
mod household;
mod registered;
pub mod scope;

pub use death::Death;
pub use household::{Segment, Timeline};
pub use registered::{Stay, StayEnd};

use chrono::NaiveDate;

use crate::calendar::Calendar;
use crate::division::{Code, Divisions};
use crate::person::PersonFile;

/// Where a person belongs.
#[derive(Debug, Clone)]
pub struct Belonging {
    /// The household side through time.
    pub household: Timeline,
    /// Registered stays, ordered by township and date.
    pub stays: Vec<Stay>,
    /// A death that takes effect.
    pub death: Option<Death>,
    /// The next day on which the passing of time alone changes a stay.
    pub changes_on: Option<NaiveDate>,
}

impl Belonging {
    /// Everything that follows from the facts as of `today`.
    pub fn of(file: &PersonFile, divisions: &Divisions, calendar: &Calendar, today: NaiveDate) -> Self {
        let household = Timeline::of(file, divisions);
        let death = Death::of(file);
        let (stays, changes_on) = registered::stays(file, divisions, calendar, death.as_ref(), today);
        Belonging { household, stays, death, changes_on }
    }

    /// The main residence: the police's word first, then the township's, the latest by event date.
    pub fn main_residence(&self) -> Option<&Stay> {
        let open = self.stays.iter().filter(|stay| stay.end.is_none());
        open.min_by_key(|stay| (stay.by, std::cmp::Reverse(stay.since), stay.township))
    }
}

/// A code as it is called today; the adapters have refused codes of which nothing is known.
pub(crate) fn today_code(divisions: &Divisions, code: Code) -> Code {
    divisions.resolve(code).map_or(code, |resolved| resolved.code)
}

/// The township a place lies in, or the deepest known division above it.
pub(crate) fn township_of(divisions: &Divisions, code: Code) -> Code {
    let code = today_code(divisions, code);
    code.township().unwrap_or(code)
}
