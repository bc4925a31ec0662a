//! The session's cookie: a secret that only this browser has. The database knows its keyed hash alone.

use axum::http::HeaderMap;
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::{Cookie, SameSite};
use liangdi_domain::ids::Token;
use liangdi_store::keys::{Keys, random_secret};

/// `__Host-`: the browser takes it only over TLS (or from this machine) and gives it to nobody else.
const NAME: &str = "__Host-session";

/// A new session's cookie, and the hash to know it by.
pub(crate) fn new(keys: &Keys) -> (Cookie<'static>, Token) {
    let secret = random_secret();
    let token = hashed(keys, &secret);
    // Lax: a link from an e-mail finds its reader logged in; what changes something is held back by `Origin`.
    let cookie = Cookie::build((NAME, secret)).path("/").secure(true).http_only(true).same_site(SameSite::Lax);
    (cookie.build(), token)
}

/// The cookie that removes it.
pub(crate) fn removal() -> Cookie<'static> {
    Cookie::build((NAME, "")).path("/").secure(true).removal().build()
}

/// The session that a request belongs to, if it says so.
pub(crate) fn of(headers: &HeaderMap, keys: &Keys) -> Option<Token> {
    CookieJar::from_headers(headers).get(NAME).map(|cookie| hashed(keys, cookie.value()))
}

fn hashed(keys: &Keys, secret: &str) -> Token {
    keys.token("session", &[secret])
}
