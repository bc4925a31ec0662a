//! One state of everything: a transaction that only reads, and sees nothing of what is committed meanwhile. It takes no
//! lock of the writer's, so that feeds go on.

use std::collections::HashMap;

use liangdi_domain::identity::Decision;
use liangdi_domain::ids::{PersonId, ProfileId, Token};
use liangdi_domain::person::{PersonFile, Profile};

use super::transaction::Transaction;
use super::{PgStore, files, graph, meet};
use crate::keys::Keys;
use crate::port::{Member, Reading, Result, Snapshot};

/// Index look-ups page by page: the path's pinned plans are the right ones here. Between two pages whoever reads may
/// think for long, and keeps nobody waiting with it.
const BEGIN: &str =
    "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY; SET LOCAL idle_in_transaction_session_timeout = 0";

/// One state of everything.
pub struct PgSnapshot {
    transaction: Transaction,
    keys: Keys,
}

impl PgStore {
    pub(super) async fn open_snapshot(&self) -> Result<PgSnapshot> {
        let transaction = Transaction::begin(&self.0.pool, self.0.patience, BEGIN).await?;
        Ok(PgSnapshot { transaction, keys: self.0.keys.clone() })
    }
}

impl Reading for PgSnapshot {
    async fn blocks(&mut self, tokens: &[Token], limit: usize) -> Result<HashMap<Token, Vec<ProfileId>>> {
        meet::blocks(&mut self.transaction, tokens, limit).await
    }

    async fn refined_blocks(
        &mut self,
        keys: &[(Token, Token)],
        limit: usize,
    ) -> Result<HashMap<Token, Vec<ProfileId>>> {
        meet::refined_blocks(&mut self.transaction, keys, limit).await
    }

    async fn contents(&mut self, ids: &[ProfileId]) -> Result<Vec<(ProfileId, Profile)>> {
        meet::contents(&mut self.transaction, &self.keys, ids).await
    }
}

impl Snapshot for PgSnapshot {
    async fn standing(&mut self, after: Option<ProfileId>, limit: usize) -> Result<Vec<Member>> {
        graph::standing(&mut self.transaction, after, limit).await
    }

    async fn decided(&mut self, ids: &[ProfileId]) -> Result<Vec<Decision>> {
        graph::decisions(&mut self.transaction, ids).await.map(|(decisions, _)| decisions)
    }

    async fn files_of(&mut self, persons: &[(PersonId, Vec<ProfileId>)]) -> Result<Vec<PersonFile>> {
        files::files_of(&mut self.transaction, &self.keys, persons).await
    }
}
