//! The graded levels that a pair of profiles can reach, field by field. Names are those of `config/matching.toml`.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What two profiles are compared by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Field {
    /// Identity document.
    Document,
    /// Name.
    Name,
    /// Birth date.
    Birth,
    /// Sex.
    Sex,
    /// Household division.
    Household,
    /// Phone, living place and street address, jointly.
    Contact,
}

impl Field {
    /// Every field, in the order of a pattern.
    pub const ALL: [Field; 6] =
        [Field::Document, Field::Name, Field::Birth, Field::Sex, Field::Household, Field::Contact];

    /// The section's name in `matching.toml`.
    pub const fn name(self) -> &'static str {
        match self {
            Field::Document => "document",
            Field::Name => "name",
            Field::Birth => "birth",
            Field::Sex => "sex",
            Field::Household => "household",
            Field::Contact => "contact",
        }
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// How far two profiles agree in one field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// The same valid number.
    DocumentSame,
    /// The same number, one side or both written out from 15 digits.
    DocumentExpanded,
    /// The same number, which fails its check digit.
    DocumentDoubtful,
    /// One slip apart, a check digit wrong on at least one side.
    DocumentSlip,
    /// Same region and birth date inside the numbers.
    DocumentRegionBirth,
    /// The same number of another document.
    DocumentOther,
    /// Different numbers, of which at least one proves nothing.
    DocumentDifferent,
    /// Two different valid numbers: no weight, a conflict.
    DocumentConflict,
    /// The same characters.
    NameExact,
    /// The same after dots, blanks and variant characters.
    NameVariant,
    /// The same sound in some reading.
    NameSound,
    /// The same sound but for the tone.
    NameTone,
    /// One character apart.
    NameOneCharacter,
    /// A transcribed name, shortened or spelt a little differently.
    NameTranscribed,
    /// Only the surname (or the father's name) is the same.
    NameSurname,
    /// Different names.
    NameDifferent,
    /// The same date.
    BirthExact,
    /// Day and month change places.
    BirthSwapped,
    /// Same day and month, one or ten years off.
    BirthYear,
    /// One digit differs.
    BirthDigit,
    /// Same day and month, some other year near.
    BirthDay,
    /// The lunar date given as solar.
    BirthLunar,
    /// Different dates.
    BirthDifferent,
    /// The numbers say it already: no evidence of its own.
    BirthImplied,
    /// The same sex.
    SexSame,
    /// Different sexes.
    SexDifferent,
    /// The numbers say it already: no evidence of its own.
    SexImplied,
    /// The same township (or village).
    HouseholdTownship,
    /// The same county, no deeper known to agree.
    HouseholdCounty,
    /// The same county, but two different townships.
    HouseholdOtherTownship,
    /// The same prefecture only.
    HouseholdPrefecture,
    /// Different prefectures.
    HouseholdDifferent,
    /// Stated on one side only, in the county that issued the other's number.
    HouseholdIssuedCounty,
    /// Stated on one side only, in the prefecture that issued the other's number.
    HouseholdIssuedPrefecture,
    /// Stated on one side only, elsewhere than the other's number was issued.
    HouseholdIssuedElsewhere,
    /// The same phone at the same address.
    ContactPhoneAddress,
    /// The same phone.
    ContactPhone,
    /// The same address.
    ContactAddress,
    /// Living in the same township.
    ContactTownship,
    /// Living in the same county.
    ContactCounty,
    /// Met in the same prefecture; nothing nearer is known on both sides.
    ContactPrefecture,
    /// Met in different prefectures; nothing nearer is known on both sides.
    ContactElsewhere,
    /// Neither phone nor place agrees.
    ContactDifferent,
    /// Not known on one side or both.
    Missing,
}

/// How many levels there are.
pub(crate) const LEVELS: usize = Level::Missing as usize + 1;

impl Level {
    /// The field it belongs to; of a missing value it does not matter which.
    pub fn field(self) -> Field {
        Field::ALL.into_iter().find(|field| Level::of(*field).contains(&self)).unwrap_or(Field::Document)
    }

    /// The levels of a field that have rates, best first.
    pub const fn of(field: Field) -> &'static [Level] {
        use Level::*;
        match field {
            Field::Document => &[
                DocumentSame,
                DocumentExpanded,
                DocumentDoubtful,
                DocumentSlip,
                DocumentRegionBirth,
                DocumentOther,
                DocumentDifferent,
            ],
            Field::Name => &[
                NameExact,
                NameVariant,
                NameSound,
                NameTone,
                NameOneCharacter,
                NameTranscribed,
                NameSurname,
                NameDifferent,
            ],
            Field::Birth => &[BirthExact, BirthSwapped, BirthYear, BirthDigit, BirthDay, BirthLunar, BirthDifferent],
            Field::Sex => &[SexSame, SexDifferent],
            Field::Household => &[
                HouseholdTownship,
                HouseholdCounty,
                HouseholdOtherTownship,
                HouseholdPrefecture,
                HouseholdDifferent,
                HouseholdIssuedCounty,
                HouseholdIssuedPrefecture,
                HouseholdIssuedElsewhere,
            ],
            Field::Contact => &[
                ContactPhoneAddress,
                ContactPhone,
                ContactAddress,
                ContactTownship,
                ContactCounty,
                ContactPrefecture,
                ContactElsewhere,
                ContactDifferent,
            ],
        }
    }

    /// The key in its field's section of `matching.toml`, and what reports print.
    pub const fn name(self) -> &'static str {
        match self {
            Level::DocumentSame | Level::SexSame => "same",
            Level::DocumentExpanded => "expanded",
            Level::DocumentDoubtful => "doubtful",
            Level::DocumentSlip => "slip",
            Level::DocumentRegionBirth => "region-birth",
            Level::DocumentOther => "other",
            Level::DocumentConflict => "conflict",
            Level::DocumentDifferent
            | Level::NameDifferent
            | Level::BirthDifferent
            | Level::SexDifferent
            | Level::HouseholdDifferent
            | Level::ContactDifferent => "different",
            Level::NameExact | Level::BirthExact => "exact",
            Level::NameVariant => "variant",
            Level::NameSound => "sound",
            Level::NameTone => "tone",
            Level::NameOneCharacter => "one-character",
            Level::NameTranscribed => "transcribed",
            Level::NameSurname => "surname",
            Level::BirthSwapped => "swapped",
            Level::BirthYear => "year",
            Level::BirthDigit => "digit",
            Level::BirthDay => "day",
            Level::BirthLunar => "lunar",
            Level::BirthImplied | Level::SexImplied => "implied",
            Level::HouseholdTownship | Level::ContactTownship => "township",
            Level::HouseholdCounty | Level::ContactCounty => "county",
            Level::HouseholdOtherTownship => "other-township",
            Level::HouseholdPrefecture | Level::ContactPrefecture => "prefecture",
            Level::HouseholdIssuedCounty => "issued-county",
            Level::HouseholdIssuedPrefecture => "issued-prefecture",
            Level::HouseholdIssuedElsewhere => "issued-elsewhere",
            Level::ContactElsewhere => "elsewhere",
            Level::ContactPhoneAddress => "phone-address",
            Level::ContactPhone => "phone",
            Level::ContactAddress => "address",
            Level::Missing => "missing",
        }
    }

    /// Whether its u comes from the table of names.
    pub(crate) const fn by_frequency(self) -> bool {
        matches!(
            self,
            Level::NameExact
                | Level::NameVariant
                | Level::NameSound
                | Level::NameTone
                | Level::NameOneCharacter
                | Level::NameSurname
        )
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_level_of_a_field_has_a_name_of_its_own() {
        for field in Field::ALL {
            let names: BTreeSet<&str> = Level::of(field).iter().map(|level| level.name()).collect();
            assert_eq!(names.len(), Level::of(field).len(), "{field}");
        }
    }
}
