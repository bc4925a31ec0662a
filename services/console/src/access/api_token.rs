//! A token of the HTTP API: a secret that only its holder has. The database knows its keyed hash alone.

use axum::http::{HeaderMap, header};
use liangdi_domain::ids::Token;
use liangdi_store::keys::{Keys, random_secret};

/// What secrets begin with, so that scanners recognise one that was left lying about.
const PREFIX: &str = "liangdi_";

/// A new secret, and the hash to know it by.
pub fn new(keys: &Keys) -> (String, Token) {
    let secret = format!("{PREFIX}{}", random_secret());
    let token = hashed(keys, &secret);
    (secret, token)
}

/// The token in `Authorization: Bearer …`; none where the header is absent or is of another scheme.
pub(crate) fn of(headers: &HeaderMap, keys: &Keys) -> Option<Token> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, secret) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| hashed(keys, secret.trim()))
}

fn hashed(keys: &Keys, secret: &str) -> Token {
    keys.token("api token", &[secret])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_known_by_its_secret_in_the_bearer_scheme_alone() {
        let keys = Keys::ephemeral();
        let (secret, token) = new(&keys);
        let of = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::AUTHORIZATION, value.parse().unwrap());
            super::of(&headers, &keys)
        };
        assert_eq!(of(&format!("Bearer {secret}")), Some(token));
        assert_eq!(of(&format!("bearer  {secret}")), Some(token));
        assert_eq!(of(&format!("Basic {secret}")), None);
        assert_eq!(of(&secret), None);
        assert_ne!(of("Bearer another"), Some(token));
        assert_ne!(new(&keys).0, secret);
    }
}
