//! The tables behind the names, compiled in: surnames, given names, look-alike characters. Sources and licences are
//! in `config/sample/README.md`. Maps are only ever looked up, never walked, so that their order cannot show.

use std::collections::HashMap;

use anyhow::{Context, Result};
use chrono::{Datelike, NaiveDate};

use super::dice::Weighted;
use super::person::Sex;
use super::rows::{Row, rows};

const SURNAMES: &str = include_str!("../../../../config/sample/surnames.csv");
const GIVEN_CHARS: &str = include_str!("../../../../config/sample/given_chars.csv");
const GIVEN_NAMES: &str = include_str!("../../../../config/sample/given_names_full.csv");
const CONFUSABLES: &str = include_str!("../../../../config/sample/name_confusables.csv");
const TRADITIONAL: &str = include_str!("../../../../config/names/trad_simp_chars.csv");

/// First decade of the given-name table; later and earlier births take the nearest.
const DECADE_FIRST: i32 = 1950;
/// Last decade of the given-name table.
const DECADE_LAST: i32 = 2010;
const DECADES: usize = ((DECADE_LAST - DECADE_FIRST) / 10 + 1) as usize;

/// Surnames, given names and the characters that are mistaken for one another.
pub(super) struct NameTables {
    /// By their share in the population.
    pub(super) surnames: Weighted<String>,
    given_chars: [Vec<Weighted<String>>; 2],
    given_names: [Vec<String>; 2],
    homophones: HashMap<char, Vec<char>>,
    shapes: HashMap<char, Vec<char>>,
    traditional: HashMap<char, Vec<char>>,
}

impl NameTables {
    /// Reads the embedded name tables.
    pub(super) fn load() -> Result<NameTables> {
        let mut surnames = Vec::new();
        for row in rows(SURNAMES) {
            let row = row?;
            surnames.push((row.text(0).to_owned(), row.scaled(1, 10_000.0)?));
        }
        let mut given_names: [Vec<String>; 2] = [Vec::new(), Vec::new()];
        for row in rows(GIVEN_NAMES) {
            let row = row?;
            for (names, sex) in given_names.iter_mut().zip(["M", "F"]) {
                if row.text(1) == sex || row.text(1) == "U" {
                    names.push(row.text(0).to_owned());
                }
            }
        }
        Ok(NameTables {
            surnames: Weighted::new(surnames),
            given_chars: given_chars()?,
            given_names,
            homophones: pairs(CONFUSABLES, 0, 1, |row| row.text(2).starts_with("homophone"))?,
            shapes: pairs(CONFUSABLES, 0, 1, |row| row.text(2) == "shape")?,
            traditional: pairs(TRADITIONAL, 1, 0, |row| row.text(0) != row.text(1))?,
        })
    }

    /// Characters of given names, as usual for the sex and the decade of birth.
    pub(super) fn given_chars(&self, sex: Sex, birth: NaiveDate) -> &Weighted<String> {
        &self.given_chars[sex as usize][decade_index(birth.year())]
    }

    /// Ready-made given names of one or two characters.
    pub(super) fn given_names(&self, sex: Sex) -> &[String] {
        &self.given_names[sex as usize]
    }

    /// Characters of the same sound.
    pub(super) fn homophones(&self, of: char) -> &[char] {
        self.homophones.get(&of).map_or(&[], Vec::as_slice)
    }

    /// Characters of a similar shape.
    pub(super) fn shapes(&self, of: char) -> &[char] {
        self.shapes.get(&of).map_or(&[], Vec::as_slice)
    }

    /// Traditional forms and variants.
    pub(super) fn traditional(&self, of: char) -> &[char] {
        self.traditional.get(&of).map_or(&[], Vec::as_slice)
    }
}

fn given_chars() -> Result<[Vec<Weighted<String>>; 2]> {
    let mut weighted: [Vec<Vec<(String, u32)>>; 2] = [vec![Vec::new(); DECADES], vec![Vec::new(); DECADES]];
    for row in rows(GIVEN_CHARS) {
        let row = row?;
        let decade: i32 = row.text(2).parse().context("given_chars.csv: decade")?;
        let sex = usize::from(row.text(1) == "F");
        weighted[sex][decade_index(decade)].push((row.text(0).to_owned(), row.scaled(3, 10.0)?));
    }
    Ok(weighted.map(|decades| decades.into_iter().map(Weighted::new).collect()))
}

fn decade_index(year: i32) -> usize {
    usize::try_from((year.clamp(DECADE_FIRST, DECADE_LAST) - DECADE_FIRST) / 10).expect("clamped to the table")
}

fn pairs(table: &'static str, from: usize, to: usize, keep: impl Fn(&Row) -> bool) -> Result<HashMap<char, Vec<char>>> {
    let mut map: HashMap<char, Vec<char>> = HashMap::new();
    for row in rows(table) {
        let row = row?;
        if keep(&row) {
            map.entry(row.character(from)?).or_default().push(row.character(to)?);
        }
    }
    Ok(map)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sex_and_decade_has_characters_to_draw() {
        let tables = NameTables::load().unwrap();
        let mut dice = super::super::dice::Dice::of(1, 1);
        for sex in [Sex::Male, Sex::Female] {
            for year in [1938, 1955, 1999, 2024] {
                let birth = NaiveDate::from_ymd_opt(year, 1, 1).unwrap();
                assert!(!tables.given_chars(sex, birth).draw(&mut dice).is_empty(), "{year}");
            }
            assert!(!tables.given_names(sex).is_empty());
        }
        assert!(!tables.homophones('伟').is_empty());
        assert!(tables.traditional('张').contains(&'張'));
    }
}
