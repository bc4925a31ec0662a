use proptest::prelude::*;

use super::super::super::matching::{Level, Matching};
use super::super::super::samples::{born, known, named, numbered, phone};
use super::super::{LinkChanges, train};
use super::*;
use crate::division::Divisions;

const SEED: u64 = 20_261_124;

fn resolver() -> Resolver<'static> {
    Resolver { matching: Matching::shipped(), divisions: Divisions::shipped() }
}

/// So many fictional people of one phone, each born on another day.
fn people(many: u32) -> Vec<Profile> {
    let birth = |n: u32| chrono::NaiveDate::from_ymd_opt(1950, 1, 1).unwrap() + chrono::Days::new(n.into());
    (0..many).map(|n| Profile { birth: Some(birth(n)), ..numbered(known(), "") }).collect()
}

fn drawn(profiles: &[Profile], limits: DrawLimits, seed: u64) -> Drawn {
    let mut draw = Draw::new(resolver(), limits, seed);
    profiles.iter().for_each(|profile| draw.add(profile));
    draw.finish()
}

#[test]
fn every_pair_is_drawn_once_where_all_fit() {
    let profiles = people(20);
    let drawn = drawn(&profiles, DrawLimits::default(), SEED);
    assert_eq!((drawn.random_pairs, drawn.met.count(), drawn.one_key_in), (190, 190, 1));
}

#[test]
fn an_equal_profile_offered_again_changes_nothing() {
    let profiles = people(20);
    let twice: Vec<Profile> = profiles.iter().chain(&profiles).cloned().collect();
    let limits = DrawLimits { profiles_max: 7, random_profiles_max: 5, ..DrawLimits::default() };
    assert_eq!(drawn(&profiles, limits, SEED), drawn(&twice, limits, SEED));
}

#[test]
fn more_than_the_limits_is_never_drawn() {
    let limits = DrawLimits {
        profiles_max: 1000,
        random_profiles_max: 30,
        random_pairs_max: 100,
        key_pairs_max: 40,
        met_pairs_max: 60,
    };
    let drawn = drawn(&people(90), limits, SEED);
    assert_eq!(drawn.random_pairs, 100);
    assert!(drawn.met.count() > 0 && drawn.met.count() <= 60, "{}", drawn.met.count());
}

#[test]
fn what_a_drawn_key_joins_is_there_whole() {
    // Two of each, alike but for the phone; no two of them share a phone with anybody else.
    let two = |n: u32| {
        let number = |of: u32| phone(&format!("154{of:08}"));
        let one = Profile {
            phone: number(2 * n),
            household: None,
            living: None,
            address: None,
            ..people(400).swap_remove(n as usize)
        };
        [one.clone(), Profile { phone: number(2 * n + 1), ..one }]
    };
    let profiles: Vec<Profile> = (0..400).flat_map(two).collect();
    let drawn = drawn(&profiles, DrawLimits { profiles_max: 100, ..DrawLimits::default() }, SEED);
    assert!(drawn.one_key_in >= 8, "{}", drawn.one_key_in);
    assert!((10..=50).contains(&drawn.met.count()), "{}: of about every eighth both are there", drawn.met.count());
}

#[test]
fn under_a_crowded_key_only_those_meet_who_share_more() {
    // One phone for all; the sound of the name refines it.
    let agent = |n: u32, name: &str| {
        named(Profile { household: None, living: None, address: None, ..people(300).swap_remove(n as usize) }, name)
    };
    let profiles: Vec<Profile> = (0..300)
        .map(|n| {
            agent(
                n,
                if n < 4 {
                    "崔国桦"
                } else if n % 2 == 0 {
                    "李秀岚"
                } else {
                    "王建业"
                },
            )
        })
        .collect();
    let drawn = drawn(&profiles, DrawLimits { key_pairs_max: u64::MAX, ..DrawLimits::default() }, SEED);
    // 4 of one name, 148 of each of the others.
    assert_eq!(drawn.met.count(), 6 + 2 * (148 * 147 / 2));
}

#[test]
fn another_seed_draws_others() {
    let limits = DrawLimits { random_pairs_max: 50, ..DrawLimits::default() };
    let profiles: Vec<Profile> =
        people(60).into_iter().enumerate().map(|(n, of)| if n % 3 == 0 { named(of, "李秀岚") } else { of }).collect();
    assert_ne!(drawn(&profiles, limits, 1).sample, drawn(&profiles, limits, 2).sample);
    assert_eq!(drawn(&profiles, limits, 1).sample, drawn(&profiles, limits, 1).sample);
}

#[test]
fn links_made_and_lost_are_counted_by_the_pairs_own_weights() {
    let pair = |other: Profile| drawn(&[known(), other], DrawLimits::default(), SEED).met;
    let with = |link: &str, review: &str| {
        let text = Matching::shipped_text().replace("link = 6.0", link).replace("review = 5.0", review);
        Matching::read(&text).unwrap()
    };
    let strict = with("link = 900.0", "review = 800.0");
    let same = pair(born(known(), "1990-03-16"));
    let lost = LinkChanges { pairs: 1, links_before: 1, links_lost: 1, ..LinkChanges::default() };
    assert_eq!(same.changes(Matching::shipped(), &strict), lost);
    let made = LinkChanges { pairs: 1, links_after: 1, links_made: 1, ..LinkChanges::default() };
    assert_eq!(same.changes(&strict, Matching::shipped()), made);
    let asked = same.changes(Matching::shipped(), &with("link = 900.0", "review = -900.0"));
    assert_eq!(asked, LinkChanges { into_review: 1, ..lost });
    let unchanged = same.changes(Matching::shipped(), Matching::shipped());
    assert_eq!(unchanged, LinkChanges { pairs: 1, links_before: 1, links_after: 1, ..LinkChanges::default() });
}

#[test]
fn what_is_drawn_can_be_trained_with() {
    // Everybody twice, the second time with another phone: so of one human few share it.
    let other_phone = |(n, of): (usize, &Profile)| Profile { phone: phone(&format!("153{n:08}")), ..of.clone() };
    let profiles = people(1000);
    let profiles: Vec<Profile> = profiles.iter().cloned().chain(profiles.iter().enumerate().map(other_phone)).collect();
    let drawn = drawn(&profiles, DrawLimits::default(), SEED);
    let trained = train(Matching::shipped(), &drawn.sample).matching;
    let m = |matching: &Matching| matching.rates(Level::BirthExact).unwrap().m;
    assert_ne!(m(&trained), m(Matching::shipped()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn the_order_of_profiles_never_shows(order in Just((0..60).collect::<Vec<usize>>()).prop_shuffle(), seed in any::<u64>()) {
        let profiles = people(60);
        let shuffled: Vec<Profile> = order.into_iter().map(|at| profiles[at].clone()).collect();
        let limits = DrawLimits { profiles_max: 20, random_profiles_max: 12, random_pairs_max: 30, key_pairs_max: 25, met_pairs_max: 70 };
        prop_assert_eq!(drawn(&profiles, limits, seed), drawn(&shuffled, limits, seed));
    }
}
