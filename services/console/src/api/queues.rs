//! What waits for each jurisdiction, for operators' tools.

use axum::Json;
use axum::extract::{Query, State};
use chrono::{DateTime, Utc};
use liangdi_store::access::Role;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::ProblemDetails;
use crate::access::Actor;
use crate::console::Console;
use crate::problem::Problem;
use crate::queues::{self, Order, Wanted};

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Asked {
    /// What the code begins with, or what the name contains; empty: those below `of`.
    #[serde(default)]
    search: String,
    /// The division below which they lie; empty: the home province.
    #[serde(default)]
    of: String,
    /// What comes first.
    #[serde(default)]
    #[param(inline)]
    order: Order,
    /// The page, from 0 on.
    #[serde(default)]
    page: u32,
}

/// What waits for a jurisdiction, and what it was sent and said last.
#[derive(Serialize, ToSchema)]
pub(super) struct Queue {
    /// Division code.
    code: String,
    /// Its own name.
    name: String,
    /// Notices that the broker has not confirmed.
    waiting: i64,
    /// The same with those below it.
    waiting_with_below: i64,
    /// When the oldest of those was committed.
    #[schema(value_type = Option<String>, format = DateTime)]
    oldest: Option<DateTime<Utc>>,
    /// The last number of its sequence.
    last_seqno: i64,
    /// When the broker confirmed the last notice.
    #[schema(value_type = Option<String>, format = DateTime)]
    last_sent: Option<DateTime<Utc>>,
    /// When its last receipt came.
    #[schema(value_type = Option<String>, format = DateTime)]
    last_receipt: Option<DateTime<Utc>>,
}

/// A page of queues.
#[derive(Serialize, ToSchema)]
pub(super) struct QueuePage {
    /// In the order that was asked for.
    queues: Vec<Queue>,
    /// How many there are on all pages.
    found: usize,
    /// The next page, if there is one.
    next: Option<usize>,
}

/// What waits for jurisdictions: below a division, or by code or name
#[utoipa::path(
    get, path = "/v1/queues", tag = "operation", params(Asked),
    responses(
        (status = 200, body = QueuePage),
        (status = 400, body = ProblemDetails, content_type = "application/problem+json"),
        (status = 401, body = ProblemDetails, content_type = "application/problem+json"),
        (status = 403, body = ProblemDetails, content_type = "application/problem+json"),
    )
)]
pub(super) async fn list(
    State(console): State<Console>,
    actor: Actor,
    Query(asked): Query<Asked>,
) -> Result<Json<QueuePage>, Problem> {
    actor.must_be(&[Role::Operator, Role::Auditor])?;
    let of = match asked.of.trim() {
        "" => console.divisions.home(),
        of => of.parse().map_err(|_| Problem::unreadable())?,
    };
    let wanted = Wanted { search: &asked.search, of, order: asked.order, page: asked.page as usize };
    let found = queues::list(&console, wanted).await?;
    let queue = |queue: queues::Queue| Queue {
        code: queue.code.to_string(),
        name: queue.name,
        waiting: queue.own,
        waiting_with_below: queue.with_below,
        oldest: queue.oldest,
        last_seqno: queue.last.as_ref().map_or(0, |last| last.numbered),
        last_sent: queue.last.as_ref().and_then(|last| last.sent),
        last_receipt: queue.last.as_ref().and_then(|last| last.receipt),
    };
    Ok(Json(QueuePage { queues: found.rows.into_iter().map(queue).collect(), found: found.found, next: found.next }))
}
