//! The pages. A part of the application is a module with a `router()` and a `LINKS`: one line each, here.

mod account;
mod clerk;
mod docs;
mod first_start;
mod home;
mod language;
mod login;
mod operator;
mod password;
mod sought;

use axum::Router;

use crate::console::Console;
use crate::page::Link;

/// The navigation, part by part.
pub(crate) const NAVIGATION: &[&[Link]] = &[operator::LINKS, clerk::LINKS, docs::LINKS];

/// Every page.
pub(crate) fn router() -> Router<Console> {
    Router::new()
        .merge(home::router())
        .merge(login::router())
        .merge(password::router())
        .merge(account::router())
        .merge(clerk::router())
        .merge(operator::router())
        .merge(docs::router())
        .merge(first_start::router())
        .merge(language::router())
}
