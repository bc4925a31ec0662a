//! Logging in through the provider: the way there, and the way back. Both are links: what a form leads to is held to
//! `form-action`, and so is every redirect after it, the provider's own included.

use std::net::SocketAddr;

use axum::Router;
use axum::extract::{ConnectInfo, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::Cookie;
use liangdi_store::access::{ProviderLogin, ProviderSays};
use serde::Deserialize;

use super::{LoginPage, local, session_ends};
use crate::access::provider::{BACK_PATH, Begun, Proved, Provider, ProviderFault, Unproven};
use crate::access::session;
use crate::console::Console;
use crate::page::Page;
use crate::problem::Problem;

/// Longest way back that is kept while somebody logs in elsewhere.
const NEXT_CHARS_MAX: usize = 2_000;

/// Longest of the standard's words for why nobody logged in; anything longer is none of them.
const WORD_CHARS_MAX: usize = 40;

pub(super) fn router() -> Router<Console> {
    Router::new().route("/login/oidc", get(begin)).route(BACK_PATH, get(back))
}

/// Why nobody was logged in, in words for the login page.
enum Denied {
    Fault(ProviderFault),
    /// No user here is this one; what the provider calls them, if it says so.
    Unknown(Option<String>),
    Locked,
}

impl From<ProviderFault> for Denied {
    fn from(fault: ProviderFault) -> Self {
        Denied::Fault(fault)
    }
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    next: String,
    /// Whoever is logged in there is somebody else.
    #[serde(default)]
    again: bool,
}

async fn begin(
    State(console): State<Console>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    page: Page,
    cookies: CookieJar,
    Query(Asked { next, again }): Query<Asked>,
) -> Result<Response, Problem> {
    let provider = console.provider.as_ref().ok_or_else(Problem::not_found)?;
    let next = local(&next).to_owned();
    if page.actor.is_some() {
        return Ok(Redirect::to(&next).into_response());
    }
    if is_from_elsewhere(&headers) {
        // Another site may lead here, and does not get to choose that somebody logs in.
        return Ok(Redirect::to("/login").into_response());
    }
    if !console.login_rate.allows(from.ip()) {
        return Err(Problem::too_often());
    }
    let (begun, now) = (Begun::new(&console.keys), console.now_utc());
    let address = match provider.login_address(&begun, page.language, again, now).await {
        Ok(address) => address,
        Err(fault) => return Ok(denied(&console, provider, page, next, &fault.into())),
    };
    let kept = if next.len() > NEXT_CHARS_MAX { "/" } else { &next };
    let lasts = provider.login_lasts();
    console.store.provider_login_begun(begun.token(), kept, (now, now + lasts)).await?;
    Ok((cookies.add(begun.cookie(lasts)), Redirect::to(address.as_str())).into_response())
}

/// As the browser says; one that says nothing is taken for a typed address.
fn is_from_elsewhere(headers: &HeaderMap) -> bool {
    headers.get("sec-fetch-site").is_some_and(|site| site != "same-origin" && site != "none")
}

/// What the provider sends a browser back with. No `Debug`.
#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    state: String,
    code: Option<String>,
    error: Option<String>,
    iss: Option<String>,
}

async fn back(
    State(console): State<Console>,
    headers: HeaderMap,
    page: Page,
    cookies: CookieJar,
    Query(answer): Query<Answer>,
) -> Result<Response, Problem> {
    let provider = console.provider.as_ref().ok_or_else(Problem::not_found)?;
    // A state that is not this browser's ends nothing that is under way in it.
    let Some(begun) = Begun::of(&headers, &console.keys).filter(|begun| begun.is_of_state(&answer.state)) else {
        return Ok(denied(&console, provider, page, String::new(), &ProviderFault::Foreign.into()));
    };
    let cookies = cookies.add(Begun::removal());
    let Some(next) = console.store.provider_login_back(begun.token(), console.now_utc()).await? else {
        let page = denied(&console, provider, page, String::new(), &ProviderFault::Stale.into());
        return Ok((cookies, page).into_response());
    };
    match opened(&console, provider, &begun, answer).await? {
        Ok(session) => Ok((cookies.add(session), Redirect::to(local(&next))).into_response()),
        Err(why) => Ok((cookies, denied(&console, provider, page, next, &why)).into_response()),
    }
}

/// The cookie of a new session, if the provider's word is good and a user is meant.
async fn opened(
    console: &Console,
    provider: &Provider,
    begun: &Begun,
    answer: Answer,
) -> Result<Result<Cookie<'static>, Denied>, Problem> {
    let now = console.now_utc();
    let code = match code(provider, answer) {
        Ok(code) => code,
        Err(fault) => return Ok(Err(fault.into())),
    };
    let who = match provider.who(code, begun, now).await {
        Ok(who) => who,
        Err(fault) => return Ok(Err(fault.into())),
    };
    let (cookie, token) = session::new(&console.keys);
    let times = (now, session_ends(console, now));
    let login = async |name: Option<&str>| {
        let Proved { issuer, subject, .. } = &who;
        console.store.provider_login(ProviderSays { issuer, subject, name }, token, times).await
    };
    // The name is asked for only where it is needed: it may take another way to the provider.
    let (mut became, mut name) = (login(None).await?, None);
    if became == ProviderLogin::Unknown {
        name = match provider.name(&who, now).await {
            Ok(name) => name,
            Err(fault) => return Ok(Err(fault.into())),
        };
        if name.is_some() {
            became = login(name.as_deref()).await?;
        }
    }
    Ok(match became {
        ProviderLogin::Opened => Ok(cookie),
        ProviderLogin::Locked => Err(Denied::Locked),
        ProviderLogin::Unknown => Err(Denied::Unknown(name)),
    })
}

/// The code, where the answer is one.
fn code(provider: &Provider, answer: Answer) -> Result<String, ProviderFault> {
    if answer.iss.is_some_and(|issuer| !provider.is_issuer(&issuer)) {
        // Another provider's answer to this hub's question.
        return Err(ProviderFault::Unproven(Unproven::Issuer));
    }
    match (answer.code, answer.error) {
        (Some(code), None) if !code.is_empty() => Ok(code),
        (_, error) => {
            let error = error.unwrap_or_default();
            let is_word = error.len() <= WORD_CHARS_MAX && error.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
            tracing::info!(error = if is_word { &*error } else { "" }, "the provider logged nobody in");
            Err(ProviderFault::Refused)
        }
    }
}

/// The login page with what went wrong: the password's way stays open.
fn denied(console: &Console, provider: &Provider, page: Page, next: String, why: &Denied) -> Response {
    let label = provider.label(page.language);
    let (status, words) = match why {
        Denied::Locked => (StatusCode::FORBIDDEN, page.t1("common.provider.locked", label)),
        Denied::Unknown(Some(name)) => (StatusCode::FORBIDDEN, page.t1("common.provider.unknown", name)),
        Denied::Unknown(None) => (StatusCode::FORBIDDEN, page.t1("common.provider.nameless", provider.name_claim())),
        Denied::Fault(fault) => (status(*fault), page.t2(fault.text(), label, provider.login_lasts().num_minutes())),
    };
    // The address holds what was answered: a change of language must not send it again.
    let page = Page { path: "/login".to_owned(), ..page };
    // Another account may be the right one, and the provider would not ask by itself.
    let asks_again = matches!(why, Denied::Locked | Denied::Unknown(_));
    (status, LoginPage { asks_again, ..LoginPage::new(console, page, next, Some(words)) }).into_response()
}

const fn status(fault: ProviderFault) -> StatusCode {
    match fault {
        ProviderFault::Away => StatusCode::SERVICE_UNAVAILABLE,
        ProviderFault::Misconfigured | ProviderFault::Clock | ProviderFault::Unproven(_) => StatusCode::BAD_GATEWAY,
        ProviderFault::Stale | ProviderFault::Foreign => StatusCode::BAD_REQUEST,
        ProviderFault::Refused => StatusCode::FORBIDDEN,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_site_may_lead_here_and_does_not_begin_a_login() {
        let from = |site: Option<&'static str>| {
            let mut headers = HeaderMap::new();
            if let Some(site) = site {
                headers.insert("sec-fetch-site", site.parse().unwrap());
            }
            is_from_elsewhere(&headers)
        };
        assert!(!from(None) && !from(Some("none")) && !from(Some("same-origin")));
        assert!(from(Some("cross-site")) && from(Some("same-site")));
    }
}
