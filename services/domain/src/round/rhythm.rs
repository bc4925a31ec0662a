//! Periods of working days, and months: which one a day speaks of. Periods count on from a fixed day without a gap, so
//! that they are the same for everybody and need no memory.

use chrono::{Datelike, Days, Months, NaiveDate};

use crate::calendar::Calendar;
use crate::procedure::Period as Length;

/// Days, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Period {
    /// The day after the period before.
    pub from: NaiveDate,
    /// Its last working day.
    pub to: NaiveDate,
}

/// A month, by its first day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Month(NaiveDate);

/// The latest period of `length` working days, counted on from `start`, of which something is said today or was before:
/// from `after` its last day on. With the day on which it was to be said.
pub(super) fn latest(
    length: u32,
    start: NaiveDate,
    after: Length,
    today: NaiveDate,
    calendar: &Calendar,
) -> Option<(Period, NaiveDate)> {
    let (mut from, mut days, mut last) = (start, 0, None);
    for day in start.iter_days().take_while(|day| *day < today).filter(|day| calendar.is_working(*day)) {
        days += 1;
        if days == length {
            let on = after.after(day, calendar).date;
            if on > today {
                break;
            }
            last = Some((Period { from, to: day }, on));
            (from, days) = (day + Days::new(1), 0);
        }
    }
    last
}

impl Month {
    /// The month a day lies in.
    pub fn of(day: NaiveDate) -> Self {
        Month(day - Days::new(u64::from(day.day0())))
    }

    /// The latest month whose return has gone out by today: on the first working day after it.
    pub(super) fn latest(today: NaiveDate, calendar: &Calendar) -> Self {
        let last = Month(Month::of(today).0 - Months::new(1));
        let goes_out = calendar.add_working_days(last.last(), 1).date;
        if goes_out <= today { last } else { Month(last.0 - Months::new(1)) }
    }

    /// Its first day.
    pub fn first(self) -> NaiveDate {
        self.0
    }

    /// The month after it.
    pub fn next(self) -> Self {
        Month(self.0 + Months::new(1))
    }

    /// Its last day.
    pub fn last(self) -> NaiveDate {
        self.0 + Months::new(1) - Days::new(1)
    }
}

impl std::fmt::Display for Month {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0.format("%Y-%m"))
    }
}
