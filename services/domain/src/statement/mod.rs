//! Statements: what a jurisdiction should know, what it was told, and the notice that closes the gap.
//!
//! - [`Topic`], [`Desired`], [`Told`]: the two sides
//! - [`derive`](derive()): all facts of a person -> what everybody should know
//! - [`reconcile`](reconcile()): (told -> desired) -> notices
//! - [`measure`]: what a person's facts add to scorecards; [`clocks`](clocks()): which clocks run, and until when

mod clocks;
mod derive;
mod desired;
mod late;
mod matching;
mod payload;
mod reconcile;
mod told;

use chrono::NaiveDate;

use crate::calendar::Calendar;
use crate::division::Divisions;
use crate::identity::survive::Trust;
use crate::procedure::Procedures;

pub use clocks::{ClockKey, Running, clocks};
pub use derive::{Derived, derive, measure};
pub use desired::{Asks, Desired, DesiredState, EndKind, OnChange, Topic};
pub use late::Escalation;
pub use payload::retracting;
pub(crate) use reconcile::urgency;
pub use reconcile::{Change, Reconciled, Telling, reconcile};
pub use told::{Asked, Told, ToldState};

pub(crate) use matching::{handed, pairs};

/// Everything beside a person's own file that decides what should be known.
#[derive(Clone, Copy)]
pub struct Setting<'a> {
    /// Divisions.
    pub divisions: &'a Divisions,
    /// Working days.
    pub calendar: &'a Calendar,
    /// Procedures.
    pub procedures: &'a Procedures,
    /// Whose word is shown where departments write a person differently.
    pub trust: &'a Trust,
    /// The day.
    pub today: NaiveDate,
}
