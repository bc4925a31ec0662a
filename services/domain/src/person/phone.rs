//! Phone numbers: the same number however it is written, so that equality means something.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::text::compact;
use crate::evidence::WarningKind;

/// Digits of a mobile number; it begins with 1.
const MOBILE_DIGITS: usize = 11;
/// Digits of a landline with its area code; it begins with 0.
const LANDLINE_DIGITS: std::ops::RangeInclusive<usize> = 10..=12;
/// Digits of an international number with its country code (ITU-T E.164).
const INTERNATIONAL_DIGITS: std::ops::RangeInclusive<usize> = 8..=15;

/// A normalised number: a mobile's 11 digits, a landline with area code, or `+` and an international number.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Phone(String);

impl Phone {
    /// Reads a number as it was sent. Empty text and stand-ins are no phone; anything else that has no shape of a
    /// phone is a warning.
    pub fn read(raw: &str) -> Result<Option<Phone>, WarningKind> {
        let text: String = compact(raw).chars().filter(|c| !is_separator(*c)).collect();
        let digits = text.strip_prefix('+').unwrap_or(&text);
        if is_placeholder(digits) {
            return Ok(None);
        }
        if !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(WarningKind::Phone);
        }
        let abroad = text.strip_prefix('+').or_else(|| text.strip_prefix("00"));
        let number = match abroad {
            Some(rest) => match rest.strip_prefix("86") {
                Some(rest) => domestic(rest).or_else(|| domestic(&format!("0{rest}"))),
                None => INTERNATIONAL_DIGITS.contains(&rest.len()).then(|| format!("+{rest}")),
            },
            None => domestic(&text).or_else(|| domestic(text.strip_prefix("86")?)),
        };
        match number {
            Some(number) if !is_placeholder(&number) => Ok(Some(Phone(number))),
            Some(_) => Ok(None),
            None => Err(WarningKind::Phone),
        }
    }

    /// The number.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Identity never reaches a log.
impl fmt::Debug for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Phone(sealed)")
    }
}

/// A number as it is dialled inside the country.
fn domestic(digits: &str) -> Option<String> {
    // The trunk 0 before a mobile is dialling habit. No area code begins with 013 to 019, and 010 takes 11 digits.
    let mobile = digits.strip_prefix('0').filter(|rest| rest.len() == MOBILE_DIGITS).unwrap_or(digits);
    if mobile.len() == MOBILE_DIGITS && mobile.starts_with('1') {
        return Some(mobile.to_owned());
    }
    // 00 dials abroad and begins no area code.
    (digits.starts_with('0') && !digits.starts_with("00") && LANDLINE_DIGITS.contains(&digits.len()))
        .then(|| digits.to_owned())
}

fn is_separator(c: char) -> bool {
    matches!(c, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '.' | '(' | ')' | '/')
}

/// Nothing, a word such as 无, one digit repeated, or a prefix with only zeros behind it.
fn is_placeholder(digits: &str) -> bool {
    let bytes = digits.as_bytes();
    !bytes.iter().any(u8::is_ascii_digit)
        || bytes.windows(2).all(|pair| pair[0] == pair[1])
        || (bytes.len() >= MOBILE_DIGITS && digits.ends_with("00000000"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    // Every number here is fictional.

    #[test]
    fn a_number_is_the_same_however_it_is_written() {
        for raw in [
            "13912340001",
            "+8613912340001",
            "8613912340001",
            "008613912340001",
            "+86 139-1234-0001",
            "１３９１２３４０００１",
            "139 1234 0001",
            "(+86)13912340001",
            "013912340001",
        ] {
            assert_eq!(Phone::read(raw).unwrap().unwrap().as_str(), "13912340001", "{raw}");
        }
        for raw in ["0512-57301234", "(0512) 57301234", "+86 512 5730 1234", "86051257301234"] {
            assert_eq!(Phone::read(raw).unwrap().unwrap().as_str(), "051257301234", "{raw}");
        }
        assert_eq!(Phone::read("+86 10 6512 3456").unwrap().unwrap().as_str(), "01065123456");
        assert_eq!(Phone::read("+852 9123 4567").unwrap().unwrap().as_str(), "+85291234567");
    }

    #[test]
    fn a_stand_in_is_no_phone() {
        for raw in ["", " ", "无", "-", "0", "00000000000", "11111111111", "13900000000", "不详"] {
            assert_eq!(Phone::read(raw), Ok(None), "{raw}");
        }
    }

    #[test]
    fn what_has_no_shape_of_a_phone_is_a_warning() {
        for raw in ["1391234000", "139123400011", "57301234", "1391234000a", "+12", "13912340001 13912340002"] {
            assert_eq!(Phone::read(raw), Err(WarningKind::Phone), "{raw}");
        }
    }

    #[test]
    fn a_phone_never_shows_in_debug() {
        assert_eq!(format!("{:?}", Phone::read("13912340001")), "Ok(Some(Phone(sealed)))");
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic(raw in any::<String>()) {
            let _ = Phone::read(&raw);
        }

        #[test]
        fn reading_twice_is_as_reading_once(raw in "(\\+|00)?(86)?[- ]?[0-9]{7,16}") {
            if let Ok(Some(once)) = Phone::read(&raw) {
                prop_assert_eq!(Phone::read(once.as_str()), Ok(Some(once)));
            }
        }
    }
}
