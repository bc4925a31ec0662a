//! Logging in and out. Whatever is wrong, the answer is the same: it tells nobody which names there are.

use std::net::SocketAddr;

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::{ConnectInfo, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Router};
use axum_extra::extract::CookieJar;
use chrono::TimeDelta;
use liangdi_store::access::Credentials;
use serde::Deserialize;

use crate::access::{password, session, totp};
use crate::console::Console;
use crate::page::Page;
use crate::problem::Problem;

/// Longest user name that is looked up.
const NAME_CHARS_MAX: usize = 64;

pub(super) fn router() -> Router<Console> {
    Router::new().route("/login", get(form).post(login)).route("/logout", post(logout))
}

#[derive(Template, WebTemplate)]
#[template(path = "login.html")]
struct LoginPage {
    page: Page,
    next: String,
    failed: bool,
    failures_max: u32,
    lockout_min: u64,
}

impl LoginPage {
    fn new(console: &Console, page: Page, next: String, failed: bool) -> Self {
        let lockout = console.limits.lockout;
        LoginPage { page, next, failed, failures_max: lockout.failures_max, lockout_min: lockout.lasts_s / 60 }
    }
}

#[derive(Deserialize)]
struct Next {
    #[serde(default)]
    next: String,
}

async fn form(State(console): State<Console>, page: Page, Query(Next { next }): Query<Next>) -> Response {
    if page.actor.is_some() {
        return Redirect::to(local(&next)).into_response();
    }
    LoginPage::new(&console, page, next, false).into_response()
}

/// What was typed: no `Debug`.
#[derive(Deserialize)]
struct Typed {
    name: String,
    password: String,
    #[serde(default)]
    code: String,
    #[serde(default)]
    next: String,
}

async fn login(
    State(console): State<Console>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    page: Page,
    cookies: CookieJar,
    Form(typed): Form<Typed>,
) -> Result<Response, Problem> {
    if !console.login_rate.allows(from.ip()) {
        return Err(Problem::too_often());
    }
    let next = typed.next.clone();
    match opened(&console, typed).await? {
        Some(cookie) => Ok((cookies.add(cookie), Redirect::to(local(&next))).into_response()),
        None => {
            let page = LoginPage::new(&console, page, next, true);
            Ok((StatusCode::UNAUTHORIZED, page).into_response())
        }
    }
}

/// The cookie of a new session, if everything is right.
async fn opened(
    console: &Console,
    typed: Typed,
) -> Result<Option<axum_extra::extract::cookie::Cookie<'static>>, Problem> {
    let name = typed.name.trim().to_owned();
    let (now, limits) = (console.now_utc(), &console.limits);
    let too_long =
        name.chars().count() > NAME_CHARS_MAX || typed.password.chars().count() > password::PASSWORD_CHARS_MAX;
    let known = if too_long { None } else { console.store.login_try(&name, now, limits.lockout).await? };
    let hash = known.as_ref().map(|known| known.password.clone());
    let right = !too_long && password::is_right(typed.password, hash).await;
    let Some(known) = known.filter(|_| right) else { return Ok(None) };
    let Some(step) = second_factor(&known, &typed.code, now.timestamp()) else { return Ok(None) };
    let (cookie, token) = session::new(&console.keys);
    let ends = now + TimeDelta::seconds(i64::try_from(limits.session_max_s).unwrap_or(i64::MAX / 1_000_000));
    let opened = console.store.login_succeeded(&name, token, step, (now, ends)).await?;
    Ok(opened.then_some(cookie))
}

/// None if the second factor is wrong; else the step it used, if there is one.
fn second_factor(known: &Credentials, code: &str, unix_s: i64) -> Option<Option<i64>> {
    match &known.totp {
        None => Some(None),
        Some(secret) => totp::step(known, secret, code, unix_s).map(Some),
    }
}

async fn logout(State(console): State<Console>, headers: HeaderMap, cookies: CookieJar) -> Result<Response, Problem> {
    if let Some(token) = session::of(&headers, &console.keys) {
        console.store.session_end(token).await?;
    }
    Ok((cookies.add(session::removal()), Redirect::to("/login")).into_response())
}

/// A path of ours, and nothing that a browser could take for another host.
pub(super) fn local(path: &str) -> &str {
    let ours = path.starts_with('/') && !path.starts_with("//") && !path.contains('\\');
    let printable = path.bytes().all(|byte| byte.is_ascii_graphic());
    if ours && printable && !path.starts_with("/login") { path } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_back_never_leads_to_another_host() {
        assert_eq!(local("/inbox?standing=open"), "/inbox?standing=open");
        for foreign in ["//example.org", "https://example.org", "/\\example.org", "", "inbox", "/\n", "/login"] {
            assert_eq!(local(foreign), "/", "{foreign}");
        }
    }
}
