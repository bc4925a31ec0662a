//! Numbers that identify: ID numbers (GB 11643), permits of other nationals and phones, all fictional.
//!
//! *ID numbers* are valid by their check digit, as real software must meet them. The convention that makes them
//! fictional: region + drawn birth date + a sequence code counted upwards from 401 (odd for men, even for women)
//! in each region and day. No register was read. A coincidence with a number in use is accidental, and nothing
//! else about the person (name, phone, places, family) is anybody's.
//! *Phones* are `1990` + seven digits computed from the person's number in the simulation.
//! *Passports* are `X0` + seven digits computed in the same way.

use std::collections::HashMap;

use anyhow::{Context, Result};
use chrono::{Datelike, NaiveDate};
use liangdi_domain::division::Code;

use super::world::Sex;

/// First sequence code of a day; men take the odd numbers, women the even ones.
const SEQUENCE_FIRST: u16 = 400;
/// Last sequence code there is.
const SEQUENCE_LAST: u16 = 999;
/// Two phones (one of them given up) per person fit below `1990` + seven digits.
pub(super) const PERSONS_MAX: u32 = 2_000_000;
/// Odd and prime to ten: neighbours in the simulation get numbers far apart, and no two get the same one.
const SPREAD: u64 = 7_368_787;
/// How many phones and passports there are.
const NUMBERS: u64 = 10_000_000;

/// Hands out ID numbers; knows which sequence codes are gone.
#[derive(Default)]
pub(super) struct IdOffice {
    taken: HashMap<(Code, NaiveDate, Sex), u16>,
}

impl IdOffice {
    /// The next number for this region, birth date and sex.
    pub(super) fn issue(&mut self, region: Code, birth: NaiveDate, sex: Sex) -> Result<String> {
        let first = SEQUENCE_FIRST + if sex == Sex::Male { 1 } else { 2 };
        let next = self.taken.entry((region, birth, sex)).or_insert(first);
        let sequence = *next;
        (sequence <= SEQUENCE_LAST)
            .then_some(())
            .context("too many persons for so few places: widen the places or lower the number of persons")?;
        *next += 2;
        let body = format!("{}{}{sequence:03}", &region.as_str()[..6], birth.format("%Y%m%d"));
        let check = check_digit(&body);
        Ok(body + check.encode_utf8(&mut [0; 4]))
    }
}

/// The check digit of GB 11643 (ISO 7064 MOD 11-2) over the first 17 digits.
pub(super) fn check_digit(body: &str) -> char {
    let sum = body.bytes().fold(0_u32, |sum, digit| (sum + u32::from(digit - b'0')) * 2 % 11);
    char::from(b"10X98765432"[(sum % 11) as usize])
}

/// The number as it stood on cards of the first generation: no century, no check digit.
pub(super) fn fifteen_digits(number: &str) -> String {
    format!("{}{}", &number[..6], &number[8..17])
}

/// Whether the person can have held a card of the first generation (issued until 1999).
pub(super) fn had_fifteen_digits(birth: NaiveDate) -> bool {
    birth.year() < 1999
}

/// The person's phone; `former` is the one given up.
pub(super) fn phone(person: u32, former: bool) -> String {
    let index = u64::from(person) * 2 + u64::from(former);
    format!("1990{:07}", index * SPREAD % NUMBERS)
}

/// A passport number for somebody from abroad.
pub(super) fn passport(person: u32) -> String {
    format!("X0{:07}", u64::from(person) * SPREAD % NUMBERS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(y: i32, m: u32, d: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(y, m, d).unwrap()
    }

    #[test]
    fn the_check_digit_is_that_of_the_standard() {
        // The example that the standard itself prints.
        assert_eq!(check_digit("11010519491231002"), 'X');
        assert_eq!(check_digit("44052418800101001"), '4');
    }

    #[test]
    fn an_office_never_hands_out_a_number_twice_and_twins_get_neighbours() {
        let mut office = IdOffice::default();
        let region: Code = "341221".parse().unwrap();
        let birth = day(1990, 3, 15);
        let numbers: Vec<String> =
            [Sex::Male, Sex::Female, Sex::Male].iter().map(|sex| office.issue(region, birth, *sex).unwrap()).collect();
        let sequences: Vec<&str> = numbers.iter().map(|number| &number[14..17]).collect();
        assert_eq!(sequences, ["401", "402", "403"]);
        assert_eq!(fifteen_digits(&numbers[0]), "341221900315401");
    }

    #[test]
    fn a_day_without_numbers_left_is_an_error_and_no_panic() {
        let mut office = IdOffice::default();
        let region: Code = "341221".parse().unwrap();
        for _ in 0..300 {
            office.issue(region, day(1990, 3, 15), Sex::Male).unwrap();
        }
        assert!(office.issue(region, day(1990, 3, 15), Sex::Male).is_err());
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
