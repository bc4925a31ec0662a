//! A division code: 6 digits (province, prefecture, county), 9 (township) or 12 (village).
//! Trailing zero groups are dropped, so that `320583000000`, `320583000` and `320583` are one code.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Longest code: a village's 12 digits.
const DIGITS_MAX: usize = 12;

/// A well-formed division code in its shortest form; whether it exists is another question.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Code {
    digits: [u8; DIGITS_MAX],
    len: u8,
}

/// How deep in the tree a code stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Level {
    /// 省: digits 3 to 6 are zero.
    Province,
    /// 地级市: digits 5 and 6 are zero.
    Prefecture,
    /// 县、区: 6 digits.
    County,
    /// 乡镇、街道: 9 digits.
    Township,
    /// 村、社区: 12 digits.
    Village,
}

impl Level {
    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Level::Province => "province",
            Level::Prefecture => "prefecture",
            Level::County => "county",
            Level::Township => "township",
            Level::Village => "village",
        }
    }
}

/// Text that is no division code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a division code has 6, 9 or 12 digits and begins with a province of 11 to 83")]
pub struct MalformedDivision;

impl Code {
    /// The digits.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.digits[..usize::from(self.len)]).unwrap_or_default()
    }

    /// Province, prefecture, county, township or village.
    pub fn level(&self) -> Level {
        match self.len {
            12 => Level::Village,
            9 => Level::Township,
            _ if &self.digits[2..6] == b"0000" => Level::Province,
            _ if &self.digits[4..6] == b"00" => Level::Prefecture,
            _ => Level::County,
        }
    }

    /// The province this code lies in (itself, for a province).
    pub fn province(&self) -> Code {
        self.cut(2)
    }

    /// The prefecture this code lies in, if it is that deep.
    pub fn prefecture(&self) -> Option<Code> {
        (self.level() >= Level::Prefecture).then(|| self.cut(4))
    }

    /// The county this code lies in, if it is that deep.
    pub fn county(&self) -> Option<Code> {
        (self.level() >= Level::County).then(|| self.cut(6))
    }

    /// The township this code lies in, if it is that deep.
    pub fn township(&self) -> Option<Code> {
        (self.level() >= Level::Township).then(|| self.cut(9))
    }

    /// The code one level up by its digits, or none for a province.
    pub fn parent(&self) -> Option<Code> {
        match self.level() {
            Level::Province => None,
            Level::Prefecture => Some(self.cut(2)),
            Level::County => Some(self.cut(4)),
            Level::Township => Some(self.cut(6)),
            Level::Village => Some(self.cut(9)),
        }
    }

    /// Whether `other` is this division or lies inside it, by the digits.
    pub fn contains(&self, other: &Code) -> bool {
        let significant = self.significant();
        other.level() >= self.level() && other.digits[..significant] == self.digits[..significant]
    }

    /// The same code with `from` (this division or one it lies in) exchanged for `to`, a division of the same level.
    pub(super) fn rebased(&self, from: &Code, to: &Code) -> Code {
        let mut digits = self.digits;
        let significant = from.significant();
        digits[..significant].copy_from_slice(&to.digits[..significant]);
        Code { digits, len: self.len }
    }

    /// How many digits say where it lies; the others are zeros.
    fn significant(&self) -> usize {
        match self.level() {
            Level::Province => 2,
            Level::Prefecture => 4,
            Level::County => 6,
            Level::Township => 9,
            Level::Village => 12,
        }
    }

    /// The digits that this code and every code inside it begin with.
    pub fn prefix(&self) -> &str {
        &self.as_str()[..self.significant()]
    }

    fn cut(&self, significant: usize) -> Code {
        let mut digits = [b'0'; DIGITS_MAX];
        digits[..significant].copy_from_slice(&self.digits[..significant]);
        Code { digits, len: significant.max(6) as u8 }
    }
}

impl FromStr for Code {
    type Err = MalformedDivision;

    fn from_str(text: &str) -> Result<Self, MalformedDivision> {
        let bytes = text.as_bytes();
        if !matches!(bytes.len(), 6 | 9 | 12) || !bytes.iter().all(u8::is_ascii_digit) {
            return Err(MalformedDivision);
        }
        if !(*b"11"..=*b"83").contains(&[bytes[0], bytes[1]]) {
            return Err(MalformedDivision);
        }
        // A filled part below an empty one (320000001) names no place.
        let group_zero = |from: usize, to: usize| to <= bytes.len() && bytes[from..to].iter().all(|b| *b == b'0');
        let mut len = bytes.len();
        if len == 12 && group_zero(9, 12) {
            len = 9;
        }
        if len == 9 && group_zero(6, 9) {
            len = 6;
        }
        if len > 6 && group_zero(2, 6) {
            return Err(MalformedDivision);
        }
        if len == 12 && group_zero(6, 9) {
            return Err(MalformedDivision);
        }
        let mut digits = [b'0'; DIGITS_MAX];
        digits[..len].copy_from_slice(&bytes[..len]);
        Ok(Code { digits, len: len as u8 })
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Code {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> Code {
        text.parse().unwrap()
    }

    #[test]
    fn trailing_zero_groups_are_dropped() {
        assert_eq!(code("320583000000"), code("320583"));
        assert_eq!(code("320583100000").as_str(), "320583100");
        assert_eq!(code("320500000").level(), Level::Prefecture);
    }

    #[test]
    fn a_code_knows_its_place_in_the_tree() {
        let village = code("320583100001");
        assert_eq!(village.level(), Level::Village);
        assert_eq!(village.township(), Some(code("320583100")));
        assert_eq!(village.county(), Some(code("320583")));
        assert_eq!(village.prefecture(), Some(code("320500")));
        assert_eq!(village.province(), code("320000"));
        assert!(code("320500").contains(&village));
        assert!(!code("320600").contains(&village));
        assert!(!village.contains(&code("320583100")));
    }

    #[test]
    fn a_county_directly_under_its_province_was_a_code_once() {
        assert_eq!(code("460001").parent(), Some(code("460000")));
    }

    #[test]
    fn text_that_names_no_place_is_refused() {
        for text in ["", "32", "32058", "3205831", "9", "000000", "990000", "32x583", "320000001", "320583000001"] {
            assert!(text.parse::<Code>().is_err(), "{text}");
        }
    }
}
