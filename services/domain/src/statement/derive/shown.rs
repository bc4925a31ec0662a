//! The person as notices show them: per field the value of the best profile. A profile whose identity the police
//! changed stands back; then the document counts, then the department's trust, then the latest word.

use std::cmp::Reverse;

use chrono::{DateTime, FixedOffset};
use serde_json::{Value, json};

use crate::evidence::Fact;
use crate::ids::ProfileId;
use crate::person::{Document, PersonFile, Profile, Sex};

/// How much one profile's word is worth: smaller is more.
type Weight = (bool, u8, Reverse<Option<DateTime<FixedOffset>>>, ProfileId);

/// The person, unmasked: name, document, sex, birth date, and the guardian where one is known.
pub(super) fn person(file: &PersonFile) -> Value {
    let mut profiles: Vec<(Weight, &Profile)> =
        file.profiles.iter().map(|(id, profile)| (weight(file, *id), profile)).collect();
    profiles.sort_by_key(|(weight, _)| *weight);
    let ranked = || profiles.iter().map(|(_, profile)| *profile);

    let name = ranked().find_map(|profile| profile.name.as_ref()).map(|name| name.shown());
    let document = profiles
        .iter()
        .min_by_key(|(weight, profile)| (weight.0, quality(&profile.document), *weight))
        .map(|(_, profile)| &profile.document);
    let sex = ranked().map(|profile| profile.sex).find(|sex| *sex != Sex::Unknown).unwrap_or_default();
    let mut shown = json!({
        "name": name,
        "id_type": document.unwrap_or(&Document::None).doc_type(),
        "id_number": document.and_then(Document::number),
        "sex": sex,
        "birth_date": ranked().find_map(|profile| profile.birth),
    });
    if let Some(guardian) = ranked().find_map(|profile| profile.guardian.as_ref()) {
        shown["guardian"] = json!({"name": guardian.shown()});
    }
    shown
}

fn weight(file: &PersonFile, profile: ProfileId) -> Weight {
    let facts = || file.facts.iter().filter(|record| record.profile == profile);
    let superseded = facts().any(|record| matches!(record.fact, Fact::IdentityChanged { .. }));
    let sources = || facts().flat_map(|record| &record.sources);
    let trust = sources().map(|source| trust(&source.source)).min().unwrap_or(u8::MAX);
    (superseded, trust, Reverse(sources().map(|source| source.last).max()), profile)
}

/// Police before civil affairs, townships, HR and housing.
fn trust(source: &str) -> u8 {
    match source.split(':').nth(2) {
        Some("police") => 0,
        Some("civil-affairs") => 1,
        Some("township") => 2,
        Some("hr") => 3,
        _ => 4,
    }
}

fn quality(document: &Document) -> u8 {
    match document {
        Document::Resident { .. } => 0,
        Document::Expanded { .. } => 1,
        Document::Other { .. } => 2,
        Document::Doubtful { .. } => 3,
        Document::None => 4,
    }
}
