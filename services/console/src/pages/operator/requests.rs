//! What persons ask by right: what waits, by when it has to be settled, and what was said. The person's own report is a look
//! of its own, with a purpose.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::{Path, State};
use axum::response::Redirect;
use axum::routing::{get, post};
use axum::{Form, Router};
use chrono::NaiveDate;
use liangdi_domain::evidence::RightKind;
use liangdi_store::port::{RightOutcome, RightSettled};
use liangdi_store::report::RightRequest;
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use super::persons::office;
use crate::access::Actor;
use crate::console::Console;
use crate::page::Page;
use crate::problem::Problem;
use crate::rights::{due_on, note};
use crate::settling::reason;

/// Requests on the page, those that wait first.
const REQUESTS_MAX: u32 = 200;

pub(super) fn router() -> Router<Console> {
    Router::new().route("/requests", get(list)).route("/requests/{no}", post(settle))
}

struct Row {
    no: i64,
    person: Uuid,
    right: String,
    office: String,
    filed_on: NaiveDate,
    due_on: Option<NaiveDate>,
    stands: String,
    /// `open`, `done` or `late`, as marks are called.
    mark: &'static str,
    /// Why, by whom and when; none while it waits.
    said: Option<(String, String, String)>,
}

#[derive(Template, WebTemplate)]
#[template(path = "operator/requests.html")]
struct List {
    page: Page,
    rows: Vec<Row>,
    outcomes: [RightOutcome; 3],
}

async fn list(State(console): State<Console>, page: Page) -> Result<List, Problem> {
    let requests = console.store.rights_requests(true, REQUESTS_MAX).await?;
    let rows = requests.into_iter().map(|request| row(&console, &page, request)).collect();
    Ok(List { page, rows, outcomes: RightOutcome::ALL })
}

fn row(console: &Console, page: &Page, request: RightRequest) -> Row {
    let (today, due) = (console.today(), due_on(&console.procedures, request.filed_on, console.calendar));
    let days = |from, to| console.calendar.working_days_between(from, to);
    let (stands, mark) = match (&request.said, due) {
        (Some(said), _) => (page.person_text("outcome", said.outcome.name()).to_owned(), "done"),
        (None, Some(due)) if due < today => (page.t1("clerk.standing.late", days(due, today)), "late"),
        (None, Some(due)) => (page.t1("clerk.standing.left", days(today, due)), "open"),
        (None, None) => (page.t("subject.requests.waits").to_owned(), "open"),
    };
    let right = json!(request.right);
    Row {
        no: request.no,
        person: request.person.0,
        right: page.person_text("right", right.as_str().unwrap_or_default()).to_owned(),
        office: office(page, console.divisions, &request.source),
        filed_on: request.filed_on,
        due_on: due,
        stands,
        mark,
        said: request.said.map(|said| (said.reason, said.who, page.moment(&said.at))),
    }
}

#[derive(Deserialize)]
struct Said {
    outcome: String,
    reason: String,
}

async fn settle(
    State(console): State<Console>,
    actor: Actor,
    Path(no): Path<i64>,
    Form(said): Form<Said>,
) -> Result<Redirect, Problem> {
    let outcome = RightOutcome::ALL.into_iter().find(|outcome| outcome.name() == said.outcome);
    let outcome = outcome.ok_or_else(Problem::unreadable)?;
    let reason = reason(&said.reason)?.ok_or_else(Problem::unreadable)?.to_owned();
    let request = console.store.rights_request(no).await?.ok_or_else(Problem::not_found)?;
    note(&console.store, &actor.name, no, outcome).await?;
    let settled = RightSettled { request: request.request, outcome, on: console.today(), reason, who: actor.name };
    console.mending.settle_right(request.person, settled).await?;
    // Granted, it has to be done as well.
    if request.right == RightKind::Deletion && outcome != RightOutcome::Refused {
        return Ok(Redirect::to(&format!("/rights/{}?request={no}#erase", request.person.0)));
    }
    Ok(Redirect::to("/requests"))
}
