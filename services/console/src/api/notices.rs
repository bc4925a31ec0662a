//! A jurisdiction's notices out of the ledger, in the order of their numbers, with nothing left out: to fill a gap, or to
//! read everything where there is no queue. A number once given never changes, so that a page read twice is the same.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use liangdi_domain::division::Code;
use liangdi_domain::notice::envelope;
use liangdi_store::postgres::Look;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::ProblemDetails;
use crate::access::Actor;
use crate::console::Console;
use crate::problem::Problem;

/// Notices a page, where nothing else is asked for.
const PAGE: u32 = 100;
/// Notices a page at most.
const PAGE_MAX: u32 = 1000;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct After {
    /// The last number that was handled; 0 reads from the beginning.
    #[param(minimum = 0)]
    #[serde(default)]
    pub(super) after: u32,
    /// Notices a page, 100 where nothing is said.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<u32>,
}

/// A page of notices.
#[derive(Serialize, ToSchema)]
pub(super) struct NoticePage {
    /// Whose they are.
    jurisdiction: String,
    /// The number to go on after: that of the last notice here, or what was asked for where there is none.
    last: i64,
    /// CloudEvents, as they went out on AMQP, each with its `seqno`.
    #[schema(value_type = Vec<Object>)]
    notices: Vec<Value>,
}

/// A jurisdiction's notices after a number
///
/// In the order of `seqno`, without a gap. A full page has a `Link` to the next. With `If-None-Match` and the `ETag` of an
/// earlier answer, 304 says that nothing has come since.
#[utoipa::path(
    get, path = "/v1/jurisdictions/{code}/notices", tag = "notices",
    params(("code" = String, Path, description = "Division code, 6 or 9 digits"), After),
    responses(
        (status = 200, body = NoticePage, headers(("ETag" = String), ("Link" = String, description = "`rel=\"next\"`"))),
        (status = 304, description = "Nothing has come since"),
        (status = 401, body = ProblemDetails, content_type = "application/problem+json"),
        (status = 403, body = ProblemDetails, content_type = "application/problem+json"),
    )
)]
pub(super) async fn after(
    State(console): State<Console>,
    actor: Actor,
    Path(code): Path<String>,
    Query(asked): Query<After>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let code = seen(&actor, &code)?;
    let limit = asked.limit.unwrap_or(PAGE);
    if !(1..=PAGE_MAX).contains(&limit) {
        return Err(Problem::unreadable());
    }
    let look = Look { who: &actor.name, purpose: "read the inbox again" };
    let found = console.store.notices_after(code.as_str(), asked.after.into(), limit, look).await?;
    let last = found.last().map_or(i64::from(asked.after), |(seqno, _)| *seqno);
    let etag = format!("\"{code}-{}-{last}\"", asked.after);
    if headers.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == etag.as_bytes()) {
        return Ok((StatusCode::NOT_MODIFIED, [(header::ETAG, etag)]).into_response());
    }
    let full = found.len() == limit as usize;
    let notices = found.iter().map(|(seqno, notice)| envelope(notice, &console.source, *seqno)).collect();
    let page = Json(NoticePage { jurisdiction: code.to_string(), last, notices });
    let mut response = ([(header::ETAG, etag)], page).into_response();
    if full {
        let next = format!("</v1/jurisdictions/{code}/notices?after={last}&limit={limit}>; rel=\"next\"");
        response.headers_mut().extend(next.parse().map(|next| (header::LINK, next)));
    }
    Ok(response)
}

/// One notice
#[utoipa::path(
    get, path = "/v1/jurisdictions/{code}/notices/{id}", tag = "notices",
    params(
        ("code" = String, Path, description = "Division code, 6 or 9 digits"),
        ("id" = String, Path, description = "The notice's id, a UUID"),
    ),
    responses(
        (status = 200, body = Object, description = "The CloudEvent", content_type = "application/cloudevents+json"),
        (status = 401, body = ProblemDetails, content_type = "application/problem+json"),
        (status = 403, body = ProblemDetails, content_type = "application/problem+json"),
        (status = 404, body = ProblemDetails, content_type = "application/problem+json"),
    )
)]
pub(super) async fn one(
    State(console): State<Console>,
    actor: Actor,
    Path((code, id)): Path<(String, Uuid)>,
) -> Result<Response, Problem> {
    let code = seen(&actor, &code)?;
    let look = Look { who: &actor.name, purpose: "read a notice" };
    let found = console.store.numbered_notice(code.as_str(), id, look).await?;
    let (seqno, notice) = found.ok_or_else(Problem::not_found)?;
    let event = envelope(&notice, &console.source, seqno).to_string();
    Ok(([(header::CONTENT_TYPE, "application/cloudevents+json")], event).into_response())
}

/// The code in the path, if the actor may see what goes there.
pub(super) fn seen(actor: &Actor, code: &str) -> Result<Code, Problem> {
    let code: Code = code.parse().map_err(|_| Problem::not_found())?;
    actor.must_see(code)?;
    Ok(code)
}
