//! Identity documents: the citizen identity number (公民身份号码, GB 11643) and what a written one is worth as
//! evidence; any other document by its type (GA/T 2000.156) and number.

use std::fmt;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::Sex;
use super::birth::read_birth;
use super::text::{compact, is_han};
use crate::division::Code;
use crate::evidence::WarningKind;

/// 居民身份证: what a document is held to be when nobody says.
const RESIDENT_CARD: &str = "111";
/// 港澳台居民居住证: numbers begin with 81, 82 or 83.
const HMT_RESIDENCE_PERMIT: &str = "550";
/// 外国人永久居留身份证: since 2023 its numbers begin with 9 and are built like a citizen's.
const FOREIGN_PERMANENT_RESIDENT: &str = "553";
/// Documents that carry a number built as in GB 11643. 112 is the temporary card, 113 the household booklet.
const GB11643_TYPES: [&str; 5] = [RESIDENT_CARD, "112", "113", HMT_RESIDENCE_PERMIT, FOREIGN_PERMANENT_RESIDENT];
/// Shorter than any document's number: a stand-in.
const NUMBER_CHARS_MIN: usize = 5;

/// The document a person appears with, and what it is worth as evidence.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(tag = "document", rename_all = "kebab-case")]
pub enum Document {
    /// No number, or a stand-in for one.
    #[default]
    None,
    /// 18 characters with a right check digit and a real birth date.
    Resident {
        /// The number.
        number: String,
    },
    /// 15 digits written out to 18; the check digit is computed, so it proves nothing.
    Expanded {
        /// The number with 18 characters.
        number: String,
    },
    /// Held to be an identity number, but with a wrong check digit, an impossible birth date or an odd shape.
    Doubtful {
        /// The number as far as it is letters and digits.
        number: String,
    },
    /// Passport, travel permit and so on.
    Other {
        /// GA/T 2000.156
        doc_type: String,
        /// The number: letters and digits, upper case.
        number: String,
    },
}

impl Document {
    /// Reads type and number as they were sent. An absent or empty number is no warning, a stand-in for one is.
    pub fn read(doc_type: Option<&str>, raw: Option<&str>) -> (Document, Vec<WarningKind>) {
        let raw = raw.map(compact).unwrap_or_default();
        if raw.is_empty() {
            return (Document::None, Vec::new());
        }
        let number: String = raw.chars().filter_map(number_char).collect();
        // A masked number (320583********0011) fits too many people.
        if raw.contains('*') || is_placeholder(&number) {
            return (Document::None, vec![WarningKind::Placeholder]);
        }
        let doc_type = doc_type.map(compact).filter(|text| !text.is_empty()).unwrap_or(RESIDENT_CARD.into());
        if GB11643_TYPES.contains(&doc_type.as_ref()) {
            read_gb11643(number)
        } else {
            (Document::Other { doc_type: doc_type.into_owned(), number }, Vec::new())
        }
    }

    /// Whether only people without a household register carry it (GA/T 2000.156: 4xx passports, 5xx permits of residents
    /// of Hong Kong, Macao and Taiwan and of foreigners).
    pub fn is_from_outside(&self) -> bool {
        self.doc_type().starts_with(['4', '5'])
    }

    /// The number, if there is one.
    pub fn number(&self) -> Option<&str> {
        match self {
            Document::None => None,
            Document::Resident { number }
            | Document::Expanded { number }
            | Document::Doubtful { number }
            | Document::Other { number, .. } => Some(number),
        }
    }

    /// GA/T 2000.156 code. A number that proves itself names its document, whichever type it was sent with.
    pub fn doc_type(&self) -> &str {
        match self {
            Document::Other { doc_type, .. } => doc_type,
            Document::Resident { number } if number.starts_with('9') => FOREIGN_PERMANENT_RESIDENT,
            Document::Resident { number } if ["81", "82", "83"].iter().any(|prefix| number.starts_with(prefix)) => {
                HMT_RESIDENCE_PERMIT
            }
            _ => RESIDENT_CARD,
        }
    }

    /// The number, where it is held to be an identity number, as well as it was written.
    pub fn resident_number(&self) -> Option<&str> {
        match self {
            Document::Resident { number } | Document::Expanded { number } | Document::Doubtful { number } => {
                Some(number)
            }
            Document::None | Document::Other { .. } => None,
        }
    }

    /// The county that issued a resident number, by the code it had then. Most people's household register is still
    /// kept there; that makes it evidence when two profiles are compared, and never a household.
    pub fn issued_in(&self) -> Option<Code> {
        let (Document::Resident { number } | Document::Expanded { number }) = self else { return None };
        let abroad = ["81", "82", "83", "9"].iter().any(|prefix| number.starts_with(prefix));
        number.get(..6).filter(|_| !abroad)?.parse().ok()
    }

    /// The birth date inside a resident number.
    pub fn birth(&self) -> Option<NaiveDate> {
        read_birth(self.gb11643()?.get(6..14)?)
    }

    /// The sex inside a resident number: the 17th digit, odd for male.
    pub fn sex(&self) -> Sex {
        match self.gb11643().and_then(|number| number.as_bytes().get(16)) {
            Some(digit) if digit % 2 == 1 => Sex::Male,
            Some(_) => Sex::Female,
            None => Sex::Unknown,
        }
    }

    /// The check character of GB 11643 (ISO 7064 MOD 11-2) for the first 17 digits.
    pub fn check_digit(digits: &str) -> Option<char> {
        const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
        let bytes = digits.as_bytes();
        if bytes.len() != WEIGHTS.len() || !bytes.iter().all(u8::is_ascii_digit) {
            return None;
        }
        let sum: u32 = bytes.iter().zip(WEIGHTS).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
        Some(char::from(b"10X98765432"[sum as usize % 11]))
    }

    fn gb11643(&self) -> Option<&str> {
        match self {
            Document::Resident { number } | Document::Expanded { number } => Some(number),
            Document::None | Document::Doubtful { .. } | Document::Other { .. } => None,
        }
    }
}

/// Only the variant: the number is identity.
impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Document::None => "None",
            Document::Resident { .. } => "Resident",
            Document::Expanded { .. } => "Expanded",
            Document::Doubtful { .. } => "Doubtful",
            Document::Other { .. } => "Other",
        })
    }
}

fn read_gb11643(number: String) -> (Document, Vec<WarningKind>) {
    let digits = number.bytes().take_while(u8::is_ascii_digit).count();
    match (number.len(), digits) {
        (18, 18) => read_18(number),
        (18, 17) if number.ends_with('X') => read_18(number),
        (15, 15) => read_15(number),
        _ => (Document::Doubtful { number }, vec![WarningKind::DocumentShape]),
    }
}

fn read_18(number: String) -> (Document, Vec<WarningKind>) {
    let mut warnings = Vec::new();
    if !Document::check_digit(&number[..17]).is_some_and(|digit| number.ends_with(digit)) {
        // No office gives out the sequence 000: place and birth date with nothing behind them.
        if number.ends_with("0000") {
            return (Document::None, vec![WarningKind::Placeholder]);
        }
        warnings.push(WarningKind::CheckDigit);
    }
    if read_birth(&number[6..14]).is_none() {
        warnings.push(WarningKind::BirthDate);
    }
    let document = if warnings.is_empty() { Document::Resident { number } } else { Document::Doubtful { number } };
    (document, warnings)
}

/// Numbers of 15 digits were given out until 1999, with two digits for the year.
fn read_15(number: String) -> (Document, Vec<WarningKind>) {
    let body = format!("{}19{}", &number[..6], &number[6..]);
    match (read_birth(&body[6..14]), Document::check_digit(&body)) {
        (Some(_), Some(digit)) => (Document::Expanded { number: format!("{body}{digit}") }, Vec::new()),
        _ => (Document::Doubtful { number }, vec![WarningKind::BirthDate]),
    }
}

/// Letters, digits and Chinese characters stay; Greek and Cyrillic letters and the times sign pass for an X.
fn number_char(c: char) -> Option<char> {
    match c {
        '×' | 'Χ' | 'χ' | 'Х' | 'х' => Some('X'),
        _ if c.is_ascii_alphanumeric() => Some(c.to_ascii_uppercase()),
        _ if is_han(c) => Some(c),
        _ => None,
    }
}

/// Words, zeros in place of a division, one digit repeated, counting up: somebody filled a required field.
fn is_placeholder(number: &str) -> bool {
    let bytes = number.trim_end_matches('X').as_bytes();
    let pairs = |rule: fn(&[u8]) -> bool| bytes.windows(2).all(rule);
    !bytes.iter().any(u8::is_ascii_digit)
        || bytes.len() < NUMBER_CHARS_MIN
        || (matches!(number.len(), 15 | 18) && number.starts_with("000000"))
        || pairs(|pair| pair[0] == pair[1])
        || pairs(|pair| pair.iter().all(u8::is_ascii_digit) && (pair[0] - b'0' + 1) % 10 == pair[1] - b'0')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    // Every number here is fictional: sequence 401 or 108 under a real county, as in the contract's examples.
    const NUMBER: &str = "341221199003154017";

    fn read(raw: &str) -> (Document, Vec<WarningKind>) {
        Document::read(None, Some(raw))
    }

    fn resident(number: &str) -> (Document, Vec<WarningKind>) {
        (Document::Resident { number: number.to_owned() }, Vec::new())
    }

    #[test]
    fn dirt_around_a_number_does_not_show() {
        for raw in [NUMBER, "３４１２２１１９９００３１５４０１７", "341221 19900315 4017", "341221-19900315-4017"]
        {
            assert_eq!(read(raw), resident(NUMBER), "{raw}");
        }
        for raw in ["32032419951108211x", "32032419951108211Ｘ", "32032419951108211×", "32032419951108211х"] {
            assert_eq!(read(raw), resident("32032419951108211X"), "{raw}");
        }
    }

    #[test]
    fn a_valid_number_tells_birth_date_and_sex() {
        let (document, _) = read(NUMBER);
        assert_eq!(document.birth(), NaiveDate::from_ymd_opt(1990, 3, 15));
        assert_eq!(document.sex(), Sex::Male);
        assert_eq!(document.doc_type(), "111");
        assert_eq!(document.number(), Some(NUMBER));
    }

    #[test]
    fn fifteen_digits_become_the_eighteen_they_stand_for() {
        let (document, warnings) = read("341221900315401");
        assert_eq!(document, Document::Expanded { number: NUMBER.to_owned() });
        assert_eq!(document.birth(), NaiveDate::from_ymd_opt(1990, 3, 15));
        assert!(warnings.is_empty());
        assert_eq!(read("341221901315401").1, [WarningKind::BirthDate]);
    }

    #[test]
    fn a_stand_in_is_no_number_and_an_empty_one_no_warning() {
        for raw in [None, Some(""), Some(" \u{3000}")] {
            assert_eq!(Document::read(None, raw), (Document::None, vec![]));
        }
        let placeholders = [
            "无",
            "無",
            "不详",
            "-",
            "N/A",
            "null",
            "0",
            "000000000000000000",
            "000000198807220000",
            "00000000000000000X",
            "111111111111111111",
            "999999999999999999",
            "123456789012345678",
            "000000880722000",
            "341221199003150000",
            "341221********4017",
        ];
        for raw in placeholders {
            assert_eq!(read(raw), (Document::None, vec![WarningKind::Placeholder]), "{raw}");
        }
        assert_eq!(Document::read(Some("414"), Some("无")).1, [WarningKind::Placeholder]);
    }

    #[test]
    fn a_number_that_does_not_prove_itself_is_weak_evidence() {
        for (raw, warnings) in [
            ("341221199003154018", vec![WarningKind::CheckDigit]),
            ("34122119900315401", vec![WarningKind::DocumentShape]),
            ("E12345670", vec![WarningKind::DocumentShape]),
            ("34122X199003154017", vec![WarningKind::DocumentShape]),
            ("341221199013154018", vec![WarningKind::CheckDigit, WarningKind::BirthDate]),
        ] {
            let (document, found) = read(raw);
            assert_eq!(found, warnings, "{raw}");
            assert_eq!(document, Document::Doubtful { number: raw.to_owned() });
            assert_eq!((document.birth(), document.sex()), (None, Sex::Unknown));
        }
    }

    #[test]
    fn other_documents_keep_their_type_and_a_number_names_its_own() {
        let (passport, warnings) = Document::read(Some("414"), Some("e 1234-5670"));
        assert_eq!(passport, Document::Other { doc_type: "414".to_owned(), number: "E12345670".to_owned() });
        assert_eq!((passport.doc_type(), warnings), ("414", vec![]));
        for (prefix, doc_type) in [("810000", "550"), ("820000", "550"), ("830000", "550"), ("911156", "553")] {
            let body = format!("{prefix}19900315401");
            let number = format!("{body}{}", Document::check_digit(&body).unwrap());
            for sent_as in [None, Some(""), Some(doc_type)] {
                let (document, _) = Document::read(sent_as, Some(&number));
                assert_eq!(document, Document::Resident { number: number.clone() });
                assert_eq!(document.doc_type(), doc_type);
            }
        }
    }

    #[test]
    fn a_number_never_shows_in_debug() {
        assert_eq!(format!("{:?}", read(NUMBER).0), "Resident");
        assert_eq!(format!("{:?}", Document::read(Some("414"), Some("E12345670")).0), "Other");
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic_and_twice_is_as_once(doc_type in any::<Option<String>>(), raw in any::<String>()) {
            let (once, _) = Document::read(doc_type.as_deref(), Some(&raw));
            let (twice, _) = Document::read(Some(once.doc_type()), once.number());
            prop_assert_eq!(once == twice, true);
        }

        #[test]
        fn digits_of_any_length_are_read_without_panic(raw in "[0-9]{14,19}[xX]?") {
            let _ = Document::read(None, Some(&raw));
        }

        #[test]
        fn only_one_last_character_is_right(place in 100_001u32..999_999, days in 0i64..40_000, sequence in 1u32..1000) {
            let birth = NaiveDate::from_ymd_opt(1900, 1, 1).unwrap() + chrono::Duration::days(days);
            let body = format!("{place}{}{sequence:03}", birth.format("%Y%m%d"));
            let right = Document::check_digit(&body).unwrap();
            for last in "0123456789X".chars() {
                let (document, _) = read(&format!("{body}{last}"));
                prop_assert_eq!(matches!(document, Document::Resident { .. }), last == right);
                prop_assert_eq!(document.birth(), (last == right).then_some(birth));
            }
        }

        #[test]
        fn changing_one_digit_breaks_the_check_digit(at in 0usize..17, step in 1u8..10) {
            let mut bytes = NUMBER.as_bytes().to_vec();
            bytes[at] = b'0' + (bytes[at] - b'0' + step) % 10;
            let (document, _) = read(std::str::from_utf8(&bytes).unwrap());
            prop_assert_eq!(matches!(document, Document::Resident { .. }), false);
        }
    }
}
