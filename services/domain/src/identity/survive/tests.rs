use uuid::Uuid;

use super::super::matching::Matching;
use super::*;

// Every name and phone here is fictional.

fn profile(name: &str, phone: &str) -> Profile {
    Profile { name: Name::read(name), phone: Phone::read(phone).unwrap(), ..Profile::default() }
}

fn voice<'a>(id: u128, profile: &'a Profile, feed: Feed, day: u32) -> Voice<'a> {
    let last = format!("2026-03-{day:02}T08:00:00+08:00").parse().unwrap();
    Voice { id: ProfileId(Uuid::from_u128(id)), profile, superseded: false, sources: vec![(feed, last)] }
}

fn shown(voices: &[Voice<'_>], frozen: &Frozen) -> (String, String) {
    let shown = survive(voices, &Matching::shipped().trust, frozen);
    (shown.name.unwrap().shown().to_owned(), shown.phone.unwrap().as_str().to_owned())
}

#[test]
fn each_field_follows_whom_it_trusts_most_and_then_the_latest_word() {
    let (police, township, later) =
        (profile("张国华", "15400000001"), profile("张国花", "15400000002"), profile("章国华", "15400000003"));
    let voices = [
        voice(1, &police, Feed::Police, 1),
        voice(2, &township, Feed::Township, 2),
        voice(3, &later, Feed::Township, 3),
    ];
    assert_eq!(shown(&voices, &Frozen::default()), ("张国华".into(), "15400000003".into()));
    assert_eq!(shown(&voices[1..], &Frozen::default()), ("章国华".into(), "15400000003".into()));
}

#[test]
fn a_correction_holds_until_it_is_lifted() {
    let police = profile("张国华", "15400000001");
    let voices = [voice(1, &police, Feed::Police, 1)];
    let frozen = Frozen { name: Name::read("张国桦"), ..Frozen::default() };
    assert_eq!(shown(&voices, &frozen), ("张国桦".into(), "15400000001".into()));
    assert_eq!(format!("{frozen:?}"), "Frozen(sealed)");
}

#[test]
fn an_identity_that_the_police_changed_stands_back() {
    let (old, new) = (profile("张国华", "15400000001"), profile("张建华", "15400000002"));
    let superseded = Voice { superseded: true, ..voice(1, &old, Feed::Police, 9) };
    let voices = [superseded.clone(), voice(2, &new, Feed::Housing, 1)];
    assert_eq!(shown(&voices, &Frozen::default()), ("张建华".into(), "15400000002".into()));
    assert_eq!(shown(&[superseded], &Frozen::default()).0, "张国华");
}

#[test]
fn the_order_of_voices_never_shows() {
    let (one, other) = (profile("张国华", "15400000001"), profile("张国花", "15400000002"));
    let voices = [voice(1, &one, Feed::Hr, 1), voice(2, &other, Feed::Hr, 1)];
    let turned = [voices[1].clone(), voices[0].clone()];
    assert_eq!(shown(&voices, &Frozen::default()), shown(&turned, &Frozen::default()));
}
