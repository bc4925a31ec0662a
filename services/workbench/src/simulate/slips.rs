//! The single slips and spellings that noise is made of: pure functions on text, none where there is nothing to slip on.

use chrono::NaiveDate;

use super::dice::Dice;

/// Share of name slips that hit the surname.
const IN_SURNAME: f64 = 0.15;

/// One character replaced by one of its look-alikes or sound-alikes.
pub(super) fn one_character<'a>(dice: &mut Dice, name: &str, others: impl Fn(char) -> &'a [char]) -> Option<String> {
    let mut chars: Vec<char> = name.chars().collect();
    let start = if dice.chance(IN_SURNAME) { 0 } else { 1 + dice.below(2) as usize };
    let at = (0..chars.len()).map(|step| (start + step) % chars.len()).find(|at| !others(chars[*at]).is_empty())?;
    chars[at] = *dice.pick(others(chars[at]));
    Some(chars.into_iter().collect())
}

/// Every character that has another form replaced by it.
pub(super) fn every_character<'a>(dice: &mut Dice, name: &str, others: impl Fn(char) -> &'a [char]) -> Option<String> {
    let other = |char| match others(char) {
        [] => char,
        forms => *dice.pick(forms),
    };
    Some(name.chars().map(other).collect())
}

/// Another dot for the middle dot.
pub(super) fn dots(dice: &mut Dice, name: &str) -> Option<String> {
    Some(name.replace('·', if dice.chance(0.5) { "•" } else { "." }))
}

/// A space somewhere inside; after the surname where the text is short. Latin names have their own.
pub(super) fn space(dice: &mut Dice, text: &str) -> Option<String> {
    let length = u32::try_from(text.chars().count()).ok()?;
    if length < 2 || text.contains(' ') {
        return None;
    }
    let at = if length < 6 { 1 } else { dice.between(1, length - 1) } as usize;
    Some(text.chars().take(at).chain([' ']).chain(text.chars().skip(at)).collect())
}

/// Digits and Latin letters in their full-width forms.
pub(super) fn full_width(_: &mut Dice, text: &str) -> Option<String> {
    let widen = |char: char| match char {
        '0'..='9' | 'A'..='Z' | 'a'..='z' | '+' => char::from_u32(char as u32 + 0xFEE0),
        _ => Some(char),
    };
    text.chars().map(widen).collect()
}

/// `x` for `X`.
pub(super) fn lower_case_x(_: &mut Dice, id: &str) -> Option<String> {
    id.strip_suffix('X').map(|body| format!("{body}x"))
}

/// `+86` or `86` before a phone.
pub(super) fn country_prefix(dice: &mut Dice, phone: &str) -> Option<String> {
    Some(format!("{}{phone}", dice.pick(&["+86", "86", "+86 "])))
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
    let at = dice.below(17) as usize;
    let at = if at == 6 || at == 7 { at + 8 } else { at };
    let old = digits.get(at)?.to_digit(10)?;
    digits[at] = char::from_digit((old + dice.between(1, 9)) % 10, 10)?;
    Some(digits.into_iter().collect())
}

/// Two neighbouring, different digits after the region swapped; the check digit no longer fits.
pub(super) fn transposed(dice: &mut Dice, id: &str) -> Option<String> {
    let mut digits: Vec<char> = id.chars().collect();
    let start = 8 + dice.below(6) as usize;
    let at = (start..16.min(digits.len() - 1)).find(|at| digits[*at] != digits[at + 1])?;
    digits.swap(at, at + 1);
    Some(digits.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::super::numbers::check_digit;
    use super::*;

    /// Checksum-valid, fictional: sequence code 901.
    fn id() -> String {
        let body = "34122119900315901";
        format!("{body}{}", check_digit(body))
    }

    #[test]
    fn a_mistyped_or_swapped_digit_breaks_the_check_digit() {
        let mut dice = Dice::of(5, 5);
        for _ in 0..500 {
            for slipped in [wrong_digit(&mut dice, &id()).unwrap(), transposed(&mut dice, &id()).unwrap()] {
                assert!(!slipped.ends_with(check_digit(&slipped[..17])), "{slipped}");
            }
        }
    }

    #[test]
    fn spellings_change_form_and_not_content() {
        let mut dice = Dice::of(5, 6);
        assert_eq!(full_width(&mut dice, "34X").unwrap(), "３４Ｘ");
        assert_eq!(space(&mut dice, "李秀英").unwrap(), "李 秀英");
        assert_eq!(space(&mut dice, &id()).unwrap().replace(' ', ""), id());
        assert_eq!(lower_case_x(&mut dice, "34X").unwrap(), "34x");
        assert!(country_prefix(&mut dice, "15400000001").unwrap().ends_with("15400000001"));
    }

    #[test]
    fn a_name_without_look_alikes_stays() {
        let mut dice = Dice::of(5, 7);
        assert_eq!(one_character(&mut dice, "李秀英", |_| &[]), None);
        let other: &[char] = &['瑛'];
        assert_eq!(one_character(&mut dice, "李秀英", |c| if c == '英' { other } else { &[] }).unwrap(), "李秀瑛");
    }
}
