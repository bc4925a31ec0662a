//! The divisions as they are on a day: what ships, and the boundary changes announced since. Every registry transaction
//! asks under the writer's lock whether anything was announced, so that hubs side by side write by one table.

use std::sync::{Arc, Mutex, PoisonError};

use chrono::NaiveDate;
use liangdi_adapters::contract::Reason;
use liangdi_broker::feed::CONTENT_TYPE;
use liangdi_domain::division::{Announcement, Divisions, Fault, Register, Ruling};
use liangdi_store::port::{Batch, Kept, Quarantined, Result, Store, register};

use crate::ingest::Registry;
use crate::prepare::{Incoming, Taken};
use crate::replay::Replayed;

/// Why an announcement was refused that a further one may have made fit to be followed.
const CURABLE: [Reason; 4] =
    [Reason::UnknownDivision, Reason::DivisionTaken, Reason::DivisionConflict, Reason::DivisionCycle];
/// Refused announcements taken again in one go.
const TAKEN_AGAIN_MAX: usize = 100;

/// The table that was read last.
#[derive(Default)]
pub struct Boundaries {
    held: Mutex<Option<Held>>,
    /// The version under which refused announcements were tried last.
    tried: Mutex<Option<i64>>,
}

struct Held {
    version: i64,
    on: NaiveDate,
    divisions: Arc<Divisions>,
}

impl<S: Store> Registry<S> {
    /// The divisions as they are today, as far as this transaction knows.
    pub(crate) async fn table<B: Batch>(&self, batch: &mut B) -> Result<Arc<Divisions>> {
        let (version, on) = (batch.divisions_version().await?, self.day());
        if let Some(divisions) = self.held(version, on) {
            return Ok(divisions);
        }
        let divisions = Arc::new(register(self.divisions, batch.announced().await?).on(on));
        *self.boundaries.held.lock().unwrap_or_else(PoisonError::into_inner) =
            Some(Held { version, on, divisions: Arc::clone(&divisions) });
        Ok(divisions)
    }

    /// The same outside a transaction.
    pub(crate) async fn table_now(&self) -> Result<Arc<Divisions>> {
        self.table(&mut self.store.begin().await?).await
    }

    /// Takes announcements again that were refused beside others: what was announced or withdrawn since may have made them
    /// fit. So the order in which announcements come never shows in the end.
    pub(crate) async fn take_again(&self) -> Result<()> {
        loop {
            let mut batch = self.store.begin().await?;
            let version = batch.divisions_version().await?;
            if *self.boundaries.tried.lock().unwrap_or_else(PoisonError::into_inner) == Some(version) {
                return Ok(());
            }
            let waiting = batch.set_aside_for(&CURABLE.map(Reason::code), TAKEN_AGAIN_MAX).await?;
            drop(batch);
            for Kept { feed, publisher, baseline, body } in waiting {
                let (body, user) = (Arc::new(body), Some(publisher));
                let content_type = Some(CONTENT_TYPE.to_owned());
                let again = self.replay(Incoming { feed, body, content_type, user, baseline }).await?;
                if matches!(again, Replayed::Taken { .. }) {
                    tracing::info!("took a refused boundary change again: it can be followed now");
                }
            }
            // Each one that was taken is another version, under which the others are tried once more.
            *self.boundaries.tried.lock().unwrap_or_else(PoisonError::into_inner) = Some(version);
        }
    }

    fn held(&self, version: i64, on: NaiveDate) -> Option<Arc<Divisions>> {
        let held = self.boundaries.held.lock().unwrap_or_else(PoisonError::into_inner);
        let held = held.as_ref().filter(|held| (held.version, held.on) == (version, on))?;
        Some(Arc::clone(&held.divisions))
    }

    /// A boundary change that cannot be followed beside what was announced is refused at the door.
    pub(crate) async fn refuse_unfit_announcements<B: Batch>(
        &self,
        batch: &mut B,
        taken: Vec<Taken>,
        refused: &mut Vec<Quarantined>,
    ) -> Result<Vec<Taken>> {
        if taken.iter().all(|message| message.inbound.division.is_none()) {
            return Ok(taken);
        }
        let announced = batch.announced().await?;
        let mut standing: Vec<Announcement> =
            announced.into_iter().filter(|row| !row.withdrawn).map(|row| row.announcement).collect();
        let mut kept = Vec::with_capacity(taken.len());
        for message in taken {
            let Some(change) = message.inbound.division.clone() else {
                kept.push(message);
                continue;
            };
            let key = message.inbound.key.clone();
            // Delivered again, or under an id that was used: the inbox decides.
            if standing.iter().any(|other| other.key == key) {
                kept.push(message);
                continue;
            }
            standing.push(Announcement { key: key.clone(), time: message.inbound.time, change, settled: false });
            let register = Register::of(self.divisions, standing.clone(), Vec::new());
            match register.ruling(&key) {
                Some(Ruling::Refused(fault)) => {
                    standing.pop();
                    refused.push(self.turn_away(message, reason(fault), &format!("/data{}", fault.path())));
                }
                _ => kept.push(message),
            }
        }
        Ok(kept)
    }
}

fn reason(fault: &Fault) -> Reason {
    match fault {
        Fault::Shape(_) => Reason::DivisionShape,
        Fault::Unknown(_) => Reason::UnknownDivision,
        Fault::Taken(_) => Reason::DivisionTaken,
        Fault::Conflict(_) => Reason::DivisionConflict,
        Fault::Cycle(_) => Reason::DivisionCycle,
    }
}
