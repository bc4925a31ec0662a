//! The hub's HTTP side: for now the two probes that an operator's supervisor asks. `/livez`: the process serves;
//! `/readyz`: every role can do its work.
#![cfg_attr(test, allow(clippy::unwrap_used))]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::State;
use axum::http::{StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::json;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// What the roles say of themselves: a name, and what is wrong if something is.
#[derive(Clone, Default)]
pub struct Probes(Arc<Mutex<BTreeMap<String, Option<String>>>>);

impl Probes {
    /// All is well with `name`.
    pub fn well(&self, name: &str) {
        self.set(name, None);
    }

    /// Something is wrong with `name`, in words without personal data.
    pub fn ill(&self, name: &str, what: &str) {
        self.set(name, Some(what.to_owned()));
    }

    fn set(&self, name: &str, state: Option<String>) {
        self.lock().insert(name.to_owned(), state);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Option<String>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Serves until `shutdown`; answers under way are finished.
pub async fn serve(listener: TcpListener, probes: Probes, shutdown: CancellationToken) -> std::io::Result<()> {
    let router = Router::new()
        .route("/livez", get(|| async { secured("ok") }))
        .route("/readyz", get(readyz))
        .fallback(not_found)
        .with_state(probes);
    axum::serve(listener, router).with_graceful_shutdown(shutdown.cancelled_owned()).await
}

async fn readyz(State(probes): State<Probes>) -> Response {
    let checks = probes.lock().clone();
    let ready = checks.values().all(Option::is_none);
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let words: BTreeMap<&String, &str> =
        checks.iter().map(|(name, state)| (name, state.as_deref().unwrap_or("ok"))).collect();
    secured((status, Json(json!({"ready": ready, "checks": words}))))
}

/// RFC 9457. The path is not repeated: it may hold anything.
async fn not_found(_: Uri) -> Response {
    let problem = json!({"type": "about:blank", "title": "Not Found", "status": 404}).to_string();
    secured((StatusCode::NOT_FOUND, [(header::CONTENT_TYPE, "application/problem+json")], problem))
}

fn secured(answer: impl IntoResponse) -> Response {
    let headers = [
        (header::CACHE_CONTROL, "no-store"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, answer).into_response()
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;

    use super::*;

    async fn ask(address: std::net::SocketAddr, path: &str) -> String {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }

    #[tokio::test]
    async fn the_probes_say_what_the_roles_say() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, probes, shutdown) = (listener.local_addr().unwrap(), Probes::default(), CancellationToken::new());
        let served = tokio::spawn(serve(listener, probes.clone(), shutdown.clone()));
        probes.well("database");
        assert!(ask(address, "/livez").await.starts_with("HTTP/1.1 200"));
        assert!(ask(address, "/readyz").await.contains(r#"{"checks":{"database":"ok"},"ready":true}"#));
        probes.ill("broker", "away since 08:00");
        let answer = ask(address, "/readyz").await;
        assert!(answer.starts_with("HTTP/1.1 503") && answer.contains("away since 08:00"), "{answer}");
        let missing = ask(address, "/secret-path").await;
        assert!(missing.starts_with("HTTP/1.1 404") && missing.contains("application/problem+json"));
        assert!(!missing.contains("secret-path"));
        shutdown.cancel();
        served.await.unwrap().unwrap();
    }
}
