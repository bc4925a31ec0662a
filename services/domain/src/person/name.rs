//! Names: how a name is shown, and the key under which two ways of writing it are equal.

use std::collections::HashMap;
use std::fmt;
use std::sync::OnceLock;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::text::{is_han, plain};

/// The dot between the parts of a transcribed name (间隔号).
const NAME_DOT: char = '\u{B7}';

/// Words that fill a required field; 无名氏 is what an unknown person is filed under, so it names nobody.
const PLACEHOLDERS: [&str; 18] = [
    "无",
    "无名",
    "无名氏",
    "无姓名",
    "姓名不详",
    "不详",
    "不明",
    "不清楚",
    "未知",
    "未登记",
    "未提供",
    "暂无",
    "空",
    "某某",
    "NULL",
    "NONE",
    "N/A",
    "UNKNOWN",
];

/// Traditional and variant characters to the simplified standard form.
const SIMPLIFIED_CSV: &str = include_str!("../../../../config/names/trad_simp_chars.csv");

/// A name that somebody may bear.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Name {
    shown: String,
    key: String,
}

impl Name {
    /// Reads a name as it was sent; none where it names nobody.
    pub fn read(raw: &str) -> Option<Name> {
        let shown = shown(raw);
        let key = key(&shown);
        let names_nobody = !key.chars().any(char::is_alphabetic)
            || PLACEHOLDERS.contains(&key.as_str())
            || key.bytes().all(|b| b == b'X');
        (!names_nobody).then_some(Name { shown, key })
    }

    /// The name for people to read, in the characters in which it was written.
    pub fn shown(&self) -> &str {
        &self.shown
    }

    /// Equal for every way of writing the same name.
    pub fn key(&self) -> &str {
        &self.key
    }
}

/// Identity never reaches a log.
impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Name(sealed)")
    }
}

impl Serialize for Name {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.shown)
    }
}

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let shown = String::deserialize(deserializer)?;
        Name::read(&shown).ok_or_else(|| serde::de::Error::custom("a kept name names nobody"))
    }
}

fn shown(raw: &str) -> String {
    let text = plain(raw);
    let in_han = text.chars().any(is_han);
    let mut shown = String::with_capacity(text.len());
    // Whether a blank or a dot lies between the last character taken and the next.
    let mut gap = None;
    for c in text.chars() {
        match c {
            ' ' => gap = gap.or(Some(' ')),
            _ if is_name_dot(c) || (c == '.' && in_han) => gap = Some(NAME_DOT),
            _ => {
                if let (Some(separator), Some(last)) = (gap.take(), shown.chars().next_back())
                    && (separator == NAME_DOT || !(is_han(last) || is_han(c)))
                {
                    shown.push(separator);
                }
                shown.push(c);
            }
        }
    }
    shown
}

/// What offices write for the dot. The full stop is one only in a Chinese name; in a Latin one it follows an initial.
fn is_name_dot(c: char) -> bool {
    matches!(c, NAME_DOT | '\u{2022}' | '\u{2027}' | '\u{2219}' | '\u{22C5}' | '\u{25CF}' | '\u{30FB}' | '\u{3002}')
}

fn key(shown: &str) -> String {
    let table = simplified();
    shown
        .chars()
        .filter(|c| !matches!(*c, ' ' | NAME_DOT | '.' | '-' | '\'' | '\u{2019}'))
        .map(|c| table.get(&c).copied().unwrap_or(c))
        .flat_map(char::to_uppercase)
        .collect()
}

fn simplified() -> &'static HashMap<char, char> {
    static TABLE: OnceLock<HashMap<char, char>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let first_char = |field: Option<&str>| field.and_then(|text| text.chars().next());
        let direct: HashMap<char, char> = SIMPLIFIED_CSV
            .lines()
            .skip(1)
            .filter_map(|line| {
                let mut fields = line.split(',');
                Some((first_char(fields.next())?, first_char(fields.next())?))
            })
            .collect();
        // 薴 -> 苧 -> 苎: the second step is part of the first.
        direct.iter().map(|(from, to)| (*from, *direct.get(to).unwrap_or(to))).collect()
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    // Every name here is fictional.

    fn shown_of(raw: &str) -> Option<String> {
        Name::read(raw).map(|name| name.shown().to_owned())
    }

    fn key_of(raw: &str) -> String {
        Name::read(raw).unwrap().key().to_owned()
    }

    #[test]
    fn blanks_and_dots_are_shown_in_one_way() {
        for (raw, expected) in [
            ("李 秀英", "李秀英"),
            ("\u{3000}李　秀　英\t", "李秀英"),
            ("李\u{200B}秀英\u{0}", "李秀英"),
            ("阿依古丽•买买提", "阿依古丽·买买提"),
            ("阿依古丽 . 买买提", "阿依古丽·买买提"),
            ("阿依古丽．买买提.", "阿依古丽·买买提"),
            ("阿依古丽・・买买提", "阿依古丽·买买提"),
            ("  john   a. SMITH ", "john a. SMITH"),
            ("ＪＯＨＮ　ＳＭＩＴＨ", "JOHN SMITH"),
            ("Jean-Luc O'Neil", "Jean-Luc O'Neil"),
        ] {
            assert_eq!(shown_of(raw).as_deref(), Some(expected), "{raw}");
        }
    }

    #[test]
    fn every_way_of_writing_a_name_has_one_key() {
        for (one, other) in [
            ("張國華", "张国华"),
            ("葉峯", "叶峰"),
            ("阿依古丽•买买提", "阿依古丽买买提"),
            ("john a. smith", "JOHN A SMITH"),
            ("Jean-Luc", "JEAN LUC"),
            ("薴", "苎"),
        ] {
            assert_eq!(key_of(one), key_of(other), "{one}");
        }
        assert_ne!(key_of("张国华"), key_of("章国华"));
        assert_ne!(key_of("张*华"), key_of("张华"));
    }

    #[test]
    fn what_names_nobody_is_no_name() {
        for raw in
            ["", " ", "-", "*", "***", "·", "12", "无", "無", "无名氏", "不 详", "未知", "null", "N/A", "xxx", "?"]
        {
            assert_eq!(shown_of(raw), None, "{raw}");
        }
        assert!(Name::read("无忌").is_some());
    }

    #[test]
    fn only_the_shown_form_is_kept_and_the_key_comes_back() {
        let name = Name::read("張 國華").unwrap();
        let kept = serde_json::to_string(&name).unwrap();
        assert_eq!(kept, "\"張國華\"");
        assert!(serde_json::from_str::<Name>(&kept).unwrap() == name);
        assert!(serde_json::from_str::<Name>("\"-\"").is_err());
        assert_eq!(format!("{name:?}"), "Name(sealed)");
    }

    #[test]
    fn the_table_is_read_whole_and_leads_to_characters_that_stay() {
        let table = simplified();
        assert_eq!(table.len(), SIMPLIFIED_CSV.lines().count() - 1);
        assert!(table.values().all(|to| table.get(to).is_none_or(|again| again == to)));
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic_and_twice_is_as_once(raw in any::<String>()) {
            if let Some(once) = Name::read(&raw) {
                let twice = Name::read(once.shown()).unwrap();
                prop_assert!(twice == once);
            }
        }

        #[test]
        fn blanks_between_characters_never_matter(chars in prop::collection::vec("[张李国華明秀·]", 2..6)) {
            let spaced = chars.join(" ");
            let plain = chars.concat();
            prop_assert_eq!(Name::read(&spaced).map(|n| n.shown), Name::read(&plain).map(|n| n.shown));
        }
    }
}
