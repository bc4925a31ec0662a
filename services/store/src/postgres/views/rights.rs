//! Requests that persons made by right, with what was said to them. Ids, codes and dates only.

use chrono::{DateTime, Utc};
use liangdi_domain::evidence::Fact;
use liangdi_domain::ids::{FactId, PersonId};
use sqlx::FromRow;
use sqlx::types::Json;
use uuid::Uuid;

use crate::port::Result;
use crate::postgres::PgStore;
use crate::postgres::convert::read_word;
use crate::report::{RightRequest, RightWord};

/// Each request once, by the first message that stands and makes it; those that wait come first, the oldest of all before.
const REQUESTS: &str = "
SELECT * FROM (
    SELECT DISTINCT ON (e.fact) i.no, i.source, e.fact, p.person, f.content, s.outcome, s.reason, s.who, s.at
    FROM inbox i
    JOIN evidence e ON e.message = i.no AND NOT e.withdrawn
    JOIN facts f ON f.profile = e.profile AND f.id = e.fact
    JOIN profiles p ON p.id = e.profile
    LEFT JOIN rights_settled s ON s.fact = e.fact
    WHERE i.kind = 'township.rights-requested.v1' AND NOT i.withdrawn
        AND ($1::bigint IS NULL OR i.no = $1) AND ($2 OR s.fact IS NULL)
    ORDER BY e.fact, i.no
) asked ORDER BY at IS NOT NULL, no LIMIT $3";

#[derive(FromRow)]
struct Row {
    no: i64,
    source: String,
    fact: Uuid,
    person: Uuid,
    content: Json<Fact>,
    outcome: Option<String>,
    reason: Option<String>,
    who: Option<String>,
    at: Option<DateTime<Utc>>,
}

impl PgStore {
    /// Requests that wait, or all of them.
    pub async fn rights_requests(&self, settled_too: bool, limit: u32) -> Result<Vec<RightRequest>> {
        self.rights(None, settled_too, limit).await
    }

    /// The request that a message made.
    pub async fn rights_request(&self, no: i64) -> Result<Option<RightRequest>> {
        Ok(self.rights(Some(no), true, 1).await?.pop())
    }

    async fn rights(&self, no: Option<i64>, settled_too: bool, limit: u32) -> Result<Vec<RightRequest>> {
        let mut transaction = self.reading().await?;
        let statement = sqlx::query_as::<_, Row>(REQUESTS).bind(no).bind(settled_too).bind(i64::from(limit));
        let rows = transaction.rows(statement).await?;
        transaction.commit().await?;
        rows.into_iter().filter_map(|row| request(row).transpose()).collect()
    }
}

fn request(row: Row) -> Result<Option<RightRequest>> {
    let Fact::RightsRequested { right, filed_on } = row.content.0 else { return Ok(None) };
    let said = match (row.outcome, row.reason, row.who, row.at) {
        (Some(outcome), Some(reason), Some(who), Some(at)) => {
            Some(RightWord { outcome: read_word("rights_settled.outcome", outcome)?, reason, who, at })
        }
        _ => None,
    };
    let (request, person) = (FactId(row.fact), PersonId(row.person));
    Ok(Some(RightRequest { no: row.no, request, person, source: row.source, right, filed_on, said }))
}
