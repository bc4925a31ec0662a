//! Deciding on a pair, and taking a decision back. A question that is decided is gone: whoever decides it a second time is
//! led on.

use axum::extract::{Path, State};
use axum::response::Redirect;
use axum::routing::post;
use axum::{Form, Router};
use serde::Deserialize;

use crate::access::Actor;
use crate::console::Console;
use crate::problem::Problem;
use crate::settling::{self, Verdict, reason};

/// What is written where no reason was given.
const NO_REASON: &str = "decided in the console";

/// What is written of a decision that was taken back by its button.
const TAKEN_BACK: &str = "taken back in the console";

pub(super) fn router() -> Router<Console> {
    Router::new().route("/review/{no}/decide", post(decide)).route("/review/decisions/{no}/undo", post(undo))
}

#[derive(Deserialize)]
struct Decided {
    verdict: Verdict,
    #[serde(default)]
    reason: String,
}

async fn decide(
    State(console): State<Console>,
    actor: Actor,
    Path(no): Path<i64>,
    Form(decided): Form<Decided>,
) -> Result<Redirect, Problem> {
    let reason = reason(&decided.reason)?.unwrap_or(NO_REASON);
    settling::decide(&console, no, decided.verdict, reason, actor.name).await?;
    // The next that nobody put off; after the last of them the list.
    let next = console.store.questions(None, 1).await?.pop().filter(|next| !next.put_off);
    Ok(Redirect::to(&next.map_or_else(|| "/review".to_owned(), |next| format!("/review/{}", next.no))))
}

async fn undo(State(console): State<Console>, actor: Actor, Path(no): Path<i64>) -> Result<Redirect, Problem> {
    settling::take_back(&console, no, TAKEN_BACK, actor.name).await?;
    Ok(Redirect::to("/review"))
}
