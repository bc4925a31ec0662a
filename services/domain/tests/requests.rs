//! What persons ask for themselves. Complaints: the office above hears of it and not of whom it comes from, takes it up,
//! and ends it; both periods count from the day of filing. Requests by right: whoever runs the hub settles them.

mod support;

use liangdi_domain::evidence::{Fact, Outcome, RightKind};
use liangdi_domain::notice::{NoticeDraft, NoticeKind};
use serde_json::json;
use support::{Story, code, day};

/// A complaint of Yushan town, filed on Monday 2026-11-02.
fn complained_of(about: &str) -> Story {
    let mut story = Story::new();
    story.today = day("2026-11-03");
    let fact = Fact::Complaint { about: about.to_owned(), kind: "fee".to_owned(), filed_on: day("2026-11-02") };
    story.says("township:320583100", fact);
    story
}

fn only(mut notices: Vec<NoticeDraft>) -> NoticeDraft {
    assert_eq!(notices.len(), 1, "{notices:?}");
    notices.remove(0)
}

#[test]
fn the_office_above_is_asked_to_take_it_up_and_learns_nothing_of_whom_it_comes_from() {
    let mut story = complained_of("320583100");
    let notice = only(story.tell());
    assert_eq!((&*notice.receiver.0, notice.kind), ("320583", NoticeKind::Complaint));
    assert_eq!(notice.due_on, Some(day("2026-11-17")), "15 days from the day of filing");
    assert_eq!(notice.data, json!({"about": "320583100", "kind": "fee", "filed_on": "2026-11-02", "step": "accept"}));
    assert!(story.tell().is_empty(), "it is told once");
}

#[test]
fn taken_up_it_has_to_be_ended_within_sixty_days_of_filing_under_the_same_case() {
    let mut story = complained_of("320583100");
    let accept = only(story.tell());
    story.replies(&accept, Outcome::Answered, None);
    let finish = only(story.tell());
    assert_eq!(
        (finish.case, finish.kind, &finish.data["step"]),
        (accept.case, NoticeKind::Complaint, &json!("finish"))
    );
    assert_eq!(finish.due_on, Some(day("2027-01-01")));
    story.replies(&finish, Outcome::Decided, None);
    assert!(story.tell().is_empty());
    assert_eq!(story.pass_until("2027-06-01"), []);
    assert!(story.escalations.is_empty());
}

#[test]
fn silence_goes_to_the_next_office_above_and_the_second_period_runs_all_the_same() {
    let mut story = complained_of("320583100");
    only(story.tell());
    let told = story.pass_until("2027-03-01");
    let finish = ("2026-11-18".to_owned(), "320583".to_owned(), NoticeKind::Complaint);
    assert_eq!(told, [finish]);
    let heard: Vec<(&str, &str, &str)> =
        story.escalations.iter().map(|heard| (&*heard.receiver.0, &*heard.procedure, heard.late.as_str())).collect();
    assert_eq!(heard, [("320500", "complaint", "320583"), ("320500", "complaint-decision", "320583")]);
}

#[test]
fn filed_long_ago_both_steps_are_asked_for_at_once() {
    let mut story = complained_of("320583100");
    story.today = day("2026-12-01");
    let steps: Vec<_> = story.tell().into_iter().map(|notice| notice.data["step"].clone()).collect();
    assert_eq!(steps, [json!("accept"), json!("finish")]);
}

#[test]
fn whoever_ends_it_at_once_is_not_asked_again() {
    let mut story = complained_of("320583");
    let accept = only(story.tell());
    assert_eq!(accept.receiver.0, "320500");
    story.replies(&accept, Outcome::Decided, None);
    assert!(story.tell().is_empty());
    assert_eq!(story.pass_until("2027-06-01"), []);
}

#[test]
fn ended_after_the_first_period_ran_out_the_second_question_is_closed() {
    let mut story = complained_of("320583100");
    let accept = only(story.tell());
    assert_eq!(story.pass_until("2026-11-20").len(), 1);
    story.replies(&accept, Outcome::Decided, None);
    assert!(story.tell().is_empty());
    story.escalations.clear();
    assert_eq!(story.pass_until("2027-06-01"), []);
    assert!(story.escalations.is_empty(), "nobody is late with what is ended");
}

#[test]
fn above_a_feed_and_above_a_province_stands_the_hubs_own() {
    for (about, receiver) in [("hr", "320000"), ("320500", "320000"), ("341221", "340000"), ("340000", "320000")] {
        assert_eq!(only(complained_of(about).tell()).receiver.0, receiver, "{about}");
    }
    let village = "320583100001";
    assert_eq!(code(village).township(), Some(code("320583100")));
    assert_eq!(only(complained_of(village).tell()).receiver.0, "320583100");
}

#[test]
fn taken_back_it_never_was() {
    let mut story = complained_of("320583100");
    only(story.tell());
    story.takes_back_the_last();
    let notice = only(story.tell());
    assert_eq!((&*notice.receiver.0, notice.kind), ("320583", NoticeKind::Retract));
}

/// A request by right, filed on Monday 2026-11-02.
fn asked_by_right() -> Story {
    let mut story = Story::new();
    story.today = day("2026-11-03");
    story.says("township:320583100", Fact::RightsRequested { right: RightKind::Access, filed_on: day("2026-11-02") });
    story
}

#[test]
fn a_request_by_right_that_waits_longer_than_fifteen_working_days_is_said_to_the_hubs_own_province_once() {
    let mut story = asked_by_right();
    assert!(story.tell().is_empty(), "nobody is asked anything");
    let told = story.pass_until("2027-03-01");
    assert_eq!(told, [("2026-11-24".to_owned(), "320000".to_owned(), NoticeKind::Reminder)]);
}

#[test]
fn a_request_by_right_that_is_settled_in_time_is_nobodys_business() {
    let mut story = asked_by_right();
    story.tell();
    story.settles_the_last();
    story.tell();
    assert_eq!(story.pass_until("2027-03-01"), []);
}
