//! Passwords: argon2id with the parameters that OWASP recommends, never more than a few at a time, because each takes
//! 19 MiB of memory.

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use liangdi_store::keys::random_secret;
use tokio::sync::Semaphore;

/// Shortest password that a user may choose, in characters.
pub const PASSWORD_CHARS_MIN: usize = 12;
/// Longest; hashing must not become somebody's lever.
pub const PASSWORD_CHARS_MAX: usize = 200;

/// Hashes computed at the same time.
const HASHES_MAX: usize = 4;
static HASHING: Semaphore = Semaphore::const_new(HASHES_MAX);

/// The hash of nobody's password: an unknown user takes as long as a known one.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5IG5vYm9keQ$VmVyc2lvbiAxIG9mIG5vYm9keSdzIHBhc3N3b3JkLg";

/// Hashes a password.
pub async fn hash(password: String) -> String {
    let hashing = move || Argon2::default().hash_password(password.as_bytes()).map(|hash| hash.to_string());
    let hashed = at_most_a_few(hashing).await;
    hashed.expect("a password within the limits can be hashed")
}

/// Whether a password is the one of this hash; for no hash it takes as long, and is not.
pub async fn is_right(password: String, hash: Option<String>) -> bool {
    at_most_a_few(move || {
        let known = hash.is_some();
        let hash = hash.unwrap_or_else(|| NOBODY.to_owned());
        let right = PasswordHash::new(&hash)
            .is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok());
        right && known
    })
    .await
}

async fn at_most_a_few<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let _turn = HASHING.acquire().await.expect("this semaphore is never closed");
    tokio::task::spawn_blocking(work).await.expect("hashing does not panic")
}

/// What is wrong with a password that a user chose: the key of the text that says it.
pub fn fault(name: &str, password: &str) -> Option<&'static str> {
    match password.chars().count() {
        chars if chars < PASSWORD_CHARS_MIN => Some("common.password.too-short"),
        chars if chars > PASSWORD_CHARS_MAX => Some("common.password.too-long"),
        _ if password.to_lowercase().contains(&name.to_lowercase()) => Some("common.password.holds-name"),
        _ => None,
    }
}

/// A first password, to be told to its user and changed at once: four groups of five digits and letters.
pub fn first() -> String {
    let secret = random_secret();
    let groups: Vec<&str> = (0..4).map(|group| &secret[group * 5..group * 5 + 5]).collect();
    groups.join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_right_password_is_right_and_nobody_has_one() {
        let hash = hash("a fictional password".to_owned()).await;
        assert!(hash.starts_with("$argon2id$"), "{hash}");
        assert!(is_right("a fictional password".to_owned(), Some(hash.clone())).await);
        assert!(!is_right("another password".to_owned(), Some(hash)).await);
        assert!(PasswordHash::new(NOBODY).is_ok());
        assert!(!is_right("a fictional password".to_owned(), None).await);
    }

    #[test]
    fn a_password_is_long_and_does_not_hold_the_name() {
        assert_eq!(fault("zhang", "short"), Some("common.password.too-short"));
        assert_eq!(fault("zhang", "my name is Zhang!"), Some("common.password.holds-name"));
        assert_eq!(fault("zhang", &"x".repeat(201)), Some("common.password.too-long"));
        assert_eq!(fault("zhang", "correct horse battery"), None);
        assert_eq!(fault("zhang", &first()), None);
        assert_ne!(first(), first());
    }
}
