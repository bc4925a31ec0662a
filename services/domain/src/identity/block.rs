//! The keys under which two profiles meet. Profiles that share no key are never compared.
//! The store keeps them as keyed tokens only.

use crate::division::{Code, Divisions};
use crate::person::{Document, Profile};

/// One blocking key in the clear: what it joins on, and the values.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BlockingKey {
    /// What it joins on.
    pub block: Block,
    /// The values, in a fixed order.
    pub values: Vec<String>,
}

/// What a blocking key joins on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Block {
    /// Resident identity number with a right check digit, or expanded from 15 digits.
    Number,
    /// Any other document, with the name: such a number alone is weak evidence.
    DocumentName,
    /// Name, birth date and phone.
    NameBirthPhone,
    /// Name, birth date and household county.
    NameBirthCounty,
}

impl Block {
    /// The purpose under which the key is hashed.
    pub const fn purpose(self) -> &'static str {
        match self {
            Block::Number => "block.number",
            Block::DocumentName => "block.document-name",
            Block::NameBirthPhone => "block.name-birth-phone",
            Block::NameBirthCounty => "block.name-birth-county",
        }
    }

    /// Whether sharing it settles that two profiles are one human, whatever else is known of others.
    pub const fn settles(self) -> bool {
        matches!(self, Block::Number | Block::DocumentName)
    }
}

/// Every key of a profile.
pub fn blocking_keys(profile: &Profile, divisions: &Divisions) -> Vec<BlockingKey> {
    let mut keys = Vec::with_capacity(3);
    let name = profile.name.as_ref().map(|name| name.key());
    match &profile.document {
        Document::None => {}
        Document::Resident { number } | Document::Expanded { number } => {
            keys.push(BlockingKey { block: Block::Number, values: vec![number.clone()] });
        }
        Document::Doubtful { number } | Document::Other { number, .. } => {
            if let Some(name) = name {
                let values = vec![profile.document.doc_type().to_owned(), number.clone(), name.to_owned()];
                keys.push(BlockingKey { block: Block::DocumentName, values });
            }
        }
    }
    if let (Some(name), Some(birth)) = (name, profile.birth) {
        let birth = birth.to_string();
        if let Some(phone) = &profile.phone {
            let values = vec![name.to_owned(), birth.clone(), phone.as_str().to_owned()];
            keys.push(BlockingKey { block: Block::NameBirthPhone, values });
        }
        if let Some(county) = household_county(profile, divisions) {
            let values = vec![name.to_owned(), birth, county.as_str().to_owned()];
            keys.push(BlockingKey { block: Block::NameBirthCounty, values });
        }
    }
    keys
}

/// The household's county as it is called today, so that an old and a new code of one county meet.
fn household_county(profile: &Profile, divisions: &Divisions) -> Option<Code> {
    divisions.resolve(profile.household?).ok()?.code.county()
}
