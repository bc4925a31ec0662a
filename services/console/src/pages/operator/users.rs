//! Who may log in: found by name, division or role; made with a first password that is shown once, or for an account at the
//! provider.

mod one;

use std::str::FromStr;

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Form, Router};
use liangdi_domain::division::Code;
use liangdi_store::access::{Role, User};
use liangdi_store::postgres::UserFilter;
use serde::Deserialize;

use crate::access::users::{self, UserError, UserFault};
use crate::access::{Actor, role_text};
use crate::console::Console;
use crate::page::Page;
use crate::problem::Problem;

/// Users of one page.
const ROWS_MAX: usize = 50;

pub(super) fn router() -> Router<Console> {
    Router::new().route("/users", get(list).post(add)).merge(one::router())
}

#[derive(Deserialize, Default)]
struct Asked {
    /// Part of a name, or a division's code.
    #[serde(default)]
    q: String,
    /// A role's name; empty: every role.
    #[serde(default)]
    role: String,
    /// The last name of the page before.
    #[serde(default)]
    after: String,
}

/// A user to be made, as it was typed.
#[derive(Deserialize, Default)]
struct Typed {
    #[serde(default)]
    name: String,
    role: Option<Role>,
    /// Codes, apart by spaces or commas.
    #[serde(default)]
    jurisdictions: String,
    /// What the provider calls the user; empty: a password is made.
    #[serde(default)]
    account: String,
}

/// Why something was not done: the key of its text, and what it is about.
struct Fault {
    text: &'static str,
    about: String,
}

#[derive(Template, WebTemplate)]
#[template(path = "operator/users.html")]
struct List {
    page: Page,
    asked: Asked,
    typed: Typed,
    fault: Option<Fault>,
    rows: Vec<User>,
    more: Option<String>,
    /// What the provider is called, if there is one.
    provider: Option<String>,
}

impl List {
    fn is_asked(&self, role: &Role) -> bool {
        self.asked.role == role.name()
    }

    fn is_typed(&self, role: &Role) -> bool {
        self.typed.role == Some(*role)
    }
}

/// A first password: it is on this page, and nowhere else.
#[derive(Template, WebTemplate)]
#[template(path = "operator/user_password.html")]
struct FirstPassword {
    page: Page,
    name: String,
    first: String,
}

async fn list(State(console): State<Console>, page: Page, Query(asked): Query<Asked>) -> Result<List, Problem> {
    show(&console, page, asked, Typed::default(), None).await
}

async fn show(
    console: &Console,
    page: Page,
    asked: Asked,
    typed: Typed,
    fault: Option<Fault>,
) -> Result<List, Problem> {
    let role = Role::ALL.into_iter().find(|role| role.name() == asked.role);
    let filter = UserFilter { search: asked.q.trim(), role, after: &asked.after };
    let mut rows = console.store.users_like(filter, ROWS_MAX as u32 + 1).await?;
    let is_full = rows.len() > ROWS_MAX;
    rows.truncate(ROWS_MAX);
    let more = rows.last().filter(|_| is_full).map(|user| user.name.clone());
    let provider = provider_of(console, &page);
    Ok(List { page, asked, typed, fault, rows, more, provider })
}

async fn add(
    State(console): State<Console>,
    page: Page,
    actor: Actor,
    Form(typed): Form<Typed>,
) -> Result<Response, Problem> {
    let name = typed.name.trim().to_owned();
    match made(&console, name.clone(), &typed, &actor.name).await? {
        Ok(Some(first)) => Ok(FirstPassword { page, name, first }.into_response()),
        Ok(None) => Ok(one::to(&name, one::Done::Made)),
        Err(fault) => {
            let page = show(&console, page, Asked::default(), typed, Some(fault)).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

/// Makes a user; the first password, where there is one.
async fn made(
    console: &Console,
    name: String,
    typed: &Typed,
    who: &str,
) -> Result<Result<Option<String>, Fault>, Problem> {
    let role = typed.role.ok_or_else(Problem::unreadable)?;
    let codes = match codes(&typed.jurisdictions) {
        Ok(codes) => codes,
        Err(fault) => return Ok(Err(fault)),
    };
    if console.provider.is_none() || typed.account.trim().is_empty() {
        return Ok(faulty(users::add(&console.store, name, role, codes, who).await)?.map(Some));
    }
    Ok(faulty(users::add_provided(&console.store, name, role, codes, &typed.account, who).await)?.map(|()| None))
}

/// What the provider is called, if there is one.
fn provider_of(console: &Console, page: &Page) -> Option<String> {
    console.provider.as_ref().map(|provider| provider.label(page.language).to_owned())
}

/// Codes as they were typed.
fn codes(typed: &str) -> Result<Vec<Code>, Fault> {
    let words = typed.split([' ', ',', '，', '、', '\u{3000}', '\t', '\n', '\r']).filter(|word| !word.is_empty());
    let code = |word: &str| {
        Code::from_str(word).map_err(|_| Fault { text: "users.fault.no-code", about: word.chars().take(20).collect() })
    };
    words.map(code).collect()
}

/// What makes no sense is said on the page; what the database cannot do, by the frame.
fn faulty<T>(done: Result<T, UserError>) -> Result<Result<T, Fault>, Problem> {
    match done {
        Ok(done) => Ok(Ok(done)),
        Err(UserError::Store(error)) => Err(error.into()),
        Err(UserError::Fault(fault)) => Ok(Err(fault_of(fault))),
    }
}

fn fault_of(fault: UserFault) -> Fault {
    let (text, about) = match fault {
        UserFault::BadName => ("common.password.bad-name", String::new()),
        UserFault::Taken => ("users.fault.taken", String::new()),
        UserFault::Unknown => ("users.fault.unknown", String::new()),
        UserFault::NoJurisdiction => ("users.fault.no-jurisdiction", String::new()),
        UserFault::UnknownJurisdiction(code) => ("users.fault.unknown-jurisdiction", code.to_string()),
        UserFault::BadAccount => ("users.fault.bad-account", String::new()),
        UserFault::AccountTaken => ("users.fault.account-taken", String::new()),
        UserFault::NoPassword => ("users.fault.no-password", String::new()),
        UserFault::NotBound => ("users.fault.not-bound", String::new()),
    };
    Fault { text, about }
}

impl Page {
    /// What a role is called.
    fn role(&self, role: &Role) -> &str {
        self.t(role_text(*role))
    }

    /// How an account stands: the key of its text, and how it looks.
    fn account_state(&self, user: &User) -> (String, &'static str) {
        match user {
            User { locked: true, .. } => (self.t("users.state.locked").to_owned(), "late"),
            User { locked_until: Some(until), .. } => (self.t1("users.state.locked-until", self.moment(until)), "late"),
            User { provider: Some(account), .. } if !account.bound => {
                (self.t("users.state.not-bound").to_owned(), "soon")
            }
            User { must_change: true, .. } => (self.t("users.state.first-password").to_owned(), "soon"),
            _ => (self.t("users.state.open").to_owned(), "done"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_stand_apart_by_whatever_people_put_between_them() {
        let read = |typed: &str| codes(typed).map(|codes| codes.iter().map(Code::to_string).collect::<Vec<_>>());
        assert_eq!(read(" 320583，320583100、320500\n").ok().unwrap(), ["320583", "320583100", "320500"]);
        assert!(read("").ok().unwrap().is_empty());
        assert_eq!(read("320583 here").err().unwrap().about, "here");
    }
}
