//! When being seen to have left ends a stay: after thirty days without being seen again, and never by itself around
//! Spring Festival, when half the province is at home.

use chrono::{Days, NaiveDate};

use crate::calendar::Calendar;
use crate::division::{Divisions, Place};
use crate::evidence::{Fact, PresenceSeen};
use crate::person::PersonFile;

/// An absence shorter than this ends nothing.
const ABSENCE_DAYS_MIN: u64 = 30;

/// Absences, as (place, day of leaving, day from which it counts).
pub(super) fn departures(
    file: &PersonFile,
    divisions: &Divisions,
    calendar: &Calendar,
) -> Vec<(Place, NaiveDate, NaiveDate)> {
    let seen = |wanted: PresenceSeen| {
        file.facts.iter().filter_map(move |record| match record.fact {
            Fact::Presence { place, on, seen, .. } if seen == wanted => Some((record.place(place), on)),
            _ => None,
        })
    };
    let present: Vec<(Place, NaiveDate)> = seen(PresenceSeen::Present).collect();
    seen(PresenceSeen::Left)
        .filter(|(place, left)| !present.iter().any(|(at, on)| on >= left && divisions.same_township(*at, *place)))
        .map(|(place, left)| (place, left, counts_from(left, calendar) + Days::new(ABSENCE_DAYS_MIN)))
        .collect()
}

/// The day from which an absence counts: leaving around Spring Festival counts from the end of that season.
fn counts_from(left: NaiveDate, calendar: &Calendar) -> NaiveDate {
    let mut day = left;
    while calendar.around_spring_festival(day) {
        day = day + Days::new(1);
    }
    day
}
