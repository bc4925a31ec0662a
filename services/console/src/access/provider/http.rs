//! The way to the provider: no redirects, limits on time and size, and a note of what time it is there.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use openidconnect::http::header::DATE;
use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse};
use reqwest::redirect::Policy;
use reqwest::{Certificate, Client};

/// How long the provider may take to accept a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// How long it may take for a whole answer. A login waits for six of them at most, and a page's own limit is longer.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(8);
/// Longest answer: metadata and keys are a few kilobytes.
const ANSWER_BYTES_MAX: usize = 512 * 1024;

/// When it was asked, what time it was there, when it had answered.
type Clock = (DateTime<Utc>, DateTime<Utc>, DateTime<Utc>);

/// A client of the provider.
#[derive(Clone)]
pub(super) struct Http {
    client: Client,
    clock: Arc<Mutex<Option<Clock>>>,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum Away {
    #[error("{0}")]
    Failed(String),
    #[error("its answer is longer than {ANSWER_BYTES_MAX} bytes")]
    TooLong,
}

impl Http {
    /// A client that trusts this authority, else the system's; `near`: a provider on this machine, without TLS. None if
    /// there is no certificate in the authority's file.
    pub(super) fn new(authority: Option<&[u8]>, near: bool) -> Option<Self> {
        let mut client = Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(ANSWER_TIMEOUT)
            // A connection that was kept may be gone just when a code is sent over it, and a code is not sent twice.
            .pool_max_idle_per_host(0)
            // Wherever its metadata says that keys and tokens are.
            .https_only(!near)
            // Where the provider sends this hub is nobody's to choose.
            .redirect(Policy::none());
        if let Some(pem) = authority {
            let certificates = Certificate::from_pem_bundle(pem).ok().filter(|found| !found.is_empty())?;
            client = client.tls_certs_only(certificates);
        } else if near {
            // No proxy between, and no need of the system's certificates.
            client = client.no_proxy().tls_certs_only([]);
        }
        Some(Http { client: client.build().ok()?, clock: Arc::default() })
    }

    /// What time it was at the provider when it was asked last.
    pub(super) fn clock(&self) -> Option<Clock> {
        *self.clock.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn ask(&self, request: HttpRequest) -> Result<HttpResponse, Away> {
        let request = reqwest::Request::try_from(request).map_err(failed)?;
        let asked = Utc::now();
        let mut response = self.client.execute(request).await.map_err(failed)?;
        let theirs =
            response.headers().get(DATE).and_then(|date| DateTime::parse_from_rfc2822(date.to_str().ok()?).ok());
        let clock = theirs.map(|theirs| (asked, theirs.to_utc(), Utc::now()));
        *self.clock.lock().unwrap_or_else(PoisonError::into_inner) = clock;
        let mut body = Vec::new();
        while let Some(piece) = response.chunk().await.map_err(failed)? {
            if body.len() + piece.len() > ANSWER_BYTES_MAX {
                return Err(Away::TooLong);
            }
            body.extend_from_slice(&piece);
        }
        let mut answer = HttpResponse::new(body);
        *answer.status_mut() = response.status();
        *answer.headers_mut() = response.headers().clone();
        Ok(answer)
    }
}

/// The address is left out: it is the configuration's, or the provider's.
fn failed(error: reqwest::Error) -> Away {
    Away::Failed(super::fault::cause(&error.without_url()))
}

impl<'c> AsyncHttpClient<'c> for Http {
    type Error = Away;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, Away>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.ask(request))
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use axum::Router;
    use axum::response::Redirect;
    use axum::routing::get;
    use tokio::net::TcpListener;

    use super::*;

    async fn served(router: Router) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, router).await });
        address
    }

    async fn ask(address: SocketAddr, path: &str) -> Result<HttpResponse, Away> {
        let http = Http::new(None, true).unwrap();
        let uri = format!("http://{address}{path}");
        http.call(openidconnect::http::Request::get(uri).body(Vec::new()).unwrap()).await
    }

    #[tokio::test]
    async fn an_answer_has_a_longest_length_and_leads_nowhere_else() {
        let longest = || async { "x".repeat(ANSWER_BYTES_MAX) };
        let longer = || async { "x".repeat(ANSWER_BYTES_MAX + 1) };
        let router = Router::new()
            .route("/longest", get(longest))
            .route("/longer", get(longer))
            .route("/away", get(|| async { Redirect::to("/longest") }));
        let address = served(router).await;
        assert_eq!(ask(address, "/longest").await.unwrap().body().len(), ANSWER_BYTES_MAX);
        assert!(matches!(ask(address, "/longer").await, Err(Away::TooLong)));
        assert_eq!(ask(address, "/away").await.unwrap().status(), 303);
    }

    #[tokio::test]
    async fn why_nobody_answers_is_said_without_the_address() {
        let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        let said = ask(nobody, "/secret-path").await.unwrap_err().to_string();
        assert!(said.contains("refused") && !said.contains("secret-path"), "{said}");
    }

    #[test]
    fn an_authority_has_a_certificate() {
        assert!(Http::new(Some(b"none at all"), false).is_none());
    }
}
