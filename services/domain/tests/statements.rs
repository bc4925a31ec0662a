//! What everybody should know, and the notices that tell it: one test per rule of derive and reconcile.
//! Every person, number and phone here is fictional.

mod support;

use liangdi_domain::evidence::{CancelReason, Fact, PresenceSeen, Registrar, StayReason};
use liangdi_domain::notice::NoticeKind;
use support::{HOME, KUNSHAN, Registration, Story, WUJIANG, code, day, inflow, lease, police, registered};

#[test]
fn a_registered_stay_is_told_to_the_household_township_with_a_case_and_a_date() {
    let mut story = Story::new();
    story.says(police(), registered(KUNSHAN, "2026-03-02"));
    let notices = story.tell();
    assert_eq!(notices.len(), 1);
    let notice = &notices[0];
    assert_eq!((notice.kind, notice.receiver.0.as_str()), (NoticeKind::Inflow, HOME));
    assert!(notice.case.is_some() && notice.due_on.is_some());
    assert_eq!(notice.basis, "inflow; Residence Permit Regulation art. 7");
    assert_eq!(notice.data["residence"]["division"], KUNSHAN);
    assert_eq!(notice.data["registered_by"], "police");
    assert!(story.tell().is_empty(), "telling again tells nothing");
}

#[test]
fn another_province_hears_through_its_own_exchange() {
    let mut story = Story::new();
    story.says(
        police(),
        Registration { household: Some(code("341221")), ..Registration::at(KUNSHAN, "2026-03-02") }.fact(),
    );
    assert_eq!(story.told_kinds(), [("340000".to_owned(), NoticeKind::Inflow)]);
}

#[test]
fn a_village_reports_and_registers_nothing() {
    let mut story = Story::new();
    story.says("township", Registration { by: Registrar::Report, ..Registration::at(KUNSHAN, "2026-03-02") }.fact());
    assert!(story.tell().is_empty());
}

#[test]
fn districts_of_one_city_are_one_place() {
    let mut story = Story::new();
    story.says(
        police(),
        Registration { household: Some(code("320506")), ..Registration::at(WUJIANG, "2026-03-02") }.fact(),
    );
    assert!(story.tell().is_empty());
}

#[test]
fn a_business_trip_is_nobodys_business_and_a_study_trip_only_without_an_end() {
    for reason in [StayReason::Trip, StayReason::Medical, StayReason::Tourism, StayReason::Visit] {
        let mut story = Story::new();
        story.says(police(), Registration { reason, ..Registration::at(KUNSHAN, "2026-03-02") }.fact());
        assert!(story.tell().is_empty(), "{reason:?}");
    }
    let study = |until: Option<&str>| {
        let (reason, expected_until) = (StayReason::Study, until.map(day));
        Registration { reason, expected_until, ..Registration::at(KUNSHAN, "2026-03-02") }.fact()
    };
    let mut story = Story::new();
    story.says(police(), study(Some("2026-06-30")));
    assert!(story.tell().is_empty());
    story.says(police(), study(None));
    assert_eq!(story.told_kinds().len(), 1);
}

#[test]
fn a_registration_in_error_is_taken_back_from_exactly_who_was_told() {
    let mut story = Story::new();
    story.says_under("DJ-1", police(), registered(KUNSHAN, "2026-03-02"));
    story.tell();
    story.ends("DJ-1", "2026-03-05", CancelReason::InError);
    let notices = story.tell();
    assert_eq!(notices.len(), 1);
    assert_eq!((notices[0].kind, notices[0].receiver.0.as_str()), (NoticeKind::Retract, HOME));
    assert_eq!(notices[0].data, serde_json::json!({"kind": "inflow", "reason": "corrected"}));
    assert_eq!(notices[0].basis, "inflow; PIPL art. 46");
}

#[test]
fn an_end_that_comes_first_is_never_told_at_all() {
    let mut story = Story::new();
    story.ends("DJ-1", "2026-03-05", CancelReason::Left);
    assert!(story.tell().is_empty());
    story.says_under("DJ-1", police(), registered(KUNSHAN, "2026-03-02"));
    assert!(story.tell().is_empty());
}

#[test]
fn a_move_is_told_as_a_new_stay_and_the_change_of_the_old_one() {
    let mut story = Story::new();
    story.says_under("DJ-1", police(), registered(KUNSHAN, "2026-03-02"));
    story.tell();
    story.says_under("DJ-2", police(), registered(WUJIANG, "2026-05-01"));
    story.ends("DJ-1", "2026-05-01", CancelReason::Left);
    let notices = story.tell();
    let kinds: Vec<NoticeKind> = notices.iter().map(|notice| notice.kind).collect();
    assert_eq!(kinds, [NoticeKind::Inflow, NoticeKind::ResidenceChanged]);
    assert_eq!(notices[1].data["now"]["division"], WUJIANG);
    assert!(notices.iter().all(|notice| notice.receiver.0 == HOME), "the old residence does not learn where to");
}

#[test]
fn a_new_registration_elsewhere_ends_nothing() {
    let mut story = Story::new();
    story.says(police(), registered(KUNSHAN, "2026-03-02"));
    story.tell();
    story.says("township", inflow(WUJIANG, "2026-05-01"));
    assert_eq!(story.told_kinds(), [(HOME.to_owned(), NoticeKind::Inflow)]);
    assert_eq!(story.open().len(), 2);
}

#[test]
fn police_and_township_speak_of_one_stay() {
    let mut story = Story::new();
    story.says("township", inflow(KUNSHAN, "2026-03-02"));
    story.tell();
    story.says(police(), registered(KUNSHAN, "2026-03-01"));
    let notices = story.tell();
    assert_eq!(notices.len(), 1);
    assert_eq!(notices[0].kind, NoticeKind::Supersede);
    assert_eq!(notices[0].data["changed"], serde_json::json!(["registered_by", "since"]));
    assert_eq!(story.open().len(), 1);
}

#[test]
fn the_household_register_moves_and_each_side_hears_its_part() {
    let mut story = Story::new();
    story.says(police(), registered(KUNSHAN, "2026-03-02"));
    story.tell();
    let (from, to) = (code(HOME), code("320981101"));
    story.says(police(), Fact::HouseholdMoved { from, to, on: day("2026-06-01") });
    let mut told = story.told_kinds();
    told.sort();
    assert_eq!(
        told,
        [
            ("320583100".to_owned(), NoticeKind::HouseholdChanged),
            ("320981101".to_owned(), NoticeKind::Inflow),
            ("320981101".to_owned(), NoticeKind::HouseholdChanged),
            (HOME.to_owned(), NoticeKind::HouseholdChanged),
        ]
    );
}

#[test]
fn becoming_local_closes_the_stay() {
    let mut story = Story::new();
    story.says_under("DJ-1", police(), registered(KUNSHAN, "2026-03-02"));
    story.tell();
    let (place, on, reason) = (code(KUNSHAN), day("2026-07-01"), CancelReason::BecameLocal);
    story.says_under("DJ-1", police(), Fact::ResidenceCancelled { place, on, reason });
    story.ends("DJ-1", "2026-07-01", reason);
    let notices = story.tell();
    assert_eq!(notices.len(), 1);
    assert_eq!((notices[0].kind, notices[0].receiver.0.as_str()), (NoticeKind::Closed, HOME));
    assert_eq!(notices[0].data["reason"], "became-local");
}

#[test]
fn a_death_counts_on_exact_number_and_name_or_from_two_offices() {
    let death = || Fact::Death { on: day("2026-08-01"), household: None };
    let mut exact = Story::new();
    exact.says(police(), registered(KUNSHAN, "2026-03-02"));
    exact.tell();
    exact.says("civil-affairs", death());
    assert_eq!(exact.told_kinds(), [(HOME.to_owned(), NoticeKind::Closed)]);

    let mut doubtful = Story::new();
    doubtful.says(police(), registered(KUNSHAN, "2026-03-02"));
    doubtful.tell();
    doubtful.says_as_namesake("civil-affairs", death());
    let asked = ("civil-affairs.320500".to_owned(), NoticeKind::Correction);
    assert_eq!(doubtful.told_kinds(), [asked], "another name under the number: recorded, without effect");
    doubtful.says_as_namesake("township", death());
    assert!(doubtful.told_kinds().contains(&(HOME.to_owned(), NoticeKind::Closed)));
}

#[test]
fn leaving_ends_a_stay_after_thirty_days_unless_seen_again_and_never_around_spring_festival() {
    let left = |on: &str| Fact::Presence { place: code(KUNSHAN), on: day(on), seen: PresenceSeen::Left, left_to: None };
    let mut story = Story::new();
    story.says(police(), registered(KUNSHAN, "2025-10-02"));
    story.tell();
    story.says("township", left("2026-02-10"));
    story.today = day("2026-03-01");
    assert!(story.tell().is_empty(), "home for Spring Festival (17 February 2026)");
    story.today = day("2026-09-01");
    assert_eq!(story.told_kinds(), [(HOME.to_owned(), NoticeKind::Departed)]);

    let mut back = Story::new();
    back.says(police(), registered(KUNSHAN, "2025-10-02"));
    back.tell();
    back.says("township", left("2026-05-10"));
    let (place, on, seen) = (code(KUNSHAN), day("2026-05-20"), PresenceSeen::Present);
    back.says("township", Fact::Presence { place, on, seen, left_to: None });
    back.today = day("2026-11-01");
    assert!(back.tell().is_empty());
}

#[test]
fn a_lease_is_a_lead_until_somebody_registers_and_says_nothing_then() {
    let mut story = Story::new();
    story.says(police(), Fact::HouseholdMoved { from: code("321302"), to: code(HOME), on: day("2020-01-01") });
    assert!(story.tell().is_empty());
    story.says("housing", lease(KUNSHAN, "2026-03-02", "2027-03-01"));
    let notices = story.tell();
    assert_eq!(notices.len(), 1);
    assert_eq!((notices[0].kind, notices[0].receiver.0.as_str()), (NoticeKind::Lead, KUNSHAN));
    assert_eq!(notices[0].data["known_from"], serde_json::json!(["housing"]));
    story.says("hr", Fact::JobStarted { place: code("320583"), since: day("2026-03-10"), household: None });
    assert_eq!(story.told_kinds(), [(KUNSHAN.to_owned(), NoticeKind::Supersede)]);
    story.says(police(), registered(KUNSHAN, "2026-03-12"));
    assert_eq!(story.told_kinds(), [(HOME.to_owned(), NoticeKind::Inflow)], "the lead ends in silence");
}

#[test]
fn nobody_leads_anywhere_whose_home_is_unknown() {
    let mut story = Story::new();
    story.says("housing", lease(KUNSHAN, "2026-03-02", "2027-03-01"));
    story.says("hr", Fact::Insured { place: code("320583"), since: day("2026-03-01"), household: None });
    assert!(story.tell().is_empty());
}

#[test]
fn of_a_protected_person_the_household_side_learns_the_prefecture_only() {
    let mut story = Story::new();
    story.says(police(), Registration { protected: true, ..Registration::at(KUNSHAN, "2026-03-02") }.fact());
    let notices = story.tell();
    assert_eq!(notices[0].data["residence"]["division"], "320500");
    assert!(!notices[0].data.to_string().contains("昆山"));
}

#[test]
fn somebody_who_is_protected_later_is_told_of_by_the_prefecture_from_then_on() {
    let mut story = Story::new();
    story.says(police(), inflow(KUNSHAN, "2026-03-02"));
    assert_eq!(story.tell()[0].data["residence"]["division"], KUNSHAN);
    story.protect(true);
    let notices = story.tell();
    assert_eq!((notices.len(), notices[0].kind), (1, NoticeKind::Supersede));
    assert_eq!(notices[0].data["data"]["residence"]["division"], "320500");
    assert!(!notices[0].data.to_string().contains("昆山"));
    assert!(story.tell().is_empty(), "told once");
    story.protect(false);
    assert_eq!(story.tell()[0].data["data"]["residence"]["division"], KUNSHAN);
}

#[test]
fn of_a_minor_the_guardians_name_stands_for_the_number() {
    let mut story = Story::minor();
    story.says("township", inflow(KUNSHAN, "2026-03-02"));
    let notices = story.tell();
    assert_eq!(notices[0].data["person"]["guardian"]["name"], "测试监护人");
    assert!(notices[0].data["person"]["id_number"].is_null());
    let mut grown_up = Story::new();
    grown_up.says("township", inflow(KUNSHAN, "2026-03-02"));
    let notices = grown_up.tell();
    assert!(notices[0].data["person"]["id_number"].is_string());
    assert!(notices[0].data["person"].get("guardian").is_none());
}

#[test]
fn a_household_that_becomes_known_more_deeply_is_forwarded_and_nothing_is_taken_back() {
    let mut story = Story::new();
    let county = Registration { household: Some(code("321322")), ..Registration::at(KUNSHAN, "2026-03-02") };
    story.says(police(), county.fact());
    assert_eq!(story.told_kinds(), [("321322".to_owned(), NoticeKind::Inflow)]);
    story.says("township", inflow(KUNSHAN, "2026-03-02"));
    let mut told = story.told_kinds();
    told.sort();
    assert_eq!(
        told,
        [("321322".to_owned(), NoticeKind::Supersede), (HOME.to_owned(), NoticeKind::Inflow)],
        "the county hears which of its townships it is"
    );
    assert_eq!(story.open().len(), 1);
}

#[test]
fn a_return_for_good_is_told_as_such() {
    let mut story = Story::new();
    story.says(police(), registered(KUNSHAN, "2026-03-02"));
    story.tell();
    story.says("township", Fact::Returned { household: code(HOME), on: day("2026-09-01") });
    assert_eq!(story.told_kinds(), [(HOME.to_owned(), NoticeKind::Returned)]);
}

#[test]
fn a_departure_is_told_to_its_destination_which_owes_nothing() {
    let mut story = Story::new();
    story.says("township", support::outflow(KUNSHAN, "2026-03-02"));
    let notices = story.tell();
    assert_eq!((notices[0].kind, notices[0].receiver.0.as_str()), (NoticeKind::Outflow, KUNSHAN));
    assert!(notices[0].case.is_none() && notices[0].due_on.is_none());
}

#[test]
fn the_place_somebody_works_at_is_told_to_the_place_they_live_in() {
    let mut story = Story::new();
    story.says(police(), registered(KUNSHAN, "2026-03-02"));
    story.tell();
    let (place, since) = (code(WUJIANG), day("2026-04-01"));
    story.says("township", Fact::Workplace { place, residence: None, since });
    let notices = story.tell();
    assert_eq!((notices[0].kind, notices[0].receiver.0.as_str()), (NoticeKind::Workplace, KUNSHAN));
    assert_eq!(notices[0].data["workplace"]["division"], WUJIANG);
}

#[test]
fn stock_of_day_one_is_known_without_a_notice_and_its_end_is_told() {
    let mut story = Story::new();
    story.stock("DJ-1", police(), registered(KUNSHAN, "2026-03-02"));
    assert!(story.tell().is_empty());
    assert_eq!(story.open().len(), 1);
    story.ends("DJ-1", "2026-05-01", CancelReason::Left);
    assert_eq!(story.told_kinds(), [(HOME.to_owned(), NoticeKind::Departed)]);
}

#[test]
fn a_stay_that_goes_on_after_all_is_told_again_in_the_same_case() {
    let mut story = Story::new();
    story.says_under("DJ-1", police(), registered(KUNSHAN, "2026-03-02"));
    let first = story.tell();
    story.ends("DJ-1", "2026-05-01", CancelReason::Left);
    let ended = story.tell();
    story.takes_back_ends();
    let again = story.tell();
    assert_eq!(again[0].kind, NoticeKind::Inflow);
    assert_eq!(again[0].supersedes, Some(ended[0].id));
    assert_eq!(again[0].case, first[0].case);
}
