//! The second factor: RFC 6238, six digits, thirty seconds, as every authenticator has it. A code counts once.

use liangdi_store::access::Credentials;
use liangdi_store::keys::random_secret;
use totp_rs::{Builder, Totp};

/// Steps that a phone's clock may be ahead or behind.
const SKEW_STEPS: u16 = 1;

/// Length of a secret.
const SECRET_BYTES: usize = 20;

fn totp(name: &str, secret: &[u8]) -> Option<Totp> {
    // The standard separates issuer and account by a colon.
    let name = name.replace(':', " ");
    let builder = Builder::new().with_secret(secret.to_vec()).with_skew(SKEW_STEPS);
    builder.with_account_name(name).with_issuer(Some("Liangdi")).build().ok()
}

/// A new secret: 160 bits, as the standard recommends.
pub(crate) fn new_secret() -> Vec<u8> {
    let digits = random_secret();
    (0..SECRET_BYTES).filter_map(|at| u8::from_str_radix(digits.get(2 * at..2 * at + 2)?, 16).ok()).collect()
}

/// A secret as it was shown.
pub(crate) fn read_secret(typed: &str) -> Option<Vec<u8>> {
    let secret = totp_rs::Secret::try_from_base32(typed).ok()?;
    Some(secret.as_bytes().to_vec()).filter(|bytes| bytes.len() == SECRET_BYTES)
}

/// The step of a code that is right and was not used before.
pub(crate) fn step(credentials: &Credentials, secret: &[u8], code: &str, unix_s: i64) -> Option<i64> {
    let step = totp("check", secret)?.check(code.trim(), u64::try_from(unix_s).ok()?)?;
    i64::try_from(step).ok().filter(|step| *step > credentials.totp_step)
}

/// What an authenticator is told: the secret to type, and the address that opens it on a phone.
pub(crate) fn shown(name: &str, secret: &[u8]) -> Option<(String, String)> {
    let totp = totp(name, secret)?;
    Some((totp_rs::Secret::from(secret.to_vec()).to_base32(), totp.to_url().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_counts_once_and_only_around_its_time() {
        let secret = [7; 20];
        let at = 1_760_000_000;
        let code = totp("check", &secret).unwrap().generate(at as u64).to_string();
        let fresh = Credentials { password: String::new(), totp: Some(secret.to_vec()), totp_step: 0 };
        let step = step(&fresh, &secret, &code, at).unwrap();
        assert_eq!(step, at / 30);
        assert_eq!(super::step(&fresh, &secret, &code, at + 300), None);
        assert_eq!(super::step(&Credentials { totp_step: step, ..fresh }, &secret, &code, at), None);
    }

    #[test]
    fn an_authenticator_can_read_what_is_shown() {
        let (typed, address) = shown("a:fictional user", &[7; 20]).unwrap();
        assert!(address.starts_with("otpauth://totp/Liangdi:a%20fictional%20user?"), "{address}");
        assert_eq!(read_secret(&typed), Some(vec![7; 20]));
        assert_eq!(read_secret("no secret"), None);
        assert_eq!(new_secret().len(), SECRET_BYTES);
    }
}
