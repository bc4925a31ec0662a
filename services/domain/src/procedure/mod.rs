//! The rules a notice rests on (`config/procedures.toml`): source, basis in force, what opens a procedure, who owes
//! which step within how many days, and who hears when it runs out.
//!
//! - [`Procedure`], [`Owed`], [`Late`]: what one entry says
//! - `read`: the file, checked; a mistake names line and key
//! - `words`: an entry in words, one step per line

mod read;
mod rule;
mod words;

use std::collections::BTreeMap;
use std::sync::OnceLock;

use chrono::NaiveDate;

use crate::calendar::{Calendar, Due};
use crate::statement::Topic;

pub use read::ProceduresError;
pub use rule::{DayZero, Hears, Late, Opening, Owed, Party, Period, Procedure, Silence, Step};

/// What ships.
const SHIPPED: &str = include_str!("../../../../config/procedures.toml");

/// Every procedure the hub follows, by name.
#[derive(Debug, Clone)]
pub struct Procedures {
    by_name: BTreeMap<String, Procedure>,
}

impl Procedures {
    /// The procedures the hub ships with.
    pub fn shipped() -> &'static Procedures {
        static PROCEDURES: OnceLock<Procedures> = OnceLock::new();
        PROCEDURES.get_or_init(|| Procedures::read(SHIPPED).expect("the shipped procedures.toml is tested"))
    }

    /// Reads and checks a procedures file.
    pub fn read(text: &str) -> Result<Procedures, ProceduresError> {
        read::read(text)
    }

    /// One procedure.
    pub fn get(&self, name: &str) -> Option<&Procedure> {
        self.by_name.get(name)
    }

    /// Every procedure with its name, in the order of names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Procedure)> {
        self.by_name.iter().map(|(name, procedure)| (name.as_str(), procedure))
    }

    /// The procedures in force on a day that open so.
    pub fn opened_by(&self, opening: Opening, on: NaiveDate) -> impl Iterator<Item = (&str, &Procedure)> {
        self.iter().filter(move |(_, procedure)| procedure.opens == opening && procedure.in_force(on))
    }

    /// Whether statements of a topic are told and kept on a day.
    pub fn tells(&self, topic: Topic, on: NaiveDate) -> bool {
        topic.procedure().is_none_or(|name| self.get(name).is_some_and(|procedure| procedure.in_force(on)))
    }

    /// `basis` of a notice: procedure and article.
    pub fn basis(&self, name: &str) -> String {
        let article = self.get(name).and_then(|procedure| procedure.basis.as_deref()).unwrap_or("none in force");
        format!("{name}; {article}")
    }

    /// The last day on which what a procedure asks for is in time; none where nothing is owed.
    pub fn due_on(&self, name: &str, day_zero: NaiveDate, calendar: &Calendar) -> Option<Due> {
        Some(self.get(name)?.owed.as_ref()?.within.after(day_zero, calendar))
    }

    /// An entry in words, one step per line, periods in digits; none where there is no such procedure.
    pub fn explain(&self, name: &str) -> Option<String> {
        Some(words::explain(name, self.get(name)?))
    }
}

#[cfg(test)]
mod tests;
