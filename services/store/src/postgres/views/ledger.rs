//! The ledger in the order of a receiver's sequence: what a township reads again when its queue had a gap, or reads
//! altogether where it has no queue.

use liangdi_domain::notice::NoticeDraft;
use sqlx::FromRow;
use uuid::Uuid;

use super::audit::{Look, note};
use crate::port::Result;
use crate::postgres::PgStore;
use crate::postgres::ledger::NoticeRow;

/// A number is given before the first publish: what is on its way is part of the sequence, or it would have a gap.
const AFTER: &str = "
SELECT numbered.seqno, l.id, l.receiver, l.kind, l.urgency, l.time, l.time_offset, l.statement, l.case_id, l.due_on,
    l.basis, l.supersedes, l.sealed, l.erased
FROM (
    (SELECT seqno, notice FROM published WHERE receiver = $1 AND seqno > $2 ORDER BY seqno LIMIT $3)
    UNION ALL
    (SELECT seqno, notice FROM outbox WHERE receiver = $1 AND seqno > $2 ORDER BY seqno LIMIT $3)
) AS numbered
JOIN ledger l ON l.id = numbered.notice
ORDER BY numbered.seqno LIMIT $3";

const ONE: &str = "
SELECT numbered.seqno, l.id, l.receiver, l.kind, l.urgency, l.time, l.time_offset, l.statement, l.case_id, l.due_on,
    l.basis, l.supersedes, l.sealed, l.erased
FROM ledger l
JOIN LATERAL (
    SELECT seqno FROM published WHERE published.receiver = l.receiver AND published.notice = l.id
    UNION ALL
    SELECT seqno FROM outbox WHERE outbox.notice = l.id AND seqno IS NOT NULL
) AS numbered ON true
WHERE l.id = $1 AND l.receiver = $2";

impl PgStore {
    /// A receiver's notices after a number, in the order of their numbers. One look in the audit.
    pub async fn notices_after(
        &self,
        receiver: &str,
        after: i64,
        limit: u32,
        look: Look<'_>,
    ) -> Result<Vec<(i64, NoticeDraft)>> {
        let statement = sqlx::query_as(AFTER).bind(receiver).bind(after).bind(i64::from(limit));
        let mut transaction = self.writing().await?;
        let rows: Vec<Numbered> = transaction.rows(statement).await?;
        if let (Some(first), Some(last)) = (rows.first(), rows.last()) {
            let object = format!("notices {} to {} of {receiver}", first.seqno, last.seqno);
            note(&mut transaction, look, &object, false).await?;
        }
        transaction.commit().await?;
        rows.into_iter().map(|row| self.numbered(row)).collect()
    }

    /// One notice of a receiver with its number. The look is audited.
    pub async fn numbered_notice(
        &self,
        receiver: &str,
        notice: Uuid,
        look: Look<'_>,
    ) -> Result<Option<(i64, NoticeDraft)>> {
        let mut transaction = self.writing().await?;
        let row: Option<Numbered> = transaction.row(sqlx::query_as(ONE).bind(notice).bind(receiver)).await?;
        if row.is_some() {
            note(&mut transaction, look, &format!("notice {notice}"), false).await?;
        }
        transaction.commit().await?;
        row.map(|row| self.numbered(row)).transpose()
    }

    fn numbered(&self, row: Numbered) -> Result<(i64, NoticeDraft)> {
        Ok((row.seqno, row.notice.read(&self.0.keys)?))
    }
}

#[derive(FromRow)]
struct Numbered {
    seqno: i64,
    #[sqlx(flatten)]
    notice: NoticeRow,
}
