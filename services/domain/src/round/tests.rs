//! Days pass, with and without a clock, beside a plain oracle: nothing before its day, nothing twice, nothing missing.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{Datelike, Days, NaiveDate};
use proptest::prelude::*;
use serde_json::Value;
use uuid::Uuid;

use super::figures::Figure;
use super::*;
use crate::calendar::Calendar;
use crate::division::{Code, Divisions};
use crate::notice::NoticeDraft;
use crate::procedure::Procedures;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// A jurisdiction that a clock looks at.
struct Desk {
    held: Held,
    seen: Seen,
}

impl Desk {
    fn of(code: &str, begun_on: NaiveDate) -> Self {
        let jurisdiction: Code = code.parse().unwrap();
        Desk { held: Held { jurisdiction, begun_on, waiting: None, said: Vec::new() }, seen: Seen::default() }
    }

    /// Twelve villages, of which one is silent.
    fn with_villages(mut self, today: NaiveDate) -> Self {
        for period in plan_on(today, &Uuid::nil, |plan| plan.wants(&self.held).periods) {
            let villages = Villages { expected: 12, reported: 11, arrivals: 7, departures: 2 };
            self.seen.villages.insert(period, villages);
        }
        self
    }

    fn look(&mut self, today: NaiveDate) -> Vec<NoticeDraft> {
        let (day, ids) = (u64::from(today.num_days_from_ce().unsigned_abs()), AtomicU64::new(1));
        let new_id = || Uuid::from_u64_pair(day, ids.fetch_add(1, Ordering::Relaxed));
        let mut round = Round::default();
        plan_on(today, &new_id, |plan| plan.tell(&self.held, &self.seen, &mut round));
        for said in round.said {
            self.held.said.retain(|before| (&before.procedure, before.month) != (&said.procedure, said.month));
            self.held.said.push(said);
        }
        round.notices
    }
}

fn plan_on<T>(today: NaiveDate, new_id: &(dyn Fn() -> Uuid + Sync), of: impl FnOnce(&Plan) -> T) -> T {
    plan_among(&Divisions::shipped().jurisdictions(), today, new_id, of)
}

fn plan_among<T>(
    listening: &[Code],
    today: NaiveDate,
    new_id: &(dyn Fn() -> Uuid + Sync),
    of: impl FnOnce(&Plan) -> T,
) -> T {
    let rules = (Divisions::shipped(), Calendar::shipped(), Procedures::shipped());
    of(&Plan::new(rules, listening, today, "2026-03-09T10:00:00+08:00".parse().unwrap(), new_id))
}

fn kinds(notices: &[NoticeDraft]) -> Vec<(String, String, Option<String>)> {
    let kind = |notice: &NoticeDraft| {
        let procedure = notice.basis.split(';').next().unwrap().to_owned();
        (notice.kind.to_string(), procedure, notice.data["due_on"].as_str().map(str::to_owned))
    };
    notices.iter().map(kind).collect()
}

/// The last days of periods of five working days, counted on from 2016-01-01 in the plainest way.
fn period_ends(until: NaiveDate) -> Vec<NaiveDate> {
    let works = |day: &NaiveDate| Calendar::shipped().is_working(*day);
    let days: Vec<NaiveDate> = day("2016-01-01").iter_days().take_while(|day| *day < until).filter(works).collect();
    days.chunks_exact(5).map(|period| period[4]).collect()
}

fn next_working(from: NaiveDate) -> NaiveDate {
    from.iter_days().skip(1).find(|day| Calendar::shipped().is_working(*day)).unwrap()
}

#[test]
fn a_township_with_villages_hears_on_the_working_day_after_every_period_and_is_reminded_of_a_silent_one() {
    let start = day("2026-03-02");
    let mut desk = Desk::of("320583100", start);
    let mut heard: BTreeMap<NaiveDate, Vec<String>> = BTreeMap::new();
    for today in start.iter_days().take(100) {
        let mut looked = Desk { held: desk.held.clone(), seen: Seen::default() }.with_villages(today);
        let notices = looked.look(today);
        desk = looked;
        for (kind, ..) in kinds(&notices) {
            heard.entry(today).or_default().push(kind);
        }
    }
    let ends = period_ends(start + Days::new(100)).into_iter().filter(|end| *end >= start);
    let named: Vec<NaiveDate> = ends.map(next_working).filter(|day| *day < start + Days::new(100)).collect();
    assert!(named.len() > 10);
    assert_eq!(heard.keys().copied().collect::<Vec<_>>(), named);
    assert!(heard.values().all(|kinds| *kinds == ["digest", "reminder"]));
}

#[test]
fn after_a_month_without_a_clock_there_is_one_digest_of_the_latest_period() {
    let mut desk = Desk::of("320583100", day("2026-03-02")).with_villages(day("2026-04-20"));
    let notices = desk.look(day("2026-04-20"));
    let ends = period_ends(day("2026-04-20"));
    let latest = ends.iter().rev().find(|end| next_working(**end) <= day("2026-04-20")).unwrap();
    assert_eq!(notices.len(), 2, "one digest, one reminder");
    assert_eq!(notices[0].data["period"]["to"], latest.to_string());
    assert_eq!(notices[0].data["villages"]["reported"], 11);
    assert_eq!(desk.look(day("2026-04-20")), []);
}

#[test]
fn a_township_without_villages_and_questions_hears_nothing_and_a_county_gets_no_digest() {
    for code in ["320583100", "320583"] {
        let mut desk = Desk::of(code, day("2026-03-02"));
        for today in day("2026-03-02").iter_days().take(30) {
            assert_eq!(desk.look(today), [], "{code} on {today}");
        }
    }
}

#[test]
fn a_digest_says_what_is_open_due_soon_and_overdue_by_case() {
    let today =
        period_ends(day("2026-05-01")).into_iter().map(next_working).find(|on| *on > day("2026-04-01")).unwrap();
    let calendar = Calendar::shipped();
    let working = |day: &NaiveDate| calendar.is_working(*day);
    let due = |n: u128, on: NaiveDate| Open { due_on: Some(on), case: Uuid::from_u128(n) };
    let later = |days: usize| today.iter_days().skip(1).filter(working).nth(days - 1).unwrap();
    let yesterday = today - Days::new(1);
    let mut desk = Desk::of("320583100", day("2026-03-02"));
    let some_day = Open { due_on: None, case: Uuid::from_u128(1) };
    desk.seen.open =
        vec![some_day, due(2, later(3)), due(3, later(2)), due(4, today), due(5, yesterday), due(5, yesterday)];
    let data = desk.look(today).remove(0).data;
    let cases = |of: &str| -> Vec<u128> {
        assert_eq!(data[of]["count"], data[of]["cases"].as_array().unwrap().len());
        let ids: Vec<Uuid> = serde_json::from_value(data[of]["cases"].clone()).unwrap();
        ids.iter().map(Uuid::as_u128).collect()
    };
    assert_eq!(cases("open"), [1, 2, 3, 4]);
    assert_eq!(cases("due_soon"), [3, 4], "due in two working days and today");
    assert_eq!(cases("overdue"), [5], "two questions of one case are one case");
}

#[test]
fn a_silent_township_is_counted_to_its_county_after_five_working_days_and_then_once_a_week() {
    let mut desk = Desk::of("321322101", day("2026-03-02"));
    desk.held.waiting = Some(Waiting { since: day("2026-03-09"), count: 3 });
    let mut heard = Vec::new();
    for today in day("2026-03-09").iter_days().take(30) {
        for notice in desk.look(today) {
            assert_eq!((notice.receiver.0.as_str(), &notice.data["count"]), ("321322", &Value::from(3)));
            assert_eq!(notice.data["late"], "321322101");
            heard.push((today.to_string(), notice.data["days_late"].as_u64().unwrap()));
        }
    }
    let expected = [("2026-03-17", 1), ("2026-03-24", 6), ("2026-03-31", 11), ("2026-04-07", 15)];
    assert_eq!(heard, expected.map(|(on, late)| (on.to_owned(), late)), "Qingming is no working day");
    // It said something; what came afterwards waits anew.
    desk.held.waiting = Some(Waiting { since: day("2026-04-08"), count: 1 });
    assert_eq!(desk.look(day("2026-04-15")), []);
    assert_eq!(desk.look(day("2026-04-16")).len(), 1);
}

#[test]
fn nobody_is_told_of_a_silent_prefecture_and_counties_are_told_to_theirs() {
    let look = |code: &str| {
        let mut desk = Desk::of(code, day("2026-03-02"));
        desk.held.waiting = Some(Waiting { since: day("2026-03-09"), count: 3 });
        desk.look(day("2026-03-17")).into_iter().map(|notice| notice.receiver.0).collect::<Vec<_>>()
    };
    assert_eq!(look("321300"), Vec::<String>::new());
    assert_eq!(look("321322"), ["321300"]);
}

#[test]
fn a_superior_that_nobody_listens_for_is_told_of_no_silence() {
    let mut desk = Desk::of("321322101", day("2026-03-02"));
    desk.held.waiting = Some(Waiting { since: day("2026-03-09"), count: 3 });
    let told = |listening: &[&str]| {
        let listening: Vec<Code> = listening.iter().map(|code| code.parse().unwrap()).collect();
        let mut round = Round::default();
        plan_among(&listening, day("2026-03-17"), &Uuid::nil, |plan| plan.tell(&desk.held, &desk.seen, &mut round));
        round.notices.len()
    };
    assert_eq!((told(&["321322101"]), told(&["321322101", "321322"])), (0, 1));
}

#[test]
fn a_return_goes_out_on_the_first_working_day_and_whoever_does_not_sign_is_reminded_once() {
    let mut desk = Desk::of("320583", day("2026-03-02"));
    desk.seen.figures = vec![Figure { indicator: "leads".to_owned(), count: Some(7) }];
    let mut heard = Vec::new();
    for today in day("2026-03-02").iter_days().take(60) {
        let notices = desk.look(today);
        heard.extend(kinds(&notices).into_iter().map(|(kind, ..)| (today.to_string(), kind)));
        if let Some(notice) = notices.iter().find(|notice| notice.case.is_some()) {
            assert_eq!(notice.basis, "statistics-return; hub default");
        }
    }
    // April 1 is a Wednesday, Qingming the Monday after; the fifth working day is the 9th.
    let expected = [("2026-04-01", "statistics-return"), ("2026-04-10", "reminder")];
    assert_eq!(heard, expected.map(|(on, kind)| (on.to_owned(), kind.to_owned())));
}

#[test]
fn a_signed_return_is_not_reminded_of() {
    let mut desk = Desk::of("320583", day("2026-03-02"));
    desk.seen.figures = vec![Figure { indicator: "leads".to_owned(), count: None }];
    let sent = desk.look(day("2026-04-01"));
    assert_eq!(sent[0].due_on, Some(day("2026-04-09")));
    assert_eq!(sent[0].data["figures"][0]["count"], Value::Null);
    desk.held.said.iter_mut().for_each(|said| said.answered = true);
    assert_eq!(desk.look(day("2026-04-30")), []);
}

proptest! {
    #[test]
    fn however_often_the_clock_looks_silence_is_told_on_its_days_and_on_no_other(
        start in 0_u64..3_000, gaps in prop::collection::vec(1_u64..12, 1..30),
    ) {
        let since = day("2016-03-01") + Days::new(start);
        let works = |day: &NaiveDate| Calendar::shipped().is_working(*day);
        let sixth = since.iter_days().skip(1).filter(works).nth(5).unwrap();
        let mut desk = Desk::of("321322101", since);
        desk.held.waiting = Some(Waiting { since, count: 1 });
        let (mut today, mut last) = (since, None::<NaiveDate>);
        for gap in gaps {
            let due = last.map_or(sixth, |last| last + Days::new(7));
            let told = desk.look(today).len();
            prop_assert_eq!(told, usize::from(today >= due), "on {}", today);
            prop_assert_eq!(desk.look(today).len(), 0, "not twice");
            if told == 1 {
                last = Some(today);
            }
            today = today + Days::new(gap);
        }
    }

    #[test]
    fn however_often_the_clock_looks_a_period_is_told_of_once_and_never_before_its_day(
        start in 0_u64..3_000, gaps in prop::collection::vec(1_u64..15, 1..20),
    ) {
        let begun = day("2016-03-01") + Days::new(start);
        let ends = period_ends(begun + Days::new(400));
        let mut held = Desk::of("320583100", begun).held;
        let (mut today, mut last) = (begun, None);
        for gap in gaps {
            let mut desk = Desk { held, seen: Seen::default() }.with_villages(today);
            let told = desk.look(today);
            held = desk.held;
            let latest = ends.iter().rev().find(|end| next_working(**end) <= today).filter(|end| **end >= begun);
            let expected = latest.filter(|end| last != Some(**end));
            prop_assert_eq!(told.len(), if expected.is_some() { 2 } else { 0 }, "on {}", today);
            if let Some(end) = expected {
                prop_assert_eq!(&told[0].data["period"]["to"], &Value::from(end.to_string()));
                last = Some(*end);
            }
            today = today + Days::new(gap);
        }
    }
}
