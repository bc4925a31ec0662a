//! One user: role and jurisdictions, locked and opened, a new first password, the second factor taken away, an account at the
//! provider. Nobody does
//! any of this to the own account: so there is always an operator left.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Router};
use liangdi_domain::division::Code;
use liangdi_store::access::{Role, User};
use serde::Deserialize;

use super::{Fault, FirstPassword, codes, faulty, provider_of};
use crate::access::Actor;
use crate::access::users;
use crate::console::Console;
use crate::page::Page;
use crate::problem::Problem;

pub(super) fn router() -> Router<Console> {
    Router::new()
        .route("/users/{name}", get(show))
        .route("/users/{name}/change", post(change))
        .route("/users/{name}/lock", post(lock))
        .route("/users/{name}/unlock", post(unlock))
        .route("/users/{name}/reset", post(reset))
        .route("/users/{name}/remove-second-factor", post(remove_second_factor))
        .route("/users/{name}/bind", post(bind))
}

/// What was just done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Done {
    Made,
    Bound,
    Changed,
    Locked,
    Unlocked,
    WithoutSecondFactor,
}

impl Done {
    const fn text(self) -> &'static str {
        match self {
            Done::Made => "users.done.made",
            Done::Bound => "users.done.bound",
            Done::Changed => "users.done.changed",
            Done::Locked => "users.done.locked",
            Done::Unlocked => "users.done.unlocked",
            Done::WithoutSecondFactor => "users.done.without-second-factor",
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Done::Made => "made",
            Done::Bound => "bound",
            Done::Changed => "changed",
            Done::Locked => "locked",
            Done::Unlocked => "unlocked",
            Done::WithoutSecondFactor => "without-second-factor",
        }
    }
}

#[derive(Deserialize)]
struct Asked {
    done: Option<Done>,
}

#[derive(Template, WebTemplate)]
#[template(path = "operator/user.html")]
struct One {
    page: Page,
    user: User,
    done: Option<Done>,
    fault: Option<Fault>,
    /// What is wrong with the account at the provider.
    bind_fault: Option<Fault>,
    /// What the provider is called, if there is one.
    provider: Option<String>,
    /// Role and jurisdictions in the form.
    role: Role,
    jurisdictions: String,
    is_own: bool,
}

impl One {
    async fn of(console: &Console, page: Page, name: &str, actor: &Actor) -> Result<Self, Problem> {
        let user = console.store.user(name).await?.ok_or_else(Problem::not_found)?;
        Ok(One {
            role: user.role,
            jurisdictions: spaced(&user.jurisdictions),
            is_own: user.name == actor.name,
            done: None,
            fault: None,
            bind_fault: None,
            provider: provider_of(console, &page),
            user,
            page,
        })
    }

    fn is_chosen(&self, role: &Role) -> bool {
        self.role == *role
    }
}

async fn show(
    State(console): State<Console>,
    page: Page,
    actor: Actor,
    Path(name): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<One, Problem> {
    let page = One::of(&console, page, &name, &actor).await?;
    Ok(One { done: asked.done, ..page })
}

#[derive(Deserialize)]
struct Changed {
    role: Role,
    #[serde(default)]
    jurisdictions: String,
}

async fn change(
    State(console): State<Console>,
    page: Page,
    actor: Actor,
    Path(name): Path<String>,
    Form(typed): Form<Changed>,
) -> Result<Response, Problem> {
    not_the_own(&actor, &name)?;
    let changed = match codes(&typed.jurisdictions) {
        Ok(codes) => faulty(users::change(&console.store, &name, typed.role, &codes, &actor.name).await)?,
        Err(fault) => Err(fault),
    };
    let Err(fault) = changed else { return Ok(to(&name, Done::Changed)) };
    let Changed { role, jurisdictions } = typed;
    let page = One { fault: Some(fault), role, jurisdictions, ..One::of(&console, page, &name, &actor).await? };
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

async fn lock(State(console): State<Console>, actor: Actor, Path(name): Path<String>) -> Result<Response, Problem> {
    not_the_own(&actor, &name)?;
    let done = faulty(users::lock(&console.store, &name, &actor.name).await)?;
    done.map_or_else(|_| Err(Problem::not_found()), |()| Ok(to(&name, Done::Locked)))
}

async fn unlock(State(console): State<Console>, actor: Actor, Path(name): Path<String>) -> Result<Response, Problem> {
    not_the_own(&actor, &name)?;
    let done = faulty(users::unlock(&console.store, &name, &actor.name).await)?;
    done.map_or_else(|_| Err(Problem::not_found()), |()| Ok(to(&name, Done::Unlocked)))
}

async fn reset(
    State(console): State<Console>,
    page: Page,
    actor: Actor,
    Path(name): Path<String>,
) -> Result<FirstPassword, Problem> {
    not_the_own(&actor, &name)?;
    let done = faulty(users::reset(&console.store, &name, &actor.name).await)?;
    done.map_or_else(|_| Err(Problem::not_found()), |first| Ok(FirstPassword { page, name, first }))
}

async fn remove_second_factor(
    State(console): State<Console>,
    actor: Actor,
    Path(name): Path<String>,
) -> Result<Response, Problem> {
    not_the_own(&actor, &name)?;
    let done = faulty(users::remove_second_factor(&console.store, &name, &actor.name).await)?;
    done.map_or_else(|_| Err(Problem::not_found()), |()| Ok(to(&name, Done::WithoutSecondFactor)))
}

#[derive(Deserialize)]
struct Account {
    #[serde(default)]
    account: String,
}

async fn bind(
    State(console): State<Console>,
    page: Page,
    actor: Actor,
    Path(name): Path<String>,
    Form(Account { account }): Form<Account>,
) -> Result<Response, Problem> {
    not_the_own(&actor, &name)?;
    if console.provider.is_none() {
        // Nobody could log in any more.
        return Err(Problem::not_found());
    }
    match faulty(users::bind(&console.store, &name, &account, &actor.name).await)? {
        Ok(()) => Ok(to(&name, Done::Bound)),
        Err(fault) => {
            let page = One { bind_fault: Some(fault), ..One::of(&console, page, &name, &actor).await? };
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

fn not_the_own(actor: &Actor, name: &str) -> Result<(), Problem> {
    if actor.name == name { Err(Problem::new(StatusCode::CONFLICT, "problem.own-account")) } else { Ok(()) }
}

/// A name that somebody has holds nothing that an address would have to escape.
pub(super) fn to(name: &str, done: Done) -> Response {
    Redirect::to(&format!("/users/{name}?done={}", done.name())).into_response()
}

fn spaced(codes: &[Code]) -> String {
    codes.iter().map(Code::as_str).collect::<Vec<_>>().join(" ")
}
