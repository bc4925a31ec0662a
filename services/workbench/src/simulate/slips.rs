//! The single slips and spellings that noise is made of: pure functions on text.

use chrono::NaiveDate;

use super::dice::Dice;
use super::numbers;

/// Share of name slips that hit the surname.
const IN_SURNAME: f64 = 0.15;

/// One character replaced by one of its look-alikes or sound-alikes, if any character of the name has some.
pub(super) fn one_character<'a>(dice: &mut Dice, name: &str, others: impl Fn(char) -> &'a [char]) -> Option<String> {
    let chars: Vec<char> = name.chars().collect();
    let start = if dice.chance(IN_SURNAME) { 0 } else { 1 + dice.below(2) as usize };
    let position = (0..chars.len()).map(|step| (start + step) % chars.len()).find(|at| !others(chars[*at]).is_empty())?;
    let other = *dice.pick(others(chars[position]));
    Some(chars.iter().enumerate().map(|(at, char)| if at == position { other } else { *char }).collect())
}

/// Every character that has another form replaced by it, if one has.
pub(super) fn every_character<'a>(dice: &mut Dice, name: &str, others: impl Fn(char) -> &'a [char]) -> Option<String> {
    let replaced: String = name
        .chars()
        .map(|char| match others(char) {
            [] => char,
            forms => *dice.pick(forms),
        })
        .collect();
    (replaced != name).then_some(replaced)
}

/// A space after the first third or so.
pub(super) fn space(dice: &mut Dice, text: &str) -> String {
    let length = text.chars().count() as u32;
    if length < 2 {
        return text.to_owned();
    }
    let at = if length < 6 { 1 } else { 1 + dice.below(length - 1) } as usize;
    text.chars().take(at).chain([' ']).chain(text.chars().skip(at)).collect()
}

/// Digits and Latin letters in their full-width forms.
pub(super) fn full_width(text: &str) -> String {
    let widen = |char: char| {
        if char.is_ascii_alphanumeric() || char == '+' { char::from_u32(char as u32 + 0xFEE0).unwrap_or(char) } else { char }
    };
    text.chars().map(widen).collect()
}

/// `+86` or `86` before a phone.
pub(super) fn country_prefix(dice: &mut Dice, phone: &str) -> String {
    format!("{}{phone}", dice.pick(&["+86", "86", "+86 "]))
}

/// What offices write when there is no number.
pub(super) fn placeholder(dice: &mut Dice, birth: NaiveDate) -> String {
    match dice.below(4) {
        0 => String::new(),
        1 => "无".to_owned(),
        2 => "0".repeat(18),
        _ => format!("000000{}0000", birth.format("%Y%m%d")),
    }
}

/// One of the first 17 digits mistyped, so that the check digit no longer fits; not in the birth date's century,
/// which nobody mistypes unseen.
pub(super) fn wrong_digit(dice: &mut Dice, id: &str) -> Option<String> {
    let mut digits: Vec<char> = id.chars().collect();
    let at = dice.below(u32::try_from(digits.len()).ok()?.min(17)) as usize;
    let at = if at == 6 || at == 7 { at + 8 } else { at };
    let old = digits.get(at)?.to_digit(10)?;
    digits[at] = char::from_digit((old + 1 + dice.below(9)) % 10, 10)?;
    Some(digits.into_iter().collect())
}

/// Two neighbouring, different digits after the region swapped; the check digit no longer fits.
pub(super) fn transposed(dice: &mut Dice, id: &str) -> Option<String> {
    let mut digits: Vec<char> = id.chars().collect();
    let last = digits.len().min(17) - 1;
    let start = 8 + dice.below(6) as usize;
    let at = (start..last).find(|at| digits[*at] != digits[at + 1])?;
    digits.swap(at, at + 1);
    Some(digits.into_iter().collect())
}

/// Whether an 18-digit number's check digit fits.
pub(super) fn check_fits(id: &str) -> bool {
    id.len() == 18
        && id[..17].bytes().all(|digit| digit.is_ascii_digit())
        && id.ends_with(numbers::check_digit(&id[..17]))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Checksum-valid, fictional: sequence code 401.
    const ID: &str = "341221199003154017";

    #[test]
    fn a_mistyped_or_swapped_digit_breaks_the_check_digit() {
        assert!(check_fits(ID));
        let mut dice = Dice::of(5, 5);
        for _ in 0..500 {
            assert!(!check_fits(&wrong_digit(&mut dice, ID).unwrap()));
            assert!(!check_fits(&transposed(&mut dice, ID).unwrap()));
        }
    }

    #[test]
    fn spellings_change_form_and_not_content() {
        let mut dice = Dice::of(5, 6);
        assert_eq!(full_width("34X"), "３４Ｘ");
        assert_eq!(space(&mut dice, "李秀英"), "李 秀英");
        assert_eq!(space(&mut dice, ID).replace(' ', ""), ID);
        assert!(country_prefix(&mut dice, "19900000001").ends_with("19900000001"));
    }

    #[test]
    fn a_name_without_look_alikes_stays() {
        let mut dice = Dice::of(5, 7);
        assert_eq!(one_character(&mut dice, "李秀英", |_| &[]), None);
        assert_eq!(one_character(&mut dice, "李秀英", |c| if c == '英' { &['瑛'] } else { &[] }).unwrap(), "李秀瑛");
    }
}
