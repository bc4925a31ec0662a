//! The clerks' part: their jurisdictions' inbox, and what they register. Their own jurisdictions and those below, nothing
//! else. Operators may look at any; nobody but an office's own people speaks in its name.

mod answer;
mod directory;
mod entry;
mod event;
mod handover;
mod inbox;
mod notice;
mod register;
mod search;
mod sheet;
mod slip;
mod village;
mod words;

use axum::{Router, middleware};
use liangdi_domain::division::Code;
use liangdi_store::access::Role;

use crate::access::{Actor, only};
use crate::console::Console;
use crate::page::Link;

/// Who may look here.
const ROLES: &[Role] = &[Role::Clerk, Role::Operator];
/// Who registers: an office's own people.
const CLERKS: &[Role] = &[Role::Clerk];

/// Navigation.
pub(super) const LINKS: &[Link] = &[
    Link { path: "/inbox", text: "clerk.inbox.title", about: "clerk.inbox.about", roles: ROLES },
    Link { path: "/search", text: "entry.search.title", about: "entry.search.about", roles: CLERKS },
    Link { path: "/register", text: "entry.title.register", about: "entry.title.register-about", roles: CLERKS },
    Link { path: "/village", text: "entry.village.title", about: "entry.village.about", roles: CLERKS },
    Link { path: "/directory", text: "entry.directory.title", about: "entry.directory.about", roles: ROLES },
    Link { path: "/handover", text: "entry.handover.title", about: "entry.handover.about", roles: CLERKS },
];

pub(super) fn router() -> Router<Console> {
    let clerks = Router::new()
        .merge(answer::router())
        .merge(register::router())
        .merge(search::router())
        .merge(slip::router())
        .merge(village::router())
        .merge(handover::router())
        .route_layer(middleware::from_fn_with_state(CLERKS, only));
    Router::new()
        .merge(inbox::router())
        .merge(notice::router())
        .merge(directory::router())
        .route_layer(middleware::from_fn_with_state(ROLES, only))
        .merge(clerks)
}

/// What an actor's lists are about: a clerk's own jurisdictions, an operator's province.
fn own(console: &Console, actor: &Actor) -> Vec<Code> {
    match actor.role {
        Role::Operator => vec![console.divisions.home()],
        _ => actor.jurisdictions.clone(),
    }
}
