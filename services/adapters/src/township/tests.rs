//! What townships' messages say, on the contract's examples.

use liangdi_domain::evidence::{
    Outcome, PresenceSeen, ReceiptState, RightKind, ServiceKind, ServiceOutcome, StayReason, WarningKind,
};
use serde_json::{Value, json};

use super::*;
use crate::samples::{Sample, code, day, sample};

const OUTFLOW: &str = "township.outflow-registered.v1";
const INFLOW: &str = "township.inflow-registered.v1";
const VERIFICATION: &str = "township.verification-requested.v1";
const COMPLAINT: &str = "township.complaint-filed.v1";

/// The example with a household whose code is in force.
fn inflow() -> Sample {
    sample(INFLOW).with("/household/division", "341221")
}

fn fact(kind: &str) -> Fact {
    assert_eq!(sample(kind).warnings(), []);
    sample(kind).appearance().fact
}

#[test]
fn an_outflow_is_registered_by_the_household_township() {
    let left = Fact::Outflow {
        household: code("320324102"),
        destination: Some(code("320583")),
        left_on: day("2026-02-20"),
        reason: StayReason::Work,
        by: Registrar::Township,
        reported_on: Some(day("2026-02-27")),
        told: None,
    };
    assert_eq!(fact(OUTFLOW), left);
    assert_eq!(sample(OUTFLOW).appearance().profile.household, Some(code("320324102")));
}

#[test]
fn an_inflow_is_registered_by_the_residence_township() {
    let lives = Fact::Residence {
        place: code("320583100"),
        since: day("2026-03-01"),
        reason: StayReason::Family,
        by: Registrar::Township,
        expected_until: None,
        protected: false,
        household: Some(code("341221")),
        reported_on: Some(day("2026-03-04")),
        told: None,
    };
    assert_eq!(inflow().appearance().fact, lives);
    let profile = inflow().appearance().profile;
    assert_eq!((profile.document.number(), profile.phone, profile.household), (None, None, Some(code("341221"))));
    assert_eq!(inflow().warnings(), []);
    assert_eq!(sample(INFLOW).with("/household", Value::Null).appearance().profile.household, None);
}

#[test]
fn only_the_places_own_township_or_a_level_above_it_registers() {
    for (office, expected) in [
        ("320583100", Registrar::Township),
        ("320583", Registrar::Township),
        ("320500", Registrar::Township),
        ("320000", Registrar::Township),
        ("320583101", Registrar::Report),
        ("320583100001", Registrar::Report),
        ("341221", Registrar::Report),
    ] {
        let Fact::Residence { by, .. } = sample(INFLOW).by_office(office).appearance().fact else { panic!() };
        assert_eq!(by, expected, "{office}");
    }
    let Fact::Outflow { by, .. } = sample(OUTFLOW).by_office("320583").appearance().fact else { panic!() };
    assert_eq!(by, Registrar::Report);
}

#[test]
fn a_township_tells_of_work_return_presence_and_services() {
    let work =
        Fact::Workplace { place: code("320583101"), residence: Some(code("320583100")), since: day("2026-04-01") };
    assert_eq!(fact("township.workplace-registered.v1"), work);
    let returned = Fact::Returned { household: code("320324102"), on: day("2026-12-15") };
    assert_eq!(fact("township.return-registered.v1"), returned);
    let place = code("320583100");
    let seen = Fact::Presence { place, on: day("2026-08-15"), seen: PresenceSeen::Present, left_to: None };
    assert_eq!(fact("township.presence-updated.v1"), seen);
    let (kind, outcome) = (ServiceKind::School, ServiceOutcome::Requested);
    let service = Fact::Service { place, kind, outcome, on: day("2026-03-20"), granted: None };
    assert_eq!(fact("township.service-recorded.v1"), service);
    let child = sample("township.service-recorded.v1").appearance().profile;
    assert_eq!(child.guardian.unwrap().shown(), "张建国");
}

#[test]
fn a_verification_is_filed_under_its_number_and_only_with_consent() {
    let asked = Fact::VerificationRequested {
        ask: vec![code("341221")],
        purpose: "school-enrolment".to_owned(),
        facts: vec!["identity".to_owned(), "household".to_owned()],
        applied_on: day("2026-03-20"),
    };
    assert_eq!(fact(VERIFICATION), asked);
    assert_eq!(sample(VERIFICATION).appearance().key.unwrap().number, "HC-2026-0093");
    for no in [json!(false), json!(null), json!("true")] {
        sample(VERIFICATION).with("/consent", no).is_refused(Reason::NoConsent, "/data/consent");
    }
    sample(VERIFICATION).with("/ask/0", "3412").is_refused(Reason::MalformedDivision, "/data/ask/0");
}

#[test]
fn a_complaint_speaks_of_a_person_or_is_a_matter_of_its_own() {
    let complaint = Fact::Complaint { about: "341221".to_owned(), kind: "fee".to_owned(), filed_on: day("2026-05-11") };
    assert_eq!(fact(COMPLAINT), complaint);
    assert_eq!(sample(COMPLAINT).appearance().key.unwrap().kind, KeyKind::File);
    let unsigned = sample(COMPLAINT).with("/person", Value::Null).with("/about", "hr").appearance();
    assert_eq!(unsigned.profile.matter.as_deref(), Some("320583100 TS-2026-0007"));
    assert!(unsigned.profile.name.is_none() && !unsigned.profile.is_thin());
    assert!(matches!(unsigned.fact, Fact::Complaint { about, .. } if about == "hr"));
    sample(COMPLAINT).with("/about", "somebody").is_refused(Reason::MalformedDivision, "/data/about");
}

#[test]
fn a_right_is_exercised_and_a_village_reports() {
    let asked = Fact::RightsRequested { right: RightKind::Access, filed_on: day("2026-05-12") };
    assert_eq!(fact("township.rights-requested.v1"), asked);
    let report = sample("township.village-report.v1");
    let counts = report.evidence().report.unwrap();
    assert_eq!((counts.village, counts.arrivals, counts.departures), (code("320583100001"), 14, 3));
    assert!(report.evidence().filed);
    report.clone().with("/period/to", "2026-03-01").is_odd("/data/period/to", WarningKind::PeriodReversed);
    report.with("/period/from", "2026-02-30").is_refused(Reason::ImpossibleDate, "/data/period/from");
}

#[test]
fn a_reply_and_a_receipt_answer_a_notice() {
    let differs = json!([{"field": "since", "ours": "2026-03-02"}]);
    let evidence = sample("township.case-reply.v1").with("/discrepancies", differs).evidence();
    let Some(Answer::Reply(reply)) = evidence.answer else { panic!() };
    assert_eq!((reply.outcome, reply.division), (Outcome::BelongsElsewhere, Some(code("341221101"))));
    assert_eq!(reply.case.to_string(), "01980f6e-7a3c-7c11-9d2e-4f1b6a7c8d90");
    assert_eq!((reply.discrepancies[0].field.as_str(), reply.discrepancies[0].ours.as_str()), ("since", "2026-03-02"));
    let Some(Answer::Receipt { notice, state, .. }) = sample("township.receipt.v1").evidence().answer else { panic!() };
    assert_eq!((notice, state), (reply.notice, ReceiptState::Opened));
    sample("township.receipt.v1").with("/notice_id", "7").is_refused(Reason::Schema, "/data/notice_id");
}

#[test]
fn what_is_odd_is_taken_and_what_cannot_be_is_refused() {
    inflow().with("/since", "2026-03-07").is_odd("/data/since", WarningKind::EventAfterMessage);
    sample(INFLOW).with("/reported_on", "2026-03-40").is_refused(Reason::ImpossibleDate, "/data/reported_on");
    sample(INFLOW)
        .with("/residence/division", "160583100")
        .is_refused(Reason::UnknownProvince, "/data/residence/division");
    sample(INFLOW).with("/village", "32").is_refused(Reason::MalformedDivision, "/data/village");
    sample(OUTFLOW).with("/person", "").is_refused(Reason::MissingField, "/data/person");
    sample(OUTFLOW).with("/reason", "leisure").is_refused(Reason::Schema, "/data/reason");
}
