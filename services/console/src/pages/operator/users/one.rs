//! One user: role and jurisdictions, locked and opened, a new first password, the second factor taken away. Nobody does
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

use super::{Fault, FirstPassword, codes, faulty};
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
}

/// What was just done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Done {
    Changed,
    Locked,
    Unlocked,
    WithoutSecondFactor,
}

impl Done {
    const fn text(self) -> &'static str {
        match self {
            Done::Changed => "users.done.changed",
            Done::Locked => "users.done.locked",
            Done::Unlocked => "users.done.unlocked",
            Done::WithoutSecondFactor => "users.done.without-second-factor",
        }
    }

    const fn name(self) -> &'static str {
        match self {
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
    /// Role and jurisdictions in the form.
    role: Role,
    jurisdictions: String,
    is_own: bool,
}

impl One {
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
    let user = console.store.user(&name).await?.ok_or_else(Problem::not_found)?;
    Ok(One {
        role: user.role,
        jurisdictions: spaced(&user.jurisdictions),
        is_own: user.name == actor.name,
        done: asked.done,
        fault: None,
        user,
        page,
    })
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
    let user = console.store.user(&name).await?.ok_or_else(Problem::not_found)?;
    let Changed { role, jurisdictions } = typed;
    let page = One { page, user, done: None, fault: Some(fault), role, jurisdictions, is_own: false };
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

fn not_the_own(actor: &Actor, name: &str) -> Result<(), Problem> {
    if actor.name == name { Err(Problem::new(StatusCode::CONFLICT, "problem.own-account")) } else { Ok(()) }
}

/// A name that somebody has holds nothing that an address would have to escape.
fn to(name: &str, done: Done) -> Response {
    Redirect::to(&format!("/users/{name}?done={}", done.name())).into_response()
}

fn spaced(codes: &[Code]) -> String {
    codes.iter().map(Code::as_str).collect::<Vec<_>>().join(" ")
}
