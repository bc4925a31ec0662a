//! Codes of counties and above that are no longer in force, and what became of them: the only division in force with
//! the same stem of name in that province (吴江市 -> 吴江区).

use std::collections::HashMap;

use super::table::{MalformedTable, rows};
use super::{Code, Level};

/// What ends the name of a county-level division or above; longest first.
const SUFFIXES: [&str; 10] = ["自治县", "自治旗", "自治州", "地区", "林区", "特区", "市", "区", "县", "旗"];

/// Former codes with their only successors.
#[derive(Debug)]
pub(super) struct History {
    successors: HashMap<Code, Code>,
}

impl History {
    /// Reads `code,name,from_year,to_year,source` rows against the divisions in force.
    pub(super) fn read<'a>(
        text: &str,
        in_force: impl Iterator<Item = (Code, &'a str)>,
    ) -> Result<History, MalformedTable> {
        let mut by_stem: HashMap<(Code, &str), Vec<Code>> = HashMap::new();
        let mut known: HashMap<Code, ()> = HashMap::new();
        for (code, name) in in_force.filter(|(code, _)| code.level() <= Level::County) {
            by_stem.entry((code.province(), stem(name))).or_default().push(code);
            known.insert(code, ());
        }
        let mut last_name: HashMap<Code, (u16, &str)> = HashMap::new();
        for (line, row) in rows(text) {
            let fault = |what| MalformedTable { file: "gb2260_history.csv", line, what };
            let mut cells = row.split(',');
            let code: Code =
                cells.next().and_then(|cell| cell.parse().ok()).ok_or(fault("the first cell is no division code"))?;
            let name = cells.next().ok_or(fault("the name is missing"))?;
            let until = cells.nth(1).and_then(|cell| cell.parse().ok()).unwrap_or(u16::MAX);
            if !known.contains_key(&code) && last_name.get(&code).is_none_or(|(year, _)| *year <= until) {
                last_name.insert(code, (until, name));
            }
        }
        let successors = last_name
            .into_iter()
            .filter_map(|(code, (_, name))| {
                let same_stem = by_stem.get(&(code.province(), stem(name)))?;
                only(same_stem.iter().filter(|other| other.level() == code.level()))
                    .or_else(|| only(same_stem.iter()))
                    .map(|successor| (code, successor))
            })
            .collect();
        Ok(History { successors })
    }

    pub(super) fn successor(&self, code: Code) -> Option<Code> {
        self.successors.get(&code).copied()
    }
}

fn only<'a>(mut codes: impl Iterator<Item = &'a Code>) -> Option<Code> {
    let first = codes.next()?;
    codes.next().is_none().then_some(*first)
}

/// The name without what says its kind; a name of two characters keeps them (郊区, 沛县 stays 沛).
fn stem(name: &str) -> &str {
    SUFFIXES.iter().find_map(|suffix| name.strip_suffix(suffix)).filter(|stem| !stem.is_empty()).unwrap_or(name)
}
