//! The page behind the first start's link: the first operator chooses name and password.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use axum::{Form, Router};
use liangdi_store::access::{NewUser, Role};
use serde::Deserialize;

use crate::access::{name, password};
use crate::console::Console;
use crate::first_start::token;
use crate::page::Page;
use crate::problem::Problem;

pub(super) fn router() -> Router<Console> {
    Router::new().route("/first-start/{secret}", get(form).post(become_operator))
}

#[derive(Template, WebTemplate)]
#[template(path = "first_start.html")]
struct FirstStart {
    page: Page,
    fault: Option<&'static str>,
    name: String,
}

fn spent() -> Problem {
    Problem::new(StatusCode::GONE, "problem.link-spent")
}

async fn form(State(console): State<Console>, page: Page, Path(secret): Path<String>) -> Result<FirstStart, Problem> {
    let stands = console.store.first_start_stands(token(&console.keys, &secret), console.now_utc()).await?;
    if stands { Ok(FirstStart { page, fault: None, name: String::new() }) } else { Err(spent()) }
}

/// What was typed: no `Debug`.
#[derive(Deserialize)]
struct Typed {
    name: String,
    chosen: String,
    again: String,
}

async fn become_operator(
    State(console): State<Console>,
    page: Page,
    Path(secret): Path<String>,
    Form(typed): Form<Typed>,
) -> Result<Response, Problem> {
    let name = typed.name.trim().to_owned();
    let fault = match () {
        () if !name::is_well_formed(&name) => Some("common.password.bad-name"),
        () if typed.chosen != typed.again => Some("common.password.not-the-same"),
        () => password::fault(&name, &typed.chosen),
    };
    if fault.is_some() {
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, FirstStart { page, fault, name }).into_response());
    }
    let user = NewUser { name, role: Role::Operator, jurisdictions: Vec::new(), must_change: false };
    let hash = password::hash(typed.chosen).await;
    let redeemed =
        console.store.first_start_redeem(token(&console.keys, &secret), console.now_utc(), &user, &hash).await?;
    if redeemed { Ok(Redirect::to("/login").into_response()) } else { Err(spent()) }
}
