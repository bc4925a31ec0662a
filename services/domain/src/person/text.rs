//! What every reader of dirty text does first: NFKC, so that full-width forms become plain ones, and no invisible
//! characters. Nothing here knows what the text means.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization;

/// Plain text in one line: NFKC, whitespace of any kind as a blank, no control or other invisible characters.
pub(crate) fn plain(raw: &str) -> String {
    raw.chars().map(|c| if c.is_whitespace() { ' ' } else { c }).filter(|c| !is_invisible(*c)).nfkc().collect()
}

/// Plain text without any blank, for numbers and codes.
pub(crate) fn compact(raw: &str) -> Cow<'_, str> {
    if raw.bytes().all(|b| b.is_ascii_graphic()) {
        return Cow::Borrowed(raw);
    }
    // Marks that a blank kept apart may compose: the second time must find nothing to do.
    Cow::Owned(plain(raw).chars().filter(|c| !c.is_whitespace()).nfc().collect())
}

/// A Chinese character (of the blocks in which names are written).
pub(crate) fn is_han(c: char) -> bool {
    matches!(c, '\u{3007}' | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}')
}

/// Control and format characters, and the selectors that choose a glyph of the same character.
fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{AD}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}')
        || matches!(c, '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E0FFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn full_width_forms_become_plain_and_blanks_vanish_from_numbers() {
        assert_eq!(compact("３２ ０５\u{3000}83"), "320583");
        assert_eq!(compact("\u{FEFF}320583\u{200B}\t"), "320583");
        assert_eq!(plain("Ａ\tＢ"), "A B");
    }
}
