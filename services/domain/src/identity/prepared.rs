//! A profile made ready to be compared: everything that a comparison or a blocking key needs, computed once.

use chrono::NaiveDate;

use super::frequency::Names;
use super::sound::{Reading, reading, readings};
use crate::division::{Code, Divisions};
use crate::person::text::is_han;
use crate::person::{Document, Profile, read_birth};

/// Chinese names of more characters are transcribed ones, written with the dot or without.
const CHINESE_CHARS_MAX: usize = 4;

/// A profile made ready to be compared.
#[derive(Clone)]
pub struct Prepared<'a> {
    pub(crate) profile: &'a Profile,
    pub(crate) name: Option<NameForm>,
    /// Household division as it is called today.
    pub(crate) household: Option<Code>,
    /// The county that issued the number, as it is called today, where no household division is stated.
    pub(crate) issued_in: Option<Code>,
    /// Living place as it is called today.
    pub(crate) living: Option<Code>,
    /// Prefecture of the office that met the person, as it is called today.
    pub(crate) met_in: Option<Code>,
}

/// Identity never reaches a log.
impl std::fmt::Debug for Prepared<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Prepared(sealed)")
    }
}

/// A name by its characters and sounds.
#[derive(Clone)]
pub(crate) struct NameForm {
    /// As the key has them: simplified, upper case, no dots.
    pub(crate) chars: Vec<char>,
    /// The readings of each; empty for what is no Chinese character.
    pub(crate) readings: Vec<Vec<Reading>>,
    /// How it is built.
    pub(crate) shape: NameShape,
}

/// How a name is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NameShape {
    /// Surname of so many characters, then the given name.
    Chinese { surname: usize },
    /// Transcribed into Chinese characters; the own part ends at so many characters, if a dot says so.
    Transcribed { own: Option<usize> },
    /// Latin letters and the like.
    Foreign,
}

impl<'a> Prepared<'a> {
    /// Makes a profile ready.
    pub fn new(profile: &'a Profile, divisions: &Divisions) -> Self {
        let today = |code: Code| divisions.resolve(code).map_or(code, |resolved| resolved.code);
        let unstated = profile.household.is_none();
        Prepared {
            profile,
            name: profile.name.as_ref().map(|name| NameForm::new(name.key(), name.shown())),
            household: profile.household.map(today),
            issued_in: profile.document.issued_in().filter(|_| unstated).map(today),
            living: profile.living.map(today),
            met_in: profile.met_in.map(today),
        }
    }

    /// The document.
    pub fn document(&self) -> &'a Document {
        &self.profile.document
    }

    /// The sound of the name by which it is met, without tones.
    pub fn name_sound(&self) -> Option<String> {
        self.name.as_ref().map(NameForm::own_sound)
    }

    /// Household division as it is called today.
    pub fn household(&self) -> Option<Code> {
        self.household
    }

    /// Living place as it is called today.
    pub fn living(&self) -> Option<Code> {
        self.living
    }

    /// Prefecture of the office that met the person, as it is called today.
    pub fn met_in(&self) -> Option<Code> {
        self.met_in
    }

    /// The stated birth date, else the one inside the number.
    pub(crate) fn stated_birth(&self) -> Option<NaiveDate> {
        self.profile.birth.or_else(|| self.profile.document.birth())
    }

    /// The birth date that a doubtful number carries, good enough to meet by.
    pub(crate) fn embedded_birth(&self) -> Option<NaiveDate> {
        let number = self.profile.document.number().filter(|number| number.len() == 18 && number.is_ascii())?;
        match self.profile.document {
            Document::Other { .. } => None,
            _ => read_birth(&number[6..14]),
        }
    }
}

/// The number that proves itself, if there is one.
pub(crate) fn valid_number(document: &Document) -> Option<&str> {
    match document {
        Document::Resident { number } => Some(number),
        _ => None,
    }
}

/// The identity number that a document carries, proven or not.
pub(crate) fn claimed_number(document: &Document) -> Option<&str> {
    match document {
        Document::Resident { number } | Document::Expanded { number } | Document::Doubtful { number } => Some(number),
        Document::Other { .. } | Document::None => None,
    }
}

impl NameForm {
    pub(crate) fn new(key: &str, shown: &str) -> NameForm {
        let chars: Vec<char> = key.chars().collect();
        let readings = chars.iter().map(|c| readings(*c)).collect();
        let shape = if !chars.iter().all(|c| is_han(*c)) {
            NameShape::Foreign
        } else if shown.contains('\u{B7}') || chars.len() > CHINESE_CHARS_MAX {
            let own = shown.split_once('\u{B7}').map(|(own, _)| own.chars().filter(|c| is_han(*c)).count());
            NameShape::Transcribed { own: own.filter(|own| *own > 0 && *own < chars.len()) }
        } else {
            NameShape::Chinese { surname: Names::shipped().surname_chars(&chars) }
        };
        NameForm { chars, readings, shape }
    }

    /// The sound of the whole name in the usual readings, for blocking: equal for homophones, whatever their tone.
    pub(crate) fn sound(&self) -> String {
        self.sound_of(0..self.chars.len())
    }

    /// The sound of the surname; of a name of another build, of its beginning.
    pub(crate) fn surname_sound(&self) -> String {
        match self.shape {
            NameShape::Chinese { surname } => self.sound_of(0..surname),
            NameShape::Transcribed { .. } | NameShape::Foreign => self.sound_of(0..self.chars.len().min(2)),
        }
    }

    /// The sound of the own part of a transcribed name, which may stand alone elsewhere; else of the whole name.
    pub(crate) fn own_sound(&self) -> String {
        match self.shape {
            NameShape::Transcribed { own: Some(own) } => self.sound_of(0..own),
            _ => self.sound(),
        }
    }

    fn sound_of(&self, range: std::ops::Range<usize>) -> String {
        let mut sound = String::new();
        for c in &self.chars[range] {
            match reading(*c) {
                Some(reading) => sound.push_str(reading.plain),
                None => sound.push(*c),
            }
        }
        sound
    }
}
