//! What another province's hub tells this one: Anhui's hub hears of people whose household register it keeps and who live
//! in Jiangsu. Every person here is fictional.
#![allow(clippy::unwrap_used)]

mod support;

use std::collections::BTreeSet;

use chrono::Days;
use liangdi_domain::division::Divisions;
use liangdi_domain::evidence::{CancelReason, Fact, HubCase, Outcome, Registrar};
use liangdi_domain::notice::{NoticeDraft, NoticeKind};
use liangdi_domain::statement::Topic;
use proptest::prelude::*;
use serde_json::json;
use support::{KUNSHAN, Registration, Story, WUJIANG, code, day, outflow};
use uuid::Uuid;

/// Linquan county, in Anhui.
const LINQUAN: &str = "341221";
/// Taihe county, beside it.
const TAIHE: &str = "341222";
/// A subdistrict of Hefei, the capital.
const HEFEI: &str = "340102001";
/// The other hub, and its province.
const JIANGSU: &str = "320000";
const HUB: &str = "hub:320000";

fn anhui() -> Story {
    let mut story = Story::new();
    story.divisions = Divisions::shipped().at_home(code("340000")).unwrap();
    story
}

fn case(number: u128) -> String {
    format!("case {number}")
}

fn told_by(case: u128, number: i64, asks: bool) -> HubCase {
    let notice = Uuid::from_u128(u128::try_from(number).unwrap() << 8 | case);
    HubCase { case: Uuid::from_u128(case), notice, number, asks }
}

/// A stay under a case, as the adapter reads it.
fn stay(case: u128, number: i64, asks: bool, place: &str, since: &str, household: &str) -> Fact {
    let Fact::Residence { place, since, reason, expected_until, protected, household, reported_on, .. } =
        Registration { household: Some(code(household)), ..Registration::at(place, since) }.fact()
    else {
        unreachable!()
    };
    let told = Some(told_by(case, number, asks));
    Fact::Residence {
        place,
        since,
        reason,
        by: Registrar::Police,
        expected_until,
        protected,
        household,
        reported_on,
        told,
    }
}

/// One word of the other hub.
#[derive(Debug, Clone)]
enum Word {
    Stay { asks: bool, place: &'static str, since: String, household: &'static str },
    Departure { destination: &'static str, left_on: String },
    End { on: String, reason: CancelReason },
}

fn hear(story: &mut Story, of: u128, number: i64, word: &Word) {
    match word {
        Word::Stay { asks, place, since, household } => {
            let fact = stay(of, number, *asks, place, since, household);
            story.numbered(u32::try_from(number).unwrap(), Some(&case(of)), HUB, fact);
            story.ends_case(&case(of), since, CancelReason::InError, number);
        }
        Word::Departure { destination, left_on } => {
            let household = code(support::HOME);
            let Fact::Outflow { destination, left_on: on, reason, by, reported_on, .. } = outflow(destination, left_on)
            else {
                unreachable!()
            };
            let told = Some(told_by(of, number, true));
            let fact = Fact::Outflow { household, destination, left_on: on, reason, by, reported_on, told };
            story.numbered(u32::try_from(number).unwrap(), Some(&case(of)), HUB, fact);
            story.ends_case(&case(of), left_on, CancelReason::InError, number);
        }
        Word::End { on, reason } => story.ends_case(&case(of), on, *reason, number),
    }
}

fn inflow(story: &mut Story, number: i64) {
    let (asks, place, since, household) = (true, KUNSHAN, "2026-03-09".to_owned(), LINQUAN);
    hear(story, 1, number, &Word::Stay { asks, place, since, household });
}

fn ends(story: &mut Story, number: i64, on: &str, reason: CancelReason) {
    hear(story, 1, number, &Word::End { on: on.to_owned(), reason });
}

fn kinds(notices: &[NoticeDraft]) -> Vec<(&str, NoticeKind)> {
    notices.iter().map(|notice| (notice.receiver.0.as_str(), notice.kind)).collect()
}

#[test]
fn the_household_county_is_told_and_asked_under_a_case_of_its_own() {
    let mut story = anhui();
    inflow(&mut story, 5);
    let notices = story.tell();
    assert_eq!(kinds(&notices), [(LINQUAN, NoticeKind::Inflow)]);
    assert!(notices[0].due_on.is_some());
    assert!(notices[0].case.is_some_and(|case| case != Uuid::from_u128(1)));
    assert_eq!(notices[0].data["residence"]["division"], KUNSHAN);
    // The residence township owes its services to its own hub.
    let later = story.pass_until("2027-06-01");
    assert!(later.iter().all(|(_, to, _)| to.starts_with("34")), "{later:?}");
}

#[test]
fn the_last_word_of_a_case_counts() {
    let mut story = anhui();
    inflow(&mut story, 5);
    story.tell();
    ends(&mut story, 8, "2026-06-01", CancelReason::Returned);
    assert_eq!(kinds(&story.tell()), [(LINQUAN, NoticeKind::Returned)]);
    // It was another day.
    ends(&mut story, 9, "2026-06-03", CancelReason::Returned);
    let notices = story.tell();
    assert_eq!(kinds(&notices), [(LINQUAN, NoticeKind::Supersede)]);
    assert_eq!(notices[0].data["data"]["ended_on"], "2026-06-03");
    // It goes on after all, and then it never was.
    inflow(&mut story, 11);
    assert_eq!(kinds(&story.tell()), [(LINQUAN, NoticeKind::Inflow)]);
    ends(&mut story, 12, "2026-07-01", CancelReason::InError);
    assert_eq!(kinds(&story.tell()), [(LINQUAN, NoticeKind::Retract)]);
    // What comes late changes nothing any more.
    inflow(&mut story, 7);
    ends(&mut story, 6, "2026-05-01", CancelReason::Left);
    assert!(story.tell().is_empty());
}

#[test]
fn an_answer_goes_back_under_the_other_hubs_case_and_a_second_one_takes_its_place() {
    let mut story = anhui();
    inflow(&mut story, 5);
    let asked = story.tell().remove(0);
    story.replies(&asked, Outcome::Confirmed, None);
    let told = story.tell();
    assert_eq!(kinds(&told), [(JIANGSU, NoticeKind::CaseReply)]);
    let notice = Uuid::from_u128(5 << 8 | 1);
    assert_eq!(told[0].data, json!({"case_id": Uuid::from_u128(1), "notice_id": notice, "outcome": "confirmed"}));

    story.replies(&asked, Outcome::NotKnown, None);
    let again = story.tell();
    assert_eq!(kinds(&again), [(JIANGSU, NoticeKind::CaseReply), (JIANGSU, NoticeKind::CaseReplyWithdrawn)]);
    assert_eq!(again[0].data["outcome"], "not-known");
    let withdrawn = json!({"source": "urn:liangdi:township:340000", "id": told[0].id, "reason": "superseded"});
    assert_eq!(again[1].data, withdrawn);

    // Other fields of the same stay ask nothing anew, and its end answers nothing.
    let word = Word::Stay { asks: false, place: KUNSHAN, since: "2026-03-08".to_owned(), household: LINQUAN };
    hear(&mut story, 1, 6, &word);
    assert_eq!(kinds(&story.tell()), [(LINQUAN, NoticeKind::Supersede)]);
    ends(&mut story, 8, "2026-06-01", CancelReason::Left);
    assert_eq!(kinds(&story.tell()), [(LINQUAN, NoticeKind::Departed)]);
}

#[test]
fn an_answer_that_is_withdrawn_is_taken_back() {
    let mut story = anhui();
    inflow(&mut story, 5);
    let asked = story.tell().remove(0);
    story.replies(&asked, Outcome::Confirmed, None);
    let told = story.tell();
    story.takes_back_replies(&asked);
    let back = story.tell();
    assert_eq!(kinds(&back), [(JIANGSU, NoticeKind::CaseReplyWithdrawn)]);
    assert_eq!(back[0].data["id"], json!(told[0].id));
}

#[test]
fn what_is_passed_on_within_the_province_is_answered_by_whoever_it_reaches() {
    let mut story = anhui();
    inflow(&mut story, 5);
    let asked = story.tell().remove(0);
    story.replies(&asked, Outcome::BelongsElsewhere, Some(TAIHE));
    let passed_on = story.tell();
    assert_eq!(kinds(&passed_on), [(LINQUAN, NoticeKind::Supersede), (TAIHE, NoticeKind::Inflow)]);
    story.replies(&passed_on[1], Outcome::Confirmed, None);
    let told = story.tell();
    assert_eq!(kinds(&told), [(JIANGSU, NoticeKind::CaseReply)]);
    assert_eq!(told[0].data["outcome"], "confirmed");
}

#[test]
fn what_belongs_to_a_third_province_the_other_hub_passes_on_itself() {
    let mut story = anhui();
    inflow(&mut story, 5);
    let asked = story.tell().remove(0);
    story.replies(&asked, Outcome::BelongsElsewhere, Some("330106"));
    let told = story.tell();
    let to_others: Vec<_> = told.iter().filter(|notice| !notice.receiver.0.starts_with("34")).collect();
    assert_eq!(to_others.len(), 1);
    assert_eq!((to_others[0].receiver.0.as_str(), to_others[0].kind), (JIANGSU, NoticeKind::CaseReply));
    assert_eq!(to_others[0].data["division"], "330106");
}

#[test]
fn a_dispute_is_consulted_about_by_the_hub_that_told() {
    let mut story = anhui();
    inflow(&mut story, 5);
    let asked = story.tell().remove(0);
    story.replies(&asked, Outcome::Disputed, None);
    assert_eq!(kinds(&story.tell()), [(JIANGSU, NoticeKind::CaseReply)]);
    assert!(story.open().iter().all(|told| told.topic != Topic::Consultation));
}

#[test]
fn a_departure_towards_this_province_is_told_to_where_it_leads() {
    let mut story = anhui();
    let word = |destination, left_on: &str| Word::Departure { destination, left_on: left_on.to_owned() };
    hear(&mut story, 2, 3, &word(LINQUAN, "2026-05-01"));
    assert_eq!(kinds(&story.tell()), [(LINQUAN, NoticeKind::Outflow)]);
    hear(&mut story, 2, 4, &word(TAIHE, "2026-05-01"));
    assert_eq!(kinds(&story.tell()), [(LINQUAN, NoticeKind::Retract), (TAIHE, NoticeKind::Outflow)]);
    hear(&mut story, 2, 6, &Word::End { on: "2026-06-01".to_owned(), reason: CancelReason::Returned });
    assert_eq!(kinds(&story.tell()), [(TAIHE, NoticeKind::Returned)]);
    // Whether they were heard of is the other province's to ask.
    assert!(story.pass_until("2027-06-01").is_empty());
}

fn date() -> impl Strategy<Value = String> {
    (0_u64..300).prop_map(|offset| (day("2026-01-01") + Days::new(offset)).to_string())
}

fn word() -> impl Strategy<Value = Word> {
    let reasons = [
        CancelReason::Left,
        CancelReason::Returned,
        CancelReason::Died,
        CancelReason::BecameLocal,
        CancelReason::InError,
    ];
    let place = prop::sample::select(vec![KUNSHAN, WUJIANG, "320500"]);
    let household = prop::sample::select(vec![LINQUAN, TAIHE, "341221001", "341200"]);
    prop_oneof![
        3 => (any::<bool>(), place, date(), household)
            .prop_map(|(asks, place, since, household)| Word::Stay { asks, place, since, household }),
        1 => (prop::sample::select(vec![LINQUAN, TAIHE]), date())
            .prop_map(|(destination, left_on)| Word::Departure { destination, left_on }),
        2 => (date(), prop::sample::select(reasons.to_vec())).prop_map(|(on, reason)| Word::End { on, reason }),
    ]
}

/// What this province knows by itself.
fn own() -> impl Strategy<Value = (&'static str, Fact)> {
    let here = prop::sample::select(vec![LINQUAN, TAIHE, HEFEI]);
    prop_oneof![
        (here.clone(), here, date()).prop_map(|(from, to, on)| {
            ("police:340000", Fact::HouseholdMoved { from: code(from), to: code(to), on: day(&on) })
        }),
        date().prop_map(|since| {
            let registered = Registration { household: Some(code(LINQUAN)), ..Registration::at(HEFEI, &since) };
            ("police:340100", registered.fact())
        }),
        date().prop_map(|on| ("township:341221", Fact::Returned { household: code(LINQUAN), on: day(&on) })),
    ]
}

/// Words of two cases, in the order in which the other hub says them; then what is known here.
type Told = (Vec<(u128, Word)>, Vec<(&'static str, Fact)>);

fn told() -> impl Strategy<Value = Told> {
    (prop::collection::vec((1_u128..3, word()), 1..8), prop::collection::vec(own(), 0..3))
}

fn hear_all(story: &mut Story, (words, own): &Told, index: usize) {
    match words.get(index) {
        Some((case, word)) => hear(story, *case, i64::try_from(index).unwrap() + 1, word),
        None => {
            let (department, fact) = &own[index - words.len()];
            story.numbered(u32::try_from(index).unwrap() + 100, None, department, fact.clone());
        }
    }
}

fn open(story: &Story) -> BTreeSet<String> {
    let line = |told: &liangdi_domain::statement::Told| {
        format!("{} {:?} {} {} {:?}", told.receiver, told.topic, told.place, told.since, told.fields)
    };
    story.open().into_iter().map(line).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    #[test]
    fn any_order_ends_in_the_same_statements_and_tells_other_provinces_nothing_but_answers(
        (told, order) in told().prop_flat_map(|told| {
            let order: Vec<usize> = (0..told.0.len() + told.1.len()).collect();
            (Just(told), Just(order).prop_shuffle())
        }),
    ) {
        let mut at_once = anhui();
        for index in 0..order.len() {
            hear_all(&mut at_once, &told, index);
        }
        let mut one_by_one = anhui();
        for index in order {
            hear_all(&mut one_by_one, &told, index);
            one_by_one.tell();
        }
        let outcomes =
            [(Outcome::Confirmed, None), (Outcome::BelongsElsewhere, Some(TAIHE)), (Outcome::Disputed, None)];
        for story in [&mut at_once, &mut one_by_one] {
            for _ in 0..3 {
                let notices = story.tell();
                let elsewhere = notices.iter().filter(|notice| !notice.receiver.0.starts_with("34"));
                for notice in elsewhere {
                    // What was registered here is this hub's own to tell.
                    let own = notice.data.to_string().contains(HEFEI);
                    prop_assert!(notice.kind.is_reply() || own, "{:?}", notice);
                }
                prop_assert!(story.tell().is_empty());
                story.everybody_replies(&outcomes);
            }
            story.tell();
        }
        prop_assert_eq!(open(&at_once), open(&one_by_one));
    }

    #[test]
    fn of_each_case_the_last_stay_counts_and_the_last_word_on_it(told in told()) {
        let (words, own) = &told;
        let mut all = anhui();
        let mut last = anhui();
        let voids = |word: &Word| matches!(word, Word::Stay { .. } | Word::Departure { .. } | Word::End { reason: CancelReason::InError, .. });
        for index in 0..words.len() + own.len() {
            hear_all(&mut all, &told, index);
            let counts = words.get(index).is_none_or(|(case, word)| {
                let mut later = words[index + 1..].iter().filter(|(of, _)| of == case).peekable();
                later.peek().is_none() || (voids(word) && !later.any(|(_, word)| voids(word)))
            });
            if counts {
                hear_all(&mut last, &told, index);
            }
        }
        all.tell();
        last.tell();
        prop_assert_eq!(open(&all), open(&last));
    }
}
