//! How rare a name is, and how rare its sound: from the versioned table in `config/names/`, never from live counts, so
//! that a link made today is made again tomorrow.
//!
//! A share is the greatest of all cohorts (sex and decade of birth): whoever agrees in birth date and sex is of one
//! cohort, and 建国 is rare in general but not among men of 1950.

use std::collections::{BTreeMap, HashMap};
use std::sync::OnceLock;

use super::sound::reading;

/// The version of the table; `matching.toml` names the one its weights were made for.
pub(crate) const NAMES_TABLE: &str = "2026-11";

const SURNAMES: &str = include_str!("../../../../config/names/surnames.csv");
const GIVEN_CHARS: &str = include_str!("../../../../config/names/given_chars.csv");

/// Share of given names of one character, at its greatest.
const ONE_CHARACTER_SHARE: f64 = 0.4;
/// Share of a surname, or of a character of given names, that the table does not know.
const UNKNOWN_SHARE: f64 = 1e-4;
/// Share of a transcribed or foreign name: common ones are very common, and no table counts them.
pub(crate) const TRANSCRIBED_SHARE: f64 = 1e-5;

/// Shares of surnames and characters, written and by sound.
pub(crate) struct Names {
    surnames: HashMap<&'static str, f64>,
    surname_sounds: HashMap<&'static str, f64>,
    surname_syllables: HashMap<&'static str, f64>,
    given: HashMap<char, f64>,
    given_sounds: HashMap<&'static str, f64>,
    given_syllables: HashMap<&'static str, f64>,
}

/// By what a character is held to agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum By {
    /// The character itself.
    Character,
    /// Sound and tone.
    Sound,
    /// Sound without the tone.
    Syllable,
}

impl Names {
    pub(crate) fn shipped() -> &'static Names {
        static NAMES: OnceLock<Names> = OnceLock::new();
        NAMES.get_or_init(Names::read)
    }

    /// How many characters of a Chinese name are its surname: the longest that the table knows, else one.
    pub(crate) fn surname_chars(&self, name: &[char]) -> usize {
        let two: String = name.iter().take(2).collect();
        if name.len() > 2 && two.chars().count() == 2 && self.surnames.contains_key(two.as_str()) { 2 } else { 1 }
    }

    /// Whether the surname is in the table.
    pub(crate) fn knows_surname(&self, surname: &[char]) -> bool {
        self.surnames.contains_key(surname.iter().collect::<String>().as_str())
    }

    /// Share of a surname.
    pub(crate) fn surname(&self, surname: &[char], by: By) -> f64 {
        let written: String = surname.iter().collect();
        let found = match (by, surname) {
            (By::Character, _) => self.surnames.get(written.as_str()),
            // Two-character surnames are rare enough not to be confused by sound.
            (By::Sound, [one]) => reading(*one).and_then(|reading| self.surname_sounds.get(reading.toned)),
            (By::Syllable, [one]) => reading(*one).and_then(|reading| self.surname_syllables.get(reading.plain)),
            _ => self.surnames.get(written.as_str()),
        };
        found.copied().unwrap_or(UNKNOWN_SHARE)
    }

    /// Share of a character among those of given names.
    pub(crate) fn given(&self, c: char, by: By) -> f64 {
        let found = match by {
            By::Character => self.given.get(&c),
            By::Sound => reading(c).and_then(|reading| self.given_sounds.get(reading.toned)),
            By::Syllable => reading(c).and_then(|reading| self.given_syllables.get(reading.plain)),
        };
        found.copied().unwrap_or(UNKNOWN_SHARE)
    }

    /// Share of given names with so many characters.
    pub(crate) fn given_length(chars: usize) -> f64 {
        if chars == 1 { ONE_CHARACTER_SHARE } else { 1.0 }
    }

    fn read() -> Names {
        let mut names = Names {
            surnames: HashMap::new(),
            surname_sounds: HashMap::new(),
            surname_syllables: HashMap::new(),
            given: HashMap::new(),
            given_sounds: HashMap::new(),
            given_syllables: HashMap::new(),
        };
        names.read_surnames();
        names.read_given();
        names
    }

    fn read_surnames(&mut self) {
        for row in SURNAMES.lines().skip(1) {
            let mut cells = row.split(',');
            let (Some(surname), Some(percent)) = (cells.next(), cells.next().and_then(|cell| cell.parse::<f64>().ok()))
            else {
                continue;
            };
            let share = percent / 100.0;
            self.surnames.insert(surname, share);
            let mut chars = surname.chars();
            if let (Some(reading), None) = (chars.next().and_then(reading), chars.next()) {
                *self.surname_sounds.entry(reading.toned).or_default() += share;
                *self.surname_syllables.entry(reading.plain).or_default() += share;
            }
        }
    }

    fn read_given(&mut self) {
        let mut cohorts: BTreeMap<(&str, &str), Vec<(char, f64)>> = BTreeMap::new();
        for row in GIVEN_CHARS.lines().skip(1) {
            let cells: Vec<&str> = row.split(',').collect();
            if let [c, sex, decade, weight, ..] = cells.as_slice()
                && let (Some(c), Ok(weight)) = (c.chars().next(), weight.parse::<f64>())
            {
                cohorts.entry((sex, decade)).or_default().push((c, weight));
            }
        }
        for cohort in cohorts.values() {
            let total: f64 = cohort.iter().map(|(_, weight)| weight).sum();
            let (mut sounds, mut syllables) = (HashMap::new(), HashMap::new());
            for (c, weight) in cohort {
                raise(&mut self.given, *c, weight / total);
                if let Some(reading) = reading(*c) {
                    *sounds.entry(reading.toned).or_insert(0.0) += weight / total;
                    *syllables.entry(reading.plain).or_insert(0.0) += weight / total;
                }
            }
            sounds.into_iter().for_each(|(sound, share)| raise(&mut self.given_sounds, sound, share));
            syllables.into_iter().for_each(|(syllable, share)| raise(&mut self.given_syllables, syllable, share));
        }
    }
}

/// Keeps the greatest share.
fn raise<K: std::hash::Hash + Eq>(shares: &mut HashMap<K, f64>, key: K, share: f64) {
    let known = shares.entry(key).or_insert(share);
    *known = known.max(share);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_table_is_read_and_a_sound_is_at_least_as_common_as_its_character() {
        let names = Names::shipped();
        assert_eq!(names.surnames.len(), SURNAMES.lines().count() - 1);
        assert!(names.given.len() > 300, "{}", names.given.len());
        for c in names.given.keys() {
            let shares = [By::Character, By::Sound, By::Syllable].map(|by| names.given(*c, by));
            assert!(shares[0] <= shares[1] + 1e-12 && shares[1] <= shares[2] + 1e-12, "{c}");
        }
        assert!(names.surname(&['张'], By::Sound) > names.surname(&['张'], By::Character));
    }

    #[test]
    fn surnames_of_two_characters_are_known() {
        let names = Names::shipped();
        assert_eq!(names.surname_chars(&['欧', '阳', '明']), 2);
        assert_eq!(names.surname_chars(&['欧', '阳']), 1);
        assert_eq!(names.surname_chars(&['张', '国', '华']), 1);
        assert!(names.surname(&['王'], By::Character) > 0.07);
    }
}
