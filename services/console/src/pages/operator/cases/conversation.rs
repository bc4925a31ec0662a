//! One case as a conversation: every leg with its clock, and what was said on either side in the order of time.

use askama::Template;
use askama_web::WebTemplate;
use axum::Router;
use axum::extract::{Path, State};
use axum::routing::get;
use liangdi_store::report::CaseSaid;
use uuid::Uuid;

use super::{Question, question};
use crate::console::Console;
use crate::page::Page;
use crate::pages::operator::persons::{office, place_if};
use crate::problem::Problem;

pub(super) fn router() -> Router<Console> {
    Router::new().route("/cases/{id}", get(show))
}

/// Something that was said.
struct Said {
    at: String,
    /// Which leg of the case: the first asked is 0.
    leg: usize,
    who: String,
    words: String,
    due_on: String,
    is_notice: bool,
    is_withdrawn: bool,
}

#[derive(Template, WebTemplate)]
#[template(path = "operator/case.html")]
struct Conversation {
    page: Page,
    id: Uuid,
    legs: Vec<Question>,
    said: Vec<Said>,
}

async fn show(State(console): State<Console>, page: Page, Path(id): Path<Uuid>) -> Result<Conversation, Problem> {
    let asked = console.store.case(id).await?;
    let exchange = console.store.case_exchange(id).await?;
    if asked.is_empty() && exchange.is_empty() {
        return Err(Problem::not_found());
    }
    let mut receivers: Vec<String> = Vec::new();
    for receiver in asked.iter().map(|row| &row.receiver).chain(exchange.iter().map(|said| &said.receiver)) {
        if !receivers.contains(receiver) {
            receivers.push(receiver.clone());
        }
    }
    let said = exchange.iter().map(|said| words(&console, &page, &receivers, said)).collect();
    let legs = asked.iter().map(|row| question(&console, &page, row)).collect();
    Ok(Conversation { id, legs, said, page })
}

fn words(console: &Console, page: &Page, receivers: &[String], said: &CaseSaid) -> Said {
    let who = match &said.source {
        Some(source) => office(page, console.divisions, source),
        None => page.t1("cases.page.to", place_if(console.divisions, &said.receiver)),
    };
    Said {
        at: page.moment(&said.time),
        leg: receivers.iter().position(|receiver| *receiver == said.receiver).unwrap_or_default(),
        who,
        words: page.word(&said.said).to_owned(),
        due_on: said.due_on.map(|due| due.to_string()).unwrap_or_default(),
        is_notice: said.is_notice,
        is_withdrawn: said.withdrawn,
    }
}
