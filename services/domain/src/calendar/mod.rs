//! Working days (工作日) by the State Council's yearly arrangement, and Spring Festival (春节). Sources of the tables:
//! `config/SOURCES.md`. Days are days in Asia/Shanghai.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use chrono::{DateTime, Datelike, Days, FixedOffset, NaiveDate, NaiveTime, Utc, Weekday};

const WORKDAYS: &str = include_str!("../../../../config/calendar/cn_workdays.csv");
const SPRING_FESTIVALS: &str = include_str!("../../../../config/calendar/spring_festival.csv");

/// Days before Spring Festival during which the season lasts already.
const SEASON_DAYS_BEFORE: u64 = 15;
/// Days after Spring Festival during which the season lasts still.
const SEASON_DAYS_AFTER: u64 = 30;

/// Holidays, make-up working days and Spring Festivals.
#[derive(Debug, Clone)]
pub struct Calendar {
    /// Days that differ from the plain week.
    exceptions: BTreeMap<NaiveDate, Exception>,
    spring_festivals: BTreeSet<NaiveDate>,
    last_known_year: i32,
}

/// A day that differs from the plain week.
#[derive(Debug, Clone)]
struct Exception {
    /// True for a make-up working day.
    works: bool,
    /// The festival it belongs to.
    name: Box<str>,
}

/// A due date; provisional where it lies past the last year whose holidays are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// The day.
    pub date: NaiveDate,
    /// Whether the year's arrangement was not out yet.
    pub provisional: bool,
}

/// A calendar table that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}, line {line}: {what}")]
pub struct MalformedCalendar {
    file: &'static str,
    line: usize,
    what: &'static str,
}

/// How far Asia/Shanghai is ahead of UTC, all year round since 1991.
pub const SHANGHAI: FixedOffset = FixedOffset::east_opt(8 * 3600).expect("eight hours are an offset");

/// The day that a time falls on in Asia/Shanghai.
pub fn shanghai_date(time: DateTime<FixedOffset>) -> NaiveDate {
    time.with_timezone(&SHANGHAI).date_naive()
}

/// The beginning of a day in Asia/Shanghai; none of the first day that can be written.
pub fn shanghai_midnight(day: NaiveDate) -> Option<DateTime<Utc>> {
    Some(day.and_time(NaiveTime::MIN).and_local_timezone(SHANGHAI).single()?.to_utc())
}

impl Calendar {
    /// The calendar the hub ships with.
    pub fn shipped() -> &'static Calendar {
        static CALENDAR: OnceLock<Calendar> = OnceLock::new();
        CALENDAR.get_or_init(|| Calendar::read(WORKDAYS, SPRING_FESTIVALS).expect("the shipped calendar is tested"))
    }

    /// Reads `date,kind,…` rows (kind `holiday` or `makeup_workday`) and one Spring Festival a line.
    pub fn read(workdays: &str, spring_festivals: &str) -> Result<Calendar, MalformedCalendar> {
        let mut exceptions = BTreeMap::new();
        for (line, row) in rows(workdays) {
            let fault = |what| MalformedCalendar { file: "cn_workdays.csv", line, what };
            let mut cells = row.split(',');
            let date = date(cells.next()).ok_or(fault("the first cell is no date (YYYY-MM-DD)"))?;
            let works = match cells.next() {
                Some("holiday") => false,
                Some("makeup_workday") => true,
                _ => return Err(fault("the kind is neither holiday nor makeup_workday")),
            };
            let name = cells.next().unwrap_or_default().into();
            exceptions.insert(date, Exception { works, name });
        }
        let festival = |(line, row)| {
            let what = "no date (YYYY-MM-DD)";
            date(Some(row)).ok_or(MalformedCalendar { file: "spring_festival.csv", line, what })
        };
        let spring_festivals = rows(spring_festivals).map(festival).collect::<Result<_, _>>()?;
        let last_known_year = exceptions.last_key_value().map_or(i32::MIN, |(date, _)| date.year());
        Ok(Calendar { exceptions, spring_festivals, last_known_year })
    }

    /// Whether offices work on that day.
    pub fn is_working(&self, date: NaiveDate) -> bool {
        let weekday = !matches!(date.weekday(), Weekday::Sat | Weekday::Sun);
        self.exceptions.get(&date).map_or(weekday, |exception| exception.works)
    }

    /// The festival for which a day differs from the plain week; none for a plain day.
    pub fn exception(&self, date: NaiveDate) -> Option<&str> {
        self.exceptions.get(&date).map(|exception| &*exception.name)
    }

    /// The last year whose arrangement is known.
    pub fn last_known_year(&self) -> i32 {
        self.last_known_year
    }

    /// The `days`-th working day after `from`; `from` itself for none.
    pub fn add_working_days(&self, from: NaiveDate, days: u32) -> Due {
        let mut date = from;
        for _ in 0..days {
            date = date + Days::new(1);
            while !self.is_working(date) {
                date = date + Days::new(1);
            }
        }
        self.due(date)
    }

    /// The `days`-th calendar day after `from`.
    pub fn add_days(&self, from: NaiveDate, days: u32) -> Due {
        self.due(from + Days::new(u64::from(days)))
    }

    /// Working days after `from`, up to and including `to`; none where `to` is not later.
    pub fn working_days_between(&self, from: NaiveDate, to: NaiveDate) -> u32 {
        from.iter_days().skip(1).take_while(|date| *date <= to).filter(|date| self.is_working(*date)).count() as u32
    }

    /// Whether the day lies in the season of Spring Festival: from 15 days before it to 30 days after.
    pub fn around_spring_festival(&self, date: NaiveDate) -> bool {
        let (earliest, latest) = (date - Days::new(SEASON_DAYS_AFTER), date + Days::new(SEASON_DAYS_BEFORE));
        self.spring_festivals.range(earliest..=latest).next().is_some()
    }

    fn due(&self, date: NaiveDate) -> Due {
        Due { date, provisional: date.year() > self.last_known_year }
    }
}

/// Rows after the header, each with its line number.
fn rows(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().enumerate().skip(1).map(|(index, row)| (index + 1, row.trim())).filter(|(_, row)| !row.is_empty())
}

fn date(cell: Option<&str>) -> Option<NaiveDate> {
    cell?.parse().ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn any_day() -> impl Strategy<Value = NaiveDate> {
        (0_u64..6_570).prop_map(|offset| day("2009-01-01") + Days::new(offset))
    }

    #[test]
    fn the_day_is_the_one_in_china_wherever_the_office_clock_stands() {
        let time = |text| shanghai_date(DateTime::parse_from_rfc3339(text).unwrap()).to_string();
        assert_eq!(time("2026-03-09T17:00:00Z"), "2026-03-10");
        assert_eq!(time("2026-03-09T23:59:59+08:00"), "2026-03-09");
    }

    #[test]
    fn a_day_begins_eight_hours_before_it_does_in_utc() {
        let begins = |day: NaiveDate| shanghai_midnight(day).map(|at| at.to_rfc3339());
        assert_eq!(begins("2026-03-09".parse().unwrap()).as_deref(), Some("2026-03-08T16:00:00+00:00"));
        assert_eq!(begins(NaiveDate::MIN), None);
    }

    #[test]
    fn every_row_of_the_table_is_answered_as_it_says() {
        for (_, row) in rows(WORKDAYS) {
            let (date, works) = (day(&row[..10]), row.contains("makeup_workday"));
            assert_eq!(Calendar::shipped().is_working(date), works, "{row}");
        }
    }

    #[test]
    fn a_due_date_past_the_last_known_year_is_provisional() {
        let calendar = Calendar::shipped();
        assert!(!calendar.add_working_days(day("2026-12-01"), 10).provisional);
        assert!(calendar.add_working_days(day("2026-12-30"), 10).provisional);
    }

    #[test]
    fn every_festival_lies_in_the_holiday_of_its_name() {
        let calendar = Calendar::shipped();
        for festival in calendar.spring_festivals.iter().filter(|date| date.year() <= calendar.last_known_year) {
            let row = format!("{festival},holiday,春节");
            assert!(WORKDAYS.contains(&row), "{row}");
        }
    }

    #[test]
    fn the_season_lasts_from_fifteen_days_before_to_thirty_after() {
        let calendar = Calendar::shipped();
        let season = |date| calendar.around_spring_festival(day(date));
        assert_eq!(
            [season("2026-02-01"), season("2026-02-02"), season("2026-03-19"), season("2026-03-20")],
            [false, true, true, false]
        );
    }

    #[test]
    fn a_row_that_cannot_be_read_is_named() {
        let refused = Calendar::read("date,kind\n2026-01-01,party\n", "date\n").unwrap_err();
        assert_eq!(refused.to_string(), "cn_workdays.csv, line 2: the kind is neither holiday nor makeup_workday");
    }

    proptest! {
        #[test]
        fn counting_undoes_adding(from in any_day(), days in 0_u32..60) {
            let calendar = Calendar::shipped();
            let due = calendar.add_working_days(from, days).date;
            prop_assert_eq!(calendar.working_days_between(from, due), days);
            prop_assert!(days == 0 || calendar.is_working(due));
        }

        #[test]
        fn a_later_start_is_never_due_earlier(from in any_day(), later in 0_u64..30, days in 0_u32..60) {
            let calendar = Calendar::shipped();
            let (early, late) = (calendar.add_working_days(from, days), calendar.add_working_days(from + Days::new(later), days));
            prop_assert!(early.date <= late.date);
        }
    }
}
