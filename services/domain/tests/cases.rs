//! What follows from answers, and from none: one test per rule of clocks, forwarding, consultation, duties, permits and
//! verification. Every person, number and phone here is fictional.

mod support;

use liangdi_domain::evidence::{Fact, Outcome, Registrar, ServiceKind, ServiceOutcome, StayReason};
use liangdi_domain::notice::{NoticeDraft, NoticeKind};
use liangdi_domain::procedure::Procedures;
use support::{HOME, KUNSHAN, Registration, Story, WUJIANG, code, day, inflow, lease, police, registered};

/// A story that begins on a day, with one registered stay at Kunshan told to the household township.
fn asked_on(today: &str) -> (Story, NoticeDraft) {
    let mut story = Story::new();
    story.today = day(today);
    story.says(police(), registered(KUNSHAN, "2026-03-02"));
    let notice = story.tell().remove(0);
    assert_eq!((notice.kind, notice.receiver.0.as_str()), (NoticeKind::Inflow, HOME));
    (story, notice)
}

fn escalated(story: &Story) -> Vec<(String, u32)> {
    story.escalations.iter().map(|said| (said.receiver.0.clone(), said.days_late)).collect()
}

#[test]
fn silence_is_reminded_then_escalated_on_working_days_and_each_hears_once() {
    let (mut story, notice) = asked_on("2026-03-09");
    assert_eq!(notice.due_on, Some(day("2026-03-23")));
    assert_eq!(story.pass_until("2026-03-23"), [], "the last day is in time");
    let reminded = |on: &str| (on.to_owned(), HOME.to_owned(), NoticeKind::Reminder);
    assert_eq!(story.pass_until("2026-03-29"), [reminded("2026-03-24")]);
    assert_eq!(escalated(&story), []);
    story.pass_until("2026-03-30");
    assert_eq!(escalated(&story), [("321322".to_owned(), 5)]);
    assert_eq!(story.pass_until("2026-04-06"), []);
    story.pass_until("2026-04-07");
    assert_eq!(escalated(&story).last(), Some(&("321300".to_owned(), 10)));
    assert_eq!(story.pass_until("2026-11-30"), []);
    assert_eq!(escalated(&story).len(), 2);
    assert!(story.escalations.iter().all(|said| Some(said.case) == notice.case));
}

#[test]
fn a_reminder_names_the_step_and_the_day_and_nobody() {
    let (mut story, notice) = asked_on("2026-03-09");
    story.today = day("2026-03-24");
    let reminder = story.tell().remove(0);
    assert_eq!((reminder.case, reminder.statement), (notice.case, notice.statement));
    assert_eq!(
        reminder.data,
        serde_json::json!({
            "procedure": "inflow", "step": "answer", "notice": notice.id, "due_on": "2026-03-23", "days_late": 1,
        })
    );
}

#[test]
fn any_answer_stops_the_clock() {
    for outcome in [Outcome::Confirmed, Outcome::NotKnown, Outcome::Disputed, Outcome::Answered] {
        let (mut story, notice) = asked_on("2026-03-09");
        story.replies(&notice, outcome, None);
        story.tell();
        let late = story.pass_until("2026-11-30");
        assert!(
            !late.iter().any(|(.., kind)| *kind == NoticeKind::Reminder && outcome != Outcome::Disputed),
            "{late:?}"
        );
        assert_eq!(escalated(&story), []);
    }
}

#[test]
fn another_province_is_never_reminded_by_this_hub() {
    let mut story = Story::new();
    story.today = day("2026-03-09");
    story.says(
        police(),
        Registration { household: Some(code("341221")), ..Registration::at(KUNSHAN, "2026-03-02") }.fact(),
    );
    assert_eq!(story.told_kinds().len(), 1);
    let told = story.pass_until("2026-12-31");
    assert!(told.iter().all(|(_, to, _)| to == KUNSHAN), "only the offer of services runs: {told:?}");
    assert_eq!(escalated(&story), []);
}

#[test]
fn a_stay_told_again_after_its_end_asks_anew_and_an_old_answer_does_not_count() {
    let mut story = Story::new();
    story.today = day("2026-03-09");
    story.says_under("DJ-1", police(), registered(KUNSHAN, "2026-03-02"));
    let first = story.tell().remove(0);
    story.replies(&first, Outcome::Confirmed, None);
    story.ends("DJ-1", "2026-03-20", liangdi_domain::evidence::CancelReason::Left);
    assert_eq!(story.told_kinds(), [(HOME.to_owned(), NoticeKind::Departed)]);
    story.takes_back_ends();
    let again = story.tell().remove(0);
    assert_eq!((again.kind, again.case), (NoticeKind::Inflow, first.case));
    assert!(story.pass_until("2026-03-24").iter().any(|(.., kind)| *kind == NoticeKind::Reminder));
}

#[test]
fn what_belongs_elsewhere_is_passed_on_and_the_first_statement_is_closed_and_not_retracted() {
    let (mut story, notice) = asked_on("2026-03-09");
    story.replies(&notice, Outcome::BelongsElsewhere, Some("321322102"));
    let mut told = story.tell();
    told.sort_by(|a, b| a.receiver.0.cmp(&b.receiver.0));
    let kinds: Vec<_> = told.iter().map(|notice| (notice.receiver.0.as_str(), notice.kind)).collect();
    assert_eq!(kinds, [(HOME, NoticeKind::Supersede), ("321322102", NoticeKind::Inflow)]);
    assert!(story.tell().is_empty(), "telling again tells nothing");
    // Sent back and forth, it stays where it was named last without going round.
    let passed = told.remove(1);
    story.replies(&passed, Outcome::BelongsElsewhere, Some(HOME));
    story.tell();
    assert!(story.tell().is_empty());
}

#[test]
fn a_dispute_asks_both_sides_under_one_case_and_then_the_coordinator() {
    let (mut story, notice) = asked_on("2026-03-09");
    story.replies(&notice, Outcome::Disputed, None);
    let legs = story.tell();
    let to: Vec<_> = legs.iter().map(|leg| (leg.receiver.0.as_str(), leg.kind)).collect();
    assert_eq!(to, [(KUNSHAN, NoticeKind::Consultation), (HOME, NoticeKind::Consultation)]);
    assert!(legs.iter().all(|leg| leg.case == legs[0].case && leg.case.is_some() && leg.case != notice.case));
    assert!(legs.iter().all(|leg| leg.due_on == Some(day("2026-03-18"))));
    assert_eq!(legs[0].data["asked_for"], "view");
    assert_eq!(story.pass_until("2026-03-18"), []);
    let decided = story.pass_until("2026-03-19");
    assert_eq!(
        decided,
        [("2026-03-19".to_owned(), "320000".to_owned(), NoticeKind::Consultation)],
        "two prefectures: the province"
    );
}

#[test]
fn two_views_that_differ_go_to_the_coordinator_at_once_and_a_change_of_mind_ends_it() {
    let (mut story, notice) = asked_on("2026-03-09");
    story.replies(&notice, Outcome::Disputed, None);
    let legs = story.tell();
    for leg in &legs {
        story.replies(leg, Outcome::Disputed, None);
    }
    assert_eq!(story.told_kinds(), [("320000".to_owned(), NoticeKind::Consultation)]);
    let household = legs.iter().find(|leg| leg.receiver.0 == HOME).unwrap();
    story.replies(household, Outcome::Confirmed, None);
    assert!(story.tell().is_empty());
    assert!(story.open().iter().all(|told| told.topic != liangdi_domain::statement::Topic::Consultation));
}

#[test]
fn a_township_that_offered_nothing_is_reminded_once_and_one_that_did_is_not() {
    let served = |on: &str, place: &str| Fact::Service {
        place: code(place),
        kind: ServiceKind::Information,
        outcome: ServiceOutcome::Declined,
        on: day(on),
        granted: None,
    };
    for (offer, reminded) in
        [(None, true), (Some(served("2026-12-01", KUNSHAN)), false), (Some(served("2026-12-01", WUJIANG)), true)]
    {
        let mut story = Story::new();
        // Facts are first said on 2 November; the 29th day after is 1 December.
        story.today = day("2026-11-02");
        story.says("township", inflow(KUNSHAN, "2026-11-01"));
        story.tell();
        if let Some(fact) = offer {
            story.says("township", fact);
            story.tell();
        }
        let told = story.pass_until("2026-12-31");
        let duty: Vec<_> = told.iter().filter(|(_, to, kind)| to == KUNSHAN && *kind == NoticeKind::Reminder).collect();
        assert_eq!(duty.len(), usize::from(reminded), "{told:?}");
        assert!(duty.iter().all(|(on, ..)| on == "2026-12-02"));
    }
}

#[test]
fn what_a_village_reported_its_township_records_within_five_working_days() {
    let village = format!("township:{KUNSHAN}001");
    let report = || Registration { by: Registrar::Report, ..Registration::at(KUNSHAN, "2026-11-01") }.fact();
    let mut story = Story::new();
    story.today = day("2026-11-02");
    story.says(&village, report());
    assert!(story.tell().is_empty());
    // Monday the 2nd is day 0; the fifth working day after is the 9th.
    let told = story.pass_until("2026-12-31");
    assert_eq!(told, [("2026-11-10".to_owned(), KUNSHAN.to_owned(), NoticeKind::Reminder)]);
    let mut story = Story::new();
    story.today = day("2026-11-02");
    story.says(&village, report());
    story.tell();
    story.says("township", inflow(KUNSHAN, "2026-11-01"));
    story.tell();
    assert!(!story.pass_until("2026-11-20").iter().any(|(_, to, _)| to == KUNSHAN));
}

#[test]
fn help_is_offered_once_to_somebody_who_left_and_was_not_heard_of_where_a_basis_is_named() {
    let left = || Fact::Outflow {
        household: code(HOME),
        destination: None,
        left_on: day("2026-11-01"),
        reason: StayReason::Work,
        by: Registrar::Township,
        reported_on: None,
        told: None,
    };
    let text = include_str!("../../../config/procedures.toml");
    let named = text.replacen("art. 15\"\n", "art. 15\"\nbasis = \"county order 3 of 2026\"\n", 1);
    // Registered on 2 November: the 61st day after is 2 January.
    for (rules, heard, told) in [(text, false, None), (&*named, false, Some("2027-01-02")), (&*named, true, None)] {
        let mut story = Story::new();
        story.procedures = Procedures::read(rules).unwrap();
        story.today = day("2026-11-02");
        story.says(&format!("township:{HOME}"), left());
        story.tell();
        if heard {
            story.says("hr", Fact::JobStarted { place: code(KUNSHAN), since: day("2026-11-20"), household: None });
            story.tell();
        }
        let reminded: Vec<String> = story
            .pass_until("2027-03-31")
            .into_iter()
            .filter(|(_, to, kind)| to == HOME && *kind == NoticeKind::Reminder)
            .map(|(on, ..)| on)
            .collect();
        assert_eq!(reminded, told.map(str::to_owned).into_iter().collect::<Vec<_>>());
    }
}

#[test]
fn a_permit_is_brought_up_one_month_before_its_year_is_full_unless_it_was_endorsed() {
    let permit = |on: &str, until: &str, endorsed| Fact::Permit {
        place: code(KUNSHAN),
        on: day(on),
        until: day(until),
        endorsed,
    };
    let mut story = Story::new();
    story.today = day("2026-11-02");
    story.says_under("P-1", police(), permit("2025-12-31", "2026-12-31", false));
    assert!(story.tell().is_empty());
    let told = story.pass_until("2027-01-31");
    assert_eq!(told, [("2026-11-30".to_owned(), KUNSHAN.to_owned(), NoticeKind::PermitDue)]);
    assert!(story.open().is_empty(), "when the year is full, it is past");
    let mut story = Story::new();
    story.today = day("2026-11-02");
    story.says_under("P-1", police(), permit("2025-12-31", "2026-12-31", false));
    story.says_under("P-1", police(), permit("2026-11-01", "2027-12-31", true));
    story.tell();
    assert_eq!(story.pass_until("2027-10-31"), []);
}

#[test]
fn a_lease_that_runs_out_ends_the_lead_on_the_day_after_without_any_message() {
    let mut story = Story::new();
    story.today = day("2026-03-02");
    story.says(police(), Fact::HouseholdMoved { from: code("321322100"), to: code(HOME), on: day("2020-01-01") });
    story.says("housing", lease(KUNSHAN, "2026-03-01", "2026-03-10"));
    assert_eq!(story.told_kinds(), [(KUNSHAN.to_owned(), NoticeKind::Lead)]);
    let told = story.pass_until("2026-12-31");
    assert_eq!(told[0], ("2026-03-11".to_owned(), KUNSHAN.to_owned(), NoticeKind::Departed));
}

#[test]
fn a_verification_asks_for_the_facts_named_and_its_answer_goes_to_whoever_asked() {
    let mut story = Story::new();
    story.today = day("2026-03-24");
    let fact = Fact::VerificationRequested {
        ask: vec![code("321322101")],
        purpose: "school-enrolment".to_owned(),
        facts: vec!["identity".to_owned(), "marital-status".to_owned()],
        applied_on: day("2026-03-23"),
    };
    story.says(&format!("township:{KUNSHAN}"), fact);
    let request = story.tell().remove(0);
    assert_eq!((request.kind, request.receiver.0.as_str()), (NoticeKind::VerificationRequest, HOME));
    assert_eq!(request.due_on, Some(day("2026-04-15")));
    assert_eq!(request.data["asked_by"]["division"], KUNSHAN);
    story.replies_with_facts(&request, &["identity", "household"]);
    let reply = story.tell().remove(0);
    assert_eq!((reply.kind, reply.receiver.0.as_str()), (NoticeKind::VerificationReply, KUNSHAN));
    assert_eq!(reply.case, request.case);
    assert_eq!(reply.data["facts"], serde_json::json!({"identity": "confirmed"}), "what was not asked does not travel");
    assert_eq!(story.pass_until("2026-12-31"), []);
}

#[test]
fn whoever_was_long_not_heard_of_is_asked_after_once_and_any_word_starts_the_time_anew() {
    let seen = |on: &str| Fact::Presence {
        place: code(KUNSHAN),
        on: day(on),
        seen: liangdi_domain::evidence::PresenceSeen::Present,
        left_to: None,
    };
    let follow = |story: &mut Story, basis: &str| {
        let shipped = include_str!("../../../config/procedures.toml");
        let rules = shipped.replace("opens = \"no-news\"", &format!("{basis}opens = \"no-news\""));
        let quiet = rules.replace("within = { days = 29 }", "within = { days = 2900 }");
        story.procedures = Procedures::read(&quiet).unwrap();
    };
    for (basis, reminded) in [("", vec![]), ("basis = \"county order 3 of 2026\"\n", vec!["2026-09-07", "2027-03-31"])]
    {
        let mut story = Story::new();
        follow(&mut story, basis);
        story.today = day("2026-03-09");
        story.records_on("2026-03-09");
        story.says(police(), registered(KUNSHAN, "2026-03-02"));
        let notice = story.tell().remove(0);
        story.replies(&notice, Outcome::Confirmed, None);
        story.records_on("2026-03-10");
        story.says("township:320583100", seen("2026-03-10"));
        story.tell();
        // 180 days after 10 March is 6 September, a Sunday; after 1 October, 30 March.
        let mut told = story.pass_until("2026-10-01");
        story.records_on("2026-10-01");
        story.says("township:320583100", seen("2026-10-01"));
        assert_eq!(story.tell().len(), 0, "what was asked for is heard: nobody is told anything");
        told.extend(story.pass_until("2027-06-30"));
        let days: Vec<&str> = told.iter().map(|(on, ..)| on.as_str()).collect();
        assert_eq!(days, reminded, "{told:?}");
        assert!(told.iter().all(|(_, to, kind)| to == KUNSHAN && *kind == NoticeKind::Reminder));
    }
}
