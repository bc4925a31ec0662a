//! Everything under `/v1/`: what townships without AMQP do, and what operators' tools ask. Problems are RFC 9457 there;
//! the frame sees to it. The OpenAPI document is made from the routes themselves.
//!
//! - `notices`: a jurisdiction's notices in the order of their numbers, `events`: as they come; `send`: receipts, replies, any township message
//! - `jurisdictions`: codes and names; `cases`: questions and where they stand
//! - `operation`: figures, quarantine, review, for operators; `queues`: what waits for whom; `settling`: replay, drop, decide
//! - `bearer`: who asks, and how often they may

pub(crate) mod bearer;
mod cases;
mod events;
mod jurisdictions;
mod notices;
mod operation;
mod queues;
mod send;
mod settling;
mod strict;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::get;
use liangdi_adapters::contract::MESSAGE_BYTES_MAX;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::console::Console;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Liangdi",
        description = "What townships without AMQP do, and what operators' tools ask. Messages and notices are the same \
                       CloudEvents as on AMQP; their closed schemas lie in `schemas/` of the project. A token sees its \
                       jurisdictions and what lies below them, nothing else. Errors are RFC 9457 problem details.",
        license(name = "Apache-2.0"),
    ),
    security(("token" = [])),
    modifiers(&Token),
    components(schemas(ProblemDetails)),
)]
struct Document;

struct Token;

impl Modify for Token {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("From `liangdi tokens add`; bound to a role, jurisdictions and an expiry."))
            .build();
        if let Some(components) = &mut document.components {
            components.add_security_scheme("token", SecurityScheme::Http(scheme));
        }
    }
}

/// RFC 9457: what is wrong and what to do, as `application/problem+json`.
#[derive(utoipa::ToSchema)]
#[allow(dead_code, reason = "only described: the frame writes it")]
struct ProblemDetails {
    /// `urn:liangdi:problem:<name>`
    r#type: String,
    /// What is wrong.
    title: String,
    /// HTTP's word for it.
    status: u16,
    /// What to do.
    detail: String,
    /// Of a message that was refused: reason code, JSON pointer and words, without any value.
    errors: Option<Vec<ProblemError>>,
}

/// One thing that is wrong in a message.
#[derive(utoipa::ToSchema)]
#[allow(dead_code, reason = "only described: the frame writes it")]
struct ProblemError {
    /// Reason code of the contract.
    reason: String,
    /// JSON pointer to the member.
    pointer: String,
    /// In words.
    detail: String,
}

fn documented() -> OpenApiRouter<Console> {
    OpenApiRouter::with_openapi(Document::openapi())
        .routes(routes!(notices::after))
        .routes(routes!(notices::one))
        .routes(routes!(events::follow))
        .routes(routes!(send::message))
        .routes(routes!(send::receipt))
        .routes(routes!(send::reply))
        .routes(routes!(jurisdictions::search))
        .routes(routes!(cases::list))
        .routes(routes!(cases::show))
        .routes(routes!(queues::list))
        .routes(routes!(operation::status))
        .routes(routes!(operation::quarantine))
        .routes(routes!(operation::questions))
        .routes(routes!(settling::replay))
        .routes(routes!(settling::drop_it))
        .routes(routes!(settling::decide))
        .routes(routes!(settling::undo))
}

/// Every route of the API.
pub(crate) fn router() -> Router<Console> {
    let (router, _) = documented().split_for_parts();
    router.layer(DefaultBodyLimit::max(MESSAGE_BYTES_MAX)).route("/v1/openapi.json", get(openapi))
}

/// For everybody: partners read it before they have a token.
async fn openapi() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], document())
}

/// The OpenAPI document, as it lies in `schemas/openapi.json`.
pub fn document() -> String {
    let (_, document) = documented().split_for_parts();
    let mut text = document.to_pretty_json().expect("the document is JSON");
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_that_is_checked_in_is_the_one_of_the_routes() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../schemas/openapi.json");
        let kept = std::fs::read_to_string(path).unwrap_or_default();
        if std::env::var_os("LIANGDI_WRITE_OPENAPI").is_some() {
            std::fs::write(path, document()).unwrap();
            return;
        }
        assert!(kept == document(), "schemas/openapi.json is old; LIANGDI_WRITE_OPENAPI=1 and this test write it anew");
    }
}
