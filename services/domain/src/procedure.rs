//! The rules a notice rests on: name, legal basis in force, and the clock that it starts. Read from
//! `config/procedures.toml`; a procedure the hub needs and the file lacks is an error at start.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use chrono::NaiveDate;
use serde::Deserialize;

use crate::calendar::Calendar;
use crate::statement::Topic;

/// What ships.
const SHIPPED: &str = include_str!("../../../config/procedures.toml");

/// Every procedure that opens a statement.
#[derive(Debug, Clone, Deserialize)]
#[serde(transparent)]
pub struct Procedures {
    by_name: BTreeMap<String, Procedure>,
}

/// One procedure.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Procedure {
    /// Where the rule was taken from.
    pub source: String,
    /// The article in force that carries it, as notices cite it.
    pub basis: String,
    /// How long the receiver has to answer; none where nothing is owed.
    pub answer_within: Option<Period>,
}

/// A period from day 0, the notice's date in Asia/Shanghai.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Period {
    /// Working days, by the calendar.
    WorkingDays(u32),
    /// Calendar days.
    Days(u32),
}

/// A procedures file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ProceduresError {
    /// Not TOML, or not of this shape; the message names line and key.
    #[error("procedures.toml: {0}")]
    Shape(#[from] toml::de::Error),
    /// A procedure that a statement needs is missing.
    #[error("procedures.toml: [{0}] is missing; the hub sends notices that rest on it")]
    Missing(&'static str),
}

impl Procedures {
    /// The procedures the hub ships with.
    pub fn shipped() -> &'static Procedures {
        static PROCEDURES: OnceLock<Procedures> = OnceLock::new();
        PROCEDURES.get_or_init(|| Procedures::read(SHIPPED).expect("the shipped procedures.toml is tested"))
    }

    /// Reads a procedures file.
    pub fn read(text: &str) -> Result<Procedures, ProceduresError> {
        let procedures: Procedures = toml::from_str(text)?;
        for topic in Topic::ALL {
            if !procedures.by_name.contains_key(topic.procedure()) {
                return Err(ProceduresError::Missing(topic.procedure()));
            }
        }
        Ok(procedures)
    }

    /// `basis` of the notice that opens a statement: procedure and article.
    pub fn basis(&self, topic: Topic) -> String {
        let name = topic.procedure();
        let article = self.by_name.get(name).map_or("", |procedure| procedure.basis.as_str());
        format!("{name}; {article}")
    }

    /// The last day on which an answer is in time; none where none is owed.
    pub fn due_on(&self, topic: Topic, day_zero: NaiveDate, calendar: &Calendar) -> Option<NaiveDate> {
        match self.by_name.get(topic.procedure())?.answer_within? {
            Period::WorkingDays(days) => Some(calendar.add_working_days(day_zero, days).date),
            Period::Days(days) => Some(day_zero + chrono::Days::new(u64::from(days))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_file_holds_every_procedure_a_statement_needs() {
        let procedures = Procedures::read(SHIPPED).unwrap();
        assert_eq!(procedures.basis(Topic::Inflow), "inflow; Residence Permit Regulation art. 7");
        assert_eq!(procedures.basis(Topic::Lead), "registration; Residence Permit Regulation art. 7");
    }

    #[test]
    fn a_missing_procedure_is_named() {
        let refused = Procedures::read("").unwrap_err().to_string();
        assert!(refused.contains("[inflow] is missing"), "{refused}");
    }

    #[test]
    fn an_unknown_key_is_refused_with_its_line() {
        let text = SHIPPED.replacen("source =", "sauce =", 1);
        let refused = Procedures::read(&text).unwrap_err().to_string();
        assert!(refused.contains("sauce") && refused.contains("line"), "{refused}");
    }

    #[test]
    fn an_inflow_is_answered_within_ten_working_days_and_a_lead_within_twenty_days() {
        let day: NaiveDate = "2026-03-09".parse().unwrap();
        let due = |topic| Procedures::shipped().due_on(topic, day, Calendar::shipped());
        assert_eq!(due(Topic::Inflow), Some("2026-03-23".parse().unwrap()));
        assert_eq!(due(Topic::Lead), Some("2026-03-29".parse().unwrap()));
        assert_eq!(due(Topic::Outflow), None);
    }
}
