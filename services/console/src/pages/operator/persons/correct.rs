//! A value that the person corrected: it holds, whatever departments write, until it is lifted.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Redirect;
use axum::routing::post;
use axum::{Form, Router};
use liangdi_domain::identity::survive::Shown;
use liangdi_store::port::Correction;
use serde::Deserialize;
use uuid::Uuid;

use super::sheet_of;
use crate::access::Actor;
use crate::console::Console;
use crate::problem::Problem;
use crate::settling::reason;

pub(super) fn router() -> Router<Console> {
    Router::new().route("/rights/{id}/correct", post(correct)).route("/rights/{id}/lift", post(lift))
}

/// A value in the person's words: no `Debug`.
#[derive(Deserialize)]
struct Corrected {
    field: String,
    value: String,
    reason: String,
}

#[derive(Deserialize)]
struct Lifted {
    field: String,
}

async fn correct(
    State(console): State<Console>,
    actor: Actor,
    Path(id): Path<Uuid>,
    Form(corrected): Form<Corrected>,
) -> Result<Redirect, Problem> {
    let reason = reason(&corrected.reason)?.ok_or_else(Problem::unreadable)?;
    let field = shown(&corrected.field)?;
    let unfit = || Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "problem.correction-unfit");
    let value = field.read(&corrected.value).ok_or_else(unfit)?;
    let file = sheet_of(&console, &actor, id, "correction").await?.file;
    // A person of whom nothing stands has nothing to be corrected.
    let profile = file.profiles.first().map(|(profile, _)| *profile).ok_or_else(Problem::not_found)?;
    let correction = Correction { profile, field, value, reason: reason.to_owned(), who: actor.name };
    let notices = console.mending.correct(file.person, correction).await?;
    Ok(Redirect::to(&format!("/rights/{}?corrected={notices}", file.person.0)))
}

async fn lift(
    State(console): State<Console>,
    actor: Actor,
    Path(id): Path<Uuid>,
    Form(lifted): Form<Lifted>,
) -> Result<Redirect, Problem> {
    let field = shown(&lifted.field)?;
    let person = sheet_of(&console, &actor, id, "lifting a correction").await?.file.person;
    // Lifted already, by a double click or by somebody else: there is nothing left to do.
    let notices = console.mending.lift(person, field, actor.name).await?.unwrap_or_default();
    Ok(Redirect::to(&format!("/rights/{}?lifted={notices}", person.0)))
}

fn shown(name: &str) -> Result<Shown, Problem> {
    Shown::ALL.into_iter().find(|field| field.name() == name).ok_or_else(Problem::unreadable)
}
