//! JSON as the contract's door reads it: what would be refused off a queue (a member that is there twice, too deep, too
//! long, no UTF-8) is refused here too, before anything looks into it.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{StatusCode, header};
use liangdi_adapters::contract::{Reason, parse};
use serde_json::Value;

use crate::problem::Problem;

/// A body.
pub(super) struct Strict(pub(super) Value);

impl<S: Send + Sync> FromRequest<S> for Strict {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        if !kind.is_some_and(is_json) {
            return Err(Problem::of_status(StatusCode::UNSUPPORTED_MEDIA_TYPE));
        }
        let body = Bytes::from_request(request, state).await;
        let body = body.map_err(|rejection| Problem::of_status(rejection.status()))?;
        parse(&body).map(Strict).map_err(|refusal| match refusal.reason {
            Reason::NotJson | Reason::NotUtf8 => Problem::unreadable(),
            Reason::TooLarge => Problem::of_status(StatusCode::PAYLOAD_TOO_LARGE),
            _ => Problem::refused(&refusal),
        })
    }
}

/// `application/json`, or whatever is written as JSON: `application/cloudevents+json`.
fn is_json(kind: &str) -> bool {
    let essence = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence == "application/json" || essence.starts_with("application/") && essence.ends_with("+json")
}
