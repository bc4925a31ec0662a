//! What must not panic whatever it is given: every place that reads what others wrote. One function a target, for libFuzzer
//! (`tests/fuzz/` makes a library of this file), the tests on a stable compiler, and the bench alike.

use std::sync::LazyLock;

use liangdi_adapters::contract::{Properties, read, read_unattended};
use liangdi_adapters::normalise::normalise;
use liangdi_domain::division::Divisions;
use liangdi_domain::feed::{Feed, MessageType};
use liangdi_domain::person::{Document, Name};
use liangdi_domain::procedure::Procedures;
use serde_json::Value;

/// A target by its name: the name of its corpus as well.
pub type Target = (&'static str, fn(&[u8]));

/// Every target.
pub const TARGETS: [Target; 10] = [
    ("envelope", envelope),
    ("police", police),
    ("civil_affairs", civil_affairs),
    ("hr", hr),
    ("housing", housing),
    ("township", township),
    ("hub", hub),
    ("document", document),
    ("name", name),
    ("procedures", procedures),
];

/// A delivery of any feed, from a publisher that says nothing wrong.
pub fn envelope(input: &[u8]) {
    for feed in Feed::COUNTED {
        let user = format!("{feed}.320500");
        let properties = Properties {
            content_type: Some("application/cloudevents+json"),
            user_id: Some(&user),
            baseline: false,
            baseline_authorised: false,
        };
        drop(read(feed, &properties, input));
    }
    take(input);
}

/// An example of police with one member changed.
pub fn police(input: &[u8]) {
    changed(Feed::Police, input);
}

/// The same of civil affairs.
pub fn civil_affairs(input: &[u8]) {
    changed(Feed::CivilAffairs, input);
}

/// The same of human resources.
pub fn hr(input: &[u8]) {
    changed(Feed::Hr, input);
}

/// The same of housing.
pub fn housing(input: &[u8]) {
    changed(Feed::Housing, input);
}

/// The same of a township.
pub fn township(input: &[u8]) {
    changed(Feed::Township, input);
}

/// The same of another province's hub, by the link that brings what it says.
pub fn hub(input: &[u8]) {
    static EXAMPLES: LazyLock<Vec<Value>> =
        LazyLock::new(|| NOTICES.iter().map(|text| serde_json::from_str(text).expect("an example is JSON")).collect());
    static ANHUI: LazyLock<Divisions> =
        LazyLock::new(|| Divisions::shipped().at_home("340000".parse().expect("a code")).expect("Anhui is a province"));
    let Some(message) = with_one_changed(&EXAMPLES.iter().collect::<Vec<_>>(), input) else { return };
    let properties = Properties {
        content_type: Some("application/cloudevents+json"),
        user_id: Some("hub.320000"),
        baseline: false,
        baseline_authorised: false,
    };
    if let Ok(accepted) = read(Feed::Hub, &properties, message.to_string().as_bytes()) {
        drop(normalise(accepted.kind, accepted.office, accepted.time, &accepted.data, &ANHUI));
    }
}

/// A document: its type in the first byte, its number in the rest.
pub fn document(input: &[u8]) {
    const TYPES: [Option<&str>; 8] =
        [None, Some("111"), Some("414"), Some("511"), Some("516"), Some("553"), Some(""), Some("zz")];
    let Some((first, rest)) = input.split_first() else { return };
    let number = String::from_utf8_lossy(rest);
    let (document, _) = Document::read(TYPES[usize::from(*first) % TYPES.len()], Some(&number));
    drop((document.number().map(str::to_owned), document.birth(), document.sex()));
    let _ = Document::check_digit(&number);
}

/// A name.
pub fn name(input: &[u8]) {
    if let Some(name) = Name::read(&String::from_utf8_lossy(input)) {
        assert!(!name.key().is_empty(), "a name that was read has something to compare by");
        assert!(!name.shown().is_empty(), "a name that was read can be shown");
    }
}

/// A procedures file.
pub fn procedures(input: &[u8]) {
    if let Ok(text) = std::str::from_utf8(input) {
        drop(Procedures::read(text));
    }
}

/// The whole way of a message that its schema lets pass.
fn take(body: &[u8]) {
    if let Ok(accepted) = read_unattended(body) {
        let (kind, office, time) = (accepted.kind, accepted.office, accepted.time);
        drop(normalise(kind, office, time, &accepted.data, Divisions::shipped()));
    }
}

/// The first byte picks an example of the feed, the second one of its members, the rest is the member's new value: JSON if
/// it is any, else text.
fn changed(feed: Feed, input: &[u8]) {
    static EXAMPLES: LazyLock<Vec<(MessageType, Value)>> = LazyLock::new(|| {
        let read = |kind: MessageType| (kind, serde_json::from_str(example(kind)).expect("an example is JSON"));
        MessageType::ALL.into_iter().map(read).collect()
    });
    let of_feed: Vec<&Value> =
        EXAMPLES.iter().filter(|(kind, _)| kind.feed() == feed).map(|(_, example)| example).collect();
    if let Some(message) = with_one_changed(&of_feed, input) {
        take(message.to_string().as_bytes());
    }
}

fn with_one_changed(examples: &[&Value], input: &[u8]) -> Option<Value> {
    let [which, member, value @ ..] = input else { return None };
    let mut message = examples[usize::from(*which) % examples.len()].clone();
    let mut members = Vec::new();
    pointers(&message, String::new(), &mut members);
    let text = String::from_utf8_lossy(value);
    let value = serde_json::from_str(&text).unwrap_or_else(|_| Value::String(text.into_owned()));
    let pointer = &members[usize::from(*member) % members.len()];
    if let Some(there) = message.pointer_mut(pointer) {
        *there = value;
    }
    Some(message)
}

/// Every member, however deep.
fn pointers(value: &Value, at: String, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            members.iter().for_each(|(name, value)| pointers(value, format!("{at}/{name}"), found));
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(nth, value)| pointers(value, format!("{at}/{nth}"), found));
        }
        _ => {}
    }
    found.push(at);
}

macro_rules! shipped {
    ($name:literal) => {
        include_str!(concat!("../../../schemas/examples/valid/", $name, ".json"))
    };
}

/// What a hub takes from another one, and what it does not. Everybody in them is fictional.
const NOTICES: [&str; 9] = [
    shipped!("notice.inflow.v1.minor"),
    shipped!("notice.outflow.v1"),
    shipped!("notice.supersede.v1"),
    shipped!("notice.retract.v1"),
    shipped!("notice.departed.v1"),
    shipped!("notice.residence-changed.v1"),
    shipped!("notice.returned.v1"),
    shipped!("notice.closed.v1"),
    shipped!("notice.workplace.v1"),
];

/// The contract's example of a type. Everybody in them is fictional.
fn example(kind: MessageType) -> &'static str {
    match kind {
        MessageType::ResidenceRegistered => shipped!("police.residence-registered.v1"),
        MessageType::ResidenceCancelled => shipped!("police.residence-cancelled.v1"),
        MessageType::HouseholdMoved => shipped!("police.household-moved.v1"),
        MessageType::IdentityChanged => shipped!("police.identity-changed.v1"),
        MessageType::PermitIssued => shipped!("police.permit-issued.v1"),
        MessageType::PermitEndorsed => shipped!("police.permit-endorsed.v1"),
        MessageType::MarriageRegistered => shipped!("civil-affairs.marriage-registered.v1"),
        MessageType::MarriageDissolved => shipped!("civil-affairs.marriage-dissolved.v1"),
        MessageType::DeathRegistered => shipped!("civil-affairs.death-registered.v1"),
        MessageType::DivisionChanged => shipped!("civil-affairs.division-changed.v1"),
        MessageType::EmploymentStarted => shipped!("hr.employment-started.v1"),
        MessageType::EmploymentEnded => shipped!("hr.employment-ended.v1"),
        MessageType::InsuranceEnrolled => shipped!("hr.insurance-enrolled.v1"),
        MessageType::LeaseFiled => shipped!("housing.lease-filed.v1"),
        MessageType::LeaseEnded => shipped!("housing.lease-ended.v1"),
        MessageType::OutflowRegistered => shipped!("township.outflow-registered.v1"),
        MessageType::InflowRegistered => shipped!("township.inflow-registered.v1"),
        MessageType::WorkplaceRegistered => shipped!("township.workplace-registered.v1"),
        MessageType::ReturnRegistered => shipped!("township.return-registered.v1"),
        MessageType::PresenceUpdated => shipped!("township.presence-updated.v1"),
        MessageType::ServiceRecorded => shipped!("township.service-recorded.v1"),
        MessageType::VillageReport => shipped!("township.village-report.v1"),
        MessageType::VerificationRequested => shipped!("township.verification-requested.v1"),
        MessageType::ComplaintFiled => shipped!("township.complaint-filed.v1"),
        MessageType::RightsRequested => shipped!("township.rights-requested.v1"),
        MessageType::CaseReply => shipped!("township.case-reply.v1"),
        MessageType::Receipt => shipped!("township.receipt.v1"),
        MessageType::Withdrawn(Feed::Police) => shipped!("police.withdrawn.v1"),
        MessageType::Withdrawn(Feed::CivilAffairs) => shipped!("civil-affairs.withdrawn.v1"),
        MessageType::Withdrawn(Feed::Hr) => shipped!("hr.withdrawn.v1"),
        MessageType::Withdrawn(Feed::Housing) => shipped!("housing.withdrawn.v1"),
        MessageType::Withdrawn(Feed::Township) => shipped!("township.withdrawn.v1"),
        MessageType::Withdrawn(Feed::Hub) | MessageType::Notice(_) => unreachable!("no office publishes it"),
    }
}
