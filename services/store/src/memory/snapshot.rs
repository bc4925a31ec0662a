//! One state of everything in memory: whoever holds it keeps writers out.

use std::collections::{BTreeSet, HashMap};
use std::ops::Bound;

use liangdi_domain::identity::Decision;
use liangdi_domain::ids::{PersonId, ProfileId, Token};
use liangdi_domain::person::{PersonFile, Profile};
use tokio::sync::OwnedMutexGuard;

use super::MemoryStore;
use super::state::State;
use crate::port::{Member, Reading, Result, Snapshot};

/// One state of everything.
pub struct MemorySnapshot {
    state: OwnedMutexGuard<State>,
}

impl MemoryStore {
    pub(super) async fn open_snapshot(&self) -> MemorySnapshot {
        MemorySnapshot { state: self.state.clone().lock_owned().await }
    }
}

impl Reading for MemorySnapshot {
    async fn blocks(&mut self, tokens: &[Token], limit: usize) -> Result<HashMap<Token, Vec<ProfileId>>> {
        Ok(self.state.blocks(tokens, limit))
    }

    async fn refined_blocks(
        &mut self,
        keys: &[(Token, Token)],
        limit: usize,
    ) -> Result<HashMap<Token, Vec<ProfileId>>> {
        Ok(self.state.refined_blocks(keys, limit))
    }

    async fn contents(&mut self, ids: &[ProfileId]) -> Result<Vec<(ProfileId, Profile)>> {
        Ok(self.state.contents(ids))
    }
}

impl Snapshot for MemorySnapshot {
    async fn standing(&mut self, after: Option<ProfileId>, limit: usize) -> Result<Vec<Member>> {
        let after = after.map_or(Bound::Unbounded, Bound::Excluded);
        let next = self.state.profiles.range((after, Bound::Unbounded)).take(limit);
        Ok(next.filter_map(|(id, _)| self.state.member(*id)).collect())
    }

    async fn decided(&mut self, ids: &[ProfileId]) -> Result<Vec<Decision>> {
        let ids: BTreeSet<ProfileId> = ids.iter().copied().collect();
        Ok(self.state.decided(&ids))
    }

    async fn files_of(&mut self, persons: &[(PersonId, Vec<ProfileId>)]) -> Result<Vec<PersonFile>> {
        Ok(persons.iter().map(|(person, ids)| self.state.file_of(*person, ids)).collect())
    }
}
