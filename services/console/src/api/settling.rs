//! What operators' and reviewers' tools settle: messages in quarantine, pairs under review, one at a time and never twice.

use axum::Json;
use axum::extract::{Path, State};
use liangdi_store::access::Role;
use liangdi_store::postgres::Look;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::ProblemDetails;
use crate::access::Actor;
use crate::console::Console;
use crate::mending::{Earnest, Replayed};
use crate::problem::Problem;
use crate::settling::{self, Verdict, reason};

/// What is written of a decision that has no reason.
const NO_REASON: &str = "decided through the API";

/// What is written of a decision that was taken back without one.
const TAKEN_BACK: &str = "taken back through the API";

/// Whether a message is taken, or only tried.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Replay {
    /// Says what would happen, and does nothing.
    dry_run: bool,
}

/// What became of a message, or would.
#[derive(Serialize, ToSchema)]
pub(super) struct Became {
    /// `recorded`; `duplicate`: its content came another way already; `refused`: again, and it stays where it is; `settled`:
    /// by somebody else meanwhile; `not-kept`: its content was not kept
    became: &'static str,
    /// Notices that follow.
    notices: usize,
    /// Why it is refused: a reason code.
    reason: Option<&'static str>,
    /// The place of the refusal, a JSON pointer.
    pointer: Option<String>,
}

/// Why.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Why {
    /// At most 200 characters; kept in the audit.
    reason: String,
}

/// Whether it was there to be settled.
#[derive(Serialize, ToSchema)]
pub(super) struct Settled {
    /// False: somebody settled it before.
    settled: bool,
    /// Notices that follow.
    notices: usize,
}

/// What two profiles are.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Decision {
    /// One human, two, or to be asked later.
    verdict: Verdict,
    /// At most 200 characters.
    reason: Option<String>,
}

/// Takes a message out of quarantine as its publisher's own, or says what would happen
#[utoipa::path(
    post, path = "/v1/quarantine/{no}/replay", tag = "operation", request_body = Replay,
    params(("no" = i64, Path, description = "Number in the list")),
    responses(
        (status = 200, body = Became),
        (status = 401, body = ProblemDetails, content_type = "application/problem+json"),
        (status = 403, body = ProblemDetails, content_type = "application/problem+json"),
        (status = 404, body = ProblemDetails, content_type = "application/problem+json", description = "No open message with content has this number"),
    )
)]
pub(super) async fn replay(
    State(console): State<Console>,
    actor: Actor,
    Path(no): Path<i64>,
    Json(asked): Json<Replay>,
) -> Result<Json<Became>, Problem> {
    actor.must_be(&[Role::Operator])?;
    let (earnest, purpose) = if asked.dry_run { (Earnest::Try, "tried a replay") } else { (Earnest::Do, "replay") };
    let look = Look { who: &actor.name, purpose };
    let replayed = settling::replay(&console, no, look, earnest).await?.ok_or_else(Problem::not_found)?;
    let plain = |became| Became { became, notices: 0, reason: None, pointer: None };
    Ok(Json(match replayed {
        Replayed::Taken { duplicate: true, .. } => plain("duplicate"),
        Replayed::Taken { notices, .. } => Became { notices, ..plain("recorded") },
        Replayed::Refused(refusal) => {
            Became { reason: Some(refusal.reason.code()), pointer: refusal.path, ..plain("refused") }
        }
        Replayed::Settled => plain("settled"),
        Replayed::NotKept => plain("not-kept"),
    }))
}

/// Settles a message in quarantine without taking it
#[utoipa::path(
    post, path = "/v1/quarantine/{no}/drop", tag = "operation", request_body = Why,
    params(("no" = i64, Path, description = "Number in the list")),
    responses(
        (status = 200, body = Settled),
        (status = 400, body = ProblemDetails, content_type = "application/problem+json", description = "No reason, or too long a one"),
        (status = 401, body = ProblemDetails, content_type = "application/problem+json"),
        (status = 403, body = ProblemDetails, content_type = "application/problem+json"),
    )
)]
pub(super) async fn drop_it(
    State(console): State<Console>,
    actor: Actor,
    Path(no): Path<i64>,
    Json(why): Json<Why>,
) -> Result<Json<Settled>, Problem> {
    actor.must_be(&[Role::Operator])?;
    let reason = reason(&why.reason)?.ok_or_else(Problem::unreadable)?;
    let settled = console.store.quarantine_drop(no, reason, &actor.name).await?;
    Ok(Json(Settled { settled, notices: 0 }))
}

/// Decides whether two profiles are one human
#[utoipa::path(
    post, path = "/v1/review/{no}/decision", tag = "operation", request_body = Decision,
    params(("no" = i64, Path, description = "Number of the question")),
    responses(
        (status = 200, body = Settled),
        (status = 400, body = ProblemDetails, content_type = "application/problem+json", description = "Too long a reason"),
        (status = 401, body = ProblemDetails, content_type = "application/problem+json"),
        (status = 403, body = ProblemDetails, content_type = "application/problem+json"),
    )
)]
pub(super) async fn decide(
    State(console): State<Console>,
    actor: Actor,
    Path(no): Path<i64>,
    Json(decision): Json<Decision>,
) -> Result<Json<Settled>, Problem> {
    actor.must_be(&[Role::Operator, Role::Reviewer])?;
    let reason = reason(decision.reason.as_deref().unwrap_or_default())?.unwrap_or(NO_REASON);
    let notices = settling::decide(&console, no, decision.verdict, reason, actor.name).await?;
    Ok(settled(notices))
}

/// Takes a decision back
#[utoipa::path(
    post, path = "/v1/review/decisions/{no}/undo", tag = "operation", request_body = Undo,
    params(("no" = i64, Path, description = "Number of the decision")),
    responses(
        (status = 200, body = Settled),
        (status = 401, body = ProblemDetails, content_type = "application/problem+json"),
        (status = 403, body = ProblemDetails, content_type = "application/problem+json"),
        (status = 404, body = ProblemDetails, content_type = "application/problem+json"),
    )
)]
pub(super) async fn undo(
    State(console): State<Console>,
    actor: Actor,
    Path(no): Path<i64>,
    Json(undo): Json<Undo>,
) -> Result<Json<Settled>, Problem> {
    actor.must_be(&[Role::Operator, Role::Reviewer])?;
    let reason = reason(undo.reason.as_deref().unwrap_or_default())?.unwrap_or(TAKEN_BACK);
    Ok(settled(settling::take_back(&console, no, reason, actor.name).await?))
}

/// Why a decision is taken back.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Undo {
    /// At most 200 characters.
    reason: Option<String>,
}

fn settled(notices: Option<usize>) -> Json<Settled> {
    Json(Settled { settled: notices.is_some(), notices: notices.unwrap_or_default() })
}
