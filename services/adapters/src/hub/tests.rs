//! The contract's notices as Jiangsu's hub sends them to Anhui's.

use liangdi_domain::division::Divisions;
use liangdi_domain::evidence::{Answer, Appearance, CancelReason, Evidence, Fact, HubCase, Registrar, StayReason};
use liangdi_domain::feed::Feed;
use serde_json::{Value, json};

use crate::contract::{Accepted, Properties, Reason, Refusal, read};
use crate::normalise::normalise;
use crate::samples::{code, day};

const CASE: &str = "01980f6e-7a3c-7c11-9d2e-4f1b6a7c8d90";

fn example(name: &str) -> Value {
    let path = format!("{}/../../schemas/examples/valid/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap()
}

/// The example of a kind, as it would come to Anhui under a case.
fn notice(kind: &str) -> Value {
    let mut notice = example(&format!("notice.{kind}.v1"));
    notice["jurisdiction"] = json!("340000");
    notice["caseid"] = json!(CASE);
    for (of, division) in [("household", "341221"), ("residence", "320583100")] {
        for at in ["/data", "/data/data"] {
            if let Some(place) = notice.pointer_mut(&format!("{at}/{of}/division")) {
                *place = json!(division);
            }
        }
    }
    notice
}

fn door(envelope: &Value, user: &str) -> Result<Accepted, Refusal> {
    let content_type = Some("application/cloudevents+json");
    let properties = Properties { content_type, user_id: Some(user), baseline: false, baseline_authorised: false };
    read(Feed::Hub, &properties, envelope.to_string().as_bytes())
}

fn take(envelope: &Value) -> Result<Evidence, Refusal> {
    let taken = door(envelope, "hub.320000")?;
    let anhui = Divisions::shipped().at_home(code("340000")).unwrap();
    normalise(taken.kind, taken.office, taken.time, &taken.data, &anhui)
}

#[track_caller]
fn is_refused(envelope: &Value, reason: Reason, path: &str) {
    let refusal = take(envelope).unwrap_err();
    assert_eq!((refusal.reason, refusal.path.as_deref().unwrap_or_default()), (reason, path));
}

fn only(evidence: &Evidence) -> &Appearance {
    assert_eq!(evidence.appearances.len(), 1);
    &evidence.appearances[0]
}

#[test]
fn an_inflow_is_a_residence_under_the_other_hubs_case() {
    let mut sent = notice("inflow");
    sent["data"]["registered_by"] = json!("township");
    let evidence = take(&sent).unwrap();
    let uuid = |name: &str| sent[name].as_str().unwrap().parse().unwrap();
    let told =
        HubCase { case: uuid("caseid"), notice: uuid("id"), number: sent["seqno"].as_i64().unwrap(), asks: true };
    let appearance = only(&evidence);
    let lives = Fact::Residence {
        place: code("320583100"),
        since: day(sent["data"]["since"].as_str().unwrap()),
        reason: StayReason::Work,
        by: Registrar::Township,
        expected_until: None,
        protected: false,
        household: Some(code("341221")),
        reported_on: None,
        told: Some(told),
    };
    assert_eq!(appearance.fact, lives);
    assert_eq!(appearance.profile.household, Some(code("341221")));
    assert_eq!(appearance.profile.living, Some(code("320583100")));
    // What the case said before, this takes the place of.
    let ending = evidence.ending.as_ref().unwrap();
    assert_eq!((Some(&ending.key), ending.reason), (appearance.key.as_ref(), CancelReason::InError));
    assert_eq!(ending.number, Some(told.number));
}

#[test]
fn a_child_comes_with_its_guardian_and_without_a_number() {
    let mut sent = notice("inflow");
    sent["data"]["person"] = example("notice.inflow.v1.minor")["data"]["person"].clone();
    let evidence = take(&sent).unwrap();
    let profile = &only(&evidence).profile;
    assert!(profile.guardian.is_some() && profile.document.number().is_none());
}

#[test]
fn what_becomes_of_a_stay_ends_the_case_and_a_retract_voids_it() {
    for (kind, data, reason) in [
        ("departed", json!({}), CancelReason::Left),
        ("residence-changed", json!({}), CancelReason::Left),
        ("returned", json!({}), CancelReason::Returned),
        ("closed", json!({"reason": "died"}), CancelReason::Died),
        ("closed", json!({"reason": "became-local"}), CancelReason::BecameLocal),
    ] {
        let mut sent = notice(kind);
        for (name, value) in data.as_object().unwrap() {
            sent["data"][name] = value.clone();
        }
        let evidence = take(&sent).unwrap();
        let ending = evidence.ending.unwrap();
        assert!(evidence.appearances.is_empty());
        assert_eq!((ending.reason, ending.number), (reason, sent["seqno"].as_i64()), "{kind}");
        assert_eq!(ending.on, day(sent["data"]["ended_on"].as_str().unwrap()));
    }
    let evidence = take(&notice("retract")).unwrap();
    assert_eq!(evidence.ending.unwrap().reason, CancelReason::InError);
}

#[test]
fn a_supersede_says_anew_what_its_kind_said_and_asks_nothing() {
    let mut sent = notice("inflow");
    sent["type"] = json!("notice.supersede.v1");
    sent["data"] = json!({"kind": "inflow", "data": sent["data"], "changed": ["since"]});
    let evidence = take(&sent).unwrap();
    let Fact::Residence { told: Some(told), .. } = only(&evidence).fact else { panic!() };
    assert!(!told.asks);
    let mut ended = notice("departed");
    ended["type"] = json!("notice.supersede.v1");
    ended["data"] = json!({"kind": "departed", "data": ended["data"], "changed": ["ended_on"]});
    assert_eq!(take(&ended).unwrap().ending.unwrap().reason, CancelReason::Left);
}

#[test]
fn a_departure_towards_this_province_names_its_destination() {
    let mut sent = notice("outflow");
    sent["data"]["household"]["division"] = json!("321322101");
    sent["data"]["destination"]["division"] = json!("341221");
    let evidence = take(&sent).unwrap();
    let Fact::Outflow { household, destination, by, told: Some(told), .. } = only(&evidence).fact else { panic!() };
    assert_eq!((household, destination, by), (code("321322101"), Some(code("341221")), Registrar::Township));
    assert!(told.asks && evidence.ending.is_some());
    sent["data"]["destination"]["division"] = json!("330106");
    is_refused(&sent, Reason::OutsideProvince, "/data/destination/division");
}

#[test]
fn kinds_that_are_not_taken_are_refused_as_such_whatever_else_they_say() {
    for kind in ["lead", "workplace", "household-changed", "verification-request", "consultation", "rejected"] {
        let mut sent = example(&format!("notice.{kind}.v1"));
        sent["jurisdiction"] = json!("340000");
        is_refused(&sent, Reason::KindNotTaken, "/type");
    }
    let mut sent = notice("retract");
    sent["data"]["kind"] = json!("lead");
    is_refused(&sent, Reason::KindNotTaken, "/data/kind");
}

#[test]
fn a_hub_speaks_of_its_own_province_to_the_province_concerned() {
    let with = |pointer: &str, value: Value| {
        let mut sent = notice("inflow");
        *sent.pointer_mut(pointer).unwrap() = value;
        sent
    };
    is_refused(&with("/jurisdiction", json!("330000")), Reason::OutsideProvince, "/jurisdiction");
    let path = "/data/residence/division";
    is_refused(&with(path, json!("341221100")), Reason::OutsideProvince, path);
    let path = "/data/household/division";
    is_refused(&with(path, json!("330106")), Reason::OutsideProvince, path);
    is_refused(&with("/source", json!("urn:liangdi:hub:330000")), Reason::ForeignSource, "/source");
    let mut nameless = notice("inflow");
    nameless.as_object_mut().unwrap().remove("caseid");
    is_refused(&nameless, Reason::MissingField, "/caseid");
    let mut strange = notice("inflow");
    strange["data"]["person"]["blood_group"] = json!("A");
    is_refused(&strange, Reason::UnknownField, "/data/person");
}

#[test]
fn an_answer_is_the_contracts_reply_with_the_attributes_of_a_delivery() {
    let mut reply = example("township.case-reply.v1");
    reply["source"] = json!("urn:liangdi:township:320000");
    is_refused(&reply, Reason::MissingField, "");
    reply["jurisdiction"] = json!("340000");
    reply["seqno"] = json!(7);
    let evidence = take(&reply).unwrap();
    assert!(matches!(evidence.answer, Some(Answer::Reply(_))));
    let mut strange = reply.clone();
    strange["caseid"] = json!(CASE);
    is_refused(&strange, Reason::UnknownField, "");
    let mut third = reply.clone();
    third["source"] = json!("urn:liangdi:township:330000");
    is_refused(&third, Reason::ForeignSource, "/source");
    let mut other = example("township.receipt.v1");
    other["source"] = json!("urn:liangdi:township:320000");
    is_refused(&other, Reason::UnknownType, "/type");
}

#[test]
fn offices_cannot_speak_as_a_hub_nor_hubs_as_an_office() {
    let sent = notice("inflow");
    let properties = |user| Properties {
        content_type: Some("application/cloudevents+json"),
        user_id: Some(user),
        baseline: false,
        baseline_authorised: false,
    };
    let body = sent.to_string();
    let refused = |feed, user| read(feed, &properties(user), body.as_bytes()).err().map(|refusal| refusal.reason);
    assert_eq!(refused(Feed::Township, "hub.320000"), Some(Reason::UnknownType));
    assert_eq!(refused(Feed::Hub, "township.320000"), Some(Reason::ForeignSource));
    assert_eq!(refused(Feed::Hub, "hub.330000"), Some(Reason::ForeignSource));
    assert_eq!(refused(Feed::Hub, "hub.320000"), None);
}
