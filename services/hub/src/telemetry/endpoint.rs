//! `GET /metrics` on a listener of its own: whoever may read it need not reach the console.

use std::net::SocketAddr;

use anyhow::{Context as _, Result};
use axum::Router;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use prometheus::{Registry, TextEncoder};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// Serves what is registered until `shutdown`.
pub async fn serve(
    address: SocketAddr,
    registry: Registry,
    shutdown: CancellationToken,
) -> Result<impl Future<Output = Result<()>>> {
    let listener = TcpListener::bind(address).await.with_context(|| {
        format!("telemetry.metrics_listen: {address} cannot be opened; another hub's? Empty, it is off")
    })?;
    let router = Router::new().route("/metrics", get(async move || show(&registry)));
    Ok(async move {
        axum::serve(listener, router).with_graceful_shutdown(shutdown.cancelled_owned()).await.map_err(Into::into)
    })
}

fn show(registry: &Registry) -> Response {
    match TextEncoder::new().encode_to_string(&registry.gather()) {
        Ok(text) => {
            let headers = [(header::CONTENT_TYPE, prometheus::TEXT_FORMAT), (header::CACHE_CONTROL, "no-store")];
            (headers, text).into_response()
        }
        Err(error) => {
            tracing::error!(%error, "metrics cannot be written");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
