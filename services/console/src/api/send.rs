//! What townships say: the same closed messages as on AMQP, with the answer at once. Repeating a request is harmless: a
//! message is known by its source and id.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use liangdi_domain::division::Code;
use liangdi_store::access::Role;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::ProblemDetails;
use super::strict::Strict;
use crate::access::Actor;
use crate::console::Console;
use crate::intake::Answered;
use crate::problem::Problem;
use crate::sending::{self, SOURCE, event};

/// An answer to a notice, without the envelope that follows from it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Answer {
    /// Yours; the same id with the same content counts once.
    id: String,
    /// When the office recorded it, RFC 3339.
    time: String,
    /// As in `township.receipt.v1` or `township.case-reply.v1`.
    #[schema(value_type = Object)]
    data: Value,
}

/// What became of a message.
#[derive(Serialize, ToSchema)]
pub(super) struct Taken {
    /// `recorded`, or `duplicate` where it was recorded before.
    became: &'static str,
}

/// Any message of the township feed
///
/// A CloudEvent as on AMQP; `source` names the office, which has to be one of the token's jurisdictions or below.
#[utoipa::path(
    post, path = "/v1/messages", tag = "messages",
    request_body(content = Object, content_type = "application/json", description = "A township's CloudEvent"),
    responses(
        (status = 201, body = Taken, description = "Recorded"),
        (status = 200, body = Taken, description = "The same message was recorded before"),
        (status = 401, body = ProblemDetails, content_type = "application/problem+json"),
        (status = 403, body = ProblemDetails, content_type = "application/problem+json"),
        (status = 422, body = ProblemDetails, content_type = "application/problem+json"),
    )
)]
pub(super) async fn message(
    State(console): State<Console>,
    actor: Actor,
    Strict(event): Strict,
) -> Result<Response, Problem> {
    actor.must_be(&[Role::Clerk])?;
    let source = event["source"].as_str().and_then(|source| source.strip_prefix(SOURCE));
    let office: Code = source.and_then(|code| code.parse().ok()).ok_or_else(Problem::unreadable)?;
    hand_in(&console, &actor, office, event).await
}

/// How far a notice came: received, opened, acted
#[utoipa::path(
    post, path = "/v1/receipts", tag = "messages", request_body = Answer,
    responses(
        (status = 201, body = Taken, description = "Recorded"),
        (status = 200, body = Taken, description = "The same receipt was recorded before"),
        (status = 401, body = ProblemDetails, content_type = "application/problem+json"),
        (status = 403, body = ProblemDetails, content_type = "application/problem+json"),
        (status = 404, body = ProblemDetails, content_type = "application/problem+json"),
        (status = 422, body = ProblemDetails, content_type = "application/problem+json"),
    )
)]
pub(super) async fn receipt(
    State(console): State<Console>,
    actor: Actor,
    Strict(answer): Strict,
) -> Result<Response, Problem> {
    send_answer(&console, &actor, "township.receipt.v1", answer).await
}

/// The answer to a notice's question
#[utoipa::path(
    post, path = "/v1/replies", tag = "messages", request_body = Answer,
    responses(
        (status = 201, body = Taken, description = "Recorded"),
        (status = 200, body = Taken, description = "The same reply was recorded before"),
        (status = 401, body = ProblemDetails, content_type = "application/problem+json"),
        (status = 403, body = ProblemDetails, content_type = "application/problem+json"),
        (status = 404, body = ProblemDetails, content_type = "application/problem+json"),
        (status = 422, body = ProblemDetails, content_type = "application/problem+json"),
    )
)]
pub(super) async fn reply(
    State(console): State<Console>,
    actor: Actor,
    Strict(answer): Strict,
) -> Result<Response, Problem> {
    send_answer(&console, &actor, "township.case-reply.v1", answer).await
}

/// The office that answers is the one that was told. Whether a notice went to somebody else is nobody's to find out.
async fn send_answer(console: &Console, actor: &Actor, kind: &str, answer: Value) -> Result<Response, Problem> {
    actor.must_be(&[Role::Clerk])?;
    let answer: Answer =
        serde_json::from_value(answer).map_err(|_| Problem::of_status(StatusCode::UNPROCESSABLE_ENTITY))?;
    let notice = answer.data["notice_id"].as_str().and_then(|id| Uuid::try_parse(id).ok());
    let receiver = console.store.notice_receiver(notice.ok_or_else(Problem::unreadable)?).await?;
    let office: Option<Code> = receiver.and_then(|receiver| receiver.parse().ok());
    let office = office.filter(|office| actor.may_see(*office)).ok_or_else(Problem::not_found)?;
    let event = event(office, kind, &answer.id, &answer.time, answer.data);
    hand_in(console, actor, office, event).await
}

async fn hand_in(console: &Console, actor: &Actor, office: Code, event: Value) -> Result<Response, Problem> {
    let audited = (format!("message of {office}"), "sent a message through the API");
    let answered = sending::hand_in(console, actor, office, event, (&audited.0, audited.1)).await?;
    let (status, became) = match answered {
        Answered::Refused(refusal) => return Err(Problem::refused(&refusal)),
        Answered::Duplicate => (StatusCode::OK, "duplicate"),
        Answered::Recorded => (StatusCode::CREATED, "recorded"),
    };
    Ok((status, Json(Taken { became })).into_response())
}
