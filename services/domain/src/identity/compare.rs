//! Whether two profiles that share a key may be one human.

use crate::person::{Document, Profile, Sex};

/// A resident identity number with a right check digit: two different ones are never one human.
pub fn is_anchor(profile: &Profile) -> bool {
    matches!(profile.document, Document::Resident { .. })
}

/// Whether what the two say of sex can be true of one human.
pub fn sexes_agree(a: &Profile, b: &Profile) -> bool {
    a.sex == Sex::Unknown || b.sex == Sex::Unknown || a.sex == b.sex
}
