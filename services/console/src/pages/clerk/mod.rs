//! The clerks' part: their jurisdictions' inbox, and what they register. Their own jurisdictions and those below, nothing
//! else; operators may look and do the same for any.

mod answer;
mod event;
mod inbox;
mod notice;
mod words;

use axum::{Router, middleware};
use liangdi_domain::division::Code;
use liangdi_store::access::Role;

use crate::access::{Actor, only};
use crate::console::Console;
use crate::page::Link;

/// Who works here.
const ROLES: &[Role] = &[Role::Clerk, Role::Operator];

/// Navigation.
pub(super) const LINKS: &[Link] =
    &[Link { path: "/inbox", text: "clerk.inbox.title", about: "clerk.inbox.about", roles: ROLES }];

pub(super) fn router() -> Router<Console> {
    Router::new()
        .merge(inbox::router())
        .merge(notice::router())
        .merge(answer::router())
        .route_layer(middleware::from_fn_with_state(ROLES, only))
}

/// What an actor's lists are about: a clerk's own jurisdictions, an operator's province.
fn own(console: &Console, actor: &Actor) -> Vec<Code> {
    match actor.role {
        Role::Operator => vec![console.divisions.home()],
        _ => actor.jurisdictions.clone(),
    }
}
