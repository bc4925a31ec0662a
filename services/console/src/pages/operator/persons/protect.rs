//! Protected status: address and township leave the residence township for nobody, whatever departments say of it.

use axum::extract::{Path, State};
use axum::response::Redirect;
use axum::routing::post;
use axum::{Form, Router};
use liangdi_store::port::Protection;
use serde::Deserialize;
use uuid::Uuid;

use super::sheet_of;
use crate::access::Actor;
use crate::console::Console;
use crate::problem::Problem;
use crate::settling::reason;

pub(super) fn router() -> Router<Console> {
    Router::new().route("/rights/{id}/protect", post(protect)).route("/rights/{id}/unprotect", post(unprotect))
}

#[derive(Deserialize)]
struct Given {
    reason: String,
}

async fn protect(
    State(console): State<Console>,
    actor: Actor,
    Path(id): Path<Uuid>,
    Form(given): Form<Given>,
) -> Result<Redirect, Problem> {
    let reason = reason(&given.reason)?.ok_or_else(Problem::unreadable)?;
    let file = sheet_of(&console, &actor, id, &format!("protecting: {reason}")).await?.file;
    // A person of whom nothing stands has nothing to be protected.
    let profile = file.profiles.first().map(|(profile, _)| *profile).ok_or_else(Problem::not_found)?;
    // Protected already, by a double click or by somebody else: there is nothing left to do.
    let notices = match file.frozen.protected {
        true => 0,
        false => {
            let protection = Protection { profile, reason: reason.to_owned(), who: actor.name };
            console.mending.protect(file.person, protection).await?
        }
    };
    Ok(Redirect::to(&format!("/rights/{}?protected={notices}", file.person.0)))
}

async fn unprotect(State(console): State<Console>, actor: Actor, Path(id): Path<Uuid>) -> Result<Redirect, Problem> {
    let person = sheet_of(&console, &actor, id, "ending a protection").await?.file.person;
    let notices = console.mending.unprotect(person, actor.name).await?.unwrap_or_default();
    Ok(Redirect::to(&format!("/rights/{}?unprotected={notices}", person.0)))
}
