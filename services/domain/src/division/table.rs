//! Which divisions exist, how they hang together, and who receives for a place. Tables and their sources:
//! `config/divisions/`, `config/SOURCES.md`.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use chrono::NaiveDate;

use super::history::History;
use super::step::Steps;
use super::{Code, Level, Place};

const JIANGSU: &str = include_str!("../../../../config/divisions/jiangsu_divisions.csv");
const COUNTIES: &str = include_str!("../../../../config/divisions/china_counties.csv");
const TOWNSHIPS: &str = include_str!("../../../../config/divisions/china_townships.csv");
const HISTORY: &str = include_str!("../../../../config/divisions/gb2260_history.csv");

/// Every division that is known, the former county codes, and the boundary changes in force on a day.
#[derive(Debug, Clone)]
pub struct Divisions {
    home: Code,
    tables: Arc<Tables>,
    pub(super) steps: Steps,
}

/// What the tables say.
#[derive(Debug)]
struct Tables {
    by_code: HashMap<Code, Division>,
    history: History,
}

#[derive(Debug, Clone)]
pub(super) struct Division {
    pub(super) name: Box<str>,
    pub(super) kind: Kind,
    pub(super) parent: Option<Code>,
}

/// What a division is, as far as rules ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// 市辖区: district of a city.
    District,
    /// 开发区、园区: a zone with a code of its own; counts as a district.
    Zone,
    /// A level that exists in codes only (市辖区 of a municipality); left out of full names.
    Virtual,
    /// Everything else: province, prefecture, county, county-level city, township.
    Plain,
}

/// A code as it is called today.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resolved {
    /// The code in force; of a village, the village's own as long as its township is known.
    pub code: Code,
    /// How it was found.
    pub how: How,
}

/// How a code was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// It is in force.
    Exact,
    /// It is not; the only division of the same stem of name in that province is taken.
    Successor,
    /// It is not known; the nearest known division above it is taken.
    Ancestor,
}

/// A code that lies in no known province.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the first two digits name no province")]
pub struct UnknownProvince;

/// A division table that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}, line {line}: {what}")]
pub struct MalformedTable {
    /// Which table.
    pub file: &'static str,
    /// Which line of it.
    pub line: usize,
    /// What is wrong.
    pub what: &'static str,
}

impl Divisions {
    /// The divisions the hub ships with; home is Jiangsu.
    pub fn shipped() -> &'static Divisions {
        static DIVISIONS: OnceLock<Divisions> = OnceLock::new();
        DIVISIONS.get_or_init(|| {
            Divisions::read(JIANGSU, COUNTIES, TOWNSHIPS, HISTORY).expect("the shipped tables are tested")
        })
    }

    /// Reads the tables: the home province (its first row), the whole country down to counties, townships elsewhere
    /// (for names), former codes.
    pub fn read(home: &str, counties: &str, townships: &str, history: &str) -> Result<Divisions, MalformedTable> {
        let mut by_code = HashMap::with_capacity(48_000);
        let empty = MalformedTable { file: "jiangsu_divisions.csv", line: 2, what: "the province is missing" };
        let home_code = rows(home).next().and_then(|(_, row)| row.split(',').next()?.parse().ok()).ok_or(empty)?;
        read_table(townships, "china_townships.csv", (2, 3), &mut by_code)?;
        read_table(counties, "china_counties.csv", (3, 4), &mut by_code)?;
        // The home province is what its own table says, and nothing else.
        by_code.retain(|code, _| code.province() != home_code);
        read_table(home, "jiangsu_divisions.csv", (3, 4), &mut by_code)?;
        let history = History::read(history, by_code.iter().map(|(code, division)| (*code, &*division.name)))?;
        Ok(Divisions { home: home_code, tables: Arc::new(Tables { by_code, history }), steps: Steps::default() })
    }

    /// The same tables, of another province's hub; none for what is no province.
    pub fn at_home(&self, province: Code) -> Option<Divisions> {
        let known = province.level() == Level::Province && self.is_shipped(province);
        known.then(|| Divisions { home: province, ..self.clone() })
    }

    /// The province whose hub this is.
    pub fn home(&self) -> Code {
        self.home
    }

    /// The same tables under other boundary changes.
    pub(super) fn under(&self, steps: Steps) -> Divisions {
        Divisions { home: self.home, tables: Arc::clone(&self.tables), steps }
    }

    /// Whether the tables have the division (of a village: its township), whatever was announced since.
    pub(super) fn is_shipped(&self, code: Code) -> bool {
        self.tables.by_code.contains_key(&code.township().unwrap_or(code))
    }

    /// The code as the tables have it: exact; else its only successor; else the nearest known division above it.
    pub(super) fn resolve_shipped(&self, code: Code) -> Result<Resolved, UnknownProvince> {
        if !self.tables.by_code.contains_key(&code.province()) {
            return Err(UnknownProvince);
        }
        let known = |code| self.is_shipped(code);
        if known(code) {
            return Ok(Resolved { code, how: How::Exact });
        }
        let mut above = code;
        while let Some(next) = above.parent() {
            if above.level() <= Level::County
                && let Some(successor) = self.tables.history.successor(above)
            {
                let how = if above == code { How::Successor } else { How::Ancestor };
                return Ok(Resolved { code: successor, how });
            }
            if known(next) {
                return Ok(Resolved { code: next, how: How::Ancestor });
            }
            above = next;
        }
        Ok(Resolved { code: code.province(), how: How::Ancestor })
    }

    /// The division's own name; of a village none.
    pub fn name(&self, code: Code) -> Option<&str> {
        self.division(code).map(|division| &*division.name)
    }

    /// A division as it is called, or was called last.
    fn division(&self, code: Code) -> Option<&Division> {
        self.steps.division(code, |code| self.tables.by_code.get(&code))
    }

    /// Province, prefecture, county and township in one, as notices show it: 江苏省苏州市昆山市玉山镇.
    pub fn full_name(&self, code: Code) -> String {
        let mut names: Vec<&str> = Vec::with_capacity(4);
        let mut at = self.resolve(code).ok().map(|resolved| resolved.code.township().unwrap_or(resolved.code));
        while let Some((code, division)) = at.and_then(|code| Some((code, self.division(code)?))) {
            if division.kind != Kind::Virtual {
                names.push(&division.name);
            }
            at = self.parent(code);
        }
        names.reverse();
        names.concat()
    }

    /// What the division is.
    pub fn kind(&self, code: Code) -> Option<Kind> {
        self.division(code).map(|division| division.kind)
    }

    /// The division above it, as the tables have it (of a zone that need not be the one its digits say).
    pub fn parent(&self, code: Code) -> Option<Code> {
        let above = self.division(code)?.parent?;
        Some(self.resolve(above).map_or(above, |resolved| resolved.code))
    }

    /// Every jurisdiction that has an exchange: all of the home province, former ones too, and each other province;
    /// sorted.
    pub fn jurisdictions(&self) -> Vec<Code> {
        let here = |code: &Code| code.level() == Level::Province || code.province() == self.home();
        let known = self.tables.by_code.keys().copied().chain(self.steps.born());
        let mut codes: Vec<Code> = known.filter(here).collect();
        codes.sort_unstable();
        codes.dedup();
        codes
    }

    /// Which jurisdiction hears of a place: at home the township (or the deepest division that is known), elsewhere
    /// the province. None for a code of no province.
    pub fn receiver(&self, code: Code) -> Option<Code> {
        self.receiver_of(self.resolve(code).ok()?.code)
    }

    /// The same of a code in force.
    pub(super) fn receiver_of(&self, code: Code) -> Option<Code> {
        if !self.is_shipped(code.province()) {
            return None;
        }
        Some(if code.province() == self.home() { code.township().unwrap_or(code) } else { code.province() })
    }

    /// Whether living at `place` with the household register at `household` is no move at all: one county, or both
    /// districts (zones count as districts) of one city. Where one is known only as a division that contains the
    /// other, nobody can say that the person is away: taken as at home.
    pub fn same_living_area(&self, household: Code, place: Code) -> bool {
        let today = |code: Code| self.resolve(code).map_or(code, |resolved| resolved.code);
        self.one_area(today(household), today(place), NaiveDate::MAX)
    }

    /// The same of codes in force on a day.
    pub(super) fn one_area(&self, household: Code, place: Code, on: NaiveDate) -> bool {
        // Below a county that was merged, townships may keep their codes for a while.
        let county = |code: Code| code.county().map(|code| self.at(Place { code, said: on }, on));
        let (Some(from), Some(to)) = (county(household), county(place)) else {
            return household.contains(&place) || place.contains(&household);
        };
        from == to
            || (self.city_of_district(from).is_some() && self.city_of_district(from) == self.city_of_district(to))
    }

    /// The city a district or zone belongs to.
    fn city_of_district(&self, county: Code) -> Option<Code> {
        let division = self.division(county)?;
        matches!(division.kind, Kind::District | Kind::Zone).then_some(division.parent?)
    }
}

/// Adds a table's rows; `columns` are those of parent and kind.
fn read_table(
    text: &str,
    file: &'static str,
    columns: (usize, usize),
    by_code: &mut HashMap<Code, Division>,
) -> Result<(), MalformedTable> {
    for (line, row) in rows(text) {
        let fault = |what| MalformedTable { file, line, what };
        let cells: Vec<&str> = row.split(',').collect();
        let cell = |column: usize| cells.get(column).copied().ok_or(fault("a column is missing"));
        let code: Code = cell(0)?.parse().map_err(|_| fault("the first cell is no division code"))?;
        let parent = match cell(columns.0)? {
            "" => None,
            text => Some(text.parse().map_err(|_| fault("the parent is no division code"))?),
        };
        by_code.insert(code, Division { name: cell(1)?.into(), kind: kind(cell(columns.1)?), parent });
    }
    Ok(())
}

fn kind(text: &str) -> Kind {
    match text {
        "district" => Kind::District,
        "zone" => Kind::Zone,
        "virtual_prefecture" | "province_no_subdivision" => Kind::Virtual,
        _ => Kind::Plain,
    }
}

/// Rows after the header, each with its line number.
pub(super) fn rows(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().enumerate().skip(1).map(|(index, row)| (index + 1, row.trim())).filter(|(_, row)| !row.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> Code {
        text.parse().unwrap()
    }

    fn resolved(text: &str) -> (String, How) {
        let resolved = Divisions::shipped().resolve(code(text)).unwrap();
        (resolved.code.to_string(), resolved.how)
    }

    #[test]
    fn the_home_province_has_its_1605_jurisdictions_and_each_hears_for_itself() {
        let divisions = Divisions::shipped();
        let jurisdictions = divisions.jurisdictions();
        let (home, others): (Vec<Code>, Vec<Code>) =
            jurisdictions.into_iter().partition(|code| code.province() == divisions.home());
        let count = |level| home.iter().filter(|code| code.level() == level).count();
        assert_eq!([Level::Province, Level::Prefecture, Level::County, Level::Township].map(count), [1, 13, 104, 1487]);
        assert_eq!(others.len(), 33);
        assert!(home.iter().all(|code| divisions.receiver(*code) == Some(*code)));
    }

    #[test]
    fn a_code_is_found_exactly_by_its_successor_or_by_what_lies_above_it() {
        assert_eq!(resolved("320583100"), ("320583100".into(), How::Exact));
        assert_eq!(resolved("320583100001"), ("320583100001".into(), How::Exact));
        assert_eq!(resolved("320584"), ("320509".into(), How::Successor), "Wujiang city became a district of Suzhou");
        assert_eq!(resolved("320584999"), ("320509".into(), How::Ancestor));
        assert_eq!(resolved("320583999"), ("320583".into(), How::Ancestor));
        assert_eq!(resolved("320583999001"), ("320583".into(), How::Ancestor));
        assert_eq!(Divisions::shipped().resolve(code("160101")), Err(UnknownProvince));
    }

    #[test]
    fn full_names_run_from_the_province_down_and_leave_out_levels_that_exist_in_codes_only() {
        let name = |text| Divisions::shipped().full_name(code(text));
        assert_eq!(name("320583100"), "江苏省苏州市昆山市玉山镇");
        assert_eq!(name("320583100001"), "江苏省苏州市昆山市玉山镇");
        assert_eq!(name("341221"), "安徽省阜阳市临泉县");
        assert_eq!(name("110101"), "北京市东城区");
    }

    #[test]
    fn another_province_hears_as_a_whole() {
        assert_eq!(Divisions::shipped().receiver(code("341221100")), Some(code("340000")));
        assert_eq!(Divisions::shipped().receiver(code("320583100001")), Some(code("320583100")));
    }

    #[test]
    fn any_province_can_be_home() {
        let anhui = Divisions::shipped().at_home(code("340000")).unwrap();
        assert_eq!(anhui.receiver(code("341221001")), Some(code("341221001")));
        assert_eq!(anhui.receiver(code("320583100")), Some(code("320000")));
        let jurisdictions = anhui.jurisdictions();
        assert!(jurisdictions.contains(&code("341221")) && jurisdictions.contains(&code("320000")));
        assert!(!jurisdictions.contains(&code("320583")));
        assert_eq!(anhui.full_name(code("320583100")), "江苏省苏州市昆山市玉山镇");
        assert!(["341200", "160000"].iter().all(|text| Divisions::shipped().at_home(code(text)).is_none()));
    }

    #[test]
    fn districts_and_zones_of_one_city_are_one_living_area_and_counties_are_not() {
        let same = |a, b| Divisions::shipped().same_living_area(code(a), code(b));
        assert!(same("320506100", "320509104"), "two districts of Suzhou");
        assert!(same("320571", "320506"), "the Suzhou industrial park counts as a district");
        assert!(!same("320506", "320583"), "Kunshan is a city of its own");
        assert!(same("320583101", "320583100"), "one county-level city");
        assert!(!same("320102", "320506"), "districts of two cities");
        assert!(same("110101", "110105"), "districts of a municipality");
        assert!(same("320500", "320583100"), "known as the prefecture only: nobody can say");
        assert!(!same("341200", "320583100"));
    }

    #[test]
    fn a_row_that_cannot_be_read_is_named() {
        let home = "code,name,level,parent,kind\n320000,江苏省,1,,province\nx,苏州市,2,320000,prefecture\n";
        let refused = Divisions::read(home, "h\n", "h\n", "h\n").unwrap_err().to_string();
        assert_eq!(refused, "jiangsu_divisions.csv, line 3: the first cell is no division code");
    }
}
