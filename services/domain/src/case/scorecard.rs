//! Scorecards: per jurisdiction and procedure how many answers and steps were owed and what became of them; how complete
//! its registrations are, and how much of what the other side knows it registered itself. Rolled up by level, never about
//! individuals, never a point for people leaving, and the same for a past day whenever it is computed.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::Serialize;

use super::{Question, Standing};
use crate::calendar::Calendar;
use crate::division::{Code, Level};

/// What became of the answers that one jurisdiction owed in one procedure.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scorecard {
    /// Answers owed.
    pub owed: u32,
    /// Given on the due day or before.
    pub in_time: u32,
    /// Given after it; a late answer counts as late, and still counts.
    pub late: u32,
    /// Not given, and in time.
    pub open: u32,
    /// Not given, and past the due day.
    pub overdue: u32,
    /// No longer asked before anybody answered.
    pub closed: u32,
    /// Answers by the working days they took.
    days: BTreeMap<u32, u32>,
}

/// A scorecard's place in a report.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct CardKey {
    /// Whose.
    pub jurisdiction: Code,
    /// In which procedure; it says the role as well (inflow: household side, registration: residence side).
    pub procedure: String,
}

/// What a share is of; `statement::measure` says exactly what counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Measure {
    /// Of the fields that registrations are expected to have: those that are there.
    Completeness,
    /// Of the stays here that the household side or departments know of: those that are registered.
    CoverageResidence,
    /// Of the stays elsewhere that the household side was told of: those whose departure it registered itself.
    CoverageHousehold,
}

impl Measure {
    /// The name in tables.
    pub const fn name(self) -> &'static str {
        match self {
            Measure::Completeness => "completeness",
            Measure::CoverageResidence => "coverage-residence",
            Measure::CoverageHousehold => "coverage-household",
        }
    }
}

/// How much there is of what is expected.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Share {
    /// Expected.
    pub expected: u64,
    /// Of these: there.
    pub present: u64,
}

impl Share {
    /// In tenths of a percent, rounded down: whole only where nothing is missing. None where nothing is expected.
    pub fn permille(self) -> Option<u64> {
        (self.present * 1000).checked_div(self.expected)
    }
}

/// A share's place in a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct ShareKey {
    /// Whose.
    pub jurisdiction: Code,
    /// Of what.
    pub measure: Measure,
}

/// What one person's facts add.
#[derive(Debug, Clone, PartialEq)]
pub enum Counted {
    /// A step that was owed without a notice.
    Owed {
        /// Who owed it.
        by: Code,
        /// In which procedure.
        procedure: String,
        /// Since when and until when, and whether it was done.
        question: Question,
    },
    /// A part of a share.
    Part {
        /// Whose.
        of: Code,
        /// Of what.
        measure: Measure,
        /// The day it counts on.
        on: NaiveDate,
        /// Expected.
        expected: u32,
        /// Of these: there.
        present: u32,
    },
}

impl Counted {
    /// Whose it is, and the day that says to which period it belongs.
    pub fn whose_and_when(&self) -> (Code, NaiveDate) {
        match self {
            Counted::Owed { by, question, .. } => (*by, question.asked_on),
            Counted::Part { of, on, .. } => (*of, *on),
        }
    }
}

/// Scorecards of one level as of a day.
#[derive(Debug)]
pub struct Scorecards<'a> {
    level: Level,
    today: NaiveDate,
    calendar: &'a Calendar,
    counts: Counts,
}

/// What was counted.
#[derive(Debug, Default)]
pub struct Counts {
    /// Answers and steps, by jurisdiction and procedure.
    pub cards: BTreeMap<CardKey, Scorecard>,
    /// Shares, by jurisdiction and measure.
    pub shares: BTreeMap<ShareKey, Share>,
}

impl<'a> Scorecards<'a> {
    /// None yet.
    pub fn new(level: Level, today: NaiveDate, calendar: &'a Calendar) -> Self {
        Scorecards { level, today, calendar, counts: Counts::default() }
    }

    /// Counts a question to whoever owes the answer, rolled up to the level. What was asked of a division above the
    /// level counts on its own: it cannot be laid at anybody's door below.
    pub fn count(&mut self, asked: Code, procedure: &str, question: &Question) {
        let key = CardKey { jurisdiction: self.rolled_up(asked), procedure: procedure.to_owned() };
        let card = self.counts.cards.entry(key).or_default();
        card.owed += 1;
        match question.standing(self.today, self.calendar) {
            Standing::Open { .. } => card.open += 1,
            Standing::Overdue { .. } => card.overdue += 1,
            Standing::Closed => card.closed += 1,
            Standing::Answered { after_days, late, .. } => {
                *(if late { &mut card.late } else { &mut card.in_time }) += 1;
                *card.days.entry(after_days).or_default() += 1;
            }
        }
    }

    /// Adds what one person's facts add, rolled up in the same way.
    pub fn add(&mut self, counted: &Counted) {
        match counted {
            Counted::Owed { by, procedure, question } => self.count(*by, procedure, question),
            Counted::Part { of, measure, expected, present, .. } => {
                let key = ShareKey { jurisdiction: self.rolled_up(*of), measure: *measure };
                let share = self.counts.shares.entry(key).or_default();
                share.expected += u64::from(*expected);
                share.present += u64::from(*present);
            }
        }
    }

    fn rolled_up(&self, code: Code) -> Code {
        let rolled = match self.level {
            Level::Province => Some(code.province()),
            Level::Prefecture => code.prefecture(),
            Level::County => code.county(),
            Level::Township | Level::Village => code.township(),
        };
        rolled.unwrap_or(code)
    }

    /// What was counted.
    pub fn into_counts(self) -> Counts {
        self.counts
    }
}

impl Scorecard {
    /// Working days that the answer in the middle took; of an even number the earlier one. None without answers.
    pub fn median_days(&self) -> Option<u32> {
        let middle = (self.in_time + self.late).checked_sub(1)? / 2;
        let mut before = 0;
        for (days, answers) in &self.days {
            before += answers;
            if before > middle {
                return Some(*days);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::Outcome;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn code(text: &str) -> Code {
        text.parse().unwrap()
    }

    #[test]
    fn answers_are_counted_where_they_are_owed_and_rolled_up() {
        let question = |answered: Option<&str>, stands| Question {
            asked_on: day("2026-03-09"),
            due_on: Some(day("2026-03-23")),
            answer: answered.map(|on| (Outcome::Confirmed, day(on))),
            stands,
        };
        let mut cards = Scorecards::new(Level::County, day("2026-03-25"), Calendar::shipped());
        cards.count(code("321322101"), "inflow", &question(Some("2026-03-10"), true));
        cards.count(code("321322102"), "inflow", &question(Some("2026-03-24"), true));
        cards.count(code("321322102"), "inflow", &question(None, true));
        cards.count(code("321322"), "inflow", &question(None, false));
        cards.count(code("321300"), "inflow", &question(Some("2026-03-12"), false));
        let cards = cards.into_counts().cards;
        let card = |jurisdiction| &cards[&CardKey { jurisdiction: code(jurisdiction), procedure: "inflow".to_owned() }];
        let county = card("321322");
        assert_eq!((county.owed, county.in_time, county.late), (4, 1, 1));
        assert_eq!((county.open, county.overdue, county.closed), (0, 1, 1));
        assert_eq!((county.median_days(), card("321300").median_days()), (Some(1), Some(3)));
        assert_eq!(Scorecard::default().median_days(), None);
    }

    #[test]
    fn shares_are_sums_and_whole_only_where_nothing_is_missing() {
        let mut cards = Scorecards::new(Level::County, day("2026-03-25"), Calendar::shipped());
        let part = |of, present| Counted::Part {
            of: code(of),
            measure: Measure::Completeness,
            on: day("2026-03-09"),
            expected: 4,
            present,
        };
        cards.add(&part("321322101", 4));
        cards.add(&part("321322102", 3));
        cards.add(&part("321300", 0));
        let shares = cards.into_counts().shares;
        let share =
            |jurisdiction| shares[&ShareKey { jurisdiction: code(jurisdiction), measure: Measure::Completeness }];
        assert_eq!(share("321322"), Share { expected: 8, present: 7 });
        assert_eq!((share("321322").permille(), share("321300").permille()), (Some(875), Some(0)));
        assert_eq!(Share { expected: 3001, present: 3000 }.permille(), Some(999));
        assert_eq!(Share::default().permille(), None);
    }
}
