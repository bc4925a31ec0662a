//! A blocking key's tokens: what profiles are looked up by, when they are recorded and when somebody searches for one.

use liangdi_domain::identity::block::BlockingKey;

use crate::keys::Keys;
use crate::port::KeyToken;

/// A blocking key's tokens.
pub fn blocking_key(keys: &Keys, key: &BlockingKey) -> KeyToken {
    let token =
        |purpose: &str, values: &[String]| keys.token(purpose, &values.iter().map(String::as_str).collect::<Vec<_>>());
    KeyToken {
        token: token(key.block.purpose(), &key.values),
        refined: key.refined.as_ref().map(|values| token(key.block.refined_purpose(), values)),
    }
}
