//! Questions put to jurisdictions and where they stand: codes, ids and dates only.

use axum::Json;
use axum::extract::{Path, Query, State};
use chrono::NaiveDate;
use liangdi_domain::division::Code;
use liangdi_domain::evidence::Outcome;
use liangdi_store::report::AskedRow;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::ProblemDetails;
use crate::access::Actor;
use crate::console::Console;
use crate::problem::Problem;

/// Cases in one answer, the longest due first.
const CASES_MAX: u32 = 1000;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Asked {
    /// Questions put to this jurisdiction and those below it.
    #[param(value_type = String)]
    jurisdiction: Code,
    /// Only those due before this day.
    #[param(value_type = Option<String>)]
    due_before: Option<NaiveDate>,
}

/// A question.
#[derive(Serialize, ToSchema)]
pub(super) struct Case {
    /// The case.
    #[schema(value_type = Option<String>)]
    case: Option<Uuid>,
    /// The notice that asked, to which an answer goes.
    #[schema(value_type = String)]
    notice: Uuid,
    /// Who was asked.
    receiver: String,
    /// About what.
    topic: String,
    /// The place it is about.
    place: String,
    /// When it was put.
    #[schema(value_type = String)]
    asked_on: NaiveDate,
    /// By when it wants an answer.
    #[schema(value_type = Option<String>)]
    due_on: Option<NaiveDate>,
    /// The latest answer.
    #[schema(value_type = Option<String>)]
    answer: Option<Outcome>,
    /// When that was given.
    #[schema(value_type = Option<String>)]
    answered_on: Option<NaiveDate>,
    /// Whether the question still stands.
    open: bool,
}

impl From<AskedRow> for Case {
    fn from(row: AskedRow) -> Self {
        let AskedRow { case, notice, receiver, topic, place, question, .. } = row;
        Case {
            case,
            notice,
            receiver,
            topic,
            place,
            asked_on: question.asked_on,
            due_on: question.due_on,
            answer: question.answer.map(|(outcome, _)| outcome),
            answered_on: question.answer.map(|(_, day)| day),
            open: question.stands,
        }
    }
}

/// Questions that wait for an answer
#[utoipa::path(
    get, path = "/v1/cases", tag = "cases", params(Asked),
    responses(
        (status = 200, body = Vec<Case>, description = "The longest due first, at most 1000"),
        (status = 401, body = ProblemDetails, content_type = "application/problem+json"),
        (status = 403, body = ProblemDetails, content_type = "application/problem+json"),
    )
)]
pub(super) async fn list(
    State(console): State<Console>,
    actor: Actor,
    Query(asked): Query<Asked>,
) -> Result<Json<Vec<Case>>, Problem> {
    actor.must_see(asked.jurisdiction)?;
    let found = console.store.open_cases(asked.jurisdiction.prefix(), (None, asked.due_before), CASES_MAX).await?;
    Ok(Json(found.into_iter().map(Case::from).collect()))
}

/// One case: its questions in the order in which they were put
#[utoipa::path(
    get, path = "/v1/cases/{id}", tag = "cases",
    params(("id" = String, Path, description = "The case's id, a UUID")),
    responses(
        (status = 200, body = Vec<Case>, description = "What was asked of the token's jurisdictions"),
        (status = 401, body = ProblemDetails, content_type = "application/problem+json"),
        (status = 404, body = ProblemDetails, content_type = "application/problem+json"),
    )
)]
pub(super) async fn show(
    State(console): State<Console>,
    actor: Actor,
    Path(id): Path<Uuid>,
) -> Result<Json<Vec<Case>>, Problem> {
    let mut found = console.store.case(id).await?;
    found.retain(|row| row.receiver.parse().is_ok_and(|code: Code| actor.may_see(code)));
    if found.is_empty() {
        return Err(Problem::not_found());
    }
    Ok(Json(found.into_iter().map(Case::from).collect()))
}
