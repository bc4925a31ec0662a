//! What a page or the API says when something cannot be done: what is wrong, and what to do. A handler returns a
//! [`Problem`]; the frame around all handlers writes it as a page in the visitor's language, or as RFC 9457 under `/v1/`.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use liangdi_adapters::contract::Refusal;
use liangdi_store::StoreError;
use serde::Serialize;
use serde_json::json;

use crate::texts::Language;

/// Something that could not be done.
#[derive(Debug, Clone)]
pub struct Problem {
    /// HTTP's word for it.
    pub status: StatusCode,
    /// `<file>.<section>` of its texts `title` and `advice`; the section names it in RFC 9457's `type`.
    pub texts: &'static str,
    /// Values for the places in `advice`.
    pub values: Vec<String>,
    /// What is wrong in detail.
    pub faults: Vec<Fault>,
    /// Where a page goes instead of showing it.
    pub leads_to: Option<&'static str>,
}

/// One thing that is wrong in what was sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// Reason code of the contract.
    pub reason: String,
    /// JSON pointer to the member.
    pub pointer: String,
    /// In words, without any value.
    pub detail: String,
}

impl From<&Refusal> for Fault {
    fn from(refusal: &Refusal) -> Self {
        Fault {
            reason: refusal.reason.code().to_owned(),
            pointer: refusal.path.clone().unwrap_or_default(),
            detail: refusal.reason.explain().to_owned(),
        }
    }
}

impl Problem {
    /// A problem with its texts.
    pub fn new(status: StatusCode, texts: &'static str) -> Self {
        Problem { status, texts, values: Vec::new(), faults: Vec::new(), leads_to: None }
    }

    /// With values for its advice.
    #[must_use]
    pub fn with(mut self, values: impl IntoIterator<Item = String>) -> Self {
        self.values.extend(values);
        self
    }

    /// There is no such page or thing.
    pub fn not_found() -> Self {
        Problem::new(StatusCode::NOT_FOUND, "problem.not-found")
    }

    /// Nobody is logged in.
    pub fn login_needed() -> Self {
        Problem { leads_to: Some("/login"), ..Problem::new(StatusCode::UNAUTHORIZED, "problem.login-needed") }
    }

    /// The first password has to be changed before anything else.
    pub fn password_due() -> Self {
        Problem { leads_to: Some("/password"), ..Problem::new(StatusCode::FORBIDDEN, "problem.password-due") }
    }

    /// The user logs in through the provider.
    pub fn no_password_here() -> Self {
        Problem::new(StatusCode::CONFLICT, "problem.no-password-here")
    }

    /// The user's role does not do this.
    pub fn other_role() -> Self {
        Problem::new(StatusCode::FORBIDDEN, "problem.other-role")
    }

    /// The jurisdiction is none of the user's.
    pub fn foreign_jurisdiction() -> Self {
        Problem::new(StatusCode::FORBIDDEN, "problem.foreign-jurisdiction")
    }

    /// The request came from another site's page.
    pub fn cross_site() -> Self {
        Problem::new(StatusCode::FORBIDDEN, "problem.cross-site")
    }

    /// What was sent cannot be read.
    pub fn unreadable() -> Self {
        Problem::new(StatusCode::BAD_REQUEST, "problem.unreadable")
    }

    /// Too many tries from one place.
    pub fn too_often() -> Self {
        Problem::new(StatusCode::TOO_MANY_REQUESTS, "problem.too-often")
    }

    /// The token is none, or none any more.
    pub fn token_unknown() -> Self {
        Problem::new(StatusCode::UNAUTHORIZED, "problem.token-unknown")
    }

    /// The hub waits for something itself.
    pub fn unavailable() -> Self {
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "problem.unavailable")
    }

    /// The message was refused, for this reason.
    pub fn refused(refusal: &Refusal) -> Self {
        let problem = Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "problem.refused");
        Problem { faults: vec![refusal.into()], ..problem }
    }

    /// Whatever a library answered without words of ours.
    pub(crate) fn of_status(status: StatusCode) -> Self {
        match status {
            StatusCode::NOT_FOUND => Problem::not_found(),
            StatusCode::METHOD_NOT_ALLOWED => Problem::new(status, "problem.method-not-allowed"),
            StatusCode::PAYLOAD_TOO_LARGE => Problem::new(status, "problem.too-large"),
            StatusCode::REQUEST_TIMEOUT => Problem::new(status, "problem.timed-out"),
            status if status.is_client_error() => Problem { status, ..Problem::unreadable() },
            status => Problem::new(status, "problem.internal"),
        }
    }

    /// Its name, as `type` and in the audit.
    pub fn name(&self) -> &'static str {
        self.texts.rsplit('.').next().unwrap_or_default()
    }

    /// What is wrong.
    pub fn title(&self, language: Language) -> &'static str {
        language.text_if(&format!("{}.title", self.texts)).unwrap_or(self.texts)
    }

    /// What to do.
    pub fn advice(&self, language: Language) -> String {
        let values: Vec<&str> = self.values.iter().map(String::as_str).collect();
        language.filled(&format!("{}.advice", self.texts), &values)
    }

    /// RFC 9457. The path is not repeated: it may hold anything.
    pub(crate) fn as_json(&self) -> Response {
        let mut body = json!({
            "type": format!("urn:liangdi:problem:{}", self.name()),
            "title": self.title(Language::English),
            "status": self.status.as_u16(),
            "detail": self.advice(Language::English),
        });
        if !self.faults.is_empty() {
            body["errors"] = json!(self.faults);
        }
        let mut response = (self.status, Json(body)).into_response();
        let kind = HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
        response
    }

    /// Where a page goes instead, with the way back.
    pub(crate) fn as_redirect(&self, from: &str) -> Option<Response> {
        let to = self.leads_to?;
        let next: String = if from == "/" { String::new() } else { format!("?next={}", percent_encoded(from)) };
        Some(Redirect::to(&format!("{to}{next}")).into_response())
    }
}

fn percent_encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'/' | b'-' | b'_' | b'.' | b'~' => encoded.push(char::from(byte)),
            _ if byte.is_ascii_alphanumeric() => encoded.push(char::from(byte)),
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

/// Logged here, once, and without anything that was sent.
impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(_) => {
                tracing::warn!(%error, "a page cannot be shown");
                Problem::unavailable()
            }
            _ => {
                tracing::error!(%error, "a page cannot be shown");
                Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "problem.internal")
            }
        }
    }
}

/// The frame finds it in the answer's extensions and writes it down.
impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}
