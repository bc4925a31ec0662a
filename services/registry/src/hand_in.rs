//! A message that is handed in inside the process, by a page or the API: recorded like one from the feed, with the answer
//! at once; or only tried, to see who would be told what. What is refused leaves no trace; whoever handed it in has it
//! before their eyes.

use liangdi_adapters::contract::{Reason, Refusal};
use liangdi_domain::notice::NoticeDraft;
use liangdi_store::port::{Batch, Quarantined, Result, Store};

use crate::ingest::{Recording, Registry};
use crate::metrics::Tally;
use crate::prepare::{Incoming, Prepared};

/// What became of a message that was handed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HandedIn {
    /// It was recorded, with everything that follows from it.
    Recorded,
    /// The same message was recorded before.
    Duplicate,
    /// It cannot be taken.
    Refused(Refusal),
}

/// What would become of a message.
pub enum TriedIn {
    /// It would be recorded.
    Taken {
        /// The same message is recorded already.
        duplicate: bool,
        /// What would be told. Identity values inside.
        notices: Vec<NoticeDraft>,
    },
    /// It cannot be taken.
    Refused(Refusal),
}

impl<S: Store> Registry<S> {
    /// What [`Registry::hand_in`] would do. Nothing is written.
    pub async fn try_in(&self, incoming: Incoming) -> Result<TriedIn> {
        let prepared = self.prepare(vec![incoming]);
        let mut batch = self.store.begin().await?;
        let recording = self.record(&mut batch, prepared, &mut Tally::default()).await?;
        // Dropped, the transaction never was.
        drop(batch);
        Ok(match recording.refused.first() {
            Some(row) => TriedIn::Refused(refusal(row)),
            None => TriedIn::Taken { duplicate: recording.outcome.duplicates > 0, notices: recording.notices },
        })
    }

    /// Takes one message in. Counted as received is only what is kept, so that the feed's accounts add up.
    pub async fn hand_in(&self, incoming: Incoming) -> Result<HandedIn> {
        let feed = incoming.feed;
        let prepared = self.prepare(vec![incoming]);
        if let Some(Prepared::Refused(row)) = prepared.first() {
            return Ok(HandedIn::Refused(refusal(row)));
        }
        let mut batch = self.store.begin().await?;
        batch.received(feed, 1).await?;
        let mut tally = Tally::default();
        let Recording { outcome, refused, .. } = self.record(&mut batch, prepared, &mut tally).await?;
        // Dropped instead of committed, the transaction never was.
        if let Some(row) = refused.first() {
            return Ok(HandedIn::Refused(refusal(row)));
        }
        batch.commit().await?;
        tally.committed();
        Ok(if outcome.duplicates > 0 { HandedIn::Duplicate } else { HandedIn::Recorded })
    }
}

pub(crate) fn refusal(row: &Quarantined) -> Refusal {
    let reason = Reason::ALL.into_iter().find(|reason| reason.code() == row.reason).unwrap_or(Reason::Internal);
    Refusal {
        reason,
        path: row.path.clone(),
        schema_path: row.schema_path.clone(),
        source: row.source.clone(),
        id: row.id.clone(),
    }
}
