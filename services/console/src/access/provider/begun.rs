//! A login under way. The browser keeps one secret in a cookie of its own; `state`, `nonce` and PKCE's verifier are keyed hashes
//! of it, so that an answer fits the browser that asked, and nothing has to be kept but that it has not come back yet.

use axum::http::HeaderMap;
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::Cookie;
use chrono::TimeDelta;
use liangdi_domain::ids::Token;
use liangdi_store::keys::{Keys, random_secret};
use openidconnect::{CsrfToken, Nonce, PkceCodeChallenge, PkceCodeVerifier};

/// `__Host-`: the browser takes it only over TLS (or from this machine) and gives it to nobody else.
const NAME: &str = "__Host-login";

/// A login under way. No `Debug`.
pub(crate) struct Begun {
    secret: String,
    keys: Keys,
}

impl Begun {
    /// A new one.
    pub(crate) fn new(keys: &Keys) -> Self {
        Begun { secret: random_secret(), keys: keys.clone() }
    }

    /// The one that a browser says it is in.
    pub(crate) fn of(headers: &HeaderMap, keys: &Keys) -> Option<Self> {
        let secret = CookieJar::from_headers(headers).get(NAME)?.value().to_owned();
        Some(Begun { secret, keys: keys.clone() })
    }

    /// What the browser keeps of it.
    pub(crate) fn cookie(&self, lasts: TimeDelta) -> Cookie<'static> {
        // Lax: the provider's page sends the browser back, and a strict cookie would stay behind.
        let (secret, lasts_s) = (&self.secret, lasts.num_seconds());
        let cookie = format!("{NAME}={secret}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age={lasts_s}");
        Cookie::parse(cookie).expect("it is well-formed: the secret is digits")
    }

    /// The cookie that removes it.
    pub(crate) fn removal() -> Cookie<'static> {
        Cookie::build((NAME, "")).path("/").secure(true).removal().build()
    }

    /// How the database knows it.
    pub(crate) fn token(&self) -> Token {
        self.hashed("login begun")
    }

    /// Comes back with the answer.
    pub(crate) fn state(&self) -> CsrfToken {
        CsrfToken::new(text(self.hashed("login state")))
    }

    /// Whether an answer is to this question.
    pub(crate) fn is_of_state(&self, state: &str) -> bool {
        state == text(self.hashed("login state"))
    }

    /// Comes back inside the signed token.
    pub(crate) fn nonce(&self) -> Nonce {
        Nonce::new(text(self.hashed("login nonce")))
    }

    /// Proves to the provider that whoever asks for the token is who asked for the login: 64 digits, 43 are the least.
    pub(crate) fn verifier(&self) -> String {
        text(self.hashed("login verifier, first half")) + &text(self.hashed("login verifier, second half"))
    }

    /// What the provider is told of it beforehand.
    pub(crate) fn challenge(&self) -> PkceCodeChallenge {
        PkceCodeChallenge::from_code_verifier_sha256(&PkceCodeVerifier::new(self.verifier()))
    }

    fn hashed(&self, purpose: &str) -> Token {
        self.keys.token(purpose, &[&self.secret])
    }
}

fn text(token: Token) -> String {
    token.0.simple().to_string()
}

#[cfg(test)]
mod tests {
    use axum::http::header;
    use axum_extra::extract::cookie::SameSite;

    use super::*;

    #[test]
    fn an_answer_fits_the_browser_that_asked_and_no_other() {
        let keys = Keys::ephemeral();
        let (one, other) = (Begun::new(&keys), Begun::new(&keys));
        let cookie = one.cookie(TimeDelta::minutes(10));
        assert_eq!(cookie.max_age().unwrap().whole_seconds(), 600);
        assert!(cookie.http_only().unwrap() && cookie.secure().unwrap());
        assert_eq!(cookie.same_site(), Some(SameSite::Lax));
        let mut headers = HeaderMap::new();
        assert!(Begun::of(&headers, &keys).is_none());
        headers.insert(header::COOKIE, format!("{}={}", cookie.name(), cookie.value()).parse().unwrap());
        let back = Begun::of(&headers, &keys).unwrap();
        assert!(back.is_of_state(one.state().secret()) && !back.is_of_state(other.state().secret()));
        assert_eq!(back.token(), one.token());
        assert_eq!(back.nonce().secret(), one.nonce().secret());
        assert_ne!(one.nonce().secret(), one.state().secret());
        assert_eq!(one.verifier().len(), 64);
        assert!(!one.verifier().contains(cookie.value()) && one.verifier() != other.verifier());
        assert_eq!(one.challenge().method().as_str(), "S256");
    }
}
