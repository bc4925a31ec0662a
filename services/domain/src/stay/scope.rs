//! Whether a stay is *mobile*: the living place lies outside the household county, city or district, and the person
//! did not come for a while only.

use chrono::NaiveDate;

use crate::division::{Divisions, Place};
use crate::evidence::StayReason;

/// Why somebody's stay is, or is not, what two townships write to each other about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Mobile.
    Mobile,
    /// Household and living place are one county, or districts of one city.
    AtHome,
    /// Medical care, a visit, tourism, a business trip, or a study trip with an end.
    Temporary,
}

/// The scope of living at `place` with the household register at `household`, by the boundaries of the day on which it
/// began: nobody comes or goes by a boundary that is moved later.
pub fn of_place(divisions: &Divisions, household: Place, place: Place, since: NaiveDate) -> Scope {
    if divisions.same_living_area_on(household, place, since) { Scope::AtHome } else { Scope::Mobile }
}

/// Whether a return is expected from the start: such stays are out of scope, whatever the distance.
pub fn is_temporary(reason: StayReason, expected_until: Option<NaiveDate>) -> bool {
    match reason {
        StayReason::Medical | StayReason::Visit | StayReason::Tourism | StayReason::Trip => true,
        StayReason::Study | StayReason::Training => expected_until.is_some(),
        StayReason::Work | StayReason::Business | StayReason::Family | StayReason::Other => false,
    }
}
