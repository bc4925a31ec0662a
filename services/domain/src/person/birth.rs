//! A birth date as it is written: with or without separators, in full-width digits, with blanks inside.

use chrono::{Datelike, NaiveDate};

use super::text::compact;

/// Nobody alive was born before.
const BIRTH_YEAR_MIN: i32 = 1870;
/// Later years are stand-ins such as `99991231`.
const BIRTH_YEAR_MAX: i32 = 2099;

/// Reads `YYYYMMDD` or `YYYY-MM-DD` (also with `/` or `.`). None for a date that cannot be anybody's birthday.
pub fn read_birth(raw: &str) -> Option<NaiveDate> {
    let text = compact(raw);
    let parts: Vec<&str> = text.split(['-', '/', '.']).collect();
    let (year, month, day) = match parts.as_slice() {
        [all] if all.len() == 8 && all.is_ascii() => (&all[..4], &all[4..6], &all[6..]),
        [year, month, day] if year.len() == 4 => (*year, *month, *day),
        _ => return None,
    };
    let date = NaiveDate::from_ymd_opt(number(year)?, number(month)?.try_into().ok()?, number(day)?.try_into().ok()?)?;
    (BIRTH_YEAR_MIN..=BIRTH_YEAR_MAX).contains(&date.year()).then_some(date)
}

/// Digits only: `parse` alone would take a sign.
fn number(digits: &str) -> Option<i32> {
    digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse().ok())?
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_date_is_read_however_it_is_written() {
        let expected = NaiveDate::from_ymd_opt(1990, 3, 7);
        for raw in ["19900307", "1990-03-07", "１９９００３０７", "1990 03 07", "1990/3/7", " 1990．03．07 "]
        {
            assert_eq!(read_birth(raw), expected, "{raw}");
        }
    }

    #[test]
    fn an_impossible_date_is_missing() {
        for raw in [
            "",
            "19900231",
            "19901301",
            "00000000",
            "99991231",
            "18691231",
            "1990",
            "1990-03",
            "+9900307",
            "199003",
            "一九九〇年",
        ] {
            assert_eq!(read_birth(raw), None, "{raw}");
        }
        assert!(read_birth("18700101").is_some());
        assert!(read_birth("20000229").is_some());
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic(raw in any::<String>()) {
            let _ = read_birth(&raw);
        }

        #[test]
        fn every_possible_date_survives_both_forms(days in 0i64..80_000) {
            let date = NaiveDate::from_ymd_opt(1870, 1, 1).unwrap() + chrono::Duration::days(days);
            prop_assert_eq!(read_birth(&date.format("%Y%m%d").to_string()), Some(date));
            prop_assert_eq!(read_birth(&date.to_string()), Some(date));
        }
    }
}
