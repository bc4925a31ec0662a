//! `liangdi calendar show 2026-10`: a month as the clocks count it.

use anyhow::{Context as _, Result};
use chrono::{Datelike, Days, NaiveDate};
use liangdi_domain::calendar::Calendar as WorkingDays;

use crate::cli::Calendar;
use crate::{Found, say};

/// Carries a command out; needs no server.
pub fn run(command: &Calendar) -> Result<Found> {
    let Calendar::Show { month } = command;
    let first: NaiveDate =
        format!("{month}-01").parse().with_context(|| format!("{month} is no month; write it like 2026-10"))?;
    let calendar = WorkingDays::shipped();
    let days: Vec<NaiveDate> = first.iter_days().take_while(|day| day.month() == first.month()).collect();
    say::line(format!("{month}   w working day, . day off, M make-up working day, H public holiday"));
    say::line("Mon Tue Wed Thu Fri Sat Sun");
    let monday = first - Days::new(u64::from(first.weekday().num_days_from_monday()));
    let mut week = monday;
    while week <= days[days.len() - 1] {
        let cells: Vec<String> = week.iter_days().take(7).map(|day| cell(calendar, day, first.month())).collect();
        say::line(cells.join(" ").trim_end());
        week = week + Days::new(7);
    }
    let working = days.iter().filter(|day| calendar.is_working(**day)).count();
    say::line(format!("{working} working days of {}", days.len()));
    for day in &days {
        if let Some(name) = calendar.exception(*day) {
            say::line(format!("{day}  {}  {name}", if calendar.is_working(*day) { "works" } else { "off  " }));
        }
    }
    if first.year() > calendar.last_known_year() {
        say::line(format!(
            "provisional: the arrangement of {} is not in config/calendar yet; holidays are known up to {}",
            first.year(),
            calendar.last_known_year()
        ));
    }
    Ok(Found::Nothing)
}

fn cell(calendar: &WorkingDays, day: NaiveDate, month: u32) -> String {
    if day.month() != month {
        return "   ".to_owned();
    }
    let mark = match (calendar.is_working(day), calendar.exception(day).is_some()) {
        (true, false) => 'w',
        (false, false) => '.',
        (true, true) => 'M',
        (false, true) => 'H',
    };
    format!("{:>2}{mark}", day.day())
}
