//! The user's own account: the second factor is set here, or taken away.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Router};
use liangdi_store::access::Credentials;
use serde::Deserialize;

use crate::access::{Actor, totp};
use crate::console::Console;
use crate::page::Page;
use crate::problem::Problem;

pub(super) fn router() -> Router<Console> {
    Router::new()
        .route("/account", get(account))
        .route("/account/second-factor", get(offer).post(set))
        .route("/account/second-factor/remove", post(remove))
}

#[derive(Template, WebTemplate)]
#[template(path = "account.html")]
struct AccountPage {
    page: Page,
    actor: Actor,
    second_factor: bool,
    wrong_code: bool,
    /// What the provider is called, where the user logs in through it.
    provider: Option<String>,
}

async fn account(State(console): State<Console>, page: Page, actor: Actor) -> Result<AccountPage, Problem> {
    if actor.by_provider {
        let provider = console.provider.as_ref().map(|provider| provider.label(page.language).to_owned());
        let provider = Some(provider.unwrap_or_default());
        return Ok(AccountPage { page, actor, second_factor: false, wrong_code: false, provider });
    }
    let second_factor = known(&console, &actor).await?.totp.is_some();
    Ok(AccountPage { page, actor, second_factor, wrong_code: false, provider: None })
}

#[derive(Template, WebTemplate)]
#[template(path = "second_factor.html")]
struct OfferPage {
    page: Page,
    secret: String,
    address: String,
    wrong_code: bool,
}

impl OfferPage {
    fn new(page: Page, actor: &Actor, secret: &[u8], wrong_code: bool) -> Result<Self, Problem> {
        let (secret, address) = totp::shown(&actor.name, secret).ok_or_else(Problem::unreadable)?;
        Ok(OfferPage { page, secret, address, wrong_code })
    }
}

async fn offer(page: Page, actor: Actor) -> Result<OfferPage, Problem> {
    actor.must_have_password()?;
    OfferPage::new(page, &actor, &totp::new_secret(), false)
}

/// The secret comes back with a code made from it: only then is it known that the phone has it.
#[derive(Deserialize)]
struct Proved {
    secret: String,
    code: String,
}

async fn set(
    State(console): State<Console>,
    page: Page,
    actor: Actor,
    Form(proved): Form<Proved>,
) -> Result<Response, Problem> {
    actor.must_have_password()?;
    let secret = totp::read_secret(&proved.secret).ok_or_else(Problem::unreadable)?;
    let known = known(&console, &actor).await?;
    if totp::step(&known, &secret, &proved.code, console.now().timestamp()).is_none() {
        let page = OfferPage::new(page, &actor, &secret, true)?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    }
    console.store.second_factor(&actor.name, Some(&secret)).await?;
    Ok(Redirect::to("/account").into_response())
}

#[derive(Deserialize)]
struct Code {
    code: String,
}

/// Taking it away needs it once more.
async fn remove(
    State(console): State<Console>,
    page: Page,
    actor: Actor,
    Form(Code { code }): Form<Code>,
) -> Result<Response, Problem> {
    actor.must_have_password()?;
    let known = known(&console, &actor).await?;
    let right = known
        .totp
        .as_ref()
        .is_some_and(|secret| totp::step(&known, secret, &code, console.now().timestamp()).is_some());
    if !right {
        let page = AccountPage { page, actor, second_factor: known.totp.is_some(), wrong_code: true, provider: None };
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    }
    console.store.second_factor(&actor.name, None).await?;
    Ok(Redirect::to("/account").into_response())
}

async fn known(console: &Console, actor: &Actor) -> Result<Credentials, Problem> {
    console.store.credentials_of(&actor.name).await?.ok_or_else(Problem::login_needed)
}
