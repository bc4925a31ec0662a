//! The server: probes from the first moment on, everything else once the binary opens the console; and the frame around
//! all of it, which knows who asks and puts problems into words.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::extract::{FromRequestParts, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::json;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;
use tower_http::compression::CompressionLayer;
use tower_http::csrf::{CsrfLayer, ProtectionError};
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::timeout::TimeoutLayer;

use crate::access::{Actor, session};
use crate::console::Console;
use crate::page::{Page, ProblemPage};
use crate::probes::Probes;
use crate::problem::Problem;
use crate::{api, assets, pages};

/// Longest request: a village's spreadsheet.
const REQUEST_BYTES_MAX: usize = 2 * 1024 * 1024;

/// How long an answer may take.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(60);

/// Nothing from elsewhere, nothing inline, nobody frames it.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
                                       connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Where the binary puts the console once its database is there.
#[derive(Clone, Default)]
pub struct Door(Arc<OnceLock<Router>>);

impl Door {
    /// Opens the pages and the API. The second time changes nothing.
    pub fn open(&self, console: Console) {
        let _ = self.0.set(router(console));
    }
}

#[derive(Clone)]
struct Outside {
    probes: Probes,
    door: Door,
    shutdown: CancellationToken,
}

/// Serves until `shutdown`; answers under way are finished.
pub async fn serve(
    listener: TcpListener,
    probes: Probes,
    door: Door,
    shutdown: CancellationToken,
) -> std::io::Result<()> {
    let router = Router::new()
        .route("/livez", get(|| async { "ok" }))
        .route("/readyz", get(readyz))
        .route("/assets/{mark}/{name}", get(assets::serve))
        .fallback(inside)
        .with_state(Outside { probes, door, shutdown: shutdown.clone() })
        .layer(CompressionLayer::new())
        .layer(header(header::CACHE_CONTROL, "no-store"))
        .layer(header(header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY))
        .layer(header(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(header(header::REFERRER_POLICY, "same-origin"))
        .layer(header(HeaderName::from_static("cross-origin-opener-policy"), "same-origin"))
        .into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, router).with_graceful_shutdown(shutdown.cancelled_owned()).await
}

fn header(name: HeaderName, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
}

async fn readyz(State(outside): State<Outside>) -> Response {
    let checks = outside.probes.said();
    let ready = checks.values().all(Option::is_none);
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let words: BTreeMap<&String, &str> =
        checks.iter().map(|(name, state)| (name, state.as_deref().unwrap_or("ok"))).collect();
    (status, Json(json!({"ready": ready, "checks": words}))).into_response()
}

/// Everything but probes and assets, once it is open.
async fn inside(State(outside): State<Outside>, mut request: Request) -> Response {
    // A stream that never ends by itself has to know when the server does.
    request.extensions_mut().insert(outside.shutdown.clone());
    match outside.door.0.get() {
        Some(router) => router.clone().oneshot(request).await.into_response(),
        None => written(Problem::unavailable(), None, request.uri().path()),
    }
}

fn router(console: Console) -> Router {
    Router::new()
        .merge(pages::router())
        .merge(api::router())
        .fallback(|| async { Problem::not_found() })
        .method_not_allowed_fallback(|| async { Problem::of_status(StatusCode::METHOD_NOT_ALLOWED) })
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, ANSWER_TIMEOUT))
        .layer(RequestBodyLimitLayer::new(REQUEST_BYTES_MAX))
        .layer(CsrfLayer::new())
        .layer(middleware::from_fn_with_state(console.clone(), frame))
        .with_state(console)
}

/// Who asks is known before a handler runs; what it could not do is put into words after it.
async fn frame(State(console): State<Console>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let path = parts.uri.path().to_owned();
    let failed = match known(&console, &parts.headers, &path).await {
        Ok(actor) => {
            parts.extensions.extend(actor.map(extension).unwrap_or_default());
            None
        }
        Err(problem) => Some(problem),
    };
    let Ok(page) = Page::from_request_parts(&mut parts, &()).await;
    let response = match failed {
        Some(problem) => problem.into_response(),
        None => next.run(Request::from_parts(parts, body)).await,
    };
    match problem_of(&response) {
        Some(problem) => written(problem, Some(page), &path),
        None => response,
    }
}

/// A token is for the API alone; where there is none, a session is for everything.
async fn known(console: &Console, headers: &HeaderMap, path: &str) -> Result<Option<Actor>, Problem> {
    if path.starts_with("/v1/")
        && let Some(actor) = api::bearer::actor(console, headers).await?
    {
        return Ok(Some(actor));
    }
    let Some(token) = session::of(headers, &console.keys) else { return Ok(None) };
    let now = (console.now_utc(), console.today());
    let user = console.store.session(token, now, console.limits.session_idle_s).await?;
    Ok(user.map(Actor::from))
}

fn extension(actor: Actor) -> axum::http::Extensions {
    let mut extensions = axum::http::Extensions::new();
    extensions.insert(actor);
    extensions
}

/// The problem that an answer is, ours or a library's. An answer with a body of its own kind is left alone.
fn problem_of(response: &Response) -> Option<Problem> {
    let status = response.status();
    if let Some(problem) = response.extensions().get::<Problem>() {
        return Some(problem.clone());
    }
    if response.extensions().get::<ProtectionError>().is_some() {
        return Some(Problem::cross_site());
    }
    let ours =
        response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| !kind.as_bytes().starts_with(b"text/plain"));
    ((status.is_client_error() || status.is_server_error()) && !ours).then(|| Problem::of_status(status))
}

/// RFC 9457 for the API and where no page can be drawn; else a page, or the page that has to come first.
fn written(problem: Problem, page: Option<Page>, path: &str) -> Response {
    let Some(page) = page.filter(|_| !path.starts_with("/v1/")) else { return problem.as_json() };
    if let Some(elsewhere) = problem.as_redirect(&page.path) {
        return elsewhere;
    }
    let status = problem.status;
    (status, ProblemPage { page, problem }).into_response()
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;

    use super::*;

    async fn ask(address: SocketAddr, path: &str) -> String {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }

    #[tokio::test]
    async fn before_the_console_opens_there_are_probes_and_a_word_about_the_rest() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, probes, shutdown) = (listener.local_addr().unwrap(), Probes::default(), CancellationToken::new());
        let served = tokio::spawn(serve(listener, probes.clone(), Door::default(), shutdown.clone()));
        probes.well("database");
        assert!(ask(address, "/livez").await.starts_with("HTTP/1.1 200"));
        assert!(ask(address, "/readyz").await.contains(r#"{"checks":{"database":"ok"},"ready":true}"#));
        probes.ill("broker", "away since 08:00");
        let answer = ask(address, "/readyz").await;
        assert!(answer.starts_with("HTTP/1.1 503") && answer.contains("away since 08:00"), "{answer}");
        let closed = ask(address, "/secret-path").await;
        assert!(closed.starts_with("HTTP/1.1 503") && closed.contains("application/problem+json"), "{closed}");
        assert!(closed.contains("content-security-policy") && !closed.contains("secret-path"));
        shutdown.cancel();
        served.await.unwrap().unwrap();
    }
}
