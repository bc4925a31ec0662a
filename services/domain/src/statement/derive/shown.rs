//! The person as notices show them: the values that survive among all profiles of the person.

use serde_json::{Value, json};

use crate::evidence::Fact;
use crate::feed::Feed;
use crate::identity::survive::{Trust, Voice, survive};
use crate::ids::ProfileId;
use crate::person::{Document, PersonFile, Profile};

/// The person, unmasked: name, document, sex, birth date, and the guardian where one is known.
pub(super) fn person(file: &PersonFile, trust: &Trust) -> Value {
    let voices: Vec<Voice> = file.profiles.iter().map(|(id, profile)| voice(file, *id, profile)).collect();
    let shown = survive(&voices, trust, &file.frozen);
    let mut person = json!({
        "name": shown.name.map(|name| name.shown()),
        "id_type": shown.document.doc_type(),
        "id_number": Document::number(shown.document),
        "sex": shown.sex,
        "birth_date": shown.birth,
    });
    if let Some(guardian) = shown.guardian {
        person["guardian"] = json!({"name": guardian.shown()});
    }
    person
}

/// A profile with the departments that speak through it.
fn voice<'a>(file: &'a PersonFile, id: ProfileId, profile: &'a Profile) -> Voice<'a> {
    let facts = || file.facts.iter().filter(move |record| record.profile == id);
    let superseded = facts().any(|record| matches!(record.fact, Fact::IdentityChanged { .. }));
    let sources = facts().flat_map(|record| &record.sources);
    let sources = sources.filter_map(|source| Some((Feed::of_source(&source.source)?, source.last))).collect();
    Voice { id, profile, superseded, sources }
}
