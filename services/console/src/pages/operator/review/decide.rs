//! Deciding on a pair, and taking a decision back. A question that is decided is gone: whoever decides it a second time is
//! led on.

use axum::extract::{Path, State};
use axum::response::Redirect;
use axum::routing::post;
use axum::{Form, Router};
use liangdi_store::port::{DecisionRow, HumanVerdict};
use serde::Deserialize;

use crate::access::Actor;
use crate::console::Console;
use crate::problem::Problem;

/// Longest reason.
const REASON_CHARS_MAX: usize = 200;

/// What is written where no reason was given.
const NO_REASON: &str = "decided in the console";

/// What is written of a decision that was taken back by its button.
const TAKEN_BACK: &str = "taken back in the console";

pub(super) fn router() -> Router<Console> {
    Router::new().route("/review/{no}/decide", post(decide)).route("/review/decisions/{no}/undo", post(undo))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Verdict {
    Same,
    Different,
    Later,
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
    let reason = decided.reason.trim();
    if reason.chars().count() > REASON_CHARS_MAX {
        return Err(Problem::unreadable());
    }
    let question = console.store.questions(Some(no), 1).await?.pop();
    // Put off already, it stays where it is: nothing is gained by writing it down again.
    if let Some(question) = question.filter(|asked| !(asked.put_off && decided.verdict == Verdict::Later)) {
        let verdict = match decided.verdict {
            Verdict::Same => HumanVerdict::Same,
            Verdict::Different => HumanVerdict::Different,
            Verdict::Later => HumanVerdict::Later,
        };
        let reason = if reason.is_empty() { NO_REASON } else { reason }.to_owned();
        let decision = DecisionRow { a: question.a, b: question.b, verdict, reason, who: actor.name };
        console.mending.decide(decision).await?;
    }
    // The next that nobody put off; after the last of them the list.
    let next = console.store.questions(None, 1).await?.pop().filter(|next| !next.put_off);
    Ok(Redirect::to(&next.map_or_else(|| "/review".to_owned(), |next| format!("/review/{}", next.no))))
}

async fn undo(State(console): State<Console>, actor: Actor, Path(no): Path<i64>) -> Result<Redirect, Problem> {
    let made = console.store.decisions(Some(no), 1).await?.pop().ok_or_else(Problem::not_found)?;
    if made.stands && made.verdict != "undone" {
        let (verdict, reason) = (HumanVerdict::Undone, TAKEN_BACK.to_owned());
        let decision = DecisionRow { a: made.a, b: made.b, verdict, reason, who: actor.name };
        console.mending.decide(decision).await?;
    }
    Ok(Redirect::to("/review"))
}
