//! Where a person belongs, from all facts: household side, registered stays, death. Dates and codes only.
//!
//! Places are compared by the boundaries of the days on which they were said, and so a boundary change neither makes one
//! stay of two nor ends one. What they are called today is asked last, for whoever hears of them.
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
use crate::division::Divisions;
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
