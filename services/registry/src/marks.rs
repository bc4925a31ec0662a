//! Keyed marks: what the registry writes instead of identity where only equality matters.

use liangdi_domain::evidence::{BusinessKey, Fact, KeyKind};
use liangdi_domain::ids::{FactId, ProfileId, Token};
use liangdi_domain::person::Profile;
pub use liangdi_store::blocking::blocking_key;
use liangdi_store::keys::Keys;
use serde_json::Value;

/// A profile's id: equal content, equal id.
pub fn profile_id(keys: &Keys, profile: &Profile) -> ProfileId {
    let content = serde_json::to_string(profile).expect("a profile is plain data");
    ProfileId(keys.token("profile", &[&content]).0)
}

/// A fact's id: equal content under one profile and business key, equal id.
pub fn fact_id(keys: &Keys, profile: ProfileId, fact: &Fact, key: Option<Token>) -> FactId {
    let content = serde_json::to_string(fact).expect("a fact is plain data");
    let key = key.map(|token| token.0.to_string()).unwrap_or_default();
    FactId(keys.token("fact", &[&profile.0.to_string(), &content, &key]).0)
}

/// A business key's token.
pub fn business_key(keys: &Keys, key: &BusinessKey) -> Token {
    let register = match key.kind {
        KeyKind::Registration => "registration",
        KeyKind::Permit => "permit",
        KeyKind::Lease => "lease",
        KeyKind::Employer => "employer",
        KeyKind::Certificate => "certificate",
        KeyKind::File => "file",
        KeyKind::HubCase => "hub-case",
    };
    keys.token("business-key", &[register, &key.number])
}

/// The fingerprint of a notice's field.
pub fn field(keys: &Keys, name: &str, value: &Value) -> Token {
    keys.token("field", &[name, &value.to_string()])
}
