//! The ids of the registry. None of them travels on the wire; all of them may be logged: a profile's and a
//! token's are keyed hashes, a person's is a UUIDv7.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A keyed hash that says only "equal" or "not equal": a blocking key, a business key, a field's fingerprint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Token(pub Uuid);

/// A profile: the keyed hash of everything in it, so that an equal appearance finds it by its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ProfileId(pub Uuid);

/// A person: internal, sticky, redirected after a merge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PersonId(pub Uuid);

/// A fact of a profile: the keyed hash of profile, content and business key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FactId(pub Uuid);
