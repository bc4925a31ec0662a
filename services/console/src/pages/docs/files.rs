//! The documents as they lie in `schemas/`, out of the binary, and as whoever wants the files themselves gets them.

use std::sync::OnceLock;

use axum::Router;
use axum::extract::Path;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use rust_embed::{EmbeddedFile, RustEmbed};
use serde_json::Value;

use crate::console::Console;
use crate::problem::Problem;

#[derive(RustEmbed)]
#[folder = "../../schemas/"]
#[include = "asyncapi.yaml"]
#[include = "*.schema.json"]
#[include = "feeds/*"]
#[include = "notices/*"]
#[include = "examples/valid/*"]
struct Files;

pub(super) fn router() -> Router<Console> {
    Router::new().route("/docs/files/{*path}", get(file))
}

async fn file(Path(path): Path<String>) -> Result<Response, Problem> {
    let file = Files::get(&path).ok_or_else(Problem::not_found)?;
    let kind = if path.ends_with(".yaml") { "application/yaml" } else { "application/json" };
    Ok(([(header::CONTENT_TYPE, kind)], file.data).into_response())
}

/// The AsyncAPI document.
pub(super) fn asyncapi() -> &'static Value {
    static DOCUMENT: OnceLock<Value> = OnceLock::new();
    DOCUMENT.get_or_init(|| {
        let file = Files::get("asyncapi.yaml").expect("it is embedded");
        yaml_serde::from_slice(&file.data).expect("a test reads it")
    })
}

/// The OpenAPI document, made from the routes.
pub(super) fn openapi() -> &'static Value {
    static DOCUMENT: OnceLock<Value> = OnceLock::new();
    DOCUMENT.get_or_init(|| serde_json::from_str(&crate::api::document()).expect("it is JSON"))
}

/// What schemas refer to.
pub(super) fn common() -> &'static Value {
    static COMMON: OnceLock<Value> = OnceLock::new();
    COMMON.get_or_init(|| json("./common.schema.json").expect("it is embedded"))
}

/// A JSON file, as documents refer to it.
pub(super) fn json(path: &str) -> Option<Value> {
    serde_json::from_slice(&Files::get(path.trim_start_matches("./"))?.data).ok()
}

/// The examples of a message type or notice, each with the end of its name that tells it from the others.
pub(super) fn examples(kind: &str) -> Vec<(String, String)> {
    let of = |path: &str| {
        let name = path.strip_prefix("examples/valid/")?.strip_suffix(".json")?.strip_prefix(kind)?;
        (name.is_empty() || name.starts_with('.')).then(|| name.trim_start_matches('.').to_owned())
    };
    let text = |file: EmbeddedFile| String::from_utf8_lossy(&file.data).into_owned();
    let mut examples: Vec<(String, String)> =
        Files::iter().filter_map(|path| Some((of(&path)?, text(Files::get(&path)?)))).collect();
    examples.sort();
    examples
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documents_can_be_read_and_every_message_has_an_example() {
        assert_eq!(asyncapi()["asyncapi"], "3.0.0");
        assert!(openapi()["paths"].is_object() && common()["$defs"].is_object());
        let messages = asyncapi()["components"]["messages"].as_object().unwrap();
        assert_eq!(messages.len(), 54);
        for message in messages.values() {
            let kind = message["name"].as_str().unwrap();
            assert!(!examples(kind).is_empty(), "{kind}");
        }
        assert_eq!(examples("notice.inflow.v1").len(), 2);
        assert!(examples("notice.inflow").is_empty() || examples("notice.inflow.v1")[0].0.is_empty());
    }
}
