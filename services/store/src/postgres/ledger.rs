//! A notice of the ledger as columns, and what it says when it is opened.

use chrono::{DateTime, NaiveDate, Utc};
use liangdi_domain::notice::{NoticeDraft, Receiver};
use serde_json::Value;
use sqlx::FromRow;
use uuid::Uuid;

use super::convert::{join_time, read_word};
use super::notices::notice_place;
use super::transaction::unreadable;
use crate::keys::Keys;
use crate::port::Result;
use crate::seal::unseal;

/// A notice as columns.
#[derive(FromRow)]
pub(super) struct NoticeRow {
    id: Uuid,
    receiver: String,
    kind: String,
    urgency: String,
    time: DateTime<Utc>,
    time_offset: i16,
    statement: Option<Uuid>,
    case_id: Option<Uuid>,
    due_on: Option<NaiveDate>,
    basis: String,
    supersedes: Option<Uuid>,
    sealed: Vec<u8>,
}

impl NoticeRow {
    /// The notice, opened.
    pub(super) fn read(self, keys: &Keys) -> Result<NoticeDraft> {
        Ok(NoticeDraft {
            id: self.id,
            kind: read_word("ledger.kind", self.kind)?,
            urgency: read_word("ledger.urgency", self.urgency)?,
            receiver: Receiver(self.receiver),
            time: join_time(self.time, self.time_offset),
            statement: self.statement,
            case: self.case_id,
            due_on: self.due_on,
            basis: self.basis,
            supersedes: self.supersedes,
            data: opened(keys, &self.id, &self.sealed)?,
        })
    }
}

/// What a notice says.
pub(super) fn opened(keys: &Keys, id: &Uuid, sealed: &[u8]) -> Result<Value> {
    let content = secrecy::zeroize::Zeroizing::new(unseal(keys, notice_place(id), sealed)?);
    serde_json::from_slice(&content).map_err(|_| unreadable("ledger.sealed"))
}
