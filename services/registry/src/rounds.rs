//! Once a day the clock looks at every jurisdiction as a whole: digests, villages' reports, silence, returns. What it reads, what
//! it tells and that it looked are one transaction for each batch of jurisdictions, so that any number of clocks side by
//! side look once, and one that is killed leaves whole batches behind.

use std::collections::{BTreeSet, HashMap};

use liangdi_domain::division::Code;
use liangdi_domain::notice::NoticeDraft;
use liangdi_domain::round::{Held, Month, Period, Plan, Round, Seen, figures};
use liangdi_store::port::{Batch, Result, Rounds, Store};
use uuid::Uuid;

use crate::ingest::Registry;
use crate::tell::Rules;

/// What a round came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rounded {
    /// Jurisdictions looked at.
    pub jurisdictions: usize,
    /// Notices committed.
    pub notices: usize,
}

impl<S: Store> Registry<S> {
    /// Looks at one batch of the jurisdictions that nobody has looked at today; none: all were.
    pub async fn go_round(&self, listening: &[Code], batch_jurisdictions_max: usize) -> Result<Rounded> {
        let mut batch = self.store.begin().await?;
        let table = self.table(&mut batch).await?;
        let rules = self.rules(&table);
        let codes = batch.unlooked(listening, rules.setting.today, batch_jurisdictions_max).await?;
        if codes.is_empty() {
            return Ok(Rounded::default());
        }
        let round = look(&mut batch, listening, &codes, &rules).await?;
        batch.looked(&codes, rules.setting.today, &round.said).await?;
        if !round.notices.is_empty() {
            batch.tell(&[], &round.notices).await?;
        }
        batch.commit().await?;
        Ok(Rounded { jurisdictions: codes.len(), notices: round.notices.len() })
    }

    /// What the jurisdictions that nobody has looked at would hear now; nothing is written.
    pub async fn would_say(&self, listening: &[Code]) -> Result<Vec<NoticeDraft>> {
        let mut batch = self.store.begin().await?;
        let table = self.table(&mut batch).await?;
        let rules = self.rules(&table);
        let codes = batch.unlooked(listening, rules.setting.today, listening.len()).await?;
        Ok(look(&mut batch, listening, &codes, &rules).await?.notices)
    }
}

/// What jurisdictions would hear by these rules, whether anybody looked at them today or not; nothing is written. Other
/// writers wait meanwhile.
pub(crate) async fn would_hear<S: Store>(
    registry: &Registry<S>,
    listening: &[Code],
    codes: &[Code],
) -> Result<Vec<NoticeDraft>> {
    let mut batch = registry.store.begin().await?;
    let table = registry.table(&mut batch).await?;
    Ok(look(&mut batch, listening, codes, &registry.rules(&table)).await?.notices)
}

/// Reads what the day's plan wants to know of each, and says what follows.
async fn look<B: Batch>(batch: &mut B, listening: &[Code], codes: &[Code], rules: &Rules<'_>) -> Result<Round> {
    let setting = &rules.setting;
    let new_id = || rules.new_id();
    let known = (setting.divisions, setting.calendar, setting.procedures);
    let plan = Plan::new(known, listening, setting.today, rules.time, &new_id);
    if let Some((month, small_cells_below)) = plan.compiles()
        && !batch.is_compiled(month).await?
    {
        let counts = batch.counts(month).await?;
        // Nothing is a figure too, and signed like any other.
        let figures = figures::compile(&counts, listening, small_cells_below, setting.divisions);
        batch.compile(month, &figures).await?;
    }
    let held = batch.held(codes, setting.today).await?;
    let mut seen = see(batch, &plan, &held).await?;
    let mut round = Round::default();
    for held in &held {
        plan.tell(held, &seen.remove(&held.jurisdiction).unwrap_or_default(), &mut round);
    }
    Ok(round)
}

/// Reads what is wanted, each kind for all at once.
async fn see<R: Rounds>(batch: &mut R, plan: &Plan<'_>, held: &[Held]) -> Result<HashMap<Code, Seen>> {
    let (mut open, mut reporting, mut signing): (Vec<Code>, Vec<Code>, Vec<Code>) = Default::default();
    let (mut periods, mut month): (BTreeSet<Period>, Option<Month>) = Default::default();
    for held in held {
        let wants = plan.wants(held);
        open.extend(wants.open.then_some(held.jurisdiction));
        reporting.extend((!wants.periods.is_empty()).then_some(held.jurisdiction));
        signing.extend(wants.figures.map(|_| held.jurisdiction));
        periods.extend(wants.periods);
        month = month.or(wants.figures);
    }
    let mut seen: HashMap<Code, Seen> = HashMap::new();
    if !open.is_empty() {
        for (code, open) in batch.open_questions(&open).await? {
            seen.entry(code).or_default().open = open;
        }
    }
    for period in periods {
        for (code, villages) in batch.villages(&reporting, period).await? {
            seen.entry(code).or_default().villages.insert(period, villages);
        }
    }
    if let Some(month) = month {
        for (code, figures) in batch.figures(month, &signing).await? {
            seen.entry(code).or_default().figures = figures;
        }
    }
    Ok(seen)
}

impl Rules<'_> {
    /// An id of the time at which the rules say that it is.
    pub(crate) fn new_id(&self) -> Uuid {
        at(Uuid::now_v7(), self.shift_ms)
    }
}

/// The id moved in time. Ids made one after the other stay in that order.
fn at(id: Uuid, shift_ms: i64) -> Uuid {
    const RANDOM_BITS: u32 = 80;
    let (ms, rest) = (id.as_u128() >> RANDOM_BITS, id.as_u128() & ((1 << RANDOM_BITS) - 1));
    let moved = i64::try_from(ms).unwrap_or(i64::MAX).saturating_add(shift_ms).max(0);
    Uuid::from_u128((u128::from(moved.unsigned_abs()) << RANDOM_BITS) | rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_moved_in_time_and_keeps_its_order() {
        let (first, second) = (Uuid::now_v7(), Uuid::now_v7());
        let day = 24 * 3600 * 1000;
        assert!(at(first, -day) < at(second, -day) && at(second, -day) < first && first < at(first, day));
        assert_eq!((at(first, 0), at(at(first, -day), day)), (first, first));
        assert_eq!(at(first, day).get_version_num(), 7);
    }
}
