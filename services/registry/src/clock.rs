//! The clock only wakes: persons whose day has come are looked at again, and take the same way as those of whom news came,
//! derive -> reconcile -> commit. Any number of clocks may run side by side: each batch is one registry transaction, and
//! what one has worked off is no longer due for the next. Killed anywhere, a clock leaves whole batches behind. A person
//! over whom it stumbles holds up nobody else.

use std::time::Duration;

use chrono::{Days, NaiveDate};
use liangdi_domain::division::Code;
use liangdi_domain::ids::PersonId;
use liangdi_domain::notice::NoticeDraft;
use liangdi_store::error::StoreError;
use liangdi_store::port::{Batch, Result, Store};
use opentelemetry::trace::FutureExt;
use tokio_util::sync::CancellationToken;

use crate::ingest::{Registry, TouchedPersons, now};
use crate::metrics::METRICS;
use crate::retain::{Retention, Way};
use crate::stumble::{Tried, tried};
use crate::trace;

/// Limits of the clock.
#[derive(Debug, Clone, Copy)]
pub struct ClockLimits {
    /// Persons looked at in one transaction.
    pub batch_persons_max: usize,
    /// Jurisdictions looked at in one transaction.
    pub batch_jurisdictions_max: usize,
    /// How long it sleeps when nothing is due.
    pub interval_ms: u64,
    /// How long persons are kept of whom nobody speaks.
    pub retention: Retention,
}

/// What a run of the clock came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Woken {
    /// Persons looked at.
    pub persons: usize,
    /// Notices committed.
    pub notices: usize,
}

impl<S: Store> Registry<S> {
    /// Looks at one batch of those whose day has come; no persons: nobody is due any more.
    pub async fn wake(&self, batch_persons_max: usize) -> Result<Woken> {
        let mut batch = self.store.begin().await?;
        let due = batch.due(self.day(), batch_persons_max).await?;
        self.look_at(batch, due).await
    }

    async fn look_at(&self, batch: S::Batch, due: Vec<PersonId>) -> Result<Woken> {
        if due.is_empty() {
            return Ok(Woken::default());
        }
        let persons = due.len();
        let touched = TouchedPersons { persons: due.into_iter().collect(), ..TouchedPersons::default() };
        let outcome = self.finish(batch, touched).await?;
        Ok(Woken { persons, notices: outcome.notices })
    }

    /// Looks at a batch, whatever happens over it: refused by the database or stumbled over, it is taken apart.
    async fn wake_safely(&self, batch_persons_max: usize) -> Result<Woken> {
        let registry = self.clone();
        match tried(async move { registry.wake(batch_persons_max).await }).await? {
            Tried::Done(woken) => Ok(woken),
            Tried::Stumbled(reason) => self.wake_one_by_one(batch_persons_max, &reason).await,
        }
    }

    async fn wake_one_by_one(&self, batch_persons_max: usize, reason: &str) -> Result<Woken> {
        tracing::error!(reason, "the clock cannot look at a batch; taking it apart");
        let due = self.store.begin().await?.due(self.day(), batch_persons_max).await?;
        let mut sum = Woken::default();
        for person in due {
            let registry = self.clone();
            let single = async move {
                let batch = registry.store.begin().await?;
                registry.look_at(batch, vec![person]).await
            };
            match tried(single).await? {
                Tried::Done(woken) => sum.notices += woken.notices,
                Tried::Stumbled(_) => self.put_off(person).await?,
            }
            sum.persons += 1;
        }
        Ok(sum)
    }

    /// Looks at a person tomorrow again: what makes the clock stumble must be mended first.
    async fn put_off(&self, person: PersonId) -> Result<()> {
        tracing::error!(person = %person.0, "the clock stumbles over this person, and looks again tomorrow");
        let tomorrow = self.day().checked_add_days(Days::new(1));
        let mut batch = self.store.begin().await?;
        batch.wake(&[(person, tomorrow)]).await?;
        batch.commit().await
    }

    /// What would be told to whom if the clock ran now, of at most `persons_max` persons; nothing is written. Other
    /// writers wait meanwhile.
    pub async fn would_tell(&self, persons_max: usize) -> Result<(usize, Vec<NoticeDraft>)> {
        let mut batch = self.store.begin().await?;
        let due = batch.due(self.day(), persons_max).await?;
        let files = batch.person_files(&due).await?;
        let table = self.table(&mut batch).await?;
        let written = crate::tell::tell(&files, &Default::default(), &self.rules(&table));
        Ok((due.len(), written.notices))
    }

    /// The day as of which everything is derived.
    pub fn day(&self) -> NaiveDate {
        self.today(now())
    }
}

/// Works off what falls due until `shutdown`, through every outage of the database. Jurisdictions that nobody listens for
/// are left out of the round.
pub async fn run<S: Store>(
    registry: Registry<S>,
    listening: Vec<Code>,
    limits: ClockLimits,
    shutdown: CancellationToken,
) {
    let interval = Duration::from_millis(limits.interval_ms);
    let mut away = false;
    let mut way = Way::default();
    METRICS.clock_begins();
    while !shutdown.is_cancelled() {
        let trace = trace::clock();
        let worked = step(&registry, &listening, &limits, &mut way).with_context(trace.clone()).await;
        trace::end(&trace, worked.is_ok());
        match worked {
            Ok(worked) => {
                away = false;
                if worked {
                    continue;
                }
            }
            Err(error) => {
                METRICS.clock_ran("failed", 0);
                say(&error, &mut away);
            }
        }
        tokio::select! {
            () = shutdown.cancelled() => {}
            () = tokio::time::sleep(interval) => {}
        }
    }
}

/// One batch of those whose day has come, one page of those whom a boundary change touches, and, when nobody is left, one
/// batch of jurisdictions that were not looked at today; false: nothing was left.
async fn step<S: Store>(
    registry: &Registry<S>,
    listening: &[Code],
    limits: &ClockLimits,
    way: &mut Way,
) -> Result<bool> {
    let woken = registry.wake_safely(limits.batch_persons_max).await?;
    METRICS.clock_ran(if woken.persons > 0 { "woke" } else { "idle" }, woken.persons);
    if woken.persons > 0 {
        tracing::info!(persons = woken.persons, notices = woken.notices, "looked at persons whose day had come");
    }
    let divided = registry.divide_safely(limits.batch_persons_max).await?;
    if divided.worked {
        tracing::info!(persons = divided.persons, notices = divided.notices, "looked at persons of changed divisions");
    }
    let wiped = registry.wipe_sent(limits.batch_persons_max).await?;
    if wiped > 0 {
        tracing::info!(notices = wiped, "removed what notices to erased persons' jurisdictions said");
    }
    if woken.persons > 0 || divided.worked || wiped > 0 {
        return Ok(true);
    }
    // A digest says how things stand: after the persons of the day.
    let rounded = registry.go_round(listening, limits.batch_jurisdictions_max).await?;
    if rounded.jurisdictions > 0 {
        let (jurisdictions, notices) = (rounded.jurisdictions, rounded.notices);
        tracing::info!(jurisdictions, notices, "looked at jurisdictions for the day");
    }
    if rounded.jurisdictions > 0 {
        return Ok(true);
    }
    // Last: what falls due for somebody is told before their time is over.
    registry.retain(limits.retention, way).await
}

/// An outage is said once, not at every try.
fn say(error: &StoreError, away: &mut bool) {
    if !*away {
        tracing::warn!(%error, "the clock cannot look at anybody; it tries again until it can");
    }
    *away = true;
}
