//! Sealing: every secret gets a data key of its own, wrapped by the master key, and is bound to the row it stands in.
//!
//! `version | algorithm | wrapping nonce, wrapped data key | nonce, sealed content`: the algorithm's byte lets SM4-GCM
//! stand beside AES-256-GCM later, and a data key can be wrapped anew without touching the content.

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};

use crate::error::StoreError;
use crate::keys::{KEY_BYTES, Keys, random_key};

const VERSION: u8 = 1;
const AES_256_GCM_ID: u8 = 1;
const TAG_BYTES: usize = 16;
const HEADER_BYTES: usize = 2;
const WRAPPED_BYTES: usize = NONCE_LEN + KEY_BYTES + TAG_BYTES;

/// The row that sealed bytes belong to; they open nowhere else.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    /// Table and column.
    pub(crate) column: &'static str,
    /// The row's key.
    pub(crate) row: &'a [u8],
}

impl Place<'_> {
    fn associated_data(self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(2 + self.column.len() + self.row.len() + 1);
        bytes.extend([VERSION, AES_256_GCM_ID]);
        bytes.extend(self.column.as_bytes());
        // No column's name holds a zero byte, so that name and key never run together.
        bytes.push(0);
        bytes.extend(self.row);
        bytes
    }
}

/// Seals content for a place.
pub(crate) fn seal(keys: &Keys, place: Place, content: &[u8]) -> Vec<u8> {
    let bound = place.associated_data();
    let data_key = random_key();
    let mut wrapped = data_key.to_vec();
    let wrapping_nonce = encrypt(keys.wrapping(), &bound, &mut wrapped);
    let mut sealed = content.to_vec();
    let nonce = encrypt(&cipher(&*data_key), &bound, &mut sealed);

    let mut bytes = Vec::with_capacity(HEADER_BYTES + WRAPPED_BYTES + NONCE_LEN + sealed.len());
    bytes.extend([VERSION, AES_256_GCM_ID]);
    bytes.extend(wrapping_nonce.as_ref());
    bytes.extend(wrapped);
    bytes.extend(nonce.as_ref());
    bytes.extend(sealed);
    bytes
}

/// Opens what was sealed for a place. Another key, another place or a changed byte: an error that shows nothing.
pub(crate) fn unseal(keys: &Keys, place: Place, bytes: &[u8]) -> Result<Vec<u8>, StoreError> {
    open(keys, place, bytes)
        .ok_or_else(|| StoreError::Key(format!("a value in {} does not open with this key file", place.column)))
}

fn open(keys: &Keys, place: Place, bytes: &[u8]) -> Option<Vec<u8>> {
    let bound = place.associated_data();
    let (header, rest) = bytes.split_at_checked(HEADER_BYTES)?;
    if header != [VERSION, AES_256_GCM_ID] {
        return None;
    }
    let (wrapped, sealed) = rest.split_at_checked(WRAPPED_BYTES)?;
    let data_key = secrecy::zeroize::Zeroizing::new(decrypt(keys.wrapping(), &bound, wrapped)?);
    decrypt(&cipher(&data_key), &bound, sealed)
}

fn cipher(key: &[u8]) -> RandomizedNonceKey {
    RandomizedNonceKey::new(&AES_256_GCM, key).expect("a data key has the algorithm's length")
}

fn encrypt(key: &RandomizedNonceKey, bound: &[u8], bytes: &mut Vec<u8>) -> Nonce {
    key.seal_in_place_append_tag(Aad::from(bound), bytes).expect("content is shorter than the cipher's limit")
}

fn decrypt(key: &RandomizedNonceKey, bound: &[u8], bytes: &[u8]) -> Option<Vec<u8>> {
    let (nonce, sealed) = bytes.split_at_checked(NONCE_LEN)?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
    let mut content = sealed.to_vec();
    let length = key.open_in_place(nonce, Aad::from(bound), &mut content).ok()?.len();
    content.truncate(length);
    Some(content)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACE: Place = Place { column: "profiles.sealed", row: b"1" };

    #[test]
    fn sealed_content_opens_in_its_place_with_its_key() {
        let keys = Keys::ephemeral();
        for content in [&b""[..], b"fictional content", &[0; 5000]] {
            let sealed = seal(&keys, PLACE, content);
            assert_eq!(unseal(&keys, PLACE, &sealed).unwrap(), content);
            assert!(content.is_empty() || !sealed.windows(content.len()).any(|window| window == content));
        }
        assert_ne!(seal(&keys, PLACE, b"same"), seal(&keys, PLACE, b"same"));
    }

    #[test]
    fn another_key_place_or_byte_opens_nothing() {
        let keys = Keys::ephemeral();
        let sealed = seal(&keys, PLACE, b"fictional content");
        let refused = |keys: &Keys, place, bytes: &[u8]| matches!(unseal(keys, place, bytes), Err(StoreError::Key(_)));
        assert!(refused(&Keys::ephemeral(), PLACE, &sealed));
        assert!(refused(&keys, Place { row: b"2", ..PLACE }, &sealed));
        assert!(refused(&keys, Place { column: "ledger.sealed", ..PLACE }, &sealed));
        for index in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[index] ^= 1;
            assert!(refused(&keys, PLACE, &changed), "byte {index}");
            assert!(refused(&keys, PLACE, &sealed[..index]), "cut at {index}");
        }
    }
}
