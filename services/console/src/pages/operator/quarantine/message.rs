//! One refused message: why it was refused, at which place, and its content, masked until somebody says what for.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::{Path, State};
use axum::routing::get;
use axum::{Form, Router};
use liangdi_adapters::contract::Reason;
use liangdi_store::postgres::Look;
use liangdi_store::report::Refused;

use super::body::{Member, members};
use crate::access::Actor;
use crate::console::Console;
use crate::page::Page;
use crate::pages::operator::Purpose;
use crate::problem::Problem;

pub(super) fn router() -> Router<Console> {
    Router::new().route("/quarantine/{no}", get(masked).post(revealed))
}

#[derive(Template, WebTemplate)]
#[template(path = "operator/quarantine_message.html")]
struct Message {
    page: Page,
    refused: Refused,
    explained: String,
    members: Vec<Member>,
    is_revealed: bool,
}

async fn masked(
    State(console): State<Console>,
    page: Page,
    actor: Actor,
    Path(no): Path<i64>,
) -> Result<Message, Problem> {
    show(&console, page, &actor, no, None).await
}

async fn revealed(
    State(console): State<Console>,
    page: Page,
    actor: Actor,
    Path(no): Path<i64>,
    Form(purpose): Form<Purpose>,
) -> Result<Message, Problem> {
    show(&console, page, &actor, no, purpose.given()).await
}

async fn show(
    console: &Console,
    page: Page,
    actor: &Actor,
    no: i64,
    purpose: Option<&str>,
) -> Result<Message, Problem> {
    let look = Look { who: &actor.name, purpose: purpose.unwrap_or("masked look") };
    let found = console.store.quarantine_show(no, look).await?.ok_or_else(Problem::not_found)?;
    let members = found.body.map(|body| members(&body, found.refused.path.as_deref(), purpose.is_some()));
    Ok(Message {
        explained: explained(&page, &found.refused.reason),
        members: members.unwrap_or_default(),
        refused: found.refused,
        is_revealed: purpose.is_some(),
        page,
    })
}

/// What a reason means, and what can be done.
pub(in crate::pages) fn explained(page: &Page, code: &str) -> String {
    let known = Reason::ALL.into_iter().find(|reason| reason.code() == code);
    let english = known.map(Reason::explain).unwrap_or_default();
    page.language.text_if(&format!("operator.reason.{code}")).unwrap_or(english).to_owned()
}
