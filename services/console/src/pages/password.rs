//! Changing the password: everybody may, and whoever was given theirs by somebody else has to.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use axum::{Form, Router};
use serde::Deserialize;

use super::login::local;
use crate::access::{Actor, password, session};
use crate::console::Console;
use crate::page::Page;
use crate::problem::Problem;

pub(super) fn router() -> Router<Console> {
    Router::new().route("/password", get(form).post(change))
}

#[derive(Template, WebTemplate)]
#[template(path = "password.html")]
struct PasswordPage {
    page: Page,
    actor: Actor,
    next: String,
    fault: Option<&'static str>,
}

#[derive(Deserialize)]
struct Next {
    #[serde(default)]
    next: String,
}

async fn form(page: Page, actor: Actor, Query(Next { next }): Query<Next>) -> Result<PasswordPage, Problem> {
    actor.must_have_password()?;
    Ok(PasswordPage { page, actor, next, fault: None })
}

/// What was typed: no `Debug`.
#[derive(Deserialize)]
struct Typed {
    current: String,
    chosen: String,
    again: String,
    #[serde(default)]
    next: String,
}

async fn change(
    State(console): State<Console>,
    headers: HeaderMap,
    page: Page,
    actor: Actor,
    Form(typed): Form<Typed>,
) -> Result<Response, Problem> {
    actor.must_have_password()?;
    let token = session::of(&headers, &console.keys).ok_or_else(Problem::login_needed)?;
    if let Some(fault) = fault(&console, &actor, &typed).await? {
        let next = typed.next;
        let page = PasswordPage { page, actor, next, fault: Some(fault) };
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    }
    let hash = password::hash(typed.chosen).await;
    console.store.password_chosen(&actor.name, &hash, token).await?;
    Ok(Redirect::to(local(&typed.next)).into_response())
}

/// What is wrong with it. The current password counts as a try: an open browser must not be a place to guess in.
async fn fault(console: &Console, actor: &Actor, typed: &Typed) -> Result<Option<&'static str>, Problem> {
    if typed.chosen != typed.again {
        return Ok(Some("common.password.not-the-same"));
    }
    if typed.chosen == typed.current {
        return Ok(Some("common.password.not-new"));
    }
    if let Some(fault) = password::fault(&actor.name, &typed.chosen) {
        return Ok(Some(fault));
    }
    let known = console.store.login_try(&actor.name, console.now_utc(), console.limits.lockout).await?;
    let right = password::is_right(typed.current.clone(), known.map(|known| known.password)).await;
    Ok((!right).then_some("common.password.wrong"))
}
