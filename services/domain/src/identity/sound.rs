//! How a character sounds: every reading (heteronyms have several), with and without tone.

use pinyin::{ToPinyin, ToPinyinMulti};

/// One reading of a character.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reading {
    /// Without tone.
    pub(crate) plain: &'static str,
    /// With tone.
    pub(crate) toned: &'static str,
}

/// The usual reading.
pub(crate) fn reading(c: char) -> Option<Reading> {
    c.to_pinyin().map(|found| Reading { plain: found.plain(), toned: found.with_tone_num_end() })
}

/// Every reading.
pub(crate) fn readings(c: char) -> Vec<Reading> {
    let all = c.to_pinyin_multi().into_iter().flatten();
    all.map(|found| Reading { plain: found.plain(), toned: found.with_tone_num_end() }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heteronyms_have_every_reading() {
        let plain = |c| readings(c).iter().map(|reading| reading.plain).collect::<Vec<_>>();
        assert!(plain('单').contains(&"shan") && plain('单').contains(&"dan"));
        assert!(plain('曾').contains(&"zeng"));
        assert_eq!(reading('伟').map(|reading| reading.toned), Some("wei3"));
        assert_eq!(reading('A'), None);
    }
}
