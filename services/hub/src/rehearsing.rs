//! Other weights and procedures on this process's register, for the console: the same rehearsal as `liangdi rehearse
//! --from-registry`, and the same document.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::NaiveDate;
use liangdi_console::rehearsing::{BeforeAndNow, Clocks, Figures, Looked, Rehearsed, Rehearsing, Rules, UnderWay};
use liangdi_domain::division::Code;
use liangdi_domain::notice::{NoticeKind, Receiver};
use liangdi_registry::ingest::Registry;
use liangdi_registry::rehearse::procedures::OtherRules;
use liangdi_registry::rehearse::{Notices, Rehearsal};
use liangdi_store::postgres::PgStore;

use crate::commands::rehearse;

/// The registry, to be tried with other rules.
pub struct OtherRegistry {
    pub registry: Registry<PgStore>,
    /// The jurisdictions at which the clock looks.
    pub listening: Vec<Code>,
}

impl Rehearsing for OtherRegistry {
    fn rehearse(&self, rules: Rules, looked: Looked) -> UnderWay<'_> {
        Box::pin(async move {
            let (registry, as_of) = (self.registry.clone(), self.registry.day());
            let noted = |more: usize| looked(more);
            match rules {
                Rules::Weights(new) => {
                    let registry = Registry { matching: Arc::new(*new), as_of: Some(as_of), ..registry };
                    let rehearsal = registry.rehearse(&self.registry.matching, &noted).await?;
                    Ok(of_weights(rehearsal, as_of))
                }
                Rules::Procedures(new) => {
                    let registry = Registry { procedures: Arc::new(new), as_of: Some(as_of), ..registry };
                    let before = &self.registry.procedures;
                    let rehearsed = registry.rehearse_procedures(before, &self.listening, &noted).await?;
                    Ok(of_procedures(rehearsed, as_of))
                }
            }
        })
    }
}

fn of_weights(rehearsal: Rehearsal, as_of: NaiveDate) -> Rehearsed {
    let mut document = rehearse::registry::document(&rehearsal, as_of);
    // A page says how many, and of nobody who.
    if let Some(members) = document.as_object_mut() {
        members.remove("differences");
    }
    let Rehearsal { profiles, persons_before, persons_after, merges, splits, questions, notices, .. } = rehearsal;
    let persons = BeforeAndNow { before: persons_before, now: persons_after };
    let figures = Figures::Weights { profiles, persons, merges, splits, questions };
    Rehearsed { as_of, figures, notices: side_by_side(Notices::new(), notices), document }
}

fn of_procedures(rehearsed: OtherRules, as_of: NaiveDate) -> Rehearsed {
    let document = rehearse::procedures::document(&rehearsed, as_of);
    let OtherRules { persons, persons_concerned, jurisdictions, before, now, clocks, .. } = rehearsed;
    let clocks = clocks.into_iter().map(|((procedure, kind), clocks)| Clocks {
        procedure,
        kind,
        open: BeforeAndNow { before: clocks.open_before, now: clocks.open_now },
        overdue: BeforeAndNow { before: clocks.overdue_before, now: clocks.overdue_now },
        sooner: clocks.sooner,
        later: clocks.later,
        other_steps: clocks.other_steps,
        stopped: clocks.stopped,
        begun: clocks.begun,
        townships: clocks.townships.len(),
    });
    let (concerned, clocks) = (persons_concerned, clocks.collect());
    let figures = Figures::Procedures { persons, concerned, jurisdictions, clocks };
    Rehearsed { as_of, figures, notices: side_by_side(before, now), document }
}

fn side_by_side(before: Notices, now: Notices) -> BTreeMap<Receiver, BTreeMap<NoticeKind, BeforeAndNow>> {
    let mut both: BTreeMap<Receiver, BTreeMap<NoticeKind, BeforeAndNow>> = BTreeMap::new();
    for (receiver, kinds) in before {
        let counts = both.entry(receiver).or_default();
        kinds.into_iter().for_each(|(kind, count)| counts.entry(kind).or_default().before = count);
    }
    for (receiver, kinds) in now {
        let counts = both.entry(receiver).or_default();
        kinds.into_iter().for_each(|(kind, count)| counts.entry(kind).or_default().now = count);
    }
    both
}
