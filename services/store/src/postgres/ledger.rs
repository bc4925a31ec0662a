//! A notice of the ledger as columns, and what it says when it is opened.

use chrono::{DateTime, NaiveDate, Utc};
use liangdi_domain::notice::{NoticeDraft, NoticeKind, Receiver};
use liangdi_domain::statement::retracting;
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
    erased: Option<String>,
}

impl NoticeRow {
    /// The notice, opened.
    pub(super) fn read(self, keys: &Keys) -> Result<NoticeDraft> {
        let (kind, data) = said(keys, &self.id, self.kind, &self.sealed, self.erased)?;
        Ok(NoticeDraft {
            id: self.id,
            kind,
            urgency: read_word("ledger.urgency", self.urgency)?,
            receiver: Receiver(self.receiver),
            time: join_time(self.time, self.time_offset),
            statement: self.statement,
            case: self.case_id,
            due_on: self.due_on,
            basis: self.basis,
            supersedes: self.supersedes,
            data,
        })
    }
}

/// What a notice says. One that was erased says in its place in the sequence that it was taken back, and nothing of anybody.
pub(super) fn said(
    keys: &Keys,
    id: &Uuid,
    kind: String,
    sealed: &[u8],
    erased: Option<String>,
) -> Result<(NoticeKind, Value)> {
    if let Some(kind) = erased {
        return Ok((NoticeKind::Retract, retracting(read_word("ledger.erased", kind)?, "withdrawn")));
    }
    let content = secrecy::zeroize::Zeroizing::new(unseal(keys, notice_place(id), sealed)?);
    let data = serde_json::from_slice(&content).map_err(|_| unreadable("ledger.sealed"))?;
    Ok((read_word("ledger.kind", kind)?, data))
}
