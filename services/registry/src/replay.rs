//! A message out of the quarantine, taken again as its original publisher's: once, however often it is asked for; or only
//! tried, to see what would follow.

use liangdi_adapters::contract::Refusal;
use liangdi_store::port::{Batch, Result, Store};

use crate::hand_in::refusal;
use crate::ingest::{Recording, Registry};
use crate::metrics::Tally;
use crate::prepare::Incoming;

/// What became of a message that was taken again, or would.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Replayed {
    /// It is recorded.
    Taken {
        /// Nothing new: its content came by another way already.
        duplicate: bool,
        /// Notices that follow.
        notices: usize,
    },
    /// It is refused again, and stays where it is.
    Refused(Refusal),
    /// Somebody settled it before: nothing happens.
    Settled,
}

impl<S: Store> Registry<S> {
    /// Takes a quarantined message again.
    pub async fn replay(&self, incoming: Incoming) -> Result<Replayed> {
        self.take_out(incoming, true).await
    }

    /// What [`Registry::replay`] would do. Nothing is written.
    pub async fn try_replay(&self, incoming: Incoming) -> Result<Replayed> {
        self.take_out(incoming, false).await
    }

    async fn take_out(&self, incoming: Incoming, for_good: bool) -> Result<Replayed> {
        let publisher = incoming.user.clone().unwrap_or_default();
        let body_mac = self.keys.token_bytes("body", &incoming.body);
        let prepared = self.prepare(vec![incoming]);
        let mut batch = self.store.begin().await?;
        let mut tally = Tally::default();
        let Recording { outcome, refused, .. } = self.record(&mut batch, prepared, &mut tally).await?;
        // Refused again, it is where it was: no delivery came, so none may be counted. Dropped, the transaction never was.
        if let Some(row) = refused.first() {
            return Ok(Replayed::Refused(refusal(row)));
        }
        // Batches come one after the other: of two that want the same message, the second finds it settled.
        if !batch.replayed(&publisher, body_mac).await? {
            return Ok(Replayed::Settled);
        }
        if for_good {
            batch.commit().await?;
            tally.committed();
        }
        Ok(Replayed::Taken { duplicate: outcome.duplicates > 0, notices: outcome.notices })
    }
}
