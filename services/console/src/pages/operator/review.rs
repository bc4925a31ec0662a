//! Pairs of which only a person can say whether they are one human: what waits, and what the reviewer decided.

mod decide;
mod pair;

use askama::Template;
use askama_web::WebTemplate;
use axum::Router;
use axum::extract::State;
use axum::routing::get;
use liangdi_store::report::{DecisionMade, OpenQuestion};

use super::words::bits;
use crate::access::Actor;
use crate::console::Console;
use crate::page::Page;
use crate::problem::Problem;

/// Questions that the list shows: the most consequential first.
const QUESTIONS_MAX: u32 = 50;
/// Own decisions that it shows.
const DECISIONS_MAX: u32 = 20;

pub(super) fn router() -> Router<Console> {
    Router::new().route("/review", get(list)).merge(pair::router()).merge(decide::router())
}

#[derive(Template, WebTemplate)]
#[template(path = "operator/review.html")]
struct List {
    page: Page,
    questions: Vec<OpenQuestion>,
    mine: Vec<DecisionMade>,
}

async fn list(State(console): State<Console>, page: Page, actor: Actor) -> Result<List, Problem> {
    let questions = console.store.questions(None, QUESTIONS_MAX).await?;
    let mine = console.store.decisions_by(&actor.name, DECISIONS_MAX).await?;
    Ok(List { page, questions, mine })
}
