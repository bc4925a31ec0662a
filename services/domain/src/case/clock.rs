//! The clock of a step that is owed. Day 0 is given; the step is due on the n-th day after and runs out when that day
//! ends. Late steps count from the due date. After a time without a clock each receiver hears only the latest of its
//! steps; the ones before count as told.

use chrono::{Days, NaiveDate};

use crate::calendar::{Calendar, Due};
use crate::procedure::{Hears, Owed};

/// What a clock says on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// The last day in time.
    pub due: Due,
    /// Who hears today that it is late.
    pub hear: Vec<Hears>,
    /// How many late steps are told after that.
    pub late_told: u8,
    /// The next day on which it says something else; always after today.
    pub wake_on: Option<NaiveDate>,
}

/// Reads the clock of a step that is not done, of which `late_told` late steps were told before.
pub fn read(owed: &Owed, day_zero: NaiveDate, late_told: u8, today: NaiveDate, calendar: &Calendar) -> Reading {
    let due = owed.within.after(day_zero, calendar);
    let mut hear: Vec<Hears> = Vec::new();
    let mut told = late_told;
    // The day after the due date is a change by itself: from then on the step is late.
    let mut wake_on = (due.date >= today).then(|| due.date + Days::new(1));
    for late in owed.late.iter().skip(usize::from(late_told)) {
        let on = late.after.after(due.date, calendar).date;
        if on > today {
            wake_on = wake_on.map(|wake| wake.min(on)).or(Some(on));
            break;
        }
        told = told.saturating_add(1);
        if !hear.contains(&late.tell) {
            hear.push(late.tell);
        }
    }
    Reading { due, hear, late_told: told, wake_on }
}

/// Working days by which something due on `due` is late on `today`.
pub fn days_late(due: NaiveDate, today: NaiveDate, calendar: &Calendar) -> u32 {
    calendar.working_days_between(due, today)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::procedure::Procedures;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn inflow() -> &'static Owed {
        Procedures::shipped().get("inflow").unwrap().owed.as_ref().unwrap()
    }

    #[test]
    fn a_notice_of_monday_the_ninth_is_due_after_ten_working_days_and_late_on_the_next() {
        let calendar = Calendar::shipped();
        let read = |told, today| read(inflow(), day("2026-03-09"), told, day(today), calendar);
        let early = read(0, "2026-03-09");
        assert_eq!(early.due.date, day("2026-03-23"));
        assert_eq!((early.hear, early.wake_on), (vec![], Some(day("2026-03-24"))));
        assert_eq!(read(0, "2026-03-23").hear, [], "the last day is in time");
        let late = read(0, "2026-03-24");
        assert_eq!((late.hear, late.late_told, late.wake_on), (vec![Hears::Owing], 1, Some(day("2026-03-30"))));
        let later = read(1, "2026-03-30");
        assert_eq!(
            (later.hear, later.wake_on),
            (vec![Hears::Superior], Some(day("2026-04-07"))),
            "Qingming is no working day"
        );
        assert_eq!(read(2, "2026-04-07").hear, [Hears::Prefecture]);
        assert_eq!(read(3, "2026-06-01").wake_on, None);
    }

    #[test]
    fn after_a_month_without_a_clock_everybody_hears_once() {
        let reading = read(inflow(), day("2026-03-09"), 0, day("2026-05-20"), Calendar::shipped());
        assert_eq!(reading.hear, [Hears::Owing, Hears::Superior, Hears::Prefecture]);
        assert_eq!((reading.late_told, reading.wake_on), (3, None));
    }

    proptest! {
        #[test]
        fn read_day_by_day_every_step_is_heard_once_and_nothing_changes_before_the_wake(
            start in 0_u64..5_000, gap in 1_u64..9,
        ) {
            let calendar = Calendar::shipped();
            let zero = day("2010-01-01") + Days::new(start);
            let (mut told, mut heard, mut today) = (0_u8, Vec::new(), zero);
            loop {
                let reading = read(inflow(), zero, told, today, calendar);
                prop_assert!(reading.wake_on.is_none_or(|wake| wake > today));
                told = reading.late_told;
                heard.extend(reading.hear);
                let Some(wake) = reading.wake_on else { break };
                let before = read(inflow(), zero, told, wake - Days::new(1), calendar);
                prop_assert!(before.hear.is_empty() && before.late_told == told);
                today = wake + Days::new(gap - 1);
            }
            heard.sort();
            prop_assert_eq!(heard, vec![Hears::Owing, Hears::Superior, Hears::Prefecture]);
        }
    }
}
