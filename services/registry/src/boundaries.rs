//! The divisions as they are on a day: what ships, and the boundary changes announced since. Every registry transaction
//! asks under the writer's lock whether anything was announced, so that hubs side by side write by one table.

use std::sync::{Arc, Mutex, PoisonError};

use chrono::NaiveDate;
use liangdi_adapters::contract::Reason;
use liangdi_domain::division::{Announcement, Change, Divisions, Fault, Register, Ruling};
use liangdi_store::port::{Announced, Batch, Quarantined, Result, Store};

use crate::ingest::Registry;
use crate::prepare::Taken;

/// The table that was read last.
#[derive(Default)]
pub struct Boundaries(Mutex<Option<Held>>);

struct Held {
    version: i64,
    on: NaiveDate,
    divisions: Arc<Divisions>,
}

/// Rules on what was announced.
pub fn register(tables: &Divisions, announced: Vec<Announced>) -> Register {
    let (withdrawn, standing): (Vec<Announced>, Vec<Announced>) = announced.into_iter().partition(|row| row.withdrawn);
    let standing = standing.into_iter().map(|row| row.announcement).collect();
    let withdrawn: Vec<Change> = withdrawn.into_iter().map(|row| row.announcement.change).collect();
    Register::of(tables, standing, withdrawn)
}

impl<S: Store> Registry<S> {
    /// The divisions as they are today, as far as this transaction knows.
    pub(crate) async fn table<B: Batch>(&self, batch: &mut B) -> Result<Arc<Divisions>> {
        let (version, on) = (batch.divisions_version().await?, self.day());
        if let Some(divisions) = self.held(version, on) {
            return Ok(divisions);
        }
        let divisions = Arc::new(register(self.divisions, batch.announced().await?).on(on));
        *self.boundaries.0.lock().unwrap_or_else(PoisonError::into_inner) =
            Some(Held { version, on, divisions: Arc::clone(&divisions) });
        Ok(divisions)
    }

    /// The same outside a transaction.
    pub(crate) async fn table_now(&self) -> Result<Arc<Divisions>> {
        self.table(&mut self.store.begin().await?).await
    }

    fn held(&self, version: i64, on: NaiveDate) -> Option<Arc<Divisions>> {
        let held = self.boundaries.0.lock().unwrap_or_else(PoisonError::into_inner);
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
