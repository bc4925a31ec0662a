//! Two profiles, field by field, into a pattern of graded levels. Symmetric, and free of weights: what a level is worth
//! stands in `matching.toml`.

mod birth;
mod contact;
mod document;
mod household;
mod name;
mod sex;
mod transcribed;

use serde::{Deserialize, Serialize};

pub(super) use document::one_slip;

use super::matching::{Field, Level};
use super::prepared::Prepared;

/// The level of every field, in the order of [`Field::ALL`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Pattern(pub [Level; Field::ALL.len()]);

impl Pattern {
    /// The level of a field.
    pub fn level(&self, field: Field) -> Level {
        self.0[field as usize]
    }

    /// Two different valid numbers: never one human unless a person or the police say so.
    pub fn conflicts(&self) -> bool {
        self.level(Field::Document) == Level::DocumentConflict
    }

    /// Whether so little is known on both sides that nothing may rest on it: no number that agrees, and no name with a
    /// birth date or something of the contact to compare. A prefecture is no contact.
    pub fn is_thin(&self) -> bool {
        let known = |field| self.level(field) != Level::Missing;
        let number = !matches!(self.level(Field::Document), Level::Missing | Level::DocumentDifferent);
        let contact =
            !matches!(self.level(Field::Contact), Level::Missing | Level::ContactPrefecture | Level::ContactElsewhere);
        !number && !(known(Field::Name) && (known(Field::Birth) || contact))
    }
}

/// A pair's pattern, and the share of names in which what agrees of the name occurs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Compared {
    /// The levels.
    pub pattern: Pattern,
    /// Share of what agrees of the name; 1 where the level has a fixed one.
    pub name_share: f64,
}

/// Compares two profiles.
pub fn compare(a: &Prepared<'_>, b: &Prepared<'_>) -> Compared {
    let document = document::compare(&a.profile.document, &b.profile.document);
    let numbers_agree = matches!(
        document,
        Level::DocumentSame
            | Level::DocumentExpanded
            | Level::DocumentDoubtful
            | Level::DocumentSlip
            | Level::DocumentRegionBirth
    );
    let (name, name_share) = name::compare(a, b);
    let pattern = Pattern([
        document,
        name,
        birth::compare(a, b, numbers_agree),
        sex::compare(a.profile.sex, b.profile.sex, numbers_agree),
        household::compare(a, b),
        contact::compare(a, b),
    ]);
    Compared { pattern, name_share }
}
