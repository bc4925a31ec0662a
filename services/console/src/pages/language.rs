//! The language switch: kept in a cookie.

use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::post;
use axum::{Form, Router};
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::{Cookie, SameSite};
use serde::Deserialize;

use super::login::local;
use crate::console::Console;
use crate::problem::Problem;
use crate::texts::{LANGUAGE_COOKIE, Language};

pub(super) fn router() -> Router<Console> {
    Router::new().route("/language", post(switch))
}

#[derive(Deserialize)]
struct Chosen {
    language: String,
    back: String,
}

async fn switch(cookies: CookieJar, Form(chosen): Form<Chosen>) -> Result<Response, Problem> {
    let language = Language::ALL.into_iter().find(|language| language.tag() == chosen.language);
    let language = language.ok_or_else(Problem::unreadable)?;
    let mut cookie = Cookie::new(LANGUAGE_COOKIE, language.tag());
    cookie.set_path("/");
    cookie.set_http_only(true);
    cookie.set_same_site(SameSite::Lax);
    cookie.make_permanent();
    Ok((cookies.add(cookie), Redirect::to(local(&chosen.back))).into_response())
}
