//! The clock only wakes: persons whose day has come are looked at again, and take the same way as those of whom news came,
//! derive -> reconcile -> commit. Any number of clocks may run side by side: each batch is one registry transaction, and
//! what one has worked off is no longer due for the next. Killed anywhere, a clock leaves whole batches behind.

use std::time::Duration;

use chrono::NaiveDate;
use liangdi_domain::notice::NoticeDraft;
use liangdi_store::error::StoreError;
use liangdi_store::port::{Batch, Result, Store};
use tokio_util::sync::CancellationToken;

use crate::ingest::{Registry, TouchedPersons};

/// Limits of the clock.
#[derive(Debug, Clone, Copy)]
pub struct ClockLimits {
    /// Persons looked at in one transaction.
    pub batch_persons_max: usize,
    /// How long it sleeps when nothing is due.
    pub interval_ms: u64,
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
        if due.is_empty() {
            return Ok(Woken::default());
        }
        let persons = due.len();
        let touched = TouchedPersons { persons: due.into_iter().collect(), ..TouchedPersons::default() };
        let outcome = self.finish(batch, touched).await?;
        Ok(Woken { persons, notices: outcome.notices })
    }

    /// What would be told to whom if the clock ran now, of at most `persons_max` persons; nothing is written. Other
    /// writers wait meanwhile.
    pub async fn would_tell(&self, persons_max: usize) -> Result<(usize, Vec<NoticeDraft>)> {
        let mut batch = self.store.begin().await?;
        let due = batch.due(self.day(), persons_max).await?;
        let files = batch.person_files(&due).await?;
        let written = crate::tell::tell(&files, &Default::default(), &self.rules());
        Ok((due.len(), written.notices))
    }

    /// The day as of which everything is derived.
    pub fn day(&self) -> NaiveDate {
        self.rules().setting.today
    }
}

/// Works off what falls due until `shutdown`, through every outage of the database.
pub async fn run<S: Store>(registry: Registry<S>, limits: ClockLimits, shutdown: CancellationToken) {
    let interval = Duration::from_millis(limits.interval_ms);
    let mut away = false;
    while !shutdown.is_cancelled() {
        match registry.wake(limits.batch_persons_max).await {
            Ok(woken) if woken.persons > 0 => {
                tracing::info!(
                    persons = woken.persons,
                    notices = woken.notices,
                    "looked at persons whose day had come"
                );
                away = false;
                continue;
            }
            Ok(_) => away = false,
            Err(error) => say(&error, &mut away),
        }
        tokio::select! {
            () = shutdown.cancelled() => {}
            () = tokio::time::sleep(interval) => {}
        }
    }
}

/// An outage is said once, not at every try.
fn say(error: &StoreError, away: &mut bool) {
    if !*away {
        tracing::warn!(%error, "the clock cannot look at anybody; it tries again until it can");
    }
    *away = true;
}
