//! Boundary changes: nobody moves by one. What was told is handed over to whoever hears for the place from then on, and
//! the table in force is a function of what was announced. Every person here is fictional.

#![allow(clippy::unwrap_used)]

mod support;

use std::collections::BTreeSet;

use chrono::{DateTime, FixedOffset};
use liangdi_domain::division::{Announcement, Change, ChangeKind, Divisions, Entry, Fault, Register, Ruling};
use liangdi_domain::evidence::{CancelReason, Fact, MessageKey, Outcome, Registrar, StayReason};
use liangdi_domain::notice::NoticeKind;
use proptest::prelude::*;
use support::{HOME, KUNSHAN, Registration, Story, WUJIANG, code, day, inflow, lease, outflow, registered};

/// Two towns of Shuyang that become one, and the one.
const TOWNS: [&str; 2] = [HOME, "321322102"];
const UNITED: &str = "321322190";

fn entry(text: &str, parent: &str) -> Entry {
    Entry { code: code(text), name: format!("测试镇{}", &text[text.len() - 3..]), parent: code(parent) }
}

/// An announcement of Jiangsu's civil affairs; townships lie in the county their digits say.
fn announced(id: &str, kind: ChangeKind, from: &[&str], to: &[&str], on: &str) -> Announcement {
    let entries = |codes: &[&str]| -> Vec<Entry> {
        codes.iter().map(|text| entry(text, code(text).parent().unwrap().as_str())).collect()
    };
    let change = Change {
        number: format!("测试-{id}"),
        kind,
        from: entries(from),
        to: entries(to),
        effective_on: day(on),
        villages: Default::default(),
    };
    let key = MessageKey { source: "urn:liangdi:civil-affairs:320000".to_owned(), id: id.to_owned() };
    let time: DateTime<FixedOffset> = "2026-11-10T09:00:00+08:00".parse().unwrap();
    Announcement { key, time, change, settled: false }
}

fn merger(on: &str) -> Announcement {
    announced("merger", ChangeKind::Merge, &TOWNS, &[UNITED], on)
}

/// A town that becomes two; its first village comes to the first, its second to the second.
fn split(from: &str, to: [&str; 2], on: &str) -> Announcement {
    let mut split = announced("split", ChangeKind::Split, &[from], &to, on);
    for (village, township) in [("001", to[0]), ("002", to[1])] {
        split.change.villages.insert(code(&format!("{from}{village}")), code(township));
    }
    split
}

fn register(announcements: Vec<Announcement>) -> Register {
    Register::of(Divisions::shipped(), announcements, vec![])
}

fn on(announcements: &[Announcement], today: &str) -> Divisions {
    register(announcements.to_vec()).on(day(today))
}

fn ruling(announcements: &[Announcement], id: &str) -> Ruling {
    let register = register(announcements.to_vec());
    let found = register.rulings().iter().find(|(announcement, _)| announcement.key.id == id);
    found.unwrap().1.clone()
}

fn called(divisions: &Divisions, text: &str) -> String {
    divisions.resolve(code(text)).unwrap().code.to_string()
}

#[test]
fn a_merger_holds_from_its_day_on_and_old_codes_stay_readable() {
    let merger = [merger("2026-12-01")];
    let before = on(&merger, "2026-11-30");
    assert_eq!(called(&before, HOME), HOME);
    let after = on(&merger, "2026-12-01");
    for old in TOWNS {
        assert_eq!(called(&after, old), UNITED);
        assert_eq!(called(&after, &format!("{old}001")), UNITED, "so are its villages");
        assert_eq!(after.receiver(code(old)), Some(code(UNITED)));
        assert_eq!(after.name(code(old)), Divisions::shipped().name(code(old)), "what it was called stays known");
    }
    assert_eq!(after.full_name(code(HOME)), "江苏省宿迁市沭阳县测试镇190");
    let jurisdictions = after.jurisdictions();
    assert!([HOME, UNITED].iter().all(|text| jurisdictions.contains(&code(text))), "the old inbox stays");
}

#[test]
fn a_split_goes_by_villages_and_what_nobody_can_place_goes_to_the_county() {
    let after = on(&[split(HOME, ["321322191", "321322192"], "2026-12-01")], "2026-12-01");
    assert_eq!(called(&after, &format!("{HOME}001")), "321322191");
    assert_eq!(called(&after, &format!("{HOME}002")), "321322192");
    assert_eq!(called(&after, &format!("{HOME}003")), "321322");
    assert_eq!(called(&after, HOME), "321322");
}

#[test]
fn what_lies_below_a_county_goes_along_under_its_new_digits() {
    let recoded = announced("county", ChangeKind::Recode, &["320583"], &["320515"], "2026-12-01");
    let after = on(&[recoded], "2026-12-01");
    assert_eq!(called(&after, KUNSHAN), "320515100");
    assert_eq!(called(&after, "320583100001"), "320515100001");
    assert_eq!(after.full_name(code("320515100")), "江苏省苏州市测试镇515玉山镇");
    assert!(after.is_in_force(code("320515100")) && !after.is_in_force(code(KUNSHAN)));
}

#[test]
fn what_cannot_be_followed_says_where_and_why() {
    let refused = |announcements: &[Announcement], id: &str| match ruling(announcements, id) {
        Ruling::Refused(fault) => fault,
        other => panic!("{other:?}"),
    };
    let recode = |id, from, to, on| announced(id, ChangeKind::Recode, &[from], &[to], on);
    let unknown = recode("x", "321322990", "321322991", "2026-12-01");
    assert_eq!(refused(&[unknown], "x"), Fault::Unknown("/from/0/code".to_owned()));
    let taken = recode("x", HOME, "321322103", "2026-12-01");
    assert_eq!(refused(&[taken], "x"), Fault::Taken("/to/0/code".to_owned()));
    let there = recode("a", HOME, UNITED, "2026-12-01");
    let back = recode("b", UNITED, HOME, "2026-12-01");
    assert_eq!(refused(&[there.clone(), back], "b"), Fault::Cycle("/from/0/code".to_owned()));
    let other = recode("c", HOME, "321322191", "2026-12-01");
    assert_eq!(refused(&[there.clone(), other], "c"), Fault::Conflict("/from/0/code".to_owned()));
    let late = recode("d", HOME, "321322191", "2026-12-02");
    assert_eq!(refused(&[there.clone(), late], "d"), Fault::Unknown("/from/0/code".to_owned()));
    let reused = recode("e", "321322102", HOME, "2027-01-01");
    assert_eq!(
        refused(&[there, reused], "e"),
        Fault::Taken("/to/0/code".to_owned()),
        "a code names one place for ever"
    );
    let mut orphan = recode("f", HOME, UNITED, "2026-12-01");
    orphan.change.to[0].parent = code("320583");
    assert_eq!(refused(&[orphan], "f"), Fault::Shape("/to/0/parent".to_owned()));
    let swap = announced("g", ChangeKind::Recode, &TOWNS, &[TOWNS[1], TOWNS[0]], "2026-12-01");
    assert_eq!(refused(&[swap], "g"), Fault::Cycle("/from/0/code".to_owned()));
    let mut astray = split(HOME, ["321322191", "321322192"], "2026-12-01");
    astray.change.villages.insert(code("321322103001"), code("321322191"));
    assert_eq!(refused(&[astray], "split"), Fault::Shape("/villages".to_owned()));
}

#[test]
fn under_one_number_an_offices_last_word_counts() {
    let first = merger("2026-12-01");
    let mut second = announced("again", ChangeKind::Merge, &TOWNS, &["321322191"], "2026-12-01");
    second.change.number = first.change.number.clone();
    second.time += chrono::Duration::days(1);
    assert_eq!(ruling(&[second.clone(), first.clone()], "merger"), Ruling::Superseded);
    assert_eq!(called(&on(&[second, first], "2026-12-01"), HOME), "321322191");
}

/// Somebody of [`HOME`] who lives in Kunshan; the open questions are told and `later` comes to be.
fn told(later: &[Announcement]) -> Story {
    let mut story = Story::new();
    story.says("police", registered(KUNSHAN, "2026-10-01"));
    story.tell();
    story.today = day("2026-12-01");
    story.divisions = on(later, "2026-12-01");
    story
}

#[test]
fn the_successor_is_told_what_is_open_and_nothing_is_taken_back() {
    let mut story = told(&[merger("2026-12-01")]);
    let case = story.open()[0].case;
    let notices = story.tell();
    let handed: Vec<_> = notices.iter().filter(|notice| notice.kind == NoticeKind::Supersede).collect();
    assert_eq!(handed.len(), 1);
    assert_eq!((handed[0].receiver.0.as_str(), handed[0].case), (UNITED, case), "the same case goes on");
    assert_eq!(handed[0].data["kind"], "inflow");
    assert_eq!(handed[0].data["data"]["household"]["division"], UNITED);
    assert!(handed[0].due_on.is_some() && handed[0].supersedes.is_none(), "what it replaces is another inbox's");
    let kinds: BTreeSet<_> = notices.iter().map(|notice| notice.kind).collect();
    let allowed = BTreeSet::from([NoticeKind::Supersede, NoticeKind::Reminder]);
    assert!(kinds.is_subset(&allowed), "nobody came or left: {kinds:?}");
    assert!(story.tell().is_empty());
}

#[test]
fn the_successors_answer_stops_the_clock_that_the_division_was_given() {
    let mut story = told(&[merger("2026-12-01")]);
    let handed = story.tell().into_iter().find(|notice| notice.kind == NoticeKind::Supersede).unwrap();
    story.replies(&handed, Outcome::Confirmed, None);
    story.tell();
    assert!(story.open()[0].asked.unwrap().answered);
}

#[test]
fn a_withdrawn_merger_gives_back_what_was_handed_over() {
    let mut story = told(&[merger("2026-12-01")]);
    story.tell();
    story.divisions = Register::of(Divisions::shipped(), vec![], vec![merger("2026-12-01").change]).on(story.today);
    let notices = story.tell();
    assert_eq!(notices.len(), 1);
    assert_eq!((notices[0].receiver.0.as_str(), notices[0].kind), (HOME, NoticeKind::Supersede));
}

#[test]
fn two_stays_in_towns_that_become_one_stay_two() {
    let mut story = Story::new();
    let towns = ["320583102", "320583103"];
    story.says_under("DJ-1", "police", registered(towns[0], "2026-03-01"));
    story.ends("DJ-1", "2026-06-01", CancelReason::Left);
    story.says_under("DJ-2", "police", registered(towns[1], "2026-06-01"));
    story.tell();
    let before = places(&story);
    story.today = day("2026-12-01");
    story.divisions = on(&[announced("m", ChangeKind::Merge, &towns, &["320583190"], "2026-12-01")], "2026-12-01");
    let notices = story.tell();
    assert!(notices.iter().all(|notice| !matches!(
        notice.kind,
        NoticeKind::Inflow | NoticeKind::Retract | NoticeKind::Departed | NoticeKind::ResidenceChanged
    )));
    assert_eq!(places(&story), before);
    // Registered anew under the new code it is the same stay.
    story.says_under("DJ-3", "police", registered("320583190", "2026-12-01"));
    story.tell();
    assert_eq!(places(&story).iter().filter(|place| place.contains("Inflow")).count(), 1);
}

#[test]
fn a_transfer_to_another_county_makes_nobody_a_migrant() {
    let mut story = Story::new();
    let household = Some(code("320583101"));
    story.says("police", Registration { household, ..Registration::at(KUNSHAN, "2026-10-01") }.fact());
    assert!(story.tell().is_empty(), "at home in Kunshan");
    story.today = day("2026-12-01");
    let transfer = announced("t", ChangeKind::Transfer, &["320583101"], &["320585190"], "2026-12-01");
    story.divisions = on(&[transfer], "2026-12-01");
    assert!(story.tell().is_empty(), "the boundary moved, and nobody else");
}

#[test]
fn the_successor_registers_whoever_it_finds_under_an_old_code_and_a_neighbour_of_before_only_reports() {
    let towns = ["320583102", "320583103"];
    let reported = |office: &str| {
        let mut story = Story::new();
        let merger = announced("m", ChangeKind::Merge, &towns, &["320583190"], "2026-11-02");
        (story.today, story.divisions) = (day("2026-12-01"), on(&[merger], "2026-12-01"));
        let fact = Registration { by: Registrar::Report, ..Registration::at(towns[1], "2026-10-01") }.fact();
        story.says(&format!("township:{office}"), fact);
        story.tell();
        places(&story).iter().any(|place| place.starts_with("Inflow"))
    };
    // Said on the day of the merger.
    assert!(reported("320583190") && reported(towns[0]));
    assert!(!reported("320583104"));
}

/// Open statements with what never changes by a boundary alone.
fn places(story: &Story) -> BTreeSet<String> {
    story
        .open()
        .iter()
        .map(|told| format!("{:?} {} {} {:?}", told.topic, told.place, told.since, told.variant))
        .collect()
}

/// The same with whoever holds them.
fn held(story: &Story) -> BTreeSet<String> {
    story
        .open()
        .iter()
        .map(|told| format!("{} {:?} {} {}", told.receiver, told.topic, told.place, told.since))
        .collect()
}

const PLACES: [&str; 6] = [HOME, "321322102", KUNSHAN, "320583102", "320583103", WUJIANG];

fn place() -> impl Strategy<Value = &'static str> {
    prop::sample::select(PLACES.to_vec())
}

fn date() -> impl Strategy<Value = String> {
    (0_u64..400).prop_map(|offset| (day("2025-09-01") + chrono::Days::new(offset)).to_string())
}

fn fact() -> impl Strategy<Value = (&'static str, Fact)> {
    let by = prop::sample::select(vec![Registrar::Police, Registrar::Township, Registrar::Report]);
    prop_oneof![
        3 => (place(), place(), date(), by).prop_map(|(at, household, since, by)| {
            let household = Some(code(household));
            ("police", Registration { by, household, reason: StayReason::Work, ..Registration::at(at, &since) }.fact())
        }),
        1 => (place(), date()).prop_map(|(at, since)| ("township", inflow(at, &since))),
        1 => (place(), date()).prop_map(|(at, on)| ("township", outflow(at, &on))),
        1 => (place(), date()).prop_map(|(at, since)| ("housing", lease(at, &since, "2027-12-31"))),
        1 => (place(), place(), date()).prop_map(|(from, to, on)| {
            ("police", Fact::HouseholdMoved { from: code(from), to: code(to), on: day(&on) })
        }),
        1 => (place(), date()).prop_map(|(at, since)| {
            ("hr", Fact::JobStarted { place: code(at), since: day(&since), household: None })
        }),
        1 => (place(), place(), date()).prop_map(|(at, home, since)| {
            ("township", Fact::Workplace { place: code(at), residence: Some(code(home)), since: day(&since) })
        }),
    ]
}

/// Changes of the places that facts speak of; any subset can be announced together.
fn changes() -> Vec<Announcement> {
    let mut swallow = announced("4", ChangeKind::Transfer, &[WUJIANG], &["320585191"], "2026-11-22");
    swallow.time += chrono::Duration::hours(1);
    vec![
        announced("1", ChangeKind::Merge, &TOWNS, &[UNITED], "2026-11-15"),
        announced("2", ChangeKind::Merge, &["320583102", "320583103"], &["320583190"], "2026-11-18"),
        announced("3", ChangeKind::Recode, &["320583"], &["320515"], "2026-11-20"),
        swallow,
        split(KUNSHAN, ["320583191", "320583192"], "2026-11-16"),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_order_of_facts_and_announcements_ends_in_the_same_open_statements(
        facts in prop::collection::vec(fact(), 1..7),
        followed in prop::collection::vec(any::<bool>(), 5),
        order in Just((0..12).collect::<Vec<usize>>()).prop_shuffle(),
    ) {
        let announced: Vec<Announcement> =
            changes().into_iter().zip(&followed).filter(|(_, followed)| **followed).map(|(change, _)| change).collect();
        let today = day("2026-12-01");
        let mut at_once = Story::new();
        (at_once.today, at_once.divisions) = (today, on(&announced, "2026-12-01"));
        for (number, (department, fact)) in (0..).zip(&facts) {
            at_once.numbered(number, None, department, fact.clone());
        }
        at_once.tell();
        let mut one_by_one = Story::new();
        one_by_one.today = today;
        let mut heard = Vec::new();
        for index in order {
            if let Some((department, fact)) = facts.get(index) {
                one_by_one.numbered(index as u32, None, department, fact.clone());
            } else if let Some(announcement) = index.checked_sub(7).and_then(|nth| announced.get(nth)) {
                heard.push(announcement.clone());
                one_by_one.divisions = register(heard.clone()).on(today);
            } else {
                continue;
            }
            one_by_one.tell();
        }
        prop_assert_eq!(held(&at_once), held(&one_by_one));
    }

    #[test]
    fn no_boundary_change_alone_opens_or_ends_anything(
        facts in prop::collection::vec(fact(), 1..7), followed in prop::collection::vec(any::<bool>(), 5),
    ) {
        let mut story = Story::new();
        story.today = day("2026-12-01");
        for (number, (department, fact)) in (0..).zip(&facts) {
            story.numbered(number, None, department, fact.clone());
        }
        story.tell();
        let before = places(&story);
        let mut heard = Vec::new();
        for (change, _) in changes().into_iter().zip(followed).filter(|(_, followed)| *followed) {
            heard.push(change);
            story.divisions = register(heard.clone()).on(story.today);
            for notice in story.tell() {
                let silent = matches!(notice.kind, NoticeKind::Supersede | NoticeKind::Reminder | NoticeKind::Consultation);
                prop_assert!(silent, "{:?} to {}", notice.kind, notice.receiver);
            }
            prop_assert_eq!(places(&story), before.clone());
        }
    }

    #[test]
    fn a_recode_there_and_back_leaves_every_jurisdiction_with_what_it_had(
        facts in prop::collection::vec(fact(), 1..7), which in prop::sample::select(PLACES.to_vec()),
    ) {
        let mut story = Story::new();
        story.today = day("2026-12-01");
        for (number, (department, fact)) in (0..).zip(&facts) {
            story.numbered(number, None, department, fact.clone());
        }
        story.tell();
        let before = held(&story);
        let new = format!("{}199", &which[..6]);
        let there = announced("there", ChangeKind::Recode, &[which], &[&new], "2026-11-15");
        let back = announced("back", ChangeKind::Recode, &[&new], &[which], "2026-11-20");
        story.divisions = on(std::slice::from_ref(&there), "2026-12-01");
        story.tell();
        story.divisions = on(&[back, there], "2026-12-01");
        story.tell();
        prop_assert_eq!(held(&story), before);
    }

    #[test]
    fn the_table_in_force_does_not_depend_on_the_order_of_announcements(
        announcements in Just(changes()).prop_shuffle(),
    ) {
        let (one, other) = (on(&changes(), "2026-12-01"), on(&announcements, "2026-12-01"));
        for text in PLACES.iter().chain(&[UNITED, "320583190", "320515100", "320515191", "320585191"]) {
            prop_assert_eq!(one.resolve(code(text)), other.resolve(code(text)));
            prop_assert_eq!(one.full_name(code(text)), other.full_name(code(text)));
        }
    }
}
