//! One rehearsal: how far it has come, what it came to, and what to type to have exactly this file followed.

use std::sync::Arc;

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use liangdi_domain::notice::Receiver;
use liangdi_store::postgres::Look;
use uuid::Uuid;

use super::super::super::persons::place_if;
use super::super::super::{FIGURES, OPERATORS};
use super::sums::{Effect, Sum, Sums};
use crate::access::Actor;
use crate::console::Console;
use crate::page::Page;
use crate::problem::Problem;
use crate::rehearsals::{Ending, Of, Run};
use crate::rehearsing::{Figures, Rehearsed};

pub(super) fn router() -> Router<Console> {
    Router::new()
        .route("/changes/rules/{id}", get(one))
        .route("/changes/rules/{id}/cancel", post(cancel))
        .route("/changes/rules/{id}/result.json", get(result))
        .route("/changes/rules/{id}/file.toml", get(file))
}

pub(super) fn live() -> Router<Console> {
    Router::new().route("/changes/rules/{id}/now", get(now))
}

/// What a rehearsal came to, ready to be shown.
struct Came {
    rehearsed: Arc<Rehearsed>,
    sums: Sums,
    /// Townships by name.
    busiest: Vec<(String, Sum)>,
    /// Whether the rules so far are told of beside the new ones: of weights they are not.
    has_before: bool,
}

#[derive(Template, WebTemplate)]
#[template(path = "operator/rehearsal.html")]
struct One {
    page: Page,
    run: Arc<Run>,
    ending: Option<Ending>,
    came: Option<Came>,
    may_cancel: bool,
}

#[derive(Template, WebTemplate)]
#[template(path = "operator/rehearsal_now.html")]
struct Now {
    page: Page,
    run: Arc<Run>,
}

async fn one(State(console): State<Console>, page: Page, actor: Actor, Path(id): Path<Uuid>) -> Result<One, Problem> {
    let run = find(&console, id)?;
    let ending = run.ending();
    let came = match &ending {
        Some(Ending::Done(rehearsed)) => {
            let sums = Sums::of(rehearsed);
            let named = |(receiver, sum): &(Receiver, Sum)| (place_if(console.divisions, &receiver.0), *sum);
            let busiest = sums.busiest.iter().map(named).collect();
            Some(Came { rehearsed: rehearsed.clone(), sums, busiest, has_before: run.order.of == Of::Procedures })
        }
        _ => None,
    };
    let may_cancel = ending.is_none() && actor.must_be(OPERATORS).is_ok();
    Ok(One { page, run, ending, came, may_cancel })
}

fn find(console: &Console, id: Uuid) -> Result<Arc<Run>, Problem> {
    let forgotten = || Problem::new(StatusCode::NOT_FOUND, "problem.rehearsal-forgotten");
    console.rehearsals.find(id).ok_or_else(forgotten)
}

async fn now(
    State(console): State<Console>,
    page: Page,
    actor: Result<Actor, Problem>,
    Path(id): Path<Uuid>,
) -> Result<Response, Problem> {
    let Ok(actor) = actor else { return Ok([("HX-Redirect", "/login?next=/changes/rules")].into_response()) };
    actor.must_be(FIGURES)?;
    match console.rehearsals.find(id).filter(|run| run.ending().is_none()) {
        Some(run) => Ok(Now { page, run }.into_response()),
        // Ended, or forgotten with the process that did it: the page as a whole says so.
        None => Ok([("HX-Refresh", "true")].into_response()),
    }
}

async fn cancel(State(console): State<Console>, actor: Actor, Path(id): Path<Uuid>) -> Result<Redirect, Problem> {
    actor.must_be(OPERATORS)?;
    let run = find(&console, id)?;
    if run.ending().is_none() {
        let look = Look { who: &actor.name, purpose: "cancelled a rehearsal" };
        console.store.audit(look, &run.order.sha256, false).await?;
        run.cancel();
        run.ended().await;
    }
    Ok(Redirect::to(&format!("/changes/rules/{id}")))
}

async fn result(State(console): State<Console>, Path(id): Path<Uuid>) -> Result<Response, Problem> {
    let run = find(&console, id)?;
    let Some(Ending::Done(rehearsed)) = run.ending() else { return Err(Problem::not_found()) };
    let name = format!("attachment; filename=\"rehearsal-{}-{}.json\"", run.order.of.name(), &run.order.sha256[..8]);
    Ok(([(header::CONTENT_DISPOSITION, name)], Json(&rehearsed.document)).into_response())
}

async fn file(State(console): State<Console>, Path(id): Path<Uuid>) -> Result<Response, Problem> {
    let run = find(&console, id)?;
    let name = format!("attachment; filename=\"{}\"", run.order.of.file());
    let kind = "application/toml; charset=utf-8".to_owned();
    Ok(([(header::CONTENT_DISPOSITION, name), (header::CONTENT_TYPE, kind)], run.order.text.clone()).into_response())
}

impl Page {
    fn effect(&self, effect: &Effect) -> &str {
        match effect {
            Effect::Opens => self.t("changes.effect.opens"),
            Effect::Changes => self.t("changes.effect.changes"),
            Effect::TakesBack => self.t("changes.effect.takes-back"),
            Effect::Reminds => self.t("changes.effect.reminds"),
        }
    }
}
