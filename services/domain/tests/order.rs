//! Order never matters to the result: the same facts, told after every single one in any order, end in the same open
//! statements as told once at the end. Every person here is fictional.

mod support;

use std::collections::BTreeSet;

use chrono::Days;
use liangdi_domain::evidence::{CancelReason, Fact, Outcome, PresenceSeen, Registrar, StayReason};
use proptest::prelude::*;
use support::{HOME, KUNSHAN, Registration, Story, WUJIANG, code, day, lease, outflow};

/// One thing that is said of the person.
#[derive(Debug, Clone)]
enum Saying {
    Fact { key: Option<String>, department: &'static str, fact: Fact },
    End { key: String, on: String, reason: CancelReason },
}

fn date() -> impl Strategy<Value = String> {
    (0_u64..400).prop_map(|offset| (day("2025-09-01") + Days::new(offset)).to_string())
}

fn place() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![KUNSHAN, WUJIANG, "320981100", HOME])
}

fn key() -> impl Strategy<Value = String> {
    (0..3).prop_map(|number| format!("DJ-{number}"))
}

fn reason() -> impl Strategy<Value = CancelReason> {
    prop::sample::select(vec![CancelReason::Left, CancelReason::InError, CancelReason::BecameLocal, CancelReason::Died])
}

fn registration() -> impl Strategy<Value = Saying> {
    let by = prop::sample::select(vec![Registrar::Police, Registrar::Township, Registrar::Report]);
    let why = prop::sample::select(vec![StayReason::Work, StayReason::Family, StayReason::Visit]);
    let household = prop::sample::select(vec![Some(HOME), Some("321322"), Some("341221"), None]);
    (place(), date(), by, why, any::<bool>(), household, key()).prop_map(
        |(place, since, by, reason, protected, household, key)| {
            let household = household.map(code);
            let fact = Registration { by, reason, protected, household, ..Registration::at(place, &since) }.fact();
            let (key, department) = match by {
                Registrar::Police => (Some(key), "police"),
                _ => (None, "township"),
            };
            Saying::Fact { key, department, fact }
        },
    )
}

fn other_fact() -> impl Strategy<Value = Saying> {
    let fact = prop_oneof![
        (place(), place(), date()).prop_map(|(from, to, on)| {
            ("police", Fact::HouseholdMoved { from: code(from), to: code(to), on: day(&on) })
        }),
        (place(), date(), reason()).prop_map(|(place, on, reason)| {
            ("police", Fact::ResidenceCancelled { place: code(place), on: day(&on), reason })
        }),
        date().prop_map(|on| ("civil-affairs", Fact::Death { on: day(&on), household: None })),
        (place(), date()).prop_map(|(place, since)| ("housing", lease(place, &since, "2026-12-31"))),
        (place(), date()).prop_map(|(place, since)| {
            ("hr", Fact::JobStarted { place: code(place), since: day(&since), household: None })
        }),
        (place(), date()).prop_map(|(place, on)| ("hr", Fact::JobEnded { place: code(place), on: day(&on) })),
        (place(), date()).prop_map(|(to, on)| ("township", outflow(to, &on))),
        (place(), date()).prop_map(|(place, since)| {
            ("township", Fact::Workplace { place: code(place), residence: Some(code(KUNSHAN)), since: day(&since) })
        }),
        date().prop_map(|on| ("township", Fact::Returned { household: code(HOME), on: day(&on) })),
        (place(), date(), any::<bool>()).prop_map(|(place, on, there)| {
            let seen = if there { PresenceSeen::Present } else { PresenceSeen::Left };
            ("township", Fact::Presence { place: code(place), on: day(&on), seen, left_to: None })
        }),
    ];
    fact.prop_map(|(department, fact)| Saying::Fact { key: None, department, fact })
}

fn saying() -> impl Strategy<Value = Saying> {
    prop_oneof![
        3 => registration(),
        3 => other_fact(),
        1 => (key(), date(), reason()).prop_map(|(key, on, reason)| Saying::End { key, on, reason }),
    ]
}

fn outcome() -> impl Strategy<Value = (Outcome, Option<&'static str>)> {
    prop::sample::select(vec![
        (Outcome::Confirmed, None),
        (Outcome::NotKnown, None),
        (Outcome::Disputed, None),
        (Outcome::BelongsElsewhere, Some("320981101")),
        (Outcome::BelongsElsewhere, Some("341221")),
    ])
}

fn hear(story: &mut Story, saying: &Saying, number: u32) {
    match saying {
        Saying::Fact { key, department, fact } => story.numbered(number, key.as_deref(), department, fact.clone()),
        Saying::End { key, on, reason } => story.ends(key, on, *reason),
    }
}

fn open(story: &Story) -> BTreeSet<String> {
    let line = |told: &liangdi_domain::statement::Told| {
        format!("{} {:?} {} {} {:?}", told.receiver, told.topic, told.place, told.since, told.fields)
    };
    story.open().into_iter().map(line).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_order_ends_in_the_same_open_statements(
        (sayings, order) in prop::collection::vec(saying(), 1..9).prop_flat_map(|sayings| {
            let order: Vec<usize> = (0..sayings.len()).collect();
            (Just(sayings), Just(order).prop_shuffle())
        })
    ) {
        let mut at_once = Story::new();
        for (number, saying) in (0..).zip(&sayings) {
            hear(&mut at_once, saying, number);
        }
        at_once.tell();
        let mut one_by_one = Story::new();
        for index in order {
            hear(&mut one_by_one, &sayings[index], index as u32);
            one_by_one.tell();
        }
        prop_assert_eq!(open(&at_once), open(&one_by_one));
    }

    #[test]
    fn the_same_answers_to_the_same_questions_end_in_the_same_statements(
        (sayings, order) in prop::collection::vec(saying(), 1..7).prop_flat_map(|sayings| {
            let order: Vec<usize> = (0..sayings.len()).collect();
            (Just(sayings), Just(order).prop_shuffle())
        }),
        outcomes in prop::collection::vec(outcome(), 3),
    ) {
        let mut at_once = Story::new();
        for (number, saying) in (0..).zip(&sayings) {
            hear(&mut at_once, saying, number);
        }
        let mut one_by_one = Story::new();
        for index in order {
            hear(&mut one_by_one, &sayings[index], index as u32);
            one_by_one.tell();
        }
        for story in [&mut at_once, &mut one_by_one] {
            // Two rounds: what was passed on, or disputed, is asked and answered again.
            for _ in 0..2 {
                story.tell();
                story.everybody_replies(&outcomes);
            }
            story.tell();
        }
        prop_assert_eq!(open(&at_once), open(&one_by_one));
        prop_assert_eq!(at_once.standings(), one_by_one.standings());
    }

    #[test]
    fn two_who_were_held_to_be_one_for_a_while_end_as_if_they_never_were(
        sayings in prop::collection::vec((saying(), any::<bool>()), 2..12),
    ) {
        let [mut one, mut other] = Story::two();
        for (number, (saying, is_others)) in (0..).zip(&sayings) {
            match saying {
                // A number ends facts of whoever holds it.
                Saying::End { .. } => [&mut one, &mut other].into_iter().for_each(|story| hear(story, saying, number)),
                Saying::Fact { .. } => hear(if *is_others { &mut other } else { &mut one }, saying, number),
            }
        }
        one.tell();
        other.tell();
        let never = [open(&one), open(&other)];
        let mut joined = one.joined(other);
        joined.tell();
        let [mut one, mut other] = joined.apart();
        one.tell();
        other.tell();
        prop_assert_eq!([open(&one), open(&other)], never);
    }

    #[test]
    fn telling_twice_tells_nothing_new(sayings in prop::collection::vec(saying(), 1..9)) {
        let mut story = Story::new();
        for (number, saying) in (0..).zip(&sayings) {
            hear(&mut story, saying, number);
            story.tell();
            prop_assert!(story.tell().is_empty());
        }
    }

    #[test]
    fn nothing_changes_before_the_day_on_which_a_person_wants_to_be_looked_at_again(
        sayings in prop::collection::vec(saying(), 1..7), begins in 0_u64..400,
    ) {
        let mut story = Story::new();
        story.today = day("2025-10-01") + Days::new(begins);
        for (number, saying) in (0..).zip(&sayings) {
            hear(&mut story, saying, number);
        }
        story.tell();
        let horizon = story.today + Days::new(900);
        let mut looks = 0;
        while let Some(wake) = story.wake_on.filter(|wake| *wake < horizon) {
            prop_assert!(wake > story.today, "a wake lies ahead");
            let before = open(&story);
            let heard = story.escalations.len();
            story.today = wake - Days::new(1);
            prop_assert!(story.tell().is_empty() && story.escalations.len() == heard && open(&story) == before);
            prop_assert_eq!(story.wake_on, Some(wake), "the day before names the same day");
            story.today = wake;
            story.tell();
            looks += 1;
            prop_assert!(looks < 100, "a person is looked at for ever");
        }
        // Whoever is not looked at again has nothing more to be told, ever.
        story.today = horizon;
        if story.wake_on.is_none() {
            prop_assert!(story.tell().is_empty());
        }
    }

    #[test]
    fn nobody_is_told_of_a_protected_persons_township(place in place(), since in date()) {
        let mut story = Story::new();
        let fact = Registration { protected: true, ..Registration::at(place, &since) }.fact();
        story.says("police", fact);
        for notice in story.tell() {
            prop_assert!(!notice.data["residence"].to_string().contains(place));
        }
    }
}
