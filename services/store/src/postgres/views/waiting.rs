//! What waits, counted for whoever watches: by receiver and reason, without any content.

use std::collections::HashMap;

use chrono::NaiveDate;
use liangdi_domain::notice::Receiver;

use crate::port::Result;
use crate::postgres::PgStore;

/// What waits.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Waiting {
    /// Notices that the broker has not confirmed.
    pub outbox: Vec<WaitingFor>,
    /// Open questions without an answer.
    pub unanswered: Vec<WaitingFor>,
    /// Open refusals by reason.
    pub quarantine: HashMap<String, u64>,
    /// Persons whose day has come.
    pub due: u64,
}

/// What waits for one receiver.
#[derive(Debug, Clone, PartialEq)]
pub struct WaitingFor {
    /// Who.
    pub receiver: Receiver,
    /// How many.
    pub count: u64,
    /// For how long the oldest has.
    pub oldest_s: f64,
}

/// The first of a receiver is its oldest: rows enter in the order of their commits.
const OUTBOX: &str = "
SELECT waiting.receiver, waiting.count, greatest(0, extract(epoch FROM now() - l.time))::double precision
FROM (SELECT receiver, count(*) AS count, min(no) AS first FROM outbox GROUP BY receiver) waiting
JOIN outbox first ON first.no = waiting.first JOIN ledger l ON l.id = first.notice";

const UNANSWERED: &str = "
SELECT receiver, count(*), greatest(0, $1 - min(asked_on))::double precision * 86400
FROM told WHERE state = 'open' AND NOT answered AND asked_on IS NOT NULL GROUP BY receiver";

const QUARANTINE: &str = "SELECT reason, count(*) FROM quarantine WHERE state = 'open' GROUP BY reason";

const DUE: &str = "SELECT count(*) FROM wakes WHERE wake_on <= $1";

impl PgStore {
    /// What waits on a day.
    pub async fn waiting(&self, today: NaiveDate) -> Result<Waiting> {
        let mut transaction = self.reading().await?;
        let outbox = transaction.rows(sqlx::query_as(OUTBOX)).await?;
        let unanswered = transaction.rows(sqlx::query_as(UNANSWERED).bind(today)).await?;
        let quarantine: Vec<(String, i64)> = transaction.rows(sqlx::query_as(QUARANTINE)).await?;
        let (due,): (i64,) = transaction.row(sqlx::query_as(DUE).bind(today)).await?.unwrap_or_default();
        transaction.commit().await?;
        Ok(Waiting {
            outbox: outbox.into_iter().map(waiting_for).collect(),
            unanswered: unanswered.into_iter().map(waiting_for).collect(),
            quarantine: quarantine.into_iter().map(|(reason, count)| (reason, count.unsigned_abs())).collect(),
            due: due.unsigned_abs(),
        })
    }
}

fn waiting_for((receiver, count, oldest_s): (String, i64, f64)) -> WaitingFor {
    WaitingFor { receiver: Receiver(receiver), count: count.unsigned_abs(), oldest_s }
}
