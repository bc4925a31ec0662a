//! How a page has other weights or procedures rehearsed on the register. Like the intake, the binary implements it: this
//! crate and the registry do not know each other.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::Arc;

use chrono::NaiveDate;
use liangdi_domain::identity::Matching;
use liangdi_domain::notice::{NoticeKind, Receiver};
use liangdi_domain::procedure::Procedures;
use liangdi_store::StoreError;
use serde_json::Value;

/// What is rehearsed.
pub enum Rules {
    /// Who is who.
    Weights(Box<Matching>),
    /// Who is told what, and until when.
    Procedures(Procedures),
}

/// What a rehearsal came to. Codes and counts: nothing about anybody.
#[derive(Debug, Clone, PartialEq)]
pub struct Rehearsed {
    /// As of which day.
    pub as_of: NaiveDate,
    /// What is particular to weights, or to procedures.
    pub figures: Figures,
    /// Notices per receiver and kind.
    pub notices: BTreeMap<Receiver, BTreeMap<NoticeKind, BeforeAndNow>>,
    /// All of it for a machine.
    pub document: Value,
}

/// A count by the rules so far, and by those that are rehearsed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct BeforeAndNow {
    /// By the rules so far.
    pub before: usize,
    /// By those rehearsed.
    pub now: usize,
}

impl BeforeAndNow {
    /// Adds another count, each side to its own.
    pub fn add(&mut self, other: BeforeAndNow) {
        self.before += other.before;
        self.now += other.now;
    }
}

/// What is counted beside notices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Figures {
    /// Of other weights.
    Weights {
        /// Live profiles.
        profiles: usize,
        /// Persons that they are held to be.
        persons: BeforeAndNow,
        /// Persons that several become.
        merges: usize,
        /// Persons that become several.
        splits: usize,
        /// Pairs that wait for a person's decision then.
        questions: usize,
    },
    /// Of other procedures.
    Procedures {
        /// Persons looked at.
        persons: usize,
        /// Persons of whom something else is told, or whose clocks run otherwise.
        concerned: usize,
        /// Jurisdictions looked at as a whole.
        jurisdictions: usize,
        /// What becomes of clocks.
        clocks: Vec<Clocks>,
    },
}

/// What becomes of the clocks of one procedure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clocks {
    /// Which procedure.
    pub procedure: String,
    /// The kind of notice that began them.
    pub kind: NoticeKind,
    /// How many run.
    pub open: BeforeAndNow,
    /// How many are past their last day.
    pub overdue: BeforeAndNow,
    /// Those whose last day comes sooner.
    pub sooner: usize,
    /// Those whose last day comes later.
    pub later: usize,
    /// Those with the same last day, after which others hear, or on other days.
    pub other_steps: usize,
    /// Those that run no more.
    pub stopped: usize,
    /// Those that did not run before.
    pub begun: usize,
    /// Townships that are concerned.
    pub townships: usize,
}

/// Hears how many more profiles were looked at.
pub type Looked = Arc<dyn Fn(usize) + Send + Sync>;

/// A rehearsal that is on its way. Dropped, it ends.
pub type UnderWay<'a> = Pin<Box<dyn Future<Output = Result<Rehearsed, StoreError>> + Send + 'a>>;

/// The registry's rehearsals.
pub trait Rehearsing: Send + Sync {
    /// Rehearses on everybody in the register; nothing is written.
    fn rehearse(&self, rules: Rules, looked: Looked) -> UnderWay<'_>;
}
