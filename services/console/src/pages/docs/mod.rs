//! The interface documents, for partners and without a login: what goes over AMQP, the HTTP API, every message type field by
//! field, and a place to try a message. Drawn from the documents themselves: renderers that come as scripts write styles and
//! code into pages, which these pages allow nobody.
//!
//! - `files`: the documents as they are in the binary; `fields`: a schema as a table
//! - `messages`: AMQP; `operations`: HTTP; `sandbox`: a message that somebody tries

mod fields;
mod files;
mod messages;
mod operations;
mod sandbox;

use axum::Router;

use liangdi_store::access::Role;

use crate::console::Console;
use crate::page::Link;

/// Navigation.
pub(super) const LINKS: &[Link] =
    &[Link { path: "/docs", text: "docs.page.short", about: "docs.page.about", roles: &Role::ALL }];

pub(super) fn router() -> Router<Console> {
    Router::new().merge(messages::router()).merge(operations::router()).merge(sandbox::router()).merge(files::router())
}
