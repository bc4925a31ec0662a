//! Logging in and out. Whatever is wrong with name and password, the answer is the same: it tells nobody which names there are.

mod provider;

use std::net::SocketAddr;

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::{ConnectInfo, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Router};
use axum_extra::extract::CookieJar;
use chrono::{DateTime, TimeDelta, Utc};
use liangdi_store::access::Credentials;
use serde::Deserialize;

use crate::access::{password, session, totp};
use crate::console::Console;
use crate::page::Page;
use crate::problem::Problem;

/// Longest user name that is looked up.
const NAME_CHARS_MAX: usize = 64;

pub(super) fn router() -> Router<Console> {
    Router::new().route("/login", get(form).post(login)).route("/logout", post(logout)).merge(provider::router())
}

#[derive(Template, WebTemplate)]
#[template(path = "login.html")]
struct LoginPage {
    page: Page,
    next: String,
    fault: Option<String>,
    /// What the provider is called through which one may log in as well.
    provider: Option<String>,
    /// Whether it should ask who it is, whoever is logged in there.
    asks_again: bool,
}

impl LoginPage {
    fn new(console: &Console, page: Page, next: String, fault: Option<String>) -> Self {
        let provider = console.provider.as_ref().map(|provider| provider.label(page.language).to_owned());
        LoginPage { page, next, fault, provider, asks_again: false }
    }

    /// Something is wrong with name, password or code.
    fn failed(console: &Console, page: Page, next: String) -> Self {
        let lockout = console.limits.lockout;
        let fault = page.t2("common.login.failed", lockout.failures_max, lockout.lasts_s / 60);
        LoginPage::new(console, page, next, Some(fault))
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
    LoginPage::new(&console, page, next, None).into_response()
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
            let page = LoginPage::failed(&console, page, next);
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
    let times = (now, session_ends(console, now));
    let opened = console.store.login_succeeded(&name, token, step, times).await?;
    Ok(opened.then_some(cookie))
}

/// When a session that begins now is over, whatever happens in it.
fn session_ends(console: &Console, now: DateTime<Utc>) -> DateTime<Utc> {
    now + TimeDelta::seconds(i64::try_from(console.limits.session_max_s).unwrap_or(i64::MAX / 1_000_000))
}

/// None if the second factor is wrong; else the step it used, if there is one.
fn second_factor(known: &Credentials, code: &str, unix_s: i64) -> Option<Option<i64>> {
    match &known.totp {
        None => Some(None),
        Some(secret) => totp::step(known, secret, code, unix_s).map(Some),
    }
}

/// Logged out here, and on the way to log out at the provider.
#[derive(Template, WebTemplate)]
#[template(path = "logged_out.html")]
struct LoggedOut {
    page: Page,
    label: String,
    address: String,
}

async fn logout(
    State(console): State<Console>,
    headers: HeaderMap,
    page: Page,
    cookies: CookieJar,
) -> Result<Response, Problem> {
    if let Some(token) = session::of(&headers, &console.keys) {
        console.store.session_end(token).await?;
    }
    let cookies = cookies.add(session::removal());
    let provider = console.provider.as_ref().filter(|_| page.actor.as_ref().is_some_and(|actor| actor.by_provider));
    if let Some(provider) = provider
        && let Some(address) = provider.logout_address(page.language, console.now_utc()).await
    {
        // A page that leads there, and no redirect: the policy lets a form lead to this site alone.
        let label = provider.label(page.language).to_owned();
        let page = Page { actor: None, path: "/login".to_owned(), ..page };
        let onward = [(header::REFRESH, format!("0; url={address}"))];
        return Ok((cookies, onward, LoggedOut { page, label, address: address.into() }).into_response());
    }
    Ok((cookies, Redirect::to("/login")).into_response())
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
