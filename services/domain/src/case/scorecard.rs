//! Scorecards: per jurisdiction and procedure how many answers were owed and what became of them. Rolled up by level,
//! never about individuals, and the same for a past day whenever it is computed.

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

/// Scorecards of one level as of a day.
#[derive(Debug)]
pub struct Scorecards<'a> {
    level: Level,
    today: NaiveDate,
    calendar: &'a Calendar,
    cards: BTreeMap<CardKey, Scorecard>,
}

impl<'a> Scorecards<'a> {
    /// None yet.
    pub fn new(level: Level, today: NaiveDate, calendar: &'a Calendar) -> Self {
        Scorecards { level, today, calendar, cards: BTreeMap::new() }
    }

    /// Counts a question to whoever owes the answer, rolled up to the level. What was asked of a division above the
    /// level counts on its own: it cannot be laid at anybody's door below.
    pub fn count(&mut self, asked: Code, procedure: &str, question: &Question) {
        let rolled = match self.level {
            Level::Province => Some(asked.province()),
            Level::Prefecture => asked.prefecture(),
            Level::County => asked.county(),
            Level::Township | Level::Village => asked.township(),
        };
        let key = CardKey { jurisdiction: rolled.unwrap_or(asked), procedure: procedure.to_owned() };
        let card = self.cards.entry(key).or_default();
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

    /// The cards, by jurisdiction and procedure.
    pub fn into_cards(self) -> BTreeMap<CardKey, Scorecard> {
        self.cards
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
        let cards = cards.into_cards();
        let card = |jurisdiction| &cards[&CardKey { jurisdiction: code(jurisdiction), procedure: "inflow".to_owned() }];
        let county = card("321322");
        assert_eq!((county.owed, county.in_time, county.late), (4, 1, 1));
        assert_eq!((county.open, county.overdue, county.closed), (0, 1, 1));
        assert_eq!((county.median_days(), card("321300").median_days()), (Some(1), Some(3)));
        assert_eq!(Scorecard::default().median_days(), None);
    }
}
