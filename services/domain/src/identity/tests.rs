//! Who links and who does not, on fictional people: the shipped weights against what departments write.

use super::decide::Verdict;
use super::samples::{BODY, born, id, known, named, number, numbered, phone};
use super::*;
use crate::division::Divisions;
use crate::person::{Address, Document, Name, Profile, Sex};

fn resolver() -> Resolver<'static> {
    Resolver { matching: Matching::shipped(), divisions: Divisions::shipped() }
}

fn verdict(a: &Profile, b: &Profile) -> Verdict {
    let resolver = resolver();
    let (a, b) = (resolver.prepare(a), resolver.prepare(b));
    let weighed = resolver.weigh(&a, &b);
    assert_eq!(weighed, resolver.weigh(&b, &a), "symmetric");
    resolver.decide(&weighed)
}

fn persons(profiles: &[Profile]) -> Vec<Vec<usize>> {
    let resolver = resolver();
    let appearing = |(n, profile)| Appearing { id: id(n), profile: resolver.prepare(profile), links: &[], beside: &[] };
    let profiles: Vec<Appearing> = profiles.iter().enumerate().map(appearing).collect();
    resolver.persons(&profiles, &[]).persons
}

/// What housing knows: no number, no birth date, no household.
fn tenant() -> Profile {
    Profile { document: Document::None, birth: None, household: None, ..known() }
}

#[test]
fn one_slip_in_one_field_does_not_part_a_person() {
    let slipped = number(BODY).replace("0315", "0316");
    for other in [
        numbered(known(), &slipped),
        numbered(known(), &format!("{}{}", &BODY[..6], &BODY[8..])),
        numbered(known(), "无"),
        named(known(), "崔国华"),
        named(known(), "崔国㭉"),
        named(known(), "崔桦"),
        born(known(), "1990-03-16"),
        born(numbered(known(), ""), "1991-03-15"),
        Profile { phone: phone("15400000009"), ..known() },
        Profile { household: "320981100".parse().ok(), ..known() },
        Profile { sex: Sex::Unknown, phone: None, address: None, living: None, ..known() },
        tenant(),
    ] {
        assert_eq!(verdict(&known(), &other), Verdict::Link, "{:?}", other.document);
    }
}

#[test]
fn twins_are_two_with_numbers_and_without() {
    let twin = |name: &str| named(numbered(known(), &number("34122119900315403")), name);
    assert_eq!(verdict(&known(), &twin("崔国栋")), Verdict::Apart);
    for bare in [numbered(twin("崔国栋"), ""), numbered(twin("崔建业"), ""), numbered(twin("崔梅"), "")] {
        assert_ne!(verdict(&known(), &bare), Verdict::Link);
        assert_ne!(verdict(&numbered(known(), ""), &bare), Verdict::Link);
    }
    // A twin's number with a slip in it is near the other's.
    assert_ne!(verdict(&known(), &numbered(twin("崔国栋"), "341221199003154030")), Verdict::Link);
    assert_ne!(verdict(&known(), &numbered(twin("崔国栋"), "341221900315403")), Verdict::Link);
}

#[test]
fn father_and_son_are_two_though_they_share_the_door() {
    let son = born(named(numbered(known(), ""), "崔国树"), "2012-08-01");
    assert_eq!(verdict(&known(), &son), Verdict::Apart);
    assert_ne!(verdict(&known(), &Profile { birth: None, ..son }), Verdict::Link);
}

#[test]
fn spouses_are_two_though_they_share_the_door() {
    let wife = Profile { sex: Sex::Female, ..named(tenant(), "李秀岚") };
    assert_eq!(verdict(&known(), &wife), Verdict::Apart);
    assert_eq!(verdict(&tenant(), &Profile { sex: Sex::Unknown, ..wife }), Verdict::Apart);
}

#[test]
fn namesakes_of_one_birth_date_are_not_linked() {
    let elsewhere = Profile {
        document: Document::None,
        phone: phone("15400000009"),
        household: "341221102".parse().ok(),
        living: "320981100".parse().ok(),
        address: None,
        ..known()
    };
    assert_ne!(verdict(&known(), &elsewhere), Verdict::Link);
    let of_the_county = Profile { household: "341221".parse().ok(), ..elsewhere.clone() };
    assert_ne!(verdict(&known(), &of_the_county), Verdict::Link);
    // Nothing else is known: a common name and a birth date are not enough.
    let bare = |name: &str| {
        let profile = named(elsewhere.clone(), name);
        Profile { household: None, living: None, phone: None, ..profile }
    };
    assert_ne!(verdict(&named(known(), "王伟"), &bare("王伟")), Verdict::Link);
}

#[test]
fn next_to_nothing_is_never_linked() {
    let thin = Profile { name: Name::read("阮翊筠"), sex: Sex::Female, ..Profile::default() };
    assert_eq!(verdict(&thin, &thin), Verdict::Apart);
    let with_household = Profile { household: "341221101".parse().ok(), ..thin };
    assert_eq!(verdict(&with_household, &with_household), Verdict::Apart);
    assert_eq!(verdict(&Profile::default(), &Profile::default()), Verdict::Apart);
    assert_eq!(persons(&[with_household.clone(), with_household]), [vec![0], vec![1]]);
}

#[test]
fn a_thin_profile_is_thin_beside_everybody() {
    let name = || Profile { name: Name::read("阮翊筠"), ..Profile::default() };
    let street = Address::read("柏庐路88号", None, Divisions::shipped());
    assert!(street.as_ref().is_some_and(|street| !street.is_door()));
    let thin = [
        Profile::default(),
        name(),
        Profile { household: known().household, sex: Sex::Female, address: street, ..name() },
        Profile { name: None, document: Document::None, ..known() },
    ];
    for thin in thin {
        assert!(thin.is_thin());
        for other in [known(), tenant(), thin.clone(), numbered(known(), "")] {
            let resolver = resolver();
            let weighed = resolver.weigh(&resolver.prepare(&thin), &resolver.prepare(&other));
            assert!(weighed.pattern().is_thin(), "{:?}", weighed.pattern());
        }
    }
    for whole in [
        known(),
        tenant(),
        Profile { birth: known().birth, ..name() },
        Profile { phone: known().phone, ..name() },
        Profile { document: known().document, ..Profile::default() },
    ] {
        let resolver = resolver();
        let weighed = resolver.weigh(&resolver.prepare(&whole), &resolver.prepare(&whole));
        assert!(!whole.is_thin() && !weighed.pattern().is_thin(), "{:?}", weighed.pattern());
    }
}

#[test]
fn two_valid_numbers_are_apart_whatever_else_agrees() {
    let other = numbered(known(), &number("34122119900315403"));
    assert_eq!(verdict(&known(), &other), Verdict::Apart);
    assert_eq!(persons(&[known(), other]), [vec![0], vec![1]]);
}

#[test]
fn a_household_of_five_comes_out_as_five() {
    let wife = Profile { sex: Sex::Female, ..born(named(numbered(known(), ""), "李秀岚"), "1991-05-02") };
    let twin = |name: &str| born(named(numbered(known(), ""), name), "2015-06-07");
    let father = born(named(numbered(known(), ""), "崔国正"), "1962-01-30");
    let door = |profile: Profile| Profile { household: None, birth: None, ..profile };
    let people = [known(), wife, twin("崔雨晨"), twin("崔雨桐"), father];
    let profiles: Vec<Profile> = people.iter().cloned().chain(people.iter().cloned().map(door)).collect();
    let mut found = persons(&profiles);
    found.sort();
    assert_eq!(found, (0..5).map(|n| vec![n, n + 5]).collect::<Vec<_>>());
}

#[test]
fn a_links_reasons_hold_no_identity() {
    let resolver = resolver();
    let profile = known();
    let weighed = resolver.weigh(&resolver.prepare(&profile), &resolver.prepare(&profile));
    let text = serde_json::to_string(&weighed).unwrap() + &format!("{weighed:?}");
    assert!(text.contains("document-same") && text.contains("birth-implied"), "{text}");
    assert!(!text.contains("1990") && !text.contains('崔') && !text.contains("154000"));
    assert_eq!(serde_json::from_str::<Weighed>(&serde_json::to_string(&weighed).unwrap()).unwrap(), weighed);
}

#[test]
fn the_same_street_in_another_town_is_no_door() {
    let address = Address::read("柏庐路88号3幢402室", None, Divisions::shipped());
    let elsewhere = Profile { living: "320981100".parse().ok(), phone: None, address, ..tenant() };
    assert_ne!(verdict(&known(), &elsewhere), Verdict::Link);
}
