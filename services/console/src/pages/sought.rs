//! A person as somebody looks for them: by number, or by name and birth date, through the keyed tokens that persons are
//! recorded under. It is sent in the body of a form, never in an address.

use liangdi_domain::identity::Resolver;
use liangdi_domain::identity::block::Block;
use liangdi_domain::ids::Token;
use liangdi_domain::person::{Document, Name, Profile};
use liangdi_store::blocking::blocking_key;
use serde::Deserialize;

use crate::console::Console;

/// Persons that one search shows; a name and a birth date fit few.
pub(super) const PERSONS_MAX: usize = 20;

/// What was typed: no `Debug`.
#[derive(Deserialize, Default)]
pub(super) struct Sought {
    #[serde(default)]
    pub(super) id_number: String,
    #[serde(default)]
    pub(super) name: String,
    #[serde(default)]
    pub(super) birth_date: String,
}

impl Sought {
    /// What to look for; none where it fits too many people.
    pub(super) fn tokens(&self, console: &Console) -> Option<Vec<Token>> {
        let (document, _) = Document::read(None, Some(self.id_number.trim()).filter(|number| !number.is_empty()));
        let birth = self.birth_date.trim().parse().ok();
        let name = Name::read(self.name.trim());
        let wanted = match document {
            Document::Resident { .. } | Document::Expanded { .. } | Document::Other { .. } => Block::Document,
            _ if name.is_some() && birth.is_some() => Block::NameBirth,
            _ => return None,
        };
        let asked = Profile { document, name, birth, ..Profile::default() };
        let resolver = Resolver { matching: &console.matching, divisions: console.divisions };
        let keys = resolver.keys(&resolver.prepare(&asked));
        let tokens = keys.iter().filter(|key| key.block == wanted).map(|key| blocking_key(&console.keys, key).token);
        Some(tokens.collect())
    }
}
