//! What a user may be called: what can be typed on any keyboard and read in a log.

/// Longest name.
const CHARS_MAX: usize = 64;

/// The rule in words.
pub const RULE: &str = "letters, digits, dots, dashes, underscores, at most 64, a letter or digit first";

/// Letters, digits, dots, dashes and underscores; it begins with a letter or digit.
pub fn is_well_formed(name: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
    (1..=CHARS_MAX).contains(&name.len())
        && name.bytes().all(fits)
        && name.as_bytes().first().is_some_and(u8::is_ascii_alphanumeric)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_can_be_typed_on_any_keyboard() {
        assert!(is_well_formed("zhang.san-2") && is_well_formed("320583100201"));
        for name in ["", ".x", "a b", "张三", "a\n", &"x".repeat(65)] {
            assert!(!is_well_formed(name), "{name}");
        }
    }
}
