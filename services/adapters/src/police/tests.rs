//! What the police's messages say, on the contract's examples.

use liangdi_domain::evidence::{BusinessKey, WarningKind};
use liangdi_domain::person::Document;

use super::*;
use crate::contract::Reason;
use crate::samples::{code, day, sample};

const REGISTERED: &str = "police.residence-registered.v1";
const CANCELLED: &str = "police.residence-cancelled.v1";
const CHANGED: &str = "police.identity-changed.v1";

#[test]
fn a_registration_says_where_a_person_lives() {
    let appearance = sample(REGISTERED).appearance();
    let registered = Fact::Residence {
        place: code("320583100"),
        since: day("2026-03-09"),
        reason: StayReason::Work,
        by: Registrar::Police,
        expected_until: None,
        protected: false,
        household: Some(code("341221")),
        reported_on: None,
        told: None,
    };
    assert_eq!(appearance.fact, registered);
    assert_eq!(appearance.key.unwrap().number, "J32058300012345");
    let profile = appearance.profile;
    assert_eq!(profile.document.number(), Some("341221199003154017"));
    assert_eq!(profile.name.unwrap().shown(), "张建国");
    assert_eq!((profile.birth, profile.sex), (Some(day("1990-03-15")), Sex::Male));
    assert_eq!(profile.phone.unwrap().as_str(), "13912340001");
    assert_eq!(profile.household, Some(code("341221")));
    assert_eq!(sample(REGISTERED).warnings(), []);
}

#[test]
fn a_dirty_registration_says_the_same_without_a_warning() {
    let dirty = sample("police.residence-registered.v1.dirty");
    let (one, other) = (sample(REGISTERED).appearance(), dirty.appearance());
    assert_eq!(one.key, other.key);
    assert_eq!(one.profile.document, other.profile.document);
    assert_eq!(one.profile.phone, other.profile.phone);
    assert_eq!(one.profile.name.unwrap().key(), other.profile.name.unwrap().key());
    assert!(matches!(other.fact, Fact::Residence { place, protected: true, .. } if place == code("320583100")));
    assert_eq!(dirty.warnings(), []);
}

#[test]
fn what_a_registration_may_leave_out_may_be_null_or_empty_and_what_it_may_add_is_kept() {
    for nothing in [serde_json::Value::Null, "".into(), " ".into()] {
        let bare = sample(REGISTERED)
            .with("/zjlx", nothing.clone())
            .with("/lxdh", nothing.clone())
            .with("/hjdz_xzqh", nothing.clone())
            .with("/yjjzqx", nothing);
        let profile = bare.appearance().profile;
        assert_eq!((profile.phone, profile.household), (None, None));
        assert_eq!(bare.warnings(), []);
    }
    let full = sample(REGISTERED).with("/protected", true).with("/yjjzqx", "20270308").appearance();
    let Fact::Residence { protected, expected_until, .. } = full.fact else { panic!() };
    assert_eq!((protected, expected_until), (true, Some(day("2027-03-08"))));
}

#[test]
fn every_reason_of_stay_and_of_cancelling_is_known_and_no_other() {
    for (written, expected) in REASONS {
        let Fact::Residence { reason, .. } = sample(REGISTERED).with("/jzsydm", written).appearance().fact else {
            panic!()
        };
        assert_eq!(reason, expected);
    }
    for (written, expected) in CANCEL_REASONS {
        let ending = sample(CANCELLED).with("/zxyydm", written).evidence().ending.unwrap();
        assert_eq!(ending.reason, expected);
    }
    sample(REGISTERED).with("/jzsydm", "00").is_refused(Reason::Schema, "/data/jzsydm");
    sample(CANCELLED).with("/zxyydm", "2").is_refused(Reason::Schema, "/data/zxyydm");
}

#[test]
fn a_cancellation_ends_the_registration_number_and_says_so_of_the_person() {
    let evidence = sample(CANCELLED).with("/djbh", "ｊ３２０５８３ 00012345").evidence();
    let ending = evidence.ending.unwrap();
    assert_eq!(Some(ending.key), sample(REGISTERED).appearance().key);
    assert_eq!((ending.on, ending.reason), (day("2026-10-01"), CancelReason::Left));
    let cancelled = Fact::ResidenceCancelled { place: code("320583100"), on: ending.on, reason: CancelReason::Left };
    assert_eq!(evidence.appearances[0].fact, cancelled);
    assert_eq!(evidence.appearances[0].key, None);
    // The message states neither: both come from the number.
    assert_eq!(evidence.appearances[0].profile.birth, Some(day("1990-03-15")));
    assert_eq!(evidence.appearances[0].profile.sex, Sex::Male);
}

#[test]
fn a_number_that_identifies_nothing_ties_no_records_together() {
    for nothing in ["无", "-", "0000"] {
        assert_eq!(sample(CANCELLED).with("/djbh", nothing).evidence().ending, None);
        assert_eq!(sample(REGISTERED).with("/djbh", nothing).appearance().key, None);
    }
}

#[test]
fn a_move_of_the_household_register_shows_the_person_with_the_new_household() {
    let appearance = sample("police.household-moved.v1").appearance();
    let moved = Fact::HouseholdMoved { from: code("341221"), to: code("320583100"), on: day("2026-11-05") };
    assert_eq!(appearance.fact, moved);
    assert_eq!(appearance.profile.household, Some(code("320583100")));
}

#[test]
fn a_changed_name_becomes_the_same_person_under_the_new_name() {
    let appearance = sample(CHANGED).appearance();
    assert_eq!(appearance.fact, Fact::IdentityChanged { on: day("2026-06-30"), change: 21 });
    let becomes = appearance.becomes.unwrap();
    assert_eq!(becomes.name.as_ref().unwrap().shown(), "陈志刚");
    assert_eq!(Profile { name: appearance.profile.name.clone(), ..becomes }, appearance.profile);
    assert_eq!(appearance.profile.name.unwrap().shown(), "陈志强");
}

#[test]
fn a_changed_number_brings_its_own_birth_date_and_sex() {
    // 32032419961108203 with its check digit: fictional, another year and sequence 203 (male).
    let number = format!("32032419961108203{}", Document::check_digit("32032419961108203").unwrap());
    let change = sample(CHANGED).with("/new_gmsfhm", number.clone()).with("/new_xm", "").with("/bglb", "12");
    let appearance = change.appearance();
    let becomes = appearance.becomes.unwrap();
    assert_eq!(becomes.document.number(), Some(number.as_str()));
    assert_eq!((becomes.birth, becomes.sex), (Some(day("1996-11-08")), Sex::Male));
    assert_eq!(becomes.name, appearance.profile.name);
    assert_eq!(appearance.profile.birth, Some(day("1995-11-08")));
}

#[test]
fn a_corrected_birth_date_stands_beside_the_old_number() {
    let change = sample(CHANGED).with("/new_xm", "").with("/new_csrq", "19951109").with("/bglb", "41");
    let appearance = change.appearance();
    assert_eq!(appearance.becomes.unwrap().birth, Some(day("1995-11-09")));
    change.is_odd("/data/new_csrq", WarningKind::BirthAgainstId);
    assert_eq!(change.with("/new_csrq", "").appearance().becomes, None);
}

#[test]
fn a_permit_is_issued_and_endorsed_under_its_number() {
    let issued = sample("police.permit-issued.v1").appearance();
    let endorsed = sample("police.permit-endorsed.v1").appearance();
    let permit =
        |on, until, endorsed| Fact::Permit { place: code("320583100"), on: day(on), until: day(until), endorsed };
    assert_eq!(issued.fact, permit("2026-09-15", "2027-09-14", false));
    assert_eq!(endorsed.fact, permit("2027-09-01", "2028-09-14", true));
    let number = "320583K00088123".to_owned();
    assert_eq!(issued.key, Some(BusinessKey { kind: KeyKind::Permit, number }));
    assert_eq!(issued.key, endorsed.key);
}

#[test]
fn what_is_odd_is_taken_with_a_warning_at_its_member() {
    let message = || sample(REGISTERED);
    message().with("/djrq", "20260310").is_odd("/data/djrq", WarningKind::EventAfterMessage);
    message().with("/yjjzqx", "20260308").is_odd("/data/yjjzqx", WarningKind::PeriodReversed);
    message().with("/hjdz_xzqh", "341221999").is_odd("/data/hjdz_xzqh", WarningKind::DivisionAncestor);
    sample("police.permit-issued.v1").with("/yxq", "20260914").is_odd("/data/yxq", WarningKind::PeriodReversed);
}

#[test]
fn what_nothing_can_be_derived_from_is_refused_at_its_member() {
    let message = || sample(REGISTERED);
    message().with("/djrq", "20260230").is_refused(Reason::ImpossibleDate, "/data/djrq");
    message().with("/yjjzqx", "20261301").is_refused(Reason::ImpossibleDate, "/data/yjjzqx");
    message().with("/jzdz_xzqh", "32058310").is_refused(Reason::MalformedDivision, "/data/jzdz_xzqh");
    message().with("/hjdz_xzqh", "341221安徽").is_refused(Reason::MalformedDivision, "/data/hjdz_xzqh");
    message().with("/hjdz_xzqh", "160101").is_refused(Reason::UnknownProvince, "/data/hjdz_xzqh");
    message().with("/djrq", " ").is_refused(Reason::MissingField, "/data/djrq");
}
