//! Birth dates: the closest of what is stated and what a number carries, by the ways in which dates go wrong.

use chrono::{Datelike, NaiveDate};

use super::super::matching::Level;
use super::super::prepared::Prepared;

/// A lunar date read as solar lies so many days before the solar one.
const LUNAR_DAYS: std::ops::RangeInclusive<i64> = 17..=50;
/// Same day and month in a year so near is more than chance.
const NEAR_YEARS: i32 = 10;

pub(super) fn compare(a: &Prepared<'_>, b: &Prepared<'_>, numbers_agree: bool) -> Level {
    let (Some(x), Some(y)) = (a.stated_birth(), b.stated_birth()) else { return Level::Missing };
    let stated = dates(x, y);
    if numbers_agree {
        return if stated == Level::BirthDifferent { stated } else { Level::BirthImplied };
    }
    let inside = [a.profile.document.birth(), b.profile.document.birth()];
    let pairs = [(Some(x), inside[1]), (inside[0], Some(y)), (inside[0], inside[1])];
    // Levels are in order, best first.
    pairs.into_iter().filter_map(|(x, y)| Some(dates(x?, y?))).fold(stated, Ord::min)
}

fn dates(a: NaiveDate, b: NaiveDate) -> Level {
    let years = (a.year() - b.year()).abs();
    let same_day = (a.month(), a.day()) == (b.month(), b.day());
    if a == b {
        Level::BirthExact
    } else if years == 0 && (a.month(), a.day()) == (b.day(), b.month()) {
        Level::BirthSwapped
    } else if same_day && matches!(years, 1 | 10) {
        Level::BirthYear
    } else if digits_apart(a, b) == 1 {
        Level::BirthDigit
    } else if same_day && years < NEAR_YEARS {
        Level::BirthDay
    } else if is_lunar_shift(a, b) {
        Level::BirthLunar
    } else {
        Level::BirthDifferent
    }
}

/// Days apart as a lunar date is; the year may be counted lunar as well, which is the same year or the one before.
fn is_lunar_shift(a: NaiveDate, b: NaiveDate) -> bool {
    LUNAR_DAYS.contains(&(a - b).num_days().abs())
}

fn digits_apart(a: NaiveDate, b: NaiveDate) -> usize {
    let digits = |date: NaiveDate| {
        let number = date.year().unsigned_abs() * 10_000 + date.month() * 100 + date.day();
        std::array::from_fn::<u32, 8, _>(|at| number / 10_u32.pow(at as u32) % 10)
    };
    digits(a).iter().zip(digits(b)).filter(|(x, y)| **x != *y).count()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn level(a: &str, b: &str) -> Level {
        dates(a.parse().unwrap(), b.parse().unwrap())
    }

    #[test]
    fn dates_are_graded_by_the_slip_that_leads_from_one_to_the_other() {
        for (other, expected) in [
            ("1990-03-07", Level::BirthExact),
            ("1990-07-03", Level::BirthSwapped),
            ("1991-03-07", Level::BirthYear),
            ("1980-03-07", Level::BirthYear),
            ("1990-03-17", Level::BirthDigit),
            ("1995-03-07", Level::BirthDigit),
            ("1988-03-07", Level::BirthDay),
            ("1990-02-11", Level::BirthLunar),
            ("1990-04-19", Level::BirthLunar),
            ("1965-11-21", Level::BirthDifferent),
            ("1970-03-07", Level::BirthDigit),
        ] {
            assert_eq!(level("1990-03-07", other), expected, "{other}");
        }
        assert_eq!(level("1990-01-15", "1989-12-19"), Level::BirthLunar);
    }

    proptest! {
        #[test]
        fn dates_are_compared_alike_from_both_sides(a in 0i64..60_000, b in 0i64..60_000) {
            let day = |days| NaiveDate::from_ymd_opt(1900, 1, 1).unwrap() + chrono::Duration::days(days);
            prop_assert_eq!(dates(day(a), day(b)), dates(day(b), day(a)));
        }
    }
}
