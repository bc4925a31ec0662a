//! What the provider's word is held to: an ID token, signed by a key that it shows, written by it, for this hub, in answer to
//! this login, and not over.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use openidconnect::core::{
    CoreAuthDisplay, CoreAuthPrompt, CoreErrorResponseType, CoreGenderClaim, CoreJsonWebKey, CoreJsonWebKeySet,
    CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm, CoreRevocableToken, CoreRevocationErrorResponse,
    CoreTokenIntrospectionResponse, CoreTokenType,
};
use openidconnect::{
    AdditionalClaims, ClaimsVerificationError, ClientId, EmptyExtraTokenFields, IdTokenFields, IdTokenVerifier,
    IssuerUrl, Nonce, SignatureVerificationError, StandardErrorResponse, StandardTokenResponse,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::fault::{ProviderFault, Unproven};

/// By how much the provider's clock may be ahead or behind.
const SKEW_MAX: TimeDelta = TimeDelta::seconds(60);

/// Longest name that is taken from a provider.
const NAME_CHARS_MAX: usize = 200;

/// Signatures that are accepted: a key pair's alone, because a shared secret proves nothing about who signed.
const ALGORITHMS: [CoreJwsSigningAlgorithm; 9] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];

/// Claims beside the standard's: which one counts is the configuration's.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Claims {
    #[serde(flatten)]
    others: HashMap<String, Value>,
}

impl AdditionalClaims for Claims {}

type Fields = IdTokenFields<
    Claims,
    EmptyExtraTokenFields,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJwsSigningAlgorithm,
>;

pub(super) type IdToken =
    openidconnect::IdToken<Claims, CoreGenderClaim, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm>;

pub(super) type IdTokenClaims = openidconnect::IdTokenClaims<Claims, CoreGenderClaim>;

/// The library's client with these claims.
pub(super) type Client<Auth, Device, Introspection, Revocation, Token, UserInfo> = openidconnect::Client<
    Claims,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    StandardErrorResponse<CoreErrorResponseType>,
    StandardTokenResponse<Fields, CoreTokenType>,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    Auth,
    Device,
    Introspection,
    Revocation,
    Token,
    UserInfo,
>;

/// What a token is held to.
pub(super) struct Held {
    pub(super) issuer: IssuerUrl,
    pub(super) client_id: ClientId,
    pub(super) keys: CoreJsonWebKeySet,
    pub(super) nonce: Nonce,
    pub(super) now: DateTime<Utc>,
}

impl Held {
    /// The token's claims, if it holds.
    pub(super) fn claims<'a>(&self, token: &'a IdToken) -> Result<&'a IdTokenClaims, ProviderFault> {
        let now = self.now;
        let verifier =
            IdTokenVerifier::new_public_client(self.client_id.clone(), self.issuer.clone(), self.keys.clone())
                .set_allowed_algs(ALGORITHMS)
                .set_time_fn(move || now - SKEW_MAX)
                .set_issue_time_verifier_fn(move |issued| {
                    if issued > now + SKEW_MAX { Err("issued in the future".to_owned()) } else { Ok(()) }
                });
        token.claims(&verifier, &self.nonce).map_err(|error| fault_of(&error))
    }
}

fn fault_of(error: &ClaimsVerificationError) -> ProviderFault {
    ProviderFault::Unproven(match error {
        // The library calls a time of issue that is refused expired as well.
        ClaimsVerificationError::Expired(_) => return ProviderFault::Clock,
        ClaimsVerificationError::InvalidAudience(_) => Unproven::Audience,
        ClaimsVerificationError::InvalidIssuer(_) => Unproven::Issuer,
        ClaimsVerificationError::InvalidNonce(_) => Unproven::Nonce,
        ClaimsVerificationError::SignatureVerification(SignatureVerificationError::NoMatchingKey) => {
            Unproven::UnknownKey
        }
        ClaimsVerificationError::SignatureVerification(_) => Unproven::Signature,
        _ => Unproven::Form,
    })
}

/// A claim's text, wherever it stands; numbers are written out, longer texts than a name are none.
pub(super) fn text(claims: &impl Serialize, claim: &str) -> Option<String> {
    let claims = serde_json::to_value(claims).ok()?;
    let text = match claims.get(claim)? {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    (1..=NAME_CHARS_MAX).contains(&text.chars().count()).then_some(text)
}

#[cfg(test)]
mod tests {
    use openidconnect::core::{CoreEdDsaPrivateSigningKey, CoreHmacKey};
    use openidconnect::{Audience, JsonWebKeyId, PrivateSigningKey, StandardClaims, SubjectIdentifier};
    use serde_json::json;

    use super::*;

    const ISSUER: &str = "https://id.example";

    /// Keys of nobody: thirty-two sevens, thirty-two eights.
    const SEVENS: &str = "MC4CAQAwBQYDK2VwBCIEIAcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcH";
    const EIGHTS: &str = "MC4CAQAwBQYDK2VwBCIEIAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI";

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
    }

    fn key(of: &str, id: &str) -> CoreEdDsaPrivateSigningKey {
        let pem = format!("-----BEGIN PRIVATE KEY-----\n{of}\n-----END PRIVATE KEY-----\n");
        CoreEdDsaPrivateSigningKey::from_ed25519_pem(&pem, Some(JsonWebKeyId::new(id.to_owned()))).unwrap()
    }

    fn claims(issuer: &str, audience: &[&str], nonce: &str) -> IdTokenClaims {
        let audience = audience.iter().map(|one| Audience::new((*one).to_owned())).collect();
        let subject = StandardClaims::new(SubjectIdentifier::new("a-subject".to_owned()));
        let others = Claims { others: HashMap::from([("staff_no".to_owned(), json!(4711))]) };
        let issuer = IssuerUrl::new(issuer.to_owned()).unwrap();
        IdTokenClaims::new(issuer, audience, at(300), at(0), subject, others)
            .set_nonce(Some(Nonce::new(nonce.to_owned())))
    }

    fn signed(claims: IdTokenClaims) -> IdToken {
        IdToken::new(claims, &key(SEVENS, "one"), CoreJwsSigningAlgorithm::EdDsa, None, None).unwrap()
    }

    fn right() -> IdToken {
        signed(claims(ISSUER, &["liangdi"], "a nonce"))
    }

    fn held(seconds: i64) -> Held {
        Held {
            issuer: IssuerUrl::new(ISSUER.to_owned()).unwrap(),
            client_id: ClientId::new("liangdi".to_owned()),
            keys: CoreJsonWebKeySet::new(vec![key(SEVENS, "one").as_verification_key()]),
            nonce: Nonce::new("a nonce".to_owned()),
            now: at(seconds),
        }
    }

    fn refused(token: &IdToken) -> Option<Unproven> {
        match held(1).claims(token).err()? {
            ProviderFault::Unproven(what) => Some(what),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_token_of_this_provider_for_this_hub_in_answer_to_this_login_is_taken() {
        let token = right();
        let claims = held(1).claims(&token).unwrap();
        assert_eq!(claims.subject().as_str(), "a-subject");
        assert_eq!(text(claims, "staff_no").as_deref(), Some("4711"));
        assert_eq!(text(claims, "sub").as_deref(), Some("a-subject"));
        assert_eq!(text(claims, "preferred_username"), None);
        assert_eq!(text(claims, "aud"), None, "a list is no name");
    }

    #[test]
    fn whatever_is_another_ones_is_refused_by_its_name() {
        let other = |issuer, audience: &[&str], nonce| refused(&signed(claims(issuer, audience, nonce)));
        assert_eq!(other(ISSUER, &["liangdi"], "a nonce"), None);
        assert_eq!(other("https://elsewhere.example", &["liangdi"], "a nonce"), Some(Unproven::Issuer));
        assert_eq!(other(ISSUER, &["another"], "a nonce"), Some(Unproven::Audience));
        assert_eq!(other(ISSUER, &["liangdi", "another"], "a nonce"), Some(Unproven::Audience));
        assert_eq!(other(ISSUER, &[], "a nonce"), Some(Unproven::Audience));
        assert_eq!(other(ISSUER, &["liangdi"], "another"), Some(Unproven::Nonce));
        let without = claims(ISSUER, &["liangdi"], "a nonce").set_nonce(None);
        assert_eq!(refused(&signed(without)), Some(Unproven::Nonce));
    }

    #[test]
    fn a_signature_is_of_a_key_that_the_provider_shows_and_over_exactly_these_claims() {
        let by = |key: &CoreEdDsaPrivateSigningKey| {
            let claims = claims(ISSUER, &["liangdi"], "a nonce");
            refused(&IdToken::new(claims, key, CoreJwsSigningAlgorithm::EdDsa, None, None).unwrap())
        };
        assert_eq!(by(&key(EIGHTS, "two")), Some(Unproven::UnknownKey));
        assert_eq!(by(&key(EIGHTS, "one")), Some(Unproven::Signature), "another key under a known name");
        // Whoever knows the hub's secret, or nothing at all, signs nothing.
        let secret = CoreHmacKey::new("a fictional secret");
        let claims_of = || claims(ISSUER, &["liangdi"], "a nonce");
        let token = IdToken::new(claims_of(), &secret, CoreJwsSigningAlgorithm::HmacSha256, None, None).unwrap();
        assert_eq!(refused(&token), Some(Unproven::Signature));
        let mut parts: Vec<String> = right().to_string().split('.').map(str::to_owned).collect();
        let other = signed(claims(ISSUER, &["liangdi", "another"], "a nonce")).to_string();
        other.split('.').nth(1).unwrap().clone_into(&mut parts[1]);
        let swapped: IdToken = parts.join(".").parse().unwrap();
        assert!(refused(&swapped).is_some());
        // {"alg":"none"}
        let unsigned = format!("eyJhbGciOiJub25lIn0.{}.", right().to_string().split('.').nth(1).unwrap());
        assert_eq!(refused(&unsigned.parse().unwrap()), Some(Unproven::Signature));
    }

    #[test]
    fn clocks_may_differ_by_a_minute_and_no_more() {
        let token = right();
        let state = |seconds| held(seconds).claims(&token).map(|_| ());
        for seconds in [-60, 0, 300, 359] {
            assert_eq!(state(seconds), Ok(()), "{seconds}");
        }
        for seconds in [-61, 360, 100_000] {
            assert_eq!(state(seconds), Err(ProviderFault::Clock), "{seconds}");
        }
    }
}
