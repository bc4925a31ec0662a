//! What operators' tools ask: figures and lists, without identity values.

use axum::Json;
use axum::extract::{Query, State};
use liangdi_store::access::Role;
use liangdi_store::postgres::QuarantineFilter;
use liangdi_store::report::{OpenQuestion, Refused, Status};
use serde::Deserialize;
use utoipa::IntoParams;

use super::ProblemDetails;
use crate::access::Actor;
use crate::console::Console;
use crate::problem::Problem;

/// Rows in one answer.
const ROWS_MAX: u32 = 1000;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Wanted {
    /// Only this reason code.
    reason: Option<String>,
    /// Only this publisher.
    publisher: Option<String>,
}

/// What flows, what waits, and whether every message is accounted for
#[utoipa::path(
    get, path = "/v1/status", tag = "operation",
    responses(
        (status = 200, body = Object, description = "As `liangdi status --json` has it under `hub`"),
        (status = 401, body = ProblemDetails, content_type = "application/problem+json"),
        (status = 403, body = ProblemDetails, content_type = "application/problem+json"),
    )
)]
pub(super) async fn status(State(console): State<Console>, actor: Actor) -> Result<Json<Status>, Problem> {
    actor.must_be(&[Role::Operator])?;
    Ok(Json(console.store.status().await?))
}

/// Messages that could not be taken, oldest first, without their bodies
#[utoipa::path(
    get, path = "/v1/quarantine", tag = "operation", params(Wanted),
    responses(
        (status = 200, body = Vec<Object>, description = "As `liangdi quarantine list --json` has them, at most 1000"),
        (status = 401, body = ProblemDetails, content_type = "application/problem+json"),
        (status = 403, body = ProblemDetails, content_type = "application/problem+json"),
    )
)]
pub(super) async fn quarantine(
    State(console): State<Console>,
    actor: Actor,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Vec<Refused>>, Problem> {
    actor.must_be(&[Role::Operator])?;
    let (reason, publisher) = (wanted.reason.as_deref(), wanted.publisher.as_deref());
    let filter = QuarantineFilter { reason, publisher, ..QuarantineFilter::default() };
    Ok(Json(console.store.quarantine_list(filter, ROWS_MAX).await?))
}

/// Pairs of which only a person can say whether they are one human, the most consequential first
#[utoipa::path(
    get, path = "/v1/review", tag = "operation",
    responses(
        (status = 200, body = Vec<Object>, description = "As `liangdi review list --json` has them, at most 1000"),
        (status = 401, body = ProblemDetails, content_type = "application/problem+json"),
        (status = 403, body = ProblemDetails, content_type = "application/problem+json"),
    )
)]
pub(super) async fn questions(
    State(console): State<Console>,
    actor: Actor,
) -> Result<Json<Vec<OpenQuestion>>, Problem> {
    actor.must_be(&[Role::Operator, Role::Reviewer])?;
    Ok(Json(console.store.questions(None, ROWS_MAX).await?))
}
