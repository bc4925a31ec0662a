//! A feed message into evidence: one arm per type, in the order of the contract. Pure, and the last step that knows
//! what departments call things.

use chrono::{DateTime, FixedOffset};
use liangdi_domain::division::{Code, Divisions};
use liangdi_domain::evidence::Evidence;
use liangdi_domain::feed::MessageType;
use liangdi_domain::person::Profile;
use serde_json::Value;

use crate::contract::Refusal;
use crate::field::{Fields, Message};
use crate::{civil_affairs, housing, hr, hub, police, township, withdrawn};

/// Normalises the `data` of a message that its schema has let pass; of another hub's notice, the whole envelope. `office`
/// is the division of its source, `time` the one of its envelope. Dirt becomes warnings; a refusal points at the member that cannot be taken.
pub fn normalise(
    kind: MessageType,
    office: Code,
    time: DateTime<FixedOffset>,
    data: &Value,
    divisions: &Divisions,
) -> Result<Evidence, Refusal> {
    let message = Message::new(office, time, divisions);
    let fields = match kind {
        MessageType::Notice(_) => Fields::envelope(&message, data),
        _ => Fields::data(&message, data),
    };
    let mut evidence = read(kind, &fields)?;
    for appearance in &mut evidence.appearances {
        meet(&mut appearance.profile, office);
        appearance.becomes.iter_mut().for_each(|next| meet(next, office));
    }
    Ok(Evidence { warnings: message.into_warnings(), ..evidence })
}

/// Whoever is not said to live anywhere was met by an office that they live near, or that keeps their household.
fn meet(profile: &mut Profile, office: Code) {
    if profile.living.is_none() {
        profile.met_in = office.prefecture();
    }
}

fn read(kind: MessageType, data: &Fields) -> Result<Evidence, Refusal> {
    match kind {
        MessageType::ResidenceRegistered => police::residence_registered(data),
        MessageType::ResidenceCancelled => police::residence_cancelled(data),
        MessageType::HouseholdMoved => police::household_moved(data),
        MessageType::IdentityChanged => police::identity_changed(data),
        MessageType::PermitIssued => police::permit_issued(data),
        MessageType::PermitEndorsed => police::permit_endorsed(data),
        MessageType::MarriageRegistered => civil_affairs::marriage_registered(data),
        MessageType::MarriageDissolved => civil_affairs::marriage_dissolved(data),
        MessageType::DeathRegistered => civil_affairs::death_registered(data),
        MessageType::DivisionChanged => civil_affairs::division_changed(data),
        MessageType::EmploymentStarted => hr::employment_started(data),
        MessageType::EmploymentEnded => hr::employment_ended(data),
        MessageType::InsuranceEnrolled => hr::insurance_enrolled(data),
        MessageType::LeaseFiled => housing::lease_filed(data),
        MessageType::LeaseEnded => housing::lease_ended(data),
        MessageType::OutflowRegistered => township::outflow_registered(data),
        MessageType::InflowRegistered => township::inflow_registered(data),
        MessageType::WorkplaceRegistered => township::workplace_registered(data),
        MessageType::ReturnRegistered => township::return_registered(data),
        MessageType::PresenceUpdated => township::presence_updated(data),
        MessageType::ServiceRecorded => township::service_recorded(data),
        MessageType::VillageReport => township::village_report(data),
        MessageType::VerificationRequested => township::verification_requested(data),
        MessageType::ComplaintFiled => township::complaint_filed(data),
        MessageType::RightsRequested => township::rights_requested(data),
        MessageType::CaseReply => township::case_reply(data),
        MessageType::Receipt => township::receipt(data),
        MessageType::Withdrawn(_) => withdrawn::withdrawn(data),
        MessageType::Notice(kind) => hub::notice(kind, data),
    }
}

#[cfg(test)]
mod tests {
    use liangdi_domain::feed::Feed;
    use liangdi_domain::identity::survive::Shown;
    use proptest::prelude::*;
    use proptest::sample::{Index, select};
    use serde_json::json;

    use super::*;
    use crate::samples::{Sample, sample};

    /// The members whose values must show nowhere: names, numbers, phones, addresses, and the offices' file numbers.
    const IDENTIFYING: [&str; 29] = [
        "gmsfhm",
        "xm",
        "new_gmsfhm",
        "new_xm",
        "lxdh",
        "hjdz",
        "jzdz",
        "csrq",
        "djbh",
        "jzzh",
        "name",
        "idNumber",
        "birthDate",
        "certificateNo",
        "aac002",
        "aac003",
        "aac006",
        "aae005",
        "aae006",
        "aab001",
        "fullName",
        "mobile",
        "address",
        "filingNo",
        "id_number",
        "birth_date",
        "phone",
        "request_no",
        "ours",
    ];

    /// The example of every type; other feeds take back as the one with an example does.
    fn every_type() -> impl Iterator<Item = Sample> {
        MessageType::ALL.into_iter().map(|kind| match kind {
            MessageType::Withdrawn(_) => sample(MessageType::Withdrawn(Feed::Hr).name()).of_type(kind.name()),
            _ => sample(kind.name()),
        })
    }

    /// Pointers to everything in a message that is neither list nor object.
    fn leaves(value: &Value, pointer: &str) -> Vec<String> {
        match value {
            Value::Object(members) => {
                members.iter().flat_map(|(name, value)| leaves(value, &format!("{pointer}/{name}"))).collect()
            }
            Value::Array(items) => items
                .iter()
                .enumerate()
                .flat_map(|(index, value)| leaves(value, &format!("{pointer}/{index}")))
                .collect(),
            _ => vec![pointer.to_owned()],
        }
    }

    #[test]
    fn every_type_says_something_and_only_one_kind_of_thing() {
        for message in every_type() {
            let evidence = message.evidence();
            let says = [
                !evidence.appearances.is_empty(),
                evidence.appearances.is_empty() && evidence.ending.is_some(),
                evidence.withdraws.is_some(),
                evidence.answer.is_some(),
                evidence.filed,
                evidence.division.is_some(),
            ];
            assert_eq!(says.iter().filter(|said| **said).count(), 1, "{evidence:?}");
        }
    }

    #[test]
    fn no_value_that_identifies_anybody_shows_in_debug() {
        for message in every_type() {
            let shown = format!("{:?}", message.evidence());
            for pointer in leaves(message.data(), "") {
                let member = pointer.rsplit('/').next().unwrap();
                let Some(value) = message.data().pointer(&pointer).filter(|_| IDENTIFYING.contains(&member)) else {
                    continue;
                };
                let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                assert!(value.trim().is_empty() || value == "null" || !shown.contains(&value), "{pointer} in {shown}");
            }
        }
    }

    #[test]
    fn whoever_is_not_said_to_live_anywhere_was_met_where_the_office_is() {
        let met = |kind: &str| {
            let profile = sample(kind).appearance().profile;
            (profile.living.is_some(), profile.met_in.map(|code| code.to_string()))
        };
        assert_eq!(met("police.residence-registered.v1"), (true, None));
        assert_eq!(met("hr.insurance-enrolled.v1"), (false, Some("320500".to_owned())));
    }

    #[test]
    fn a_refusal_shows_no_content() {
        let refused = sample("police.residence-registered.v1").with("/jzdz_xzqh", "341221199003154017").normalise();
        assert!(!format!("{:?}", refused.unwrap_err()).contains("341221199003154017"));
    }

    #[test]
    fn the_day_of_a_message_is_the_one_in_china() {
        let late = sample("police.residence-registered.v1").with("/djrq", "20260310").at("2026-03-09T17:00:00Z");
        assert_eq!(late.warnings(), []);
    }

    fn anything() -> impl Strategy<Value = Value> {
        prop_oneof![
            any::<String>().prop_map(Value::from),
            "[0-9]{0,19}[xX]?".prop_map(Value::from),
            "(19|20)[0-9]{2}-?[01][0-9]-?[0-3][0-9]".prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            any::<bool>().prop_map(Value::from),
            select(vec![Value::Null, json!([]), json!([7, "x", null]), json!({"division": "32"}), json!("")]),
        ]
    }

    proptest! {
        #[test]
        fn no_value_anywhere_makes_it_panic(at in any::<Index>(), slips in prop::collection::vec((any::<Index>(), anything()), 1..6)) {
            let mut message = at.get(&every_type().collect::<Vec<_>>()).clone();
            for (place, value) in slips {
                let leaves: Vec<String> = leaves(message.data(), "");
                if !leaves.is_empty() {
                    message = message.with(place.get(&leaves).as_str(), value);
                }
            }
            if let Ok(evidence) = message.normalise() {
                let _ = format!("{evidence:?}");
            }
        }

        #[test]
        fn a_message_of_any_other_shape_is_refused_or_taken_but_never_a_panic(
            at in any::<Index>(),
            members in prop::collection::hash_map("[a-z_]{1,6}", anything(), 0..4),
        ) {
            let message = at.get(&every_type().collect::<Vec<_>>()).clone().with_data(members.into_iter().collect());
            let _ = message.normalise();
        }
    }

    #[test]
    fn a_persons_values_are_called_in_corrections_what_messages_call_them() {
        let kinds = [
            (Feed::Police, "police.residence-registered.v1"),
            (Feed::CivilAffairs, "civil-affairs.death-registered.v1"),
            (Feed::Hr, "hr.employment-started.v1"),
            (Feed::Housing, "housing.lease-filed.v1"),
            (Feed::Township, "township.inflow-registered.v1"),
        ];
        for (feed, kind) in kinds {
            let text = sample(kind).data().to_string();
            for value in Shown::ALL {
                let Some(name) = feed.calls(value) else { continue };
                assert!(text.contains(&format!("\"{name}\":")), "{kind} has no {name}");
            }
        }
    }
}
