//! Street addresses: never shown, only compared. Two ways of writing one door come out equal: widths, blanks and
//! punctuation go, divisions that stand in front of the street go, the words for house, stair and flat become a dash.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::text::{compact, is_han};
use crate::division::{Code, Divisions};

/// Shorter text names no door.
const CHARS_MIN: usize = 4;
/// Longest name of a division without its suffix.
const DIVISION_CHARS_MAX: usize = 8;
/// What ends the name of a division; longest first.
const DIVISION_SUFFIXES: [&str; 9] = ["自治区", "自治州", "街道", "省", "市", "县", "区", "镇", "乡"];
/// Areas that are a part of the address itself, though their name ends like a division's.
const ESTATES: [&str; 6] = ["小区", "社区", "园区", "新区", "厂区", "城区"];
/// Words between the numbers of a door; longest first.
const UNITS: [&str; 8] = ["号楼", "单元", "号", "幢", "栋", "座", "室", "房"];

/// A street address in its comparable form.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Address(String);

impl Address {
    /// Reads an address as it was sent, in the division it was sent with; none where it names no door.
    pub fn read(raw: &str, division: Option<Code>, divisions: &Divisions) -> Option<Address> {
        let text: String = compact(raw).chars().filter_map(kept).collect();
        let full_name = division.map(|code| divisions.full_name(code)).unwrap_or_default();
        let street = without_suffixes(without_name(&text, &full_name));
        let door = dashed(street);
        let names_a_door = door.chars().count() >= CHARS_MIN && door.chars().any(|c| c.is_ascii_digit());
        names_a_door.then_some(Address(door))
    }

    /// Whether it leads to one door: at least a house and a flat. A house or a hamlet alone holds too many people.
    pub fn is_door(&self) -> bool {
        self.0.split(|c: char| !c.is_ascii_digit()).filter(|number| !number.is_empty()).count() >= 2
    }

    /// The comparable form.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Identity never reaches a log.
impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Address(sealed)")
    }
}

/// Letters, digits and Chinese characters stay; what joins two numbers is a dash; the rest goes.
fn kept(c: char) -> Option<char> {
    match c {
        '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '#' | '/' => Some('-'),
        _ if c.is_ascii_alphanumeric() => Some(c.to_ascii_uppercase()),
        _ if is_han(c) => Some(c),
        _ => None,
    }
}

/// The text behind the longest end of the division's full name (江苏省苏州市昆山市玉山镇, 昆山市玉山镇, 玉山镇).
fn without_name<'t>(text: &'t str, full_name: &str) -> &'t str {
    full_name.char_indices().find_map(|(at, _)| text.strip_prefix(&full_name[at..])).unwrap_or(text)
}

/// The text behind whatever else looks like divisions in front of a street.
fn without_suffixes(mut text: &str) -> &str {
    while let Some(rest) = behind_division(text) {
        text = rest;
    }
    text
}

fn behind_division(text: &str) -> Option<&str> {
    for (nth, (at, c)) in text.char_indices().enumerate().take(DIVISION_CHARS_MAX + 1) {
        let rest = &text[at..];
        if nth >= 2 {
            let estate = |name: &&str| text[..at].ends_with(name.chars().next().unwrap_or_default());
            let suffix = DIVISION_SUFFIXES.iter().find(|suffix| rest.starts_with(**suffix));
            if let Some(suffix) = suffix {
                let named = ESTATES.iter().any(|name| name.ends_with(*suffix) && estate(name));
                let behind = &rest[suffix.len()..];
                // 新市路, 南区街: the suffix belongs to the street's own name.
                let street = behind.starts_with(['路', '街', '巷', '村', '弄']) && !behind.starts_with("街道");
                return (!named && !street && !behind.is_empty()).then_some(behind);
            }
        }
        if !is_han(c) || matches!(c, '路' | '村' | '号' | '巷' | '弄' | '幢' | '栋') {
            return None;
        }
    }
    None
}

/// House, stair and flat by dashes: 88号3幢402室 and 88-3-402 are one door.
fn dashed(text: &str) -> String {
    let mut door = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let unit = UNITS.iter().find(|unit| rest.starts_with(**unit));
        if let Some(unit) = unit.filter(|_| door.ends_with(|c: char| c.is_ascii_alphanumeric())) {
            door.push('-');
            rest = &rest[unit.len()..];
        } else {
            let doubled = c == '-' && (door.is_empty() || door.ends_with('-'));
            if !doubled {
                door.push(c);
            }
            rest = &rest[c.len_utf8()..];
        }
    }
    while door.ends_with('-') {
        door.pop();
    }
    door
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    // Every address here is fictional.

    fn door(raw: &str) -> Option<String> {
        let yushan = "320583100".parse().ok();
        Address::read(raw, yushan, Divisions::shipped()).map(|address| address.as_str().to_owned())
    }

    #[test]
    fn every_way_of_writing_a_door_comes_out_equal() {
        for raw in [
            "柏庐路88号3幢402室",
            "玉山镇柏庐路88号3幢402室",
            "昆山市玉山镇柏庐路88号3栋402",
            "江苏省苏州市昆山市玉山镇 柏庐路 ８８号 ３号楼 402室",
            "江苏省昆山市柏庐路88-3-402",
            "柏庐路88#3幢402房",
            "昆山市柏庐路88号（3幢）402室。",
        ] {
            assert_eq!(door(raw).as_deref(), Some("柏庐路88-3-402"), "{raw}");
        }
        assert_ne!(door("柏庐路88号3幢402室"), door("柏庐路88号3幢403室"));
    }

    #[test]
    fn a_door_has_a_house_and_a_flat() {
        let is_door = |raw| Address::read(raw, None, Divisions::shipped()).unwrap().is_door();
        assert!(is_door("柏庐路88号3幢402室") && is_door("某某村3组12号"));
        assert!(!is_door("柏庐路88号") && !is_door("某某村3组"));
    }

    #[test]
    fn estates_and_streets_that_sound_like_divisions_stay() {
        assert_eq!(door("阳光小区3幢402室").as_deref(), Some("阳光小区3-402"));
        assert_eq!(door("新城市路5号").as_deref(), Some("新城市路5"));
        assert_eq!(door("某某村3组").as_deref(), Some("某某村3组"));
    }

    #[test]
    fn what_names_no_door_is_no_address() {
        for raw in ["", "无", "不详", "玉山镇", "昆山市", "柏庐路", "88号"] {
            assert_eq!(door(raw), None, "{raw}");
        }
    }

    #[test]
    fn an_address_never_shows_in_debug_and_comes_back_as_it_was_kept() {
        let address = Address::read("柏庐路88号3幢402室", None, Divisions::shipped()).unwrap();
        assert_eq!(format!("{address:?}"), "Address(sealed)");
        let kept = serde_json::to_string(&address).unwrap();
        assert_eq!(serde_json::from_str::<Address>(&kept).unwrap(), address);
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic(raw in any::<String>(), known in any::<bool>()) {
            let division = known.then(|| "320583100".parse().unwrap());
            let _ = Address::read(&raw, division, Divisions::shipped());
        }

        #[test]
        fn streets_of_any_shape_are_read_without_panic(raw in "[玉山镇市区路小号幢室单元街道0-9-]{0,20}") {
            let _ = door(&raw);
        }
    }
}
