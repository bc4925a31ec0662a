//! Where a case stands: a function of what was told, what was answered, when it was due, and the day.

use chrono::NaiveDate;
use serde::Serialize;

use crate::calendar::Calendar;
use crate::evidence::Outcome;

/// Where a question stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "standing", rename_all = "kebab-case")]
pub enum Standing {
    /// Not answered, and in time.
    Open {
        /// Working days that are left, the due day included; none where no day was set.
        days_left: Option<u32>,
    },
    /// Not answered, and past its day.
    Overdue {
        /// Working days since.
        days_late: u32,
    },
    /// Answered.
    Answered {
        /// What.
        outcome: Outcome,
        /// Working days from the question to the answer.
        after_days: u32,
        /// Whether the answer came after the due day.
        late: bool,
    },
    /// Not answered, and no longer asked: the statement ended or was taken back.
    Closed,
}

/// What is known of a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Question {
    /// The day it was put: day 0.
    pub asked_on: NaiveDate,
    /// The last day in time.
    pub due_on: Option<NaiveDate>,
    /// The latest answer, with its day.
    pub answer: Option<(Outcome, NaiveDate)>,
    /// Whether the statement it belongs to still stands as it was asked about.
    pub stands: bool,
}

impl Question {
    /// Where it stands on a day.
    pub fn standing(&self, today: NaiveDate, calendar: &Calendar) -> Standing {
        let days = |to| calendar.working_days_between(self.asked_on, to);
        if let Some((outcome, on)) = self.answer {
            let late = self.due_on.is_some_and(|due| on > due);
            return Standing::Answered { outcome, after_days: days(on), late };
        }
        match self.due_on {
            _ if !self.stands => Standing::Closed,
            Some(due) if due < today => Standing::Overdue { days_late: calendar.working_days_between(due, today) },
            Some(due) => Standing::Open { days_left: Some(calendar.working_days_between(today, due)) },
            None => Standing::Open { days_left: None },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_question_is_open_then_overdue_then_answered_late() {
        let question =
            Question { asked_on: day("2026-03-09"), due_on: Some(day("2026-03-23")), answer: None, stands: true };
        let on = |question: &Question, today| question.standing(day(today), Calendar::shipped());
        assert_eq!(on(&question, "2026-03-20"), Standing::Open { days_left: Some(1) });
        assert_eq!(on(&question, "2026-03-23"), Standing::Open { days_left: Some(0) });
        assert_eq!(on(&question, "2026-03-25"), Standing::Overdue { days_late: 2 });
        assert_eq!(on(&Question { stands: false, ..question }, "2026-03-25"), Standing::Closed);
        let answered = Question { answer: Some((Outcome::Confirmed, day("2026-03-24"))), ..question };
        let standing = Standing::Answered { outcome: Outcome::Confirmed, after_days: 11, late: true };
        assert_eq!(on(&answered, "2026-06-01"), standing);
    }
}
