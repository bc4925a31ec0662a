//! The tables behind the fiction, compiled in: names, look-alike characters, divisions. Sources and licences are
//! in `config/SOURCES.md`. Maps are only ever looked up, never walked, so that their order cannot show.

use std::collections::{BTreeMap, HashMap};

use anyhow::{Context, Result};
use chrono::{Datelike, NaiveDate};
use liangdi_domain::division::{Code, Level};

use super::dice::Weighted;
use super::world::Sex;

const SURNAMES: &str = include_str!("../../../../config/sample/surnames.csv");
const GIVEN_CHARS: &str = include_str!("../../../../config/sample/given_chars.csv");
const GIVEN_NAMES: &str = include_str!("../../../../config/sample/given_names_full.csv");
const CONFUSABLES: &str = include_str!("../../../../config/sample/name_confusables.csv");
const VILLAGES: &str = include_str!("../../../../config/sample/jiangsu_villages.csv");
const TRADITIONAL: &str = include_str!("../../../../config/names/trad_simp_chars.csv");
const COUNTIES: &str = include_str!("../../../../config/divisions/china_counties.csv");
const TOWNSHIPS: &str = include_str!("../../../../config/divisions/china_townships.csv");
const HISTORY: &str = include_str!("../../../../config/divisions/gb2260_history.csv");

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

/// A county-level division.
#[derive(Clone, Copy)]
pub(super) struct County {
    pub(super) code: Code,
    /// A district or a zone of a city: moves between two of them in one city are no migration.
    pub(super) urban: bool,
}

/// Divisions as they are, and the codes they had.
pub(super) struct DivisionTables {
    /// Names of all levels down to the village.
    names: HashMap<Code, String>,
    /// Every county-level division, in the order of the codes.
    pub(super) counties: Vec<County>,
    /// Townships with people in them, by county.
    townships: HashMap<Code, Vec<Code>>,
    /// Villages of Jiangsu, by township.
    villages: HashMap<Code, Vec<Code>>,
    /// Codes that a county had before, with the years they were in force.
    former: HashMap<Code, Vec<FormerCode>>,
}

struct FormerCode {
    code: Code,
    from_year: i32,
    to_year: i32,
}

impl NameTables {
    /// Reads the embedded name tables.
    pub(super) fn load() -> Result<NameTables> {
        let surnames = rows(SURNAMES).map(|row| row.and_then(|row| Ok((row.text(0).to_owned(), row.scaled(1, 10_000.0)?))));
        let mut by_decade: BTreeMap<(usize, usize), Vec<(String, u32)>> = BTreeMap::new();
        for row in rows(GIVEN_CHARS) {
            let row = row?;
            let decade: i32 = row.text(2).parse().context("given_chars.csv: decade")?;
            let key = (usize::from(row.text(1) == "F"), decade_index(decade));
            by_decade.entry(key).or_default().push((row.text(0).to_owned(), row.scaled(3, 10.0)?));
        }
        let chars_of = |sex: usize| -> Vec<Weighted<String>> {
            (0..DECADES).map(|d| Weighted::new(by_decade.get(&(sex, d)).cloned().unwrap_or_default())).collect()
        };
        let mut given_names: [Vec<String>; 2] = [Vec::new(), Vec::new()];
        for row in rows(GIVEN_NAMES) {
            let row = row?;
            for (index, sex) in ["M", "F"].into_iter().enumerate() {
                if row.text(1) == sex || row.text(1) == "U" {
                    given_names[index].push(row.text(0).to_owned());
                }
            }
        }
        Ok(NameTables {
            surnames: Weighted::new(surnames.collect::<Result<Vec<_>>>()?),
            given_chars: [chars_of(0), chars_of(1)],
            given_names,
            homophones: pairs(CONFUSABLES, |row| row.text(2).starts_with("homophone"))?,
            shapes: pairs(CONFUSABLES, |row| row.text(2) == "shape")?,
            traditional: traditional()?,
        })
    }

    /// Characters of given names, as usual for the sex and the decade of birth.
    pub(super) fn given_chars(&self, sex: Sex, birth: NaiveDate) -> &Weighted<String> {
        &self.given_chars[sex.index()][decade_index(birth.year())]
    }

    /// Ready-made given names of one or two characters.
    pub(super) fn given_names(&self, sex: Sex) -> &[String] {
        &self.given_names[sex.index()]
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

impl DivisionTables {
    /// Reads the embedded division tables.
    pub(super) fn load() -> Result<DivisionTables> {
        let mut tables = DivisionTables {
            names: HashMap::new(),
            counties: Vec::new(),
            townships: HashMap::new(),
            villages: HashMap::new(),
            former: HashMap::new(),
        };
        for row in rows(COUNTIES) {
            let row = row?;
            let code = row.code(0)?;
            tables.names.insert(code, row.text(1).to_owned());
            if row.text(2) == "3" {
                tables.counties.push(County { code, urban: matches!(row.text(4), "district" | "zone") });
            }
        }
        for row in rows(TOWNSHIPS) {
            let row = row?;
            let code = row.code(0)?;
            tables.names.insert(code, row.text(1).to_owned());
            // Of the township-level codes that are no township, only zones count: salt works and prisons house nobody new.
            if row.text(3) != "pseudo" || row.text(1).ends_with('区') {
                tables.townships.entry(row.code(2)?).or_default().push(code);
            }
        }
        for row in rows(VILLAGES) {
            let row = row?;
            let code = row.code(0)?;
            tables.names.insert(code, row.text(1).to_owned());
            tables.villages.entry(row.code(2)?).or_default().push(code);
        }
        let inhabited = &tables.townships;
        tables.counties.retain(|county| inhabited.contains_key(&county.code));
        tables.former = former_codes(&tables.names, &tables.counties)?;
        Ok(tables)
    }

    /// The division's own name, or nothing for a code that is in no table.
    pub(super) fn name(&self, code: Code) -> &str {
        self.names.get(&code).map_or("", String::as_str)
    }

    /// Townships of a county.
    pub(super) fn townships(&self, county: Code) -> &[Code] {
        self.townships.get(&county).map_or(&[], Vec::as_slice)
    }

    /// Villages of a township of Jiangsu.
    pub(super) fn villages(&self, township: Code) -> &[Code] {
        self.villages.get(&township).map_or(&[], Vec::as_slice)
    }

    /// A code the county had before.
    pub(super) fn former_code(&self, county: Code, turn: u32) -> Option<Code> {
        let former = self.former.get(&county)?;
        former.get(turn as usize % former.len().max(1)).map(|entry| entry.code)
    }

    /// The code the county had in a year.
    pub(super) fn code_in(&self, county: Code, year: i32) -> Code {
        let former = self.former.get(&county).map_or(&[][..], Vec::as_slice);
        former.iter().find(|entry| entry.from_year <= year && year <= entry.to_year).map_or(county, |entry| entry.code)
    }
}

fn decade_index(year: i32) -> usize {
    let decade = (year / 10 * 10).clamp(DECADE_FIRST, DECADE_LAST);
    usize::try_from((decade - DECADE_FIRST) / 10).expect("clamped to the table")
}

/// Old codes by the county that carries the same stem of name in the same province today, where just one does.
fn former_codes(names: &HashMap<Code, String>, counties: &[County]) -> Result<HashMap<Code, Vec<FormerCode>>> {
    let mut by_stem: HashMap<(Code, &str), Option<Code>> = HashMap::new();
    for county in counties {
        if let Some(stem) = names.get(&county.code).and_then(|name| stem(name)) {
            by_stem.entry((county.code.province(), stem)).and_modify(|only| *only = None).or_insert(Some(county.code));
        }
    }
    let mut former: HashMap<Code, Vec<FormerCode>> = HashMap::new();
    for row in rows(HISTORY) {
        let row = row?;
        let (Ok(code), Some(stem)) = (row.text(0).parse::<Code>(), stem(row.text(1))) else { continue };
        if row.text(3).is_empty() || code.level() != Level::County || names.contains_key(&code) {
            continue;
        }
        if let Some(Some(today)) = by_stem.get(&(code.province(), stem)) {
            former.entry(*today).or_default().push(FormerCode {
                code,
                from_year: row.text(2).parse().context("gb2260_history.csv: from_year")?,
                to_year: row.text(3).parse().context("gb2260_history.csv: to_year")?,
            });
        }
    }
    Ok(former)
}

/// The name without its last 县, 市 or 区, if at least two characters stay.
fn stem(name: &str) -> Option<&str> {
    let stem = name.strip_suffix('县').or_else(|| name.strip_suffix('市')).or_else(|| name.strip_suffix('区'))?;
    (stem.chars().count() >= 2).then_some(stem)
}

fn pairs(table: &'static str, keep: impl Fn(&Row) -> bool) -> Result<HashMap<char, Vec<char>>> {
    let mut map: HashMap<char, Vec<char>> = HashMap::new();
    for row in rows(table) {
        let row = row?;
        if keep(&row) {
            map.entry(row.character(0)?).or_default().push(row.character(1)?);
        }
    }
    Ok(map)
}

fn traditional() -> Result<HashMap<char, Vec<char>>> {
    let mut map: HashMap<char, Vec<char>> = HashMap::new();
    for row in rows(TRADITIONAL) {
        let row = row?;
        let (from, to) = (row.character(0)?, row.character(1)?);
        if from != to {
            map.entry(to).or_default().push(from);
        }
    }
    Ok(map)
}

/// A line of one of the embedded tables.
struct Row(csv::StringRecord);

impl Row {
    fn text(&self, column: usize) -> &str {
        self.0.get(column).unwrap_or_default()
    }

    fn code(&self, column: usize) -> Result<Code> {
        self.text(column).parse().with_context(|| format!("division code in column {column}: {}", self.text(column)))
    }

    fn character(&self, column: usize) -> Result<char> {
        self.text(column).chars().next().with_context(|| format!("no character in column {column}"))
    }

    fn scaled(&self, column: usize, scale: f64) -> Result<u32> {
        let value: f64 = self.text(column).parse().with_context(|| format!("no number in column {column}"))?;
        Ok((value * scale).round() as u32)
    }
}

fn rows(table: &'static str) -> impl Iterator<Item = Result<Row>> {
    let reader = csv::Reader::from_reader(table.as_bytes());
    reader.into_records().map(|record| Ok(Row(record.context("an embedded table is no CSV")?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sex_and_decade_has_characters_to_draw() {
        let tables = NameTables::load().unwrap();
        for sex in [Sex::Male, Sex::Female] {
            for year in [1938, 1955, 1999, 2024] {
                let birth = NaiveDate::from_ymd_opt(year, 1, 1).unwrap();
                assert!(!tables.given_chars(sex, birth).is_empty(), "{year}");
            }
            assert!(!tables.given_names(sex).is_empty());
        }
        assert!(!tables.homophones('伟').is_empty());
        assert!(tables.traditional('张').contains(&'張'));
    }

    #[test]
    fn a_county_knows_the_code_it_had() {
        let tables = DivisionTables::load().unwrap();
        let linquan: Code = "341221".parse().unwrap();
        let before: Code = "342122".parse().unwrap();
        assert_eq!(tables.name(linquan), "临泉县");
        assert_eq!(tables.code_in(linquan, 1990), before);
        assert_eq!(tables.code_in(linquan, 2010), linquan);
        assert_eq!(tables.former_code(linquan, 0), Some(before));
    }

    #[test]
    fn every_county_has_townships_and_jiangsu_has_villages() {
        let tables = DivisionTables::load().unwrap();
        assert!(tables.counties.len() > 2_900);
        assert!(tables.counties.iter().all(|county| !tables.townships(county.code).is_empty()));
        assert!(!tables.villages("320583100".parse().unwrap()).is_empty());
    }
}
