//! Other weights for everybody who is stored: all pairs are weighed anew, then all persons are settled. Done page by page,
//! in two passes over all profiles, each page in a transaction of its own; killed in between, it is run again from the
//! start and comes to the same.

use liangdi_domain::ids::ProfileId;
use liangdi_store::port::{Batch, Result, Store};

use crate::ingest::{Registry, TouchedPersons, write_resolution};
use crate::regroup::{Regrouping, regrouped};
use crate::resolve;

/// What settling a page came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Settled {
    /// Persons that several were merged into.
    pub merges: usize,
    /// Persons that were split.
    pub splits: usize,
    /// Notices committed.
    pub notices: usize,
}

impl<S: Store> Registry<S> {
    /// The first pass: weighs stored profiles against everybody they meet. Nobody changes the person yet.
    pub async fn reweigh(&self, ids: &[ProfileId]) -> Result<()> {
        let mut batch = self.store.begin().await?;
        self.matcher().reweigh(&mut batch, ids).await?;
        batch.commit().await
    }

    /// The second pass: clusters whatever hangs together with stored profiles, and tells what follows of it for every
    /// person in it, also for those that stay as they are: other trust shows other values of them.
    pub async fn settle(&self, ids: &[ProfileId]) -> Result<Settled> {
        let mut batch = self.store.begin().await?;
        let (gathered, resolution) = self.matcher().settle(&mut batch, ids, &resolve::new_person).await?;
        write_resolution(&mut batch, &resolution).await?;
        let Regrouping { merges, splits } = Regrouping::of(&gathered, &resolution.persons);
        let moved = resolution.moves.iter().map(|moved| moved.from);
        let touched = TouchedPersons {
            persons: resolution.persons.values().copied().chain(moved).collect(),
            regrouped: regrouped(&resolution.moves, &resolution.persons),
        };
        let notices = self.finish(batch, touched).await?.notices;
        Ok(Settled { merges: merges.len(), splits: splits.len(), notices })
    }
}
