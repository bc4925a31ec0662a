//! Every text of the pages, Chinese and English side by side, in `texts/*.toml`: one file per area, read from the binary.
//! A key is `file.section.name`; its value is `["中文", "English"]`, with `{1}`, `{2}` where values go.

use std::collections::HashMap;
use std::sync::LazyLock;

use axum::http::{HeaderMap, header};
use axum_extra::extract::CookieJar;
use rust_embed::RustEmbed;

/// The cookie that keeps the language chosen.
pub const LANGUAGE_COOKIE: &str = "language";

/// A language of the pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    /// 中文
    #[default]
    Chinese,
    /// English
    English,
}

impl Language {
    /// Every language.
    pub const ALL: [Language; 2] = [Language::Chinese, Language::English];

    /// Its tag, for `lang=` and the cookie.
    pub const fn tag(self) -> &'static str {
        match self {
            Language::Chinese => "zh-CN",
            Language::English => "en",
        }
    }

    /// What the visitor chose, else what the browser prefers, else Chinese.
    pub fn of(headers: &HeaderMap) -> Self {
        let chosen = CookieJar::from_headers(headers).get(LANGUAGE_COOKIE).map(|cookie| cookie.value().to_owned());
        let chosen = chosen.and_then(|tag| Language::ALL.into_iter().find(|language| language.tag() == tag));
        chosen.unwrap_or_else(|| Language::preferred(headers).unwrap_or_default())
    }

    /// The first of the browser's languages that there is; weights are almost always in that order.
    fn preferred(headers: &HeaderMap) -> Option<Self> {
        let accepted = headers.get(header::ACCEPT_LANGUAGE)?.to_str().ok()?;
        accepted.split(',').find_map(|one| match one.trim().get(..2)? {
            tag if tag.eq_ignore_ascii_case("zh") => Some(Language::Chinese),
            tag if tag.eq_ignore_ascii_case("en") => Some(Language::English),
            _ => None,
        })
    }

    /// A text; a key that does not exist is shown as it is, and a test finds it.
    pub fn text(self, key: &str) -> &str {
        TEXTS.get(key).map_or(key, |texts| &texts[self as usize])
    }

    /// A sentence that was kept in English, in this language: the text of a section whose English says it, with the values in
    /// its places put through `word`. None where the section has no such text.
    pub fn of_kept(self, section: &str, english: &str, word: impl Fn(&str) -> String) -> Option<String> {
        let texts = TEXTS.iter().filter(|(key, _)| key.strip_prefix(section).is_some_and(|key| key.starts_with('.')));
        let fits = texts.filter_map(|(key, texts)| Some((&*texts[1], key, values(&texts[1], english)?)));
        // Of several that fit, the one that says most itself.
        let (_, key, values) = fits.max_by_key(|(text, ..)| literal_length(text))?;
        let values: Vec<String> = values.into_iter().map(word).collect();
        Some(self.filled(key, &values.iter().map(String::as_str).collect::<Vec<_>>()))
    }

    /// A text, or none.
    pub fn text_if(self, key: &str) -> Option<&'static str> {
        TEXTS.get(key).map(|texts| &*texts[self as usize])
    }

    /// A text with values in the places of `{1}`, `{2}`, …
    pub fn filled(self, key: &str, values: &[&str]) -> String {
        let mut text = self.text(key).to_owned();
        for (index, value) in values.iter().enumerate() {
            text = text.replace(&format!("{{{}}}", index + 1), value);
        }
        text
    }
}

#[derive(RustEmbed)]
#[folder = "texts/"]
struct Files;

type Sections = HashMap<String, HashMap<String, [String; 2]>>;

static TEXTS: LazyLock<HashMap<String, [String; 2]>> = LazyLock::new(|| {
    let mut texts = HashMap::new();
    for file in Files::iter() {
        let content = Files::get(&file).expect("an embedded file that is listed is there");
        let content = std::str::from_utf8(&content.data).expect("texts are UTF-8");
        let sections: Sections = toml::from_str(content).unwrap_or_else(|error| panic!("texts/{file}: {error}"));
        let area = file.trim_end_matches(".toml");
        for (section, entries) in sections {
            texts.extend(entries.into_iter().map(|(name, pair)| (format!("{area}.{section}.{name}"), pair)));
        }
    }
    texts
});

/// The values that a sentence has in the places of a text; none where it is another sentence.
fn values<'a>(text: &str, sentence: &'a str) -> Option<Vec<&'a str>> {
    let mut parts = text.split(['{', '}']);
    let mut rest = sentence.strip_prefix(parts.next()?)?;
    let mut values = Vec::new();
    while let (Some(_place), Some(after)) = (parts.next(), parts.next()) {
        let at = if after.is_empty() { rest.len() } else { rest.find(after)? };
        let (value, next) = rest.split_at(at);
        values.push(value);
        rest = next.strip_prefix(after)?;
    }
    rest.is_empty().then_some(values)
}

/// How much of a text is not a place for a value.
fn literal_length(text: &str) -> usize {
    text.split(['{', '}']).step_by(2).map(str::len).sum()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::{Path, PathBuf};

    use super::*;

    fn places(text: &str) -> BTreeSet<&str> {
        text.match_indices('{').filter_map(|(at, _)| text.get(at..at + 3)).collect()
    }

    #[test]
    fn every_text_is_there_in_both_languages_with_the_same_places_for_values() {
        for (key, [chinese, english]) in TEXTS.iter() {
            assert!(!chinese.trim().is_empty() && !english.trim().is_empty(), "{key} is empty");
            assert_eq!(places(chinese), places(english), "{key}");
            let han = |text: &str| text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
            assert!(!han(english) || key == "common.language.other", "{key}: Chinese in the English text");
        }
    }

    fn files(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { files(&path, found) } else { found.push(path) }
        }
    }

    /// Whatever looks like a key (`"area.section.name"` of an area that exists) in templates and sources has a text.
    #[test]
    fn every_key_that_is_used_has_a_text() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut found = Vec::new();
        files(&root.join("templates"), &mut found);
        files(&root.join("src"), &mut found);
        let areas: BTreeSet<&str> = TEXTS.keys().filter_map(|key| key.split('.').next()).collect();
        let mut used = 0;
        for path in found {
            let text = std::fs::read_to_string(&path).unwrap();
            for quoted in text.split('"').skip(1) {
                let parts: Vec<&str> = quoted.split('.').collect();
                let word = |part: &&str| {
                    !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b == b'-' || b == b'_')
                };
                if parts.len() == 3 && areas.contains(parts[0]) && parts.iter().all(word) {
                    assert!(TEXTS.contains_key(quoted), "{quoted} in {} has no text", path.display());
                    used += 1;
                }
            }
        }
        assert!(used > 20, "only {used} keys were found: does this test still look in the right place?");
    }

    #[test]
    fn the_language_is_what_was_chosen_then_what_the_browser_prefers_then_chinese() {
        let of = |accept: &str, cookie: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_LANGUAGE, accept.parse().unwrap());
            headers.insert(header::COOKIE, cookie.parse().unwrap());
            Language::of(&headers)
        };
        assert_eq!(of("fr, en-GB;q=0.8, zh;q=0.5", ""), Language::English);
        assert_eq!(of("en", "language=zh-CN"), Language::Chinese);
        assert_eq!(of("zh-TW", "language=tlh"), Language::Chinese);
        assert_eq!(of("fr", ""), Language::Chinese);
        assert_eq!(of("é".trim_matches('é'), ""), Language::Chinese);
    }
}
