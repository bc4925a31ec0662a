//! What a rehearsal's notices come to: by kind, by level, and for the townships of which most changes.

use std::collections::{BTreeMap, BTreeSet};

use liangdi_domain::notice::{NoticeKind, Receiver};

use crate::rehearsing::{BeforeAndNow, Rehearsed};

/// Townships shown by name.
const TOWNSHIPS_MAX: usize = 20;

/// What a notice does to what its receiver knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Effect {
    /// Tells something new.
    Opens,
    /// Changes or ends what was told.
    Changes,
    /// Takes back what was told.
    TakesBack,
    /// Says that something waits, or is late.
    Reminds,
}

impl Effect {
    const fn of(kind: NoticeKind) -> Self {
        match kind {
            NoticeKind::Inflow
            | NoticeKind::Outflow
            | NoticeKind::Workplace
            | NoticeKind::Lead
            | NoticeKind::Rejected
            | NoticeKind::PermitDue
            | NoticeKind::Consultation
            | NoticeKind::VerificationRequest
            | NoticeKind::VerificationReply
            | NoticeKind::StatisticsReturn
            | NoticeKind::Complaint
            | NoticeKind::Correction
            | NoticeKind::CaseReply => Effect::Opens,
            NoticeKind::ResidenceChanged
            | NoticeKind::Departed
            | NoticeKind::Returned
            | NoticeKind::Closed
            | NoticeKind::HouseholdChanged
            | NoticeKind::Supersede => Effect::Changes,
            NoticeKind::Retract | NoticeKind::CaseReplyWithdrawn => Effect::TakesBack,
            NoticeKind::Reminder | NoticeKind::Escalation | NoticeKind::Digest => Effect::Reminds,
        }
    }
}

/// Notices of one kind.
pub(super) struct OfKind {
    pub(super) effect: Effect,
    pub(super) kind: NoticeKind,
    pub(super) count: BeforeAndNow,
    /// Townships that get any by the new rules.
    pub(super) townships: usize,
}

/// Notices to one receiver, or to all of a level.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Sum {
    pub(super) receivers: usize,
    pub(super) opens: usize,
    pub(super) changes: usize,
    pub(super) takes_back: usize,
    pub(super) reminds: usize,
    pub(super) all: BeforeAndNow,
}

impl Sum {
    fn of(kinds: &BTreeMap<NoticeKind, BeforeAndNow>) -> Self {
        let mut sum = Sum { receivers: 1, ..Sum::default() };
        for (kind, count) in kinds {
            let effect = match Effect::of(*kind) {
                Effect::Opens => &mut sum.opens,
                Effect::Changes => &mut sum.changes,
                Effect::TakesBack => &mut sum.takes_back,
                Effect::Reminds => &mut sum.reminds,
            };
            *effect += count.now;
            sum.all.add(*count);
        }
        sum
    }

    fn add(&mut self, other: Sum) {
        self.receivers += other.receivers;
        self.opens += other.opens;
        self.changes += other.changes;
        self.takes_back += other.takes_back;
        self.reminds += other.reminds;
        self.all.add(other.all);
    }
}

/// All of it.
pub(super) struct Sums {
    pub(super) kinds: Vec<OfKind>,
    /// Levels that hear anything, from above.
    pub(super) levels: Vec<(&'static str, Sum)>,
    /// How many townships hear anything.
    pub(super) townships: usize,
    /// Those of which most changes.
    pub(super) busiest: Vec<(Receiver, Sum)>,
    pub(super) all: BeforeAndNow,
}

impl Sums {
    pub(super) fn of(rehearsed: &Rehearsed) -> Self {
        let mut kinds: BTreeMap<(Effect, NoticeKind), (BeforeAndNow, BTreeSet<&Receiver>)> = BTreeMap::new();
        let mut levels: BTreeMap<&'static str, Sum> = BTreeMap::new();
        let (mut busiest, mut all) = (Vec::new(), BeforeAndNow::default());
        for (receiver, counts) in &rehearsed.notices {
            let (level, sum) = (receiver.level_name(), Sum::of(counts));
            let is_township = level == "township";
            for (kind, count) in counts {
                let (summed, townships) = kinds.entry((Effect::of(*kind), *kind)).or_default();
                summed.add(*count);
                if is_township && count.now > 0 {
                    townships.insert(receiver);
                }
            }
            levels.entry(level).or_default().add(sum);
            all.add(sum.all);
            if is_township {
                busiest.push((receiver.clone(), sum));
            }
        }
        let townships = busiest.len();
        busiest.sort_by_key(|(_, sum)| std::cmp::Reverse(sum.all.now.abs_diff(sum.all.before)));
        busiest.truncate(TOWNSHIPS_MAX);
        let of_kind = |((effect, kind), (count, townships)): ((Effect, NoticeKind), (BeforeAndNow, BTreeSet<_>))| {
            OfKind { effect, kind, count, townships: townships.len() }
        };
        Sums {
            kinds: kinds.into_iter().map(of_kind).collect(),
            levels: Receiver::LEVELS.into_iter().filter_map(|level| Some((level, *levels.get(level)?))).collect(),
            townships,
            busiest,
            all,
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;
    use serde_json::Value;

    use super::*;
    use crate::rehearsing::Figures;

    #[test]
    fn notices_are_summed_by_what_they_do_by_level_and_township() {
        let count = |before, now| BeforeAndNow { before, now };
        let to = |receiver: &str, kinds: &[(NoticeKind, BeforeAndNow)]| {
            (Receiver(receiver.to_owned()), kinds.iter().copied().collect())
        };
        let notices = BTreeMap::from([
            to("320583100", &[(NoticeKind::Inflow, count(0, 3)), (NoticeKind::Retract, count(1, 2))]),
            to("320583101", &[(NoticeKind::Reminder, count(9, 0))]),
            to("320583", &[(NoticeKind::Escalation, count(0, 1))]),
            to("hr.320500", &[(NoticeKind::Correction, count(0, 1))]),
        ]);
        let figures = Figures::Procedures { persons: 0, concerned: 0, jurisdictions: 0, clocks: Vec::new() };
        let sums = Sums::of(&Rehearsed { as_of: NaiveDate::MIN, figures, notices, document: Value::Null });
        assert_eq!((sums.all, sums.townships), (count(10, 7), 2));
        let levels: Vec<(&str, usize, usize)> =
            sums.levels.iter().map(|(level, sum)| (*level, sum.receivers, sum.all.now)).collect();
        assert_eq!(levels, [("county", 1, 1), ("township", 2, 5), ("partner", 1, 1)]);
        assert_eq!(sums.busiest[0].0.0, "320583101", "of it most changes");
        let kinds: Vec<(NoticeKind, usize)> = sums.kinds.iter().map(|row| (row.kind, row.townships)).collect();
        assert_eq!(kinds.len(), 5);
        assert_eq!(kinds[0], (NoticeKind::Inflow, 1));
        assert!(kinds.contains(&(NoticeKind::Reminder, 0)), "{kinds:?}");
    }
}
