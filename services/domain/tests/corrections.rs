//! Corrections: an office whose message better evidence contradicts is asked to check it.

mod support;

use liangdi_domain::evidence::Fact;
use liangdi_domain::evidence::Outcome;
use liangdi_domain::notice::{NoticeDraft, NoticeKind};
use serde_json::json;
use support::{HOME, KUNSHAN, Registration, Story, WUJIANG, code, day, police};

fn job() -> Fact {
    Fact::JobStarted { place: code("320500"), since: day("2026-03-01"), household: None }
}

fn lease(place: &str) -> Fact {
    Fact::Lease { place: code(place), since: day("2026-03-01"), until: day("2028-02-28") }
}

/// The police know the person by another name than the employer's office does.
fn contradicted() -> Story {
    let mut story = Story::new();
    story.today = day("2026-11-03");
    story.says(police(), Registration::at(KUNSHAN, "2026-03-10").fact());
    story.says_as_namesake("hr:320500", job());
    story
}

fn corrections(notices: Vec<NoticeDraft>) -> Vec<NoticeDraft> {
    notices.into_iter().filter(|notice| notice.receiver.0.contains('.')).collect()
}

#[test]
fn the_office_is_asked_to_check_the_message_by_the_names_of_its_own_fields() {
    let mut story = contradicted();
    let notices = corrections(story.tell());
    assert_eq!(notices.len(), 1);
    let notice = &notices[0];
    assert_eq!((&*notice.receiver.0, notice.kind), ("hr.320500", NoticeKind::Correction));
    assert_eq!(notice.due_on, Some(day("2026-11-17")), "ten working days");
    assert_eq!(notice.data["fields"], json!(["aac003"]));
    assert_eq!(notice.data["reason"], "contradicted-by-household-register");
    assert_eq!(notice.data["message"]["source"], "urn:liangdi:hr:320500");
    assert!(!notice.data.to_string().contains("测试"), "nobody's name");
    assert!(corrections(story.tell()).is_empty(), "it is asked once");
}

#[test]
fn without_the_police_nobody_knows_better() {
    let mut story = Story::new();
    story.says("hr:320500", job());
    story.says_as_namesake("housing:320500", lease(KUNSHAN));
    assert!(corrections(story.tell()).is_empty());
}

#[test]
fn a_message_that_is_withdrawn_ends_it_without_a_word() {
    let mut story = contradicted();
    assert_eq!(corrections(story.tell()).len(), 1);
    story.takes_back_the_last();
    assert!(corrections(story.tell()).is_empty());
    story.pass_until("2027-06-01");
    assert!(story.escalations.iter().all(|heard| heard.procedure != "correction"));
}

#[test]
fn an_office_that_stands_by_its_message_is_not_asked_again() {
    let mut story = contradicted();
    assert_eq!(corrections(story.tell()).len(), 1);
    story.says_it_again();
    assert!(corrections(story.tell()).is_empty());
    story.escalations.clear();
    story.pass_until("2027-12-01");
    assert!(story.escalations.iter().all(|heard| heard.procedure != "correction"));
}

#[test]
fn silence_goes_to_the_division_above_the_office() {
    let mut story = contradicted();
    story.tell();
    story.pass_until("2026-12-01");
    let heard: Vec<(&str, &str)> = story
        .escalations
        .iter()
        .filter(|heard| heard.procedure == "correction")
        .map(|heard| (&*heard.receiver.0, heard.late.as_str()))
        .collect();
    assert_eq!(heard, [("320000", "320500")]);
}

#[test]
fn a_lease_at_a_place_that_knows_nobody_is_checked_when_the_person_is_registered_elsewhere() {
    let mut story = Story::new();
    story.today = day("2026-11-03");
    story.says("housing:320500", lease(KUNSHAN));
    story.says(
        "hr:320500",
        Fact::JobStarted { place: code("320500"), since: day("2026-03-01"), household: Some(code(HOME)) },
    );
    let lead = story.tell().into_iter().find(|notice| notice.kind == NoticeKind::Lead).expect("nobody registered it");
    story.replies(&lead, Outcome::NotKnown, None);
    assert!(corrections(story.tell()).is_empty(), "nobody knows better yet");
    story.says(police(), Registration::at(WUJIANG, "2026-03-10").fact());
    let notices = corrections(story.tell());
    assert_eq!(notices.len(), 1);
    assert_eq!(notices[0].data["fields"], json!(["property"]));
    assert_eq!(notices[0].data["reason"], "contradicted-by-residence-register");
}
