//! Numbers that identify: ID numbers (GB 11643), passports and phones, all fictional.
//!
//! *ID numbers* are valid by their check digit, as real software must meet them: region + birth date + sequence code +
//! check digit. Fiction by convention: sequence codes are taken from 900 to 995 only, the end of the range that a
//! register reaches last (996 to 999 once marked centenarians), odd for men, even for women, counted upwards in each
//! region and day. No register was read; nothing else about the person (name, phone, places, family) is anybody's.
//! *Phones* are `154` + eight digits: no operator has been given 154. *Passports* are `X0` + eight digits.

use std::collections::HashMap;

use anyhow::{Result, ensure};
use chrono::{Datelike, NaiveDate};
use liangdi_domain::division::Code;

use super::person::Sex;

/// First sequence code of a day.
pub(super) const SEQUENCE_FIRST: u16 = 900;
/// Last sequence code of a day.
pub(super) const SEQUENCE_LAST: u16 = 995;
/// Two phones (one of them given up) per person fit into eight digits many times over.
pub(super) const PERSONS_MAX: u32 = 5_000_000;
/// Prime to ten: neighbours in the simulation get numbers far apart, and no two get the same one.
const SPREAD: u64 = 73_687_871;
/// How many phones and passports there are.
const NUMBERS: u64 = 100_000_000;

/// Hands out ID numbers; knows which sequence codes are gone.
#[derive(Default)]
pub(super) struct IdOffice {
    next: HashMap<(Code, NaiveDate, Sex), u16>,
}

impl IdOffice {
    /// The next number for this region, birth date and sex.
    pub(super) fn issue(&mut self, region: Code, birth: NaiveDate, sex: Sex) -> Result<String> {
        let first = SEQUENCE_FIRST + u16::from(sex == Sex::Male);
        let next = self.next.entry((region, birth, sex)).or_insert(first);
        let sequence = *next;
        ensure!(
            sequence <= SEQUENCE_LAST,
            "no fictional ID number is left for one day of {region}: lower the number of persons"
        );
        *next += 2;
        let body = format!("{}{}{sequence:03}", &region.as_str()[..6], birth.format("%Y%m%d"));
        let check = check_digit(&body);
        Ok(format!("{body}{check}"))
    }
}

/// The check digit of GB 11643 (ISO 7064 MOD 11-2) over the first 17 digits.
pub(super) fn check_digit(body: &str) -> char {
    let sum = body.bytes().fold(0_u32, |sum, digit| (sum + u32::from(digit - b'0')) * 2 % 11);
    char::from(b"10X98765432"[(sum % 11) as usize])
}

/// The number as it stood on cards of the first generation: no century, no check digit. None for those born too late
/// to have held one (issued until 1999).
pub(super) fn fifteen_digits(number: &str, birth: NaiveDate) -> Option<String> {
    (birth.year() < 1999 && number.len() == 18).then(|| format!("{}{}", &number[..6], &number[8..17]))
}

/// The person's phone; `former` is the one given up.
pub(super) fn phone(person: u32, former: bool) -> String {
    let index = u64::from(person) * 2 + u64::from(former);
    format!("154{:08}", index * SPREAD % NUMBERS)
}

/// A passport number for somebody from abroad.
pub(super) fn passport(person: u32) -> String {
    format!("X0{:08}", u64::from(person) * SPREAD % NUMBERS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_digit_is_that_of_the_standard() {
        // The example that the standard itself prints.
        assert_eq!(check_digit("11010519491231002"), 'X');
    }

    #[test]
    fn an_office_counts_through_its_sequence_codes_and_then_says_so() {
        let mut office = IdOffice::default();
        let region: Code = "341221".parse().unwrap();
        let birth = NaiveDate::from_ymd_opt(1990, 3, 15).unwrap();
        let mut issue = |sex| office.issue(region, birth, sex).map(|number| number[14..17].to_owned());
        assert_eq!(issue(Sex::Male).unwrap(), "901");
        assert_eq!(issue(Sex::Female).unwrap(), "900");
        assert_eq!(issue(Sex::Male).unwrap(), "903");
        assert_eq!((0..46).map(|_| issue(Sex::Male).unwrap()).last().unwrap(), "995");
        assert!(issue(Sex::Male).is_err());
    }

    #[test]
    fn cards_of_the_first_generation_had_no_century_and_no_check_digit() {
        let born = |year| NaiveDate::from_ymd_opt(year, 3, 15).unwrap();
        assert_eq!(fifteen_digits("341221199003159010", born(1990)).unwrap(), "341221900315901");
        assert_eq!(fifteen_digits("341221200503159010", born(2005)), None);
    }

    #[test]
    fn no_two_persons_share_a_phone_by_construction() {
        let mut phones: Vec<String> = (0..5000).flat_map(|n| [phone(n, false), phone(n, true)]).collect();
        phones.sort();
        phones.dedup();
        assert_eq!(phones.len(), 10_000);
        assert!(phones.iter().all(|phone| phone.len() == 11));
    }
}
