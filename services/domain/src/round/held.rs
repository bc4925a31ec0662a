//! What is known of a jurisdiction. Counts, codes, dates and case ids: nothing about anybody.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use uuid::Uuid;

use super::Period;
use super::figures::Figure;
use crate::division::Code;

/// What the aggregate holds of a jurisdiction between two looks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// Which.
    pub jurisdiction: Code,
    /// The day of the first look; nothing is told about periods that ended before it.
    pub begun_on: NaiveDate,
    /// Notices that wait for it to say anything.
    pub waiting: Option<Waiting>,
    /// What was said before; the latest of each procedure and month.
    pub said: Vec<Said>,
}

/// Notices to a jurisdiction since it last sent a receipt or a reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waiting {
    /// The date of the first of them.
    pub since: NaiveDate,
    /// How many.
    pub count: u32,
}

/// What was said last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// In which procedure.
    pub procedure: String,
    /// About which jurisdiction; who heard it follows from the procedure.
    pub jurisdiction: Code,
    /// About which month, of a return.
    pub month: Option<NaiveDate>,
    /// On which day; day 0 of a clock.
    pub on: NaiveDate,
    /// The notice that asked, and its case.
    pub asked: Option<(Uuid, Uuid)>,
    /// How many late steps were told.
    pub late_told: u8,
    /// Whether an answer stands.
    pub answered: bool,
}

/// What a look has to know beside, as far as it was asked for.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Seen {
    /// Questions that the jurisdiction has not answered.
    pub open: Vec<Open>,
    /// What its villages reported.
    pub villages: BTreeMap<Period, Villages>,
    /// Its figures of the month, as they were compiled.
    pub figures: Vec<Figure>,
}

/// A question that waits for its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Open {
    /// The last day in time; none where no day was set.
    pub due_on: Option<NaiveDate>,
    /// Its case.
    pub case: Uuid,
}

/// What a township's villages reported in a period.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Villages {
    /// Villages that reported through the hub by the end of the period.
    pub expected: u32,
    /// Those that did in the period; a report belongs to the period in which it was recorded.
    pub reported: u32,
    /// Arrivals, as they reported.
    pub arrivals: u32,
    /// Departures, as they reported.
    pub departures: u32,
}
