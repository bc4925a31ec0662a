//! The first page: what the user's role can do here.

use askama::Template;
use askama_web::WebTemplate;
use axum::Router;
use axum::routing::get;

use crate::access::Actor;
use crate::console::Console;
use crate::page::Page;

pub(super) fn router() -> Router<Console> {
    Router::new().route("/", get(home))
}

#[derive(Template, WebTemplate)]
#[template(path = "home.html")]
struct Home {
    page: Page,
    actor: Actor,
}

async fn home(page: Page, actor: Actor) -> Home {
    Home { page, actor }
}
