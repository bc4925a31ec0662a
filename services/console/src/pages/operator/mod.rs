//! The operators', reviewers' and auditors' part: whether notices flow, and what is done where they do not. Whatever shows
//! identity values asks for a purpose first, and writes it down.

mod audit;
mod cases;
mod changes;
mod flow;
mod persons;
mod quarantine;
mod queues;
mod requests;
mod review;
mod span;
mod users;
mod words;

use axum::{Router, middleware};
use liangdi_store::access::Role;

use crate::access::only;
use crate::console::Console;
use crate::page::Link;

pub(super) use persons::place_if;
pub(super) use quarantine::explained;

/// Figures and codes.
const FIGURES: &[Role] = &[Role::Operator, Role::Auditor];
/// Mending.
const OPERATORS: &[Role] = &[Role::Operator];
/// Deciding who is who.
const REVIEWERS: &[Role] = &[Role::Operator, Role::Reviewer];

/// Navigation.
pub(super) const LINKS: &[Link] = &[
    Link { path: "/flow", text: "operator.flow.title", about: "operator.flow.about", roles: FIGURES },
    Link {
        path: "/quarantine",
        text: "operator.quarantine.title",
        about: "operator.quarantine.about",
        roles: OPERATORS,
    },
    Link { path: "/review", text: "operator.review.title", about: "operator.review.about", roles: REVIEWERS },
    Link { path: "/persons", text: "operator.persons.title", about: "operator.persons.about", roles: OPERATORS },
    Link { path: "/rights", text: "operator.rights.title", about: "operator.rights.about", roles: OPERATORS },
    Link { path: "/requests", text: "operator.requests.title", about: "operator.requests.about", roles: OPERATORS },
    Link { path: "/cases", text: "cases.page.title", about: "cases.page.about", roles: FIGURES },
    Link { path: "/changes", text: "changes.page.title", about: "changes.page.about", roles: FIGURES },
    Link { path: "/queues", text: "operator.queues.title", about: "operator.queues.about", roles: FIGURES },
    Link { path: "/users", text: "users.page.title", about: "users.page.about", roles: OPERATORS },
    Link { path: "/audit", text: "operator.audit.title", about: "operator.audit.about", roles: FIGURES },
];

pub(super) fn router() -> Router<Console> {
    let of = |roles, router: Router<Console>| router.route_layer(middleware::from_fn_with_state(roles, only));
    Router::new()
        .merge(of(FIGURES, flow::router()))
        .merge(flow::live())
        .merge(changes::live())
        .merge(of(OPERATORS, quarantine::router()))
        .merge(of(REVIEWERS, review::router()))
        .merge(of(OPERATORS, persons::router()))
        .merge(of(OPERATORS, requests::router()))
        .merge(of(FIGURES, cases::router()))
        .merge(of(FIGURES, changes::router()))
        .merge(of(FIGURES, queues::router()))
        .merge(of(OPERATORS, users::router()))
        .merge(of(FIGURES, audit::router()))
}

/// Why somebody wants to see identity values, in their words: without any there is nothing to see.
#[derive(serde::Deserialize)]
struct Purpose {
    #[serde(default)]
    purpose: String,
}

impl Purpose {
    /// The words, if there are any.
    fn given(&self) -> Option<&str> {
        Some(self.purpose.trim()).filter(|purpose| !purpose.is_empty())
    }
}
