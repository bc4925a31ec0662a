//! What a person's facts add to scorecards. Every person, number and phone here is fictional.

mod support;

use liangdi_domain::case::{Counted, Measure};
use liangdi_domain::evidence::{CancelReason, Fact, Outcome, Registrar, ServiceKind, ServiceOutcome};
use support::{HOME, KUNSHAN, Registration, Story, WUJIANG, code, day, inflow, lease, outflow, police, registered};

/// A village of [`KUNSHAN`].
const VILLAGE: &str = "township:320583100201";
const TOWN: &str = "township:320583100";
const HOME_TOWN: &str = "township:321322101";

/// Steps of a procedure: who owed it, due when, done when, whether it still counts.
fn owed(story: &Story, procedure: &str) -> Vec<(String, String, Option<String>, bool)> {
    let of = |counted| match counted {
        Counted::Owed { by, procedure: of, question } if of == procedure => {
            let done = question.answer.map(|(outcome, on)| {
                assert_eq!(outcome, Outcome::Answered);
                on.to_string()
            });
            Some((by.to_string(), question.due_on?.to_string(), done, question.stands))
        }
        _ => None,
    };
    story.measured().into_iter().filter_map(of).collect()
}

/// Parts of a share: whose, on which day, expected, present.
fn parts(story: &Story, measure: Measure) -> Vec<(String, String, u32, u32)> {
    let of = |counted| match counted {
        Counted::Part { of, measure: is, on, expected, present } if is == measure => {
            Some((of.to_string(), on.to_string(), expected, present))
        }
        _ => None,
    };
    story.measured().into_iter().filter_map(of).collect()
}

fn part(of: &str, on: &str, expected: u32, present: u32) -> (String, String, u32, u32) {
    (of.to_owned(), on.to_owned(), expected, present)
}

fn step(by: &str, due: &str, done: Option<&str>, stands: bool) -> (String, String, Option<String>, bool) {
    (by.to_owned(), due.to_owned(), done.map(str::to_owned), stands)
}

fn reported(place: &str, since: &str) -> Fact {
    Registration { by: Registrar::Report, ..Registration::at(place, since) }.fact()
}

/// The township's own registration, which names the day of its village's report.
fn naming(reported: &str) -> Fact {
    let mut fact = inflow(KUNSHAN, "2026-03-01");
    if let Fact::Residence { reported_on, .. } = &mut fact {
        *reported_on = Some(day(reported));
    }
    fact
}

#[test]
fn a_villages_report_is_recorded_in_time_or_late_and_counts_from_the_report() {
    let mut story = Story::new();
    story.records_on("2026-03-09");
    story.says(VILLAGE, reported(KUNSHAN, "2026-03-01"));
    assert_eq!(owed(&story, "record"), [step(KUNSHAN, "2026-03-16", None, true)]);
    story.records_on("2026-03-13");
    story.says(TOWN, inflow(KUNSHAN, "2026-03-01"));
    assert_eq!(owed(&story, "record"), [step(KUNSHAN, "2026-03-16", Some("2026-03-13"), true)]);
}

#[test]
fn a_report_that_only_the_township_names_counts_and_one_that_the_village_sent_counts_once() {
    let mut story = Story::new();
    story.records_on("2026-03-12");
    story.says(TOWN, naming("2026-03-02"));
    assert_eq!(owed(&story, "record"), [step(KUNSHAN, "2026-03-09", Some("2026-03-12"), true)]);
    story.records_on("2026-03-03");
    story.says(VILLAGE, reported(KUNSHAN, "2026-03-01"));
    assert_eq!(owed(&story, "record"), [step(KUNSHAN, "2026-03-10", Some("2026-03-12"), true)]);
}

#[test]
fn services_count_on_the_day_they_were_offered_and_a_stay_that_ended_before_is_closed() {
    let offered = |on: &str| Fact::Service {
        place: code(KUNSHAN),
        kind: ServiceKind::Information,
        outcome: ServiceOutcome::Declined,
        on: day(on),
        granted: None,
    };
    let mut story = Story::new();
    story.records_on("2026-03-09");
    story.says_under("DJ-1", police(), registered(KUNSHAN, "2026-03-02"));
    assert_eq!(owed(&story, "service-offer"), [step(KUNSHAN, "2026-04-07", None, true)]);
    story.says(TOWN, offered("2026-04-08"));
    story.says(TOWN, offered("2026-04-20"));
    let served = [step(KUNSHAN, "2026-04-07", Some("2026-04-08"), true)];
    assert_eq!(owed(&story, "service-offer"), served);
    story.ends("DJ-1", "2026-05-01", CancelReason::Left);
    assert_eq!(owed(&story, "service-offer"), served, "what ended later was owed until its day");
    story.takes_back_ends();
    story.ends("DJ-1", "2026-04-07", CancelReason::Left);
    assert_eq!(owed(&story, "service-offer"), [step(KUNSHAN, "2026-04-07", None, false)]);
}

#[test]
fn a_registration_is_complete_with_number_birth_date_phone_and_the_other_side() {
    let mut story = Story::new();
    story.records_on("2026-03-09");
    story.says(TOWN, inflow(KUNSHAN, "2026-03-01"));
    assert_eq!(parts(&story, Measure::Completeness), [part(KUNSHAN, "2026-03-09", 4, 3)], "no phone");
    story.has_phone();
    assert_eq!(parts(&story, Measure::Completeness), [part(KUNSHAN, "2026-03-09", 4, 4)]);
    let nowhere = Registration { by: Registrar::Township, household: None, ..Registration::at(WUJIANG, "2026-03-05") };
    story.says("township:320509104", nowhere.fact());
    story.says(HOME_TOWN, outflow("320000", "2026-03-01"));
    story
        .says(TOWN, Fact::Workplace { place: code(KUNSHAN), residence: Some(code(WUJIANG)), since: day("2026-03-01") });
    let rest =
        [part("320509104", "2026-03-09", 4, 3), part(HOME, "2026-03-09", 4, 3), part(KUNSHAN, "2026-03-09", 4, 4)];
    assert_eq!(parts(&story, Measure::Completeness)[1..], rest, "a province alone is no destination");
}

#[test]
fn of_a_child_the_guardian_is_expected_and_no_phone_and_reports_and_police_register_nothing_here() {
    let mut child = Story::minor();
    child.records_on("2026-03-09");
    child.says(TOWN, inflow(KUNSHAN, "2026-03-01"));
    assert_eq!(parts(&child, Measure::Completeness), [part(KUNSHAN, "2026-03-09", 4, 4)]);

    let mut story = Story::new();
    story.says(VILLAGE, reported(KUNSHAN, "2026-03-01"));
    story.says(police(), registered(KUNSHAN, "2026-03-01"));
    story.stock("DJ-1", TOWN, inflow(KUNSHAN, "2026-03-01"));
    assert_eq!(parts(&story, Measure::Completeness), []);
}

#[test]
fn the_residence_side_is_measured_by_what_departments_and_the_household_side_know() {
    let mut story = Story::new();
    story.records_on("2026-03-09");
    story.says("housing", lease(KUNSHAN, "2026-03-01", "2027-03-01"));
    // Who lives where is known from elsewhere, and the departure says it as well: one stay, known since the first word.
    story.says(police(), registered(WUJIANG, "2025-03-01"));
    story.records_on("2026-03-20");
    story.says(HOME_TOWN, outflow("320583", "2026-03-01"));
    assert_eq!(parts(&story, Measure::CoverageResidence), [part(KUNSHAN, "2026-03-09", 1, 0)]);
    story.says(police(), registered(KUNSHAN, "2026-03-01"));
    assert_eq!(parts(&story, Measure::CoverageResidence), [part(KUNSHAN, "2026-03-09", 1, 1)]);
}

#[test]
fn what_was_over_before_it_became_known_is_nobodys_miss() {
    let mut story = Story::new();
    story.records_on("2026-03-09");
    story.says(HOME_TOWN, outflow(KUNSHAN, "2026-03-01"));
    assert_eq!(parts(&story, Measure::CoverageResidence), [part(KUNSHAN, "2026-03-09", 1, 0)]);
    story.says(HOME_TOWN, Fact::Returned { household: code(HOME), on: day("2026-03-08") });
    assert_eq!(parts(&story, Measure::CoverageResidence), []);
}

#[test]
fn the_household_side_is_measured_by_stays_registered_elsewhere() {
    let mut story = Story::new();
    story.records_on("2026-03-09");
    story.says(police(), registered(KUNSHAN, "2026-03-02"));
    assert_eq!(parts(&story, Measure::CoverageHousehold), [part(HOME, "2026-03-09", 1, 0)]);
    // Wherever to, and also where it was registered only when the other side had told of it.
    story.records_on("2026-03-20");
    story.says(HOME_TOWN, outflow(WUJIANG, "2026-02-20"));
    assert_eq!(parts(&story, Measure::CoverageHousehold), [part(HOME, "2026-03-09", 1, 1)]);
    story.says(HOME_TOWN, Fact::Returned { household: code(HOME), on: day("2026-02-25") });
    assert_eq!(parts(&story, Measure::CoverageHousehold), [part(HOME, "2026-03-09", 1, 0)], "that was another time");
}

#[test]
fn a_stay_that_was_passed_on_counts_for_whoever_it_was_passed_to() {
    let mut story = Story::new();
    story.today = day("2026-11-02");
    story.says(police(), registered(KUNSHAN, "2026-03-02"));
    let notice = story.tell().remove(0);
    story.replies(&notice, Outcome::BelongsElsewhere, Some("321322102"));
    assert_eq!(parts(&story, Measure::CoverageHousehold), [part("321322102", "2026-11-02", 1, 0)]);
}
