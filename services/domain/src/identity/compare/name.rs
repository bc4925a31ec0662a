//! Names: by characters, by sound, by what is left when one character went wrong; and how rare that is.

use super::super::frequency::{By, Names, TRANSCRIBED_SHARE};
use super::super::matching::Level;
use super::super::prepared::{NameForm, NameShape, Prepared};
use super::transcribed;

/// The level, and the share of names in which what agrees occurs (1 where the level's own share is fixed).
pub(super) fn compare(a: &Prepared<'_>, b: &Prepared<'_>) -> (Level, f64) {
    let (Some(x), Some(y)) = (&a.name, &b.name) else { return (Level::Missing, 1.0) };
    let level = level(x, y, a.profile.name == b.profile.name);
    (level, share(x, y, level))
}

fn level(a: &NameForm, b: &NameForm, written_alike: bool) -> Level {
    if a.chars == b.chars {
        return if written_alike { Level::NameExact } else { Level::NameVariant };
    }
    match (a.shape, b.shape) {
        // A name in Latin letters says nothing against one in Chinese characters.
        (NameShape::Foreign, NameShape::Foreign) => transcribed::compare(a, b),
        (NameShape::Foreign, _) | (_, NameShape::Foreign) => Level::Missing,
        (NameShape::Chinese { surname: x }, NameShape::Chinese { surname: y }) => chinese(a, b, (x, y)),
        _ => transcribed::compare(a, b),
    }
}

fn chinese(a: &NameForm, b: &NameForm, surnames: (usize, usize)) -> Level {
    let positions = || (0..a.chars.len()).map(|at| agrees(a, b, at));
    if a.chars.len() == b.chars.len() && !is_turned_round(a, b) {
        if positions().all(|by| matches!(by, Some(By::Character | By::Sound))) {
            return Level::NameSound;
        }
        if positions().all(|by| by.is_some()) {
            return Level::NameTone;
        }
    }
    let same_surname = surnames.0 == surnames.1
        && a.chars.len().min(b.chars.len()) >= surnames.0
        && a.chars[..surnames.0] == b.chars[..surnames.0];
    match kept(a, b) {
        // Of the surname alone nothing follows; of the given name alone little.
        Some(kept) if !(same_surname && kept.len() <= surnames.0) => Level::NameOneCharacter,
        _ if same_surname => Level::NameSurname,
        _ => Level::NameDifferent,
    }
}

/// The same characters in another order, as twins are named: 怡一 and 一怡. That they sound alike is no slip then.
fn is_turned_round(a: &NameForm, b: &NameForm) -> bool {
    let sorted = |name: &NameForm| {
        let mut chars = name.chars.clone();
        chars.sort_unstable();
        chars
    };
    sorted(a) == sorted(b)
}

/// By what the characters at one place agree.
pub(super) fn agrees(a: &NameForm, b: &NameForm, at: usize) -> Option<By> {
    character_agrees(a, at, b, at)
}

pub(super) fn character_agrees(a: &NameForm, at: usize, b: &NameForm, there: usize) -> Option<By> {
    if a.chars[at] == b.chars[there] {
        return Some(By::Character);
    }
    let (x, y) = (&a.readings[at], &b.readings[there]);
    if x.iter().any(|one| y.iter().any(|other| one.toned == other.toned)) {
        Some(By::Sound)
    } else if x.iter().any(|one| y.iter().any(|other| one.plain == other.plain)) {
        Some(By::Syllable)
    } else {
        None
    }
}

/// The places (in the shorter name) of what two names share when one character was replaced, lost or added; none for
/// names further apart.
fn kept(a: &NameForm, b: &NameForm) -> Option<Vec<usize>> {
    let (short, long) = if a.chars.len() <= b.chars.len() { (&a.chars, &b.chars) } else { (&b.chars, &a.chars) };
    let start = short.iter().zip(long).take_while(|(x, y)| x == y).count();
    let kept: Vec<usize> = match long.len() - short.len() {
        0 if short[start + 1..] == long[start + 1..] => (0..short.len()).filter(|at| *at != start).collect(),
        1 if short[start..] == long[start + 1..] => (0..short.len()).collect(),
        _ => Vec::new(),
    };
    (!kept.is_empty()).then_some(kept)
}

/// The rarity of what agrees. Taken from both sides and the greater one kept, so that it is symmetric.
fn share(a: &NameForm, b: &NameForm, level: Level) -> f64 {
    let both = |share: &dyn Fn(&NameForm) -> f64| share(a).max(share(b));
    match level {
        Level::NameExact | Level::NameVariant => both(&|name| whole(name, By::Character)),
        Level::NameSound => both(&|name| whole(name, By::Sound)),
        Level::NameTone => both(&|name| whole(name, By::Syllable)),
        Level::NameOneCharacter => {
            let (short, long) = if a.chars.len() <= b.chars.len() { (a, b) } else { (b, a) };
            let kept = kept(short, long).unwrap_or_default();
            let one = |name: &NameForm| kept.iter().map(|at| at_place(name, *at, By::Character)).product::<f64>();
            // The slip may be anywhere.
            let places = long.chars.len() as f64;
            (places * if short.chars.len() == long.chars.len() { one(short).max(one(long)) } else { one(short) })
                .min(1.0)
        }
        Level::NameSurname => both(&|name| match name.shape {
            NameShape::Chinese { surname } => Names::shipped().surname(&name.chars[..surname], By::Character),
            // A father's name is as common as a given name.
            NameShape::Transcribed { .. } | NameShape::Foreign => 0.01,
        }),
        _ => 1.0,
    }
}

/// Share of a whole name.
fn whole(name: &NameForm, by: By) -> f64 {
    let NameShape::Chinese { surname } = name.shape else { return TRANSCRIBED_SHARE };
    let product: f64 = (0..name.chars.len()).map(|at| at_place(name, at, by)).product();
    let share = product * Names::given_length(name.chars.len() - surname);
    // Surnames outside the table are also those of short transcribed names.
    if Names::shipped().knows_surname(&name.chars[..surname]) { share } else { share.max(TRANSCRIBED_SHARE) }
}

/// Share of what stands at one place; the surname counts once.
fn at_place(name: &NameForm, at: usize, by: By) -> f64 {
    let names = Names::shipped();
    match name.shape {
        NameShape::Chinese { surname } if at == 0 => names.surname(&name.chars[..surname], by),
        NameShape::Chinese { surname } if at < surname => 1.0,
        _ => names.given(name.chars[at], by),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::division::Divisions;
    use crate::person::{Name, Profile};

    // Every name here is fictional.

    fn compared(a: &str, b: &str) -> (Level, f64) {
        let profile = |name: &str| Profile { name: Name::read(name), ..Profile::default() };
        let (a, b) = (profile(a), profile(b));
        let divisions = Divisions::shipped();
        let (a, b) = (Prepared::new(&a, divisions), Prepared::new(&b, divisions));
        let found = compare(&a, &b);
        assert_eq!(found, compare(&b, &a), "symmetric");
        found
    }

    #[test]
    fn names_are_graded_by_characters_and_sound() {
        for (a, b, expected) in [
            ("张国华", "张国华", Level::NameExact),
            ("张国华", "張國華", Level::NameVariant),
            ("张国华", "章国华", Level::NameSound),
            ("单晓明", "善笑明", Level::NameTone),
            ("张国华", "张国花", Level::NameSound),
            ("张怡一", "张一怡", Level::NameSurname),
            ("张国华", "张国强", Level::NameOneCharacter),
            ("张国华", "张华", Level::NameOneCharacter),
            ("张国华", "弓国华", Level::NameOneCharacter),
            ("张伟", "张强", Level::NameSurname),
            ("张国华", "张明", Level::NameSurname),
            ("张国华", "李秀英", Level::NameDifferent),
            ("张国华", "ZHANG GUOHUA", Level::Missing),
            ("张国华", "不详", Level::Missing),
            ("欧阳明", "欧阳强", Level::NameSurname),
        ] {
            assert_eq!(compared(a, b).0, expected, "{a} {b}");
        }
    }

    #[test]
    fn heteronyms_sound_alike_in_any_of_their_readings() {
        // 单 is shan as a surname and dan elsewhere; 乐 is le and yue.
        assert_eq!(compared("单国华", "善国华").0, Level::NameSound);
        assert_eq!(compared("张乐", "张月").0, Level::NameSound);
    }

    #[test]
    fn a_rare_name_weighs_more_than_a_common_one() {
        let share = |name| compared(name, name).1;
        assert!(share("王伟") > 100.0 * share("阮翊筠"), "{} {}", share("王伟"), share("阮翊筠"));
        assert!(compared("王伟", "王玮").1 >= share("王伟"));
        assert!(share("阿依古丽·买买提") >= TRANSCRIBED_SHARE);
    }

    #[test]
    fn transcribed_names_meet_without_the_fathers_part_and_siblings_do_not() {
        for (a, b, expected) in [
            ("阿依古丽·买买提", "阿依古丽", Level::NameTranscribed),
            ("阿依古丽·买买提", "阿依古丽·麦麦提", Level::NameSound),
            ("阿依古丽·买买提", "阿依古丽·买买提江", Level::NameTranscribed),
            ("阿依古丽·买买提", "帕提古丽·买买提", Level::NameSurname),
            ("阿依古丽·买买提", "阿依古丽·吐尔逊", Level::NameDifferent),
            ("阿依古丽·买买提", "阿依古丽买买提", Level::NameVariant),
            ("JOHN SMITH", "JOHN SMYTH", Level::NameTranscribed),
            ("JOHN SMITH", "MARY JONES", Level::NameDifferent),
        ] {
            let found = compared(a, b).0;
            let tone_or_sound = [Level::NameSound, Level::NameTone];
            assert!(
                found == expected || (tone_or_sound.contains(&found) && tone_or_sound.contains(&expected)),
                "{a} {b}: {found:?}"
            );
        }
    }

    proptest! {
        #[test]
        fn any_two_names_compare_without_panic_and_alike_from_both_sides(a in any::<String>(), b in any::<String>()) {
            compared(&a, &b);
        }

        #[test]
        fn any_two_chinese_names_compare_alike_from_both_sides(
            a in "[张章王欧阳国华花伟·阿A]{1,6}", b in "[张章王欧阳国华花伟·阿A]{1,6}",
        ) {
            let (level, share) = compared(&a, &b);
            prop_assert!(share > 0.0 && share <= 1.0, "{level:?} {share}");
        }
    }
}
