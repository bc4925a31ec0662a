//! What persons ask by right, and what whoever runs the hub said to it.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use liangdi_domain::ids::FactId;
use uuid::Uuid;

use super::transaction::Transaction;
use crate::port::{Result, RightSettled};
use crate::rows::word;

const SETTLE: &str = "
INSERT INTO rights_settled (fact, outcome, settled_on, reason, who) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (fact) DO UPDATE SET outcome = excluded.outcome, settled_on = excluded.settled_on, reason = excluded.reason,
    who = excluded.who, at = now()";

const SETTLED: &str = "SELECT fact, settled_on FROM rights_settled WHERE fact = ANY($1)";

pub(super) async fn settle(transaction: &mut Transaction, settled: &RightSettled) -> Result<()> {
    let statement = sqlx::query(SETTLE)
        .bind(settled.request.0)
        .bind(word(&settled.outcome))
        .bind(settled.on)
        .bind(&settled.reason)
        .bind(&settled.who);
    transaction.execute(statement).await.map(drop)
}

/// Which of the requests are settled, and on which day.
pub(super) async fn settled(transaction: &mut Transaction, requests: Vec<Uuid>) -> Result<BTreeMap<FactId, NaiveDate>> {
    if requests.is_empty() {
        return Ok(BTreeMap::new());
    }
    let rows: Vec<(Uuid, NaiveDate)> = transaction.rows(sqlx::query_as(SETTLED).bind(requests)).await?;
    Ok(rows.into_iter().map(|(fact, on)| (FactId(fact), on)).collect())
}
