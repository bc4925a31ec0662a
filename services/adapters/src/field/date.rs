//! Dates of events, in whichever form a department writes them. An impossible one is refused, because nothing can
//! be derived from it; one after the message's own day is odd and taken. Birth dates are read with the person.

use chrono::{Datelike, NaiveDate};
use liangdi_domain::evidence::WarningKind;

use super::{Fields, compact};
use crate::contract::{Reason, Refusal};

/// Nothing that an office still reports happened earlier; years such as 0001 are stand-ins.
const EVENT_YEAR_MIN: i32 = 1900;

impl Fields<'_> {
    /// When something happened.
    pub(crate) fn event(&self, name: &str) -> Result<NaiveDate, Refusal> {
        let date = self.date(name)?;
        self.warn_if_after_message(name, date);
        Ok(date)
    }

    /// When something happened, if it was said.
    pub(crate) fn event_if(&self, name: &str) -> Result<Option<NaiveDate>, Refusal> {
        let date = self.date_if(name)?;
        if let Some(date) = date {
            self.warn_if_after_message(name, date);
        }
        Ok(date)
    }

    /// The first day of the month in which something happened, from `YYYYMM`.
    pub(crate) fn event_month(&self, name: &str) -> Result<NaiveDate, Refusal> {
        let text = self.written(name).ok_or_else(|| self.refusal(Reason::MissingField, name))?;
        let first = calendar_date(&format!("{}01", compact(&text)));
        let first = first.ok_or_else(|| self.refusal(Reason::ImpossibleDate, name))?;
        self.warn_if_after_message(name, first);
        Ok(first)
    }

    /// A day that may well lie ahead: a term, an expected end, the day from which a change holds.
    pub(crate) fn date(&self, name: &str) -> Result<NaiveDate, Refusal> {
        self.date_if(name)?.ok_or_else(|| self.refusal(Reason::MissingField, name))
    }

    /// The same, if it was said.
    pub(crate) fn date_if(&self, name: &str) -> Result<Option<NaiveDate>, Refusal> {
        let Some(text) = self.written(name) else {
            return Ok(None);
        };
        let date = calendar_date(&compact(&text));
        date.map(Some).ok_or_else(|| self.refusal(Reason::ImpossibleDate, name))
    }

    /// Says so if a period ends before it begins; `name` is the member with its end.
    pub(crate) fn check_period(&self, from: NaiveDate, until: NaiveDate, name: &str) {
        if until < from {
            self.warn(name, WarningKind::PeriodReversed);
        }
    }

    fn warn_if_after_message(&self, name: &str, date: NaiveDate) {
        if date > self.message.day {
            self.warn(name, WarningKind::EventAfterMessage);
        }
    }
}

/// `YYYYMMDD` or `YYYY-MM-DD`.
fn calendar_date(text: &str) -> Option<NaiveDate> {
    let parts = match text.len() {
        8 => [text.get(..4)?, text.get(4..6)?, text.get(6..)?],
        10 if text.get(4..5)? == "-" && text.get(7..8)? == "-" => [text.get(..4)?, text.get(5..7)?, text.get(8..)?],
        _ => return None,
    };
    // `parse` alone would take a sign.
    let number = |digits: &str| digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse::<u32>().ok())?;
    let [year, month, day] = parts.map(number);
    NaiveDate::from_ymd_opt(i32::try_from(year?).ok()?, month?, day?).filter(|date| date.year() >= EVENT_YEAR_MIN)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn both_forms_of_a_day_are_read_and_an_impossible_day_is_none() {
        let expected = NaiveDate::from_ymd_opt(2026, 3, 9);
        assert_eq!(calendar_date("20260309"), expected);
        assert_eq!(calendar_date("2026-03-09"), expected);
        for text in
            ["20260230", "2026-13-01", "00000000", "00010101", "2026-3-9", "+2026309", "2026/03/09", "", "二〇二六"]
        {
            assert_eq!(calendar_date(text), None, "{text}");
        }
        assert!(calendar_date("99991231").is_some());
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic(text in any::<String>()) {
            let _ = calendar_date(&text);
        }
    }
}
