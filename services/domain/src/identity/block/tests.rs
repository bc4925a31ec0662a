use proptest::prelude::*;

use super::super::samples::{BODY, born, known, named, number, numbered, phone};
use super::*;
use crate::division::Divisions;
use crate::person::{Name, Profile};

fn keys(profile: &Profile) -> Vec<BlockingKey> {
    blocking_keys(&Prepared::new(profile, Divisions::shipped()))
}

/// The blocks under which two profiles meet.
fn meet(a: &Profile, b: &Profile) -> Vec<Block> {
    let (a, b) = (keys(a), keys(b));
    a.iter().filter(|x| b.iter().any(|y| x.block == y.block && x.values == y.values)).map(|key| key.block).collect()
}

#[test]
fn a_profile_has_eight_keys_at_most_and_nine_with_a_doubtful_birth_date() {
    assert_eq!(keys(&known()).len(), 8);
    let doubtful = numbered(known(), &number(BODY).replace("0315", "0316"));
    assert_eq!(keys(&doubtful).len(), 9);
    assert_eq!(keys(&Profile::default()).len(), 0);
}

#[test]
fn any_slip_in_any_one_field_leaves_a_key_in_common() {
    let bare = || numbered(known(), "");
    for (what, other) in [
        ("15 digits", numbered(known(), &format!("{}{}", &BODY[..6], &BODY[8..]))),
        ("no number", bare()),
        ("homophone", named(bare(), "崔国华")),
        ("misread", named(bare(), "崔国梓")),
        ("shortened", named(bare(), "崔桦")),
        ("surname misread", named(bare(), "雀国桦")),
        ("traditional", named(bare(), "崔國樺")),
        ("day and month", born(bare(), "1990-12-15")),
        ("a year off", born(bare(), "1991-03-15")),
        ("no birth date", Profile { birth: None, ..bare() }),
        ("another phone", Profile { phone: phone("15400000009"), ..bare() }),
        ("no phone", Profile { phone: None, ..bare() }),
        ("no household", Profile { household: None, ..bare() }),
        ("county only", Profile { household: "341221".parse().ok(), ..bare() }),
        ("moved household", Profile { household: "320981100".parse().ok(), ..bare() }),
        ("moved", Profile { living: "320981100".parse().ok(), address: None, ..bare() }),
    ] {
        assert!(!meet(&known(), &other).is_empty(), "{what}");
    }
}

#[test]
fn what_only_a_name_and_one_more_field_hold_meets_the_whole() {
    let only = |profile: Profile| Profile { name: known().name, ..profile };
    for (block, profile) in [
        (Block::NameBirth, only(Profile { birth: known().birth, ..Profile::default() })),
        (Block::Phone, only(Profile { phone: known().phone, ..Profile::default() })),
        (Block::NameCounty, only(Profile { household: known().household, ..Profile::default() })),
        (Block::NameLiving, only(Profile { living: known().living, ..Profile::default() })),
    ] {
        assert_eq!(meet(&known(), &profile), [block]);
    }
}

#[test]
fn day_and_month_meet_in_the_refined_form_when_they_change_places() {
    let county = |profile: &Profile| keys(profile).into_iter().find(|key| key.block == Block::NameCounty).unwrap();
    let (one, other) = (born(known(), "1990-03-07"), born(known(), "1991-07-03"));
    assert_eq!(county(&one).refined, county(&other).refined);
}

#[test]
fn an_old_and_a_new_code_of_one_county_meet() {
    let household =
        |code: &str| Profile { household: code.parse().ok(), birth: None, ..named(Profile::default(), "崔国桦") };
    assert_eq!(meet(&household("320584"), &household("320509")), [Block::NameCounty]);
}

#[test]
fn a_transcribed_name_meets_its_own_part() {
    let born_as = |name: &str| born(named(Profile::default(), name), "1990-03-15");
    assert_eq!(meet(&born_as("阿依古丽·买买提"), &born_as("阿依古丽")), [Block::NameBirth]);
}

#[test]
fn a_crowded_key_is_refined_and_one_crowded_even_then_is_closed() {
    // Ten people lend their phone to an agent: four of them share a name's sound.
    let profiles: Vec<Profile> = (0..10)
        .map(|n| Profile {
            phone: phone("15400000001"),
            name: Name::read(if n < 4 {
                "崔国桦"
            } else {
                ["王一", "王二", "王三", "赵四", "孙五", "钱六"][n - 4]
            }),
            ..Profile::default()
        })
        .collect();
    let keys: Vec<Vec<BlockingKey>> = profiles.iter().map(keys).collect();
    let pairs = |max| {
        let crowds = Crowds::of(&keys, max);
        pairs_sharing_a_key(&keys, |key| crowds.form(key)).len()
    };
    assert_eq!(pairs(10), 45);
    assert_eq!(pairs(9), 6);
    assert_eq!(pairs(3), 0);
}

#[test]
fn a_key_never_shows_in_debug() {
    let text = format!("{:?}", keys(&known()));
    assert!(text.contains("BlockingKey(Phone)") && !text.contains("154") && !text.contains("cui"));
}

proptest! {
    #[test]
    fn any_digit_replaced_in_a_number_still_meets_with_name_and_embedded_or_stated_birth_date(
        at in 0usize..18, digit in 0u8..10, stated in any::<bool>(),
    ) {
        let mut slipped = number(BODY).into_bytes();
        slipped[at] = b'0' + digit;
        let slipped = numbered(Profile { name: known().name, ..Profile::default() }, &String::from_utf8(slipped).unwrap());
        let other = Profile { birth: known().birth.filter(|_| stated), ..slipped };
        prop_assert!(!meet(&known(), &other).is_empty());
    }

    #[test]
    fn any_two_neighbours_turned_in_a_number_still_meet_with_name_and_stated_birth_date(at in 1usize..18) {
        let mut turned = number(BODY).into_bytes();
        turned.swap(at - 1, at);
        let profile = Profile { name: known().name, birth: known().birth, ..Profile::default() };
        let turned = numbered(profile, &String::from_utf8(turned).unwrap());
        prop_assert!(!meet(&known(), &turned).is_empty());
    }

    #[test]
    fn any_text_gives_keys_without_panic(written in any::<String>(), name in any::<String>()) {
        let _ = keys(&named(numbered(known(), &written), &name));
    }
}
