//! The master key, its file, and what it is used for: keyed tokens here, sealing in `seal.rs`. Together the two
//! are the crypto of the hub; another algorithm (SM3, SM4) takes its place here and nowhere else.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use aws_lc_rs::aead::{AES_256_GCM, RandomizedNonceKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Salt};
use aws_lc_rs::hmac;
use liangdi_domain::ids::Token;
use secrecy::zeroize::Zeroizing;
use uuid::Uuid;

use crate::error::StoreError;

/// Length of the master key and of every key made from it.
pub(crate) const KEY_BYTES: usize = 32;

/// First line of a key file: says what it is and how to read the next one.
const HEADER: &str = "liangdi master key v1: 32 bytes, hexadecimal; whoever has it can read everything";

/// A key file is two short lines; anything longer is another file.
const FILE_BYTES_MAX: u64 = 1024;

/// The hub's keys. Cheap to clone; never shown.
#[derive(Clone)]
pub struct Keys(Arc<Subkeys>);

struct Subkeys {
    token: hmac::Key,
    wrapping: RandomizedNonceKey,
}

impl Keys {
    /// Keys that nobody keeps: for runs in memory.
    pub fn ephemeral() -> Self {
        Keys::from_master(&random_key())
    }

    /// Keys that anybody can make again: for measurements on fictional data, whose ids then are the same in every run.
    pub fn of_fiction(seed: u64) -> Self {
        let mut master = [0; 32];
        master[..8].copy_from_slice(&seed.to_be_bytes());
        Keys::from_master(&master)
    }

    /// Reads a key file. On Unix nobody but its owner may have access to it.
    pub fn read_file(path: &Path) -> Result<Self, StoreError> {
        let file = File::open(path).map_err(|error| unreadable(path, &error))?;
        refuse_open_doors(path, &file)?;
        let mut text = Zeroizing::new(String::new());
        file.take(FILE_BYTES_MAX).read_to_string(&mut text).map_err(|error| unreadable(path, &error))?;
        let mut lines = text.lines();
        let master = match (lines.next(), lines.next(), lines.next()) {
            (Some(HEADER), Some(hex), None) => decode_hex(hex),
            _ => None,
        };
        let place = path.display();
        let master = master.ok_or_else(|| {
            StoreError::Key(format!(
                "{place} is no key file of this hub: it must hold the header line and 64 hexadecimal digits"
            ))
        })?;
        Ok(Keys::from_master(&master))
    }

    /// Makes a new key and its file, readable by its owner alone. A file that is there already is never overwritten.
    pub fn generate_file(path: &Path) -> Result<Self, StoreError> {
        let master = random_key();
        let unwritable = |error: io::Error| {
            let what = match error.kind() {
                io::ErrorKind::AlreadyExists => "exists already; a key is never overwritten".to_owned(),
                _ => format!("cannot be written: {error}"),
            };
            StoreError::Key(format!("key file {} {what}", path.display()))
        };
        // Written whole beside its place, then linked into it: a crash leaves no half key, and linking never overwrites.
        let draft = Draft(path.with_extension(format!("draft-{}", Uuid::now_v7())));
        write_private(&draft.0, &master).map_err(unwritable)?;
        fs::hard_link(&draft.0, path).map_err(unwritable)?;
        Ok(Keys::from_master(&master))
    }

    /// A keyed hash of values under a purpose: equal only for equal purpose and values.
    pub fn token(&self, purpose: &str, values: &[&str]) -> Token {
        self.hash(purpose, values.iter().map(|value| value.as_bytes()))
    }

    /// A keyed hash of bytes under a purpose.
    pub fn token_bytes(&self, purpose: &str, bytes: &[u8]) -> Token {
        self.hash(purpose, std::iter::once(bytes))
    }

    /// The key that wraps data keys.
    pub(crate) fn wrapping(&self) -> &RandomizedNonceKey {
        &self.0.wrapping
    }

    /// HMAC-SHA-256, cut to 128 bits. Every part is preceded by its length, so that no two lists of values run together.
    fn hash<'a>(&self, purpose: &'a str, values: impl Iterator<Item = &'a [u8]>) -> Token {
        let mut context = hmac::Context::with_key(&self.0.token);
        for part in std::iter::once(purpose.as_bytes()).chain(values) {
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part);
        }
        let tag = context.sign();
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&tag.as_ref()[..16]);
        Token(Uuid::from_bytes(bytes))
    }

    fn from_master(master: &[u8; KEY_BYTES]) -> Self {
        let token = hmac::Key::new(hmac::HMAC_SHA256, &*subkey(master, "token"));
        let wrapping = RandomizedNonceKey::new(&AES_256_GCM, &*subkey(master, "wrapping"))
            .expect("the key has the algorithm's length");
        Keys(Arc::new(Subkeys { token, wrapping }))
    }
}

/// Keys are never shown.
impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys(sealed)")
    }
}

/// A fresh secret for a cookie or a link: 64 hexadecimal digits that nobody can guess.
pub fn random_secret() -> String {
    hex(&*random_key())
}

/// Fresh random bytes for a key.
pub(crate) fn random_key() -> Zeroizing<[u8; KEY_BYTES]> {
    let mut key = Zeroizing::new([0; KEY_BYTES]);
    aws_lc_rs::rand::fill(&mut *key).expect("the operating system gives random bytes");
    key
}

/// The key for one purpose, by HKDF-SHA-256.
fn subkey(master: &[u8; KEY_BYTES], purpose: &str) -> Zeroizing<[u8; KEY_BYTES]> {
    struct Length;
    impl KeyType for Length {
        fn len(&self) -> usize {
            KEY_BYTES
        }
    }
    let mut key = Zeroizing::new([0; KEY_BYTES]);
    Salt::new(HKDF_SHA256, b"liangdi v1")
        .extract(master)
        .expand(&[purpose.as_bytes()], Length)
        .and_then(|okm| okm.fill(&mut *key))
        .expect("the length is within HKDF's limit");
    key
}

/// A file on its way to its place; gone when dropped.
struct Draft(PathBuf);

impl Drop for Draft {
    fn drop(&mut self) {
        // Nothing to do about a draft that cannot be removed: it is as private as the key itself.
        let _ = fs::remove_file(&self.0);
    }
}

fn write_private(path: &Path, master: &[u8; KEY_BYTES]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    let text = Zeroizing::new(format!("{HEADER}\n{}\n", *Zeroizing::new(hex(master))));
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        text.push(char::from_digit(u32::from(byte >> 4), 16).expect("four bits are one digit"));
        text.push(char::from_digit(u32::from(byte & 15), 16).expect("four bits are one digit"));
    }
    text
}

fn decode_hex(text: &str) -> Option<Zeroizing<[u8; KEY_BYTES]>> {
    let digits: Zeroizing<Vec<u8>> =
        Zeroizing::new(text.chars().map(|c| c.to_digit(16).map(|digit| digit as u8)).collect::<Option<_>>()?);
    let mut key = Zeroizing::new([0; KEY_BYTES]);
    if digits.len() != 2 * KEY_BYTES {
        return None;
    }
    for (byte, pair) in key.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = pair[0] << 4 | pair[1];
    }
    Some(key)
}

#[cfg(unix)]
fn refuse_open_doors(path: &Path, file: &File) -> Result<(), StoreError> {
    use std::os::unix::fs::PermissionsExt;
    let mode = file.metadata().map_err(|error| unreadable(path, &error))?.permissions().mode() & 0o7777;
    if mode & 0o177 != 0 {
        let place = path.display();
        return Err(StoreError::Key(format!(
            "key file {place} has mode {mode:04o}, so that others may read it; make it 0600: chmod 600 {place}"
        )));
    }
    Ok(())
}

#[cfg(not(unix))]
fn refuse_open_doors(_: &Path, _: &File) -> Result<(), StoreError> {
    Ok(())
}

fn unreadable(path: &Path, error: &io::Error) -> StoreError {
    StoreError::Key(format!("key file {} cannot be read: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Folder(PathBuf);

    impl Folder {
        fn new() -> Self {
            let path = std::env::temp_dir().join(format!("liangdi-keys-{}", Uuid::now_v7()));
            fs::create_dir(&path).unwrap();
            Folder(path)
        }

        fn key(&self) -> PathBuf {
            self.0.join("master.key")
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            fs::remove_dir_all(&self.0).unwrap();
        }
    }

    #[test]
    fn a_key_file_gives_the_keys_it_was_made_with() {
        let folder = Folder::new();
        let made = Keys::generate_file(&folder.key()).unwrap();
        let read = Keys::read_file(&folder.key()).unwrap();
        assert_eq!(made.token("test", &["a"]), read.token("test", &["a"]));
        assert_ne!(made.token("test", &["a"]), Keys::ephemeral().token("test", &["a"]));
        assert_eq!(fs::read_dir(&folder.0).unwrap().count(), 1, "the draft is gone");
    }

    #[test]
    fn a_key_file_is_never_overwritten() {
        let folder = Folder::new();
        Keys::generate_file(&folder.key()).unwrap();
        let refused = Keys::generate_file(&folder.key()).unwrap_err().to_string();
        assert!(refused.contains("never overwritten"), "{refused}");
    }

    #[cfg(unix)]
    #[test]
    fn a_key_file_that_others_may_read_is_refused() {
        use std::os::unix::fs::PermissionsExt;
        let folder = Folder::new();
        Keys::generate_file(&folder.key()).unwrap();
        assert_eq!(fs::metadata(folder.key()).unwrap().permissions().mode() & 0o7777, 0o600);
        fs::set_permissions(folder.key(), fs::Permissions::from_mode(0o640)).unwrap();
        let refused = Keys::read_file(&folder.key()).unwrap_err().to_string();
        assert!(refused.contains("0640") && refused.contains("chmod 600"), "{refused}");
    }

    #[test]
    fn what_is_no_key_file_is_refused_without_showing_it() {
        let folder = Folder::new();
        assert!(Keys::read_file(&folder.key()).unwrap_err().to_string().contains("cannot be read"));
        for text in
            ["", "secret-text", &format!("{HEADER}\nsecret-text\n"), &format!("{HEADER}\n{}\n\n", "ab".repeat(32))]
        {
            let _ = fs::remove_file(folder.key());
            write_private(&folder.key(), &[7; KEY_BYTES]).unwrap();
            fs::write(folder.key(), text).unwrap();
            let refused = Keys::read_file(&folder.key()).unwrap_err().to_string();
            assert!(refused.contains("no key file") && !refused.contains("secret-text"), "{refused}");
        }
    }

    #[test]
    fn values_and_purposes_never_run_together() {
        let keys = Keys::ephemeral();
        let tokens = [
            keys.token("a", &["bc"]),
            keys.token("ab", &["c"]),
            keys.token("a", &["b", "c"]),
            keys.token("a", &["b", "c", ""]),
            keys.token("a", &[]),
        ];
        for (index, token) in tokens.iter().enumerate() {
            assert!(!tokens[..index].contains(token));
        }
        assert_eq!(keys.token("a", &["bc"]), keys.token_bytes("a", b"bc"));
    }

    #[test]
    fn keys_never_show_in_debug() {
        assert_eq!(format!("{:?}", Keys::ephemeral()), "Keys(sealed)");
    }
}
