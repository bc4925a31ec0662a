//! Everything under `/v1/`. Problems are RFC 9457 there; the frame sees to it.

use axum::Router;

use crate::console::Console;

/// Every route of the API.
pub(crate) fn router() -> Router<Console> {
    Router::new()
}
