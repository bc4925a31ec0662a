//! What a day may bring to any jurisdiction, worked out once; and what it does bring to one.

use std::collections::BTreeSet;

use chrono::{DateTime, FixedOffset, NaiveDate};
use serde_json::Value;
use uuid::Uuid;

use super::{Held, Month, Period, Said, Seen, digest, returns, rhythm, silence, villages};
use crate::calendar::Calendar;
use crate::division::{Code, Divisions, Level};
use crate::notice::{NoticeDraft, NoticeKind, Receiver};
use crate::procedure::{Opening, Owed, Period as Length, Procedures};
use crate::statement::urgency;

/// What a day may bring.
pub struct Plan<'a> {
    pub(super) today: NaiveDate,
    pub(super) calendar: &'a Calendar,
    pub(super) divisions: &'a Divisions,
    pub(super) procedures: &'a Procedures,
    /// Who hears anything at all.
    pub(super) listening: &'a [Code],
    time: DateTime<FixedOffset>,
    new_id: &'a (dyn Fn() -> Uuid + Sync),
    pub(super) digests: Vec<Periodic<'a>>,
    pub(super) reports: Vec<(Periodic<'a>, &'a Owed)>,
    pub(super) silences: Vec<(&'a str, Length, &'a Owed)>,
    pub(super) returns: Vec<(&'a str, &'a Owed)>,
    month: Month,
    small_cells_below: u32,
}

/// A procedure, with the period it speaks of today.
pub(super) struct Periodic<'a> {
    pub(super) procedure: &'a str,
    pub(super) period: Period,
    /// The day on which that is to be said.
    on: NaiveDate,
}

/// What a look at a jurisdiction has to know.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wants {
    /// Questions it has not answered.
    pub open: bool,
    /// What its villages reported in these periods.
    pub periods: BTreeSet<Period>,
    /// Its figures of this month.
    pub figures: Option<Month>,
}

/// What came of looks at jurisdictions.
#[derive(Default)]
pub struct Round {
    /// What is said, each in the place of what was said before.
    pub said: Vec<Said>,
    /// What tells it.
    pub notices: Vec<NoticeDraft>,
}

impl<'a> Plan<'a> {
    /// What the rules in force let a day bring.
    pub fn new(
        (divisions, calendar, procedures): (&'a Divisions, &'a Calendar, &'a Procedures),
        listening: &'a [Code],
        today: NaiveDate,
        time: DateTime<FixedOffset>,
        new_id: &'a (dyn Fn() -> Uuid + Sync),
    ) -> Self {
        let opened = |opening| procedures.opened_by(opening, today);
        let periodic = |procedure, length, start, after| {
            let (period, on) = rhythm::latest(length, start, after, today, calendar)?;
            Some(Periodic { procedure, period, on })
        };
        let digests = opened(Opening::PeriodEnds).filter_map(|(name, rule)| {
            periodic(name, working_days(rule.every?)?, rule.valid_from, Length::WorkingDays(1))
        });
        let reports = opened(Opening::VillagesReport).filter_map(|(name, rule)| {
            let owed = rule.owed.as_ref()?;
            let reminder = owed.late.first()?;
            Some((periodic(name, working_days(owed.within)?, rule.valid_from, reminder.after)?, owed))
        });
        let silences =
            opened(Opening::NoReceipt).filter_map(|(name, rule)| Some((name, rule.every?, rule.owed.as_ref()?)));
        let returns = || opened(Opening::MonthEnds).filter_map(|(name, rule)| Some((name, rule, rule.owed.as_ref()?)));
        Plan {
            today,
            calendar,
            divisions,
            procedures,
            listening,
            time,
            new_id,
            digests: digests.collect(),
            reports: reports.collect(),
            silences: silences.collect(),
            month: Month::latest(today, calendar),
            small_cells_below: returns().filter_map(|(_, rule, _)| rule.small_cells_below).max().unwrap_or_default(),
            returns: returns().map(|(name, _, owed)| (name, owed)).collect(),
        }
    }

    /// The month whose figures go out today or went out before, and from which count on they are shown; none where no
    /// return is in force.
    pub fn compiles(&self) -> Option<(Month, u32)> {
        (!self.returns.is_empty()).then_some((self.month, self.small_cells_below))
    }

    pub(super) fn month(&self) -> Month {
        self.month
    }

    /// What has to be known of a jurisdiction before anything can be said.
    pub fn wants(&self, held: &Held) -> Wants {
        let digests = self.digests.iter().filter(|digest| digest.is_due(held));
        let reports = self.reports.iter().map(|(report, _)| report).filter(|report| report.is_due(held));
        Wants {
            open: digests.clone().next().is_some(),
            periods: digests.chain(reports).map(|periodic| periodic.period).collect(),
            figures: returns::is_due(self, held).then_some(self.month),
        }
    }

    /// Adds what a jurisdiction, or whoever stands above it, hears today.
    pub fn tell(&self, held: &Held, seen: &Seen, round: &mut Round) {
        digest::tell(self, held, seen, round);
        villages::tell(self, held, seen, round);
        silence::tell(self, held, round);
        returns::tell(self, held, seen, round);
    }

    /// A notice that is about no person.
    pub(super) fn notice(&self, kind: NoticeKind, to: Code, procedure: &str, data: Value) -> NoticeDraft {
        NoticeDraft {
            id: (self.new_id)(),
            kind,
            urgency: urgency(kind),
            receiver: Receiver::jurisdiction(to),
            time: self.time,
            statement: None,
            case: None,
            due_on: None,
            basis: self.procedures.basis(procedure),
            supersedes: None,
            data,
        }
    }

    pub(super) fn new_case(&self) -> Uuid {
        (self.new_id)()
    }

    /// What is written when something was said that asks for no answer.
    pub(super) fn said(&self, held: &Held, procedure: &str) -> Said {
        Said {
            procedure: procedure.to_owned(),
            jurisdiction: held.jurisdiction,
            month: None,
            on: self.today,
            asked: None,
            late_told: 0,
            answered: false,
        }
    }
}

impl Periodic<'_> {
    /// Whether nothing has been said of the period, and the hub was there when it ended.
    pub(super) fn is_due(&self, held: &Held) -> bool {
        held.jurisdiction.level() == Level::Township
            && held.begun_on <= self.period.to
            && last_said(held, self.procedure).is_none_or(|last| last < self.on)
    }
}

/// The day on which something was last said in a procedure that knows no months.
pub(super) fn last_said(held: &Held, procedure: &str) -> Option<NaiveDate> {
    held.said.iter().find(|said| said.procedure == procedure && said.month.is_none()).map(|said| said.on)
}

fn working_days(length: Length) -> Option<u32> {
    match length {
        Length::WorkingDays(days) => Some(days),
        Length::Days(_) => None,
    }
}
