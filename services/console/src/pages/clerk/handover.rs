//! Handing over to a deputy until a day: another clerk of the same jurisdiction, or of one below it.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Router};
use chrono::{Days, NaiveDate};
use liangdi_store::access::Deputy;
use serde::Deserialize;

use crate::access::Actor;
use crate::console::Console;
use crate::page::Page;
use crate::problem::Problem;

/// Longest handover: whoever stays away longer asks an operator.
const DAYS_MAX: u64 = 92;

pub(super) fn router() -> Router<Console> {
    Router::new().route("/handover", get(handover).post(grant)).route("/handover/end", post(end))
}

#[derive(Template, WebTemplate)]
#[template(path = "clerk/handover.html")]
struct HandoverPage {
    page: Page,
    deputies: Vec<Deputy>,
    me: String,
    today: NaiveDate,
    last: NaiveDate,
    fault: Option<&'static str>,
}

async fn handover(State(console): State<Console>, page: Page, actor: Actor) -> Result<HandoverPage, Problem> {
    show(&console, page, &actor, None).await
}

async fn show(
    console: &Console,
    page: Page,
    actor: &Actor,
    fault: Option<&'static str>,
) -> Result<HandoverPage, Problem> {
    let today = console.today();
    let deputies = console.store.deputies(&actor.name, today).await?;
    Ok(HandoverPage { page, deputies, me: actor.name.clone(), today, last: today + Days::new(DAYS_MAX), fault })
}

#[derive(Deserialize)]
struct Granted {
    deputy: String,
    until: String,
}

async fn grant(
    State(console): State<Console>,
    page: Page,
    actor: Actor,
    Form(granted): Form<Granted>,
) -> Result<Response, Problem> {
    let today = console.today();
    let until = granted.until.trim().parse::<NaiveDate>().ok();
    let fault = match until.filter(|until| (today..=today + Days::new(DAYS_MAX)).contains(until)) {
        None => Some("entry.handover.bad-day"),
        Some(until) => {
            let granted = console.store.deputy_grant(&actor.name, granted.deputy.trim(), until).await?;
            (!granted).then_some("entry.handover.no-deputy")
        }
    };
    match fault {
        None => Ok(Redirect::to("/handover").into_response()),
        fault => {
            let page = show(&console, page, &actor, fault).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

#[derive(Deserialize)]
struct Ended {
    deputy: String,
}

async fn end(State(console): State<Console>, actor: Actor, Form(ended): Form<Ended>) -> Result<Redirect, Problem> {
    console.store.deputy_revoke(&actor.name, &ended.deputy).await?;
    Ok(Redirect::to("/handover"))
}
