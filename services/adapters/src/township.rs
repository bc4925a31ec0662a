//! Townships and the levels above them (乡镇、街道): what they and their villages know of people coming and going,
//! what people ask of them, and what they answer to notices.

use chrono::NaiveDate;
use liangdi_domain::division::{Code, Level};
use liangdi_domain::evidence::{Answer, Evidence, Fact, KeyKind, Registrar, Reply, VillageReport};
use liangdi_domain::feed::Feed;
use liangdi_domain::person::Profile;

use crate::contract::{Reason, Refusal};
use crate::field::{Fields, PersonFields, about, filed};

const PERSON: PersonFields = PersonFields {
    document_type: Some("id_type"),
    number: "id_number",
    name: "name",
    sex: Some("sex"),
    birth: Some("birth_date"),
    phone: Some("phone"),
    household: None,
    age_years_min: 0,
};

pub(crate) fn outflow_registered(data: &Fields) -> Result<Evidence, Refusal> {
    let left_on = data.event("left_on")?;
    let household = data.child("household")?.division("division")?;
    let fact = Fact::Outflow {
        household,
        destination: place_if(data, "destination")?,
        left_on,
        reason: data.read("reason")?,
        by: registrar(data, &household),
        reported_on: reported_by_village(data)?,
        told: None,
    };
    let profile = Profile { household: Some(household), ..person(data, left_on)? };
    Ok(about(profile, fact, None))
}

pub(crate) fn inflow_registered(data: &Fields) -> Result<Evidence, Refusal> {
    let since = data.event("since")?;
    let residence = data.child("residence")?;
    let place = residence.division("division")?;
    let household = place_if(data, "household")?;
    let fact = Fact::Residence {
        place,
        since,
        reason: data.read("reason")?,
        by: registrar(data, &place),
        expected_until: None,
        protected: data.flag("protected"),
        household,
        reported_on: reported_by_village(data)?,
        told: None,
    };
    let profile = data.living(Profile { household, ..person(data, since)? }, place, residence.text_if("address"));
    Ok(about(profile, fact, None))
}

pub(crate) fn workplace_registered(data: &Fields) -> Result<Evidence, Refusal> {
    let since = data.event("since")?;
    let place = data.child("workplace")?.division("division")?;
    reported_by_village(data)?;
    let residence = place_if(data, "residence")?;
    let profile = Profile { living: residence, ..person(data, since)? };
    Ok(about(profile, Fact::Workplace { place, residence, since }, None))
}

pub(crate) fn return_registered(data: &Fields) -> Result<Evidence, Refusal> {
    let on = data.event("returned_on")?;
    let household = data.child("household")?.division("division")?;
    let profile = Profile { household: Some(household), ..person(data, on)? };
    Ok(about(profile, Fact::Returned { household, on }, None))
}

pub(crate) fn presence_updated(data: &Fields) -> Result<Evidence, Refusal> {
    let on = data.event("on")?;
    let fact = Fact::Presence {
        place: data.division("division")?,
        on,
        seen: data.read("seen")?,
        left_to: data.division_if("left_to")?,
    };
    Ok(about(person(data, on)?, fact, None))
}

pub(crate) fn service_recorded(data: &Fields) -> Result<Evidence, Refusal> {
    let on = data.event("on")?;
    let fact = Fact::Service {
        place: data.division("division")?,
        kind: data.read("kind")?,
        outcome: data.read("outcome")?,
        on,
        granted: data.flag_if("granted"),
    };
    Ok(about(person(data, on)?, fact, None))
}

pub(crate) fn village_report(data: &Fields) -> Result<Evidence, Refusal> {
    let village = data.division("village")?;
    let period = data.child("period")?;
    period.check_period(period.date("from")?, period.event("to")?, "to");
    let report = VillageReport { village, arrivals: data.read("arrivals")?, departures: data.read("departures")? };
    Ok(Evidence { report: Some(report), ..filed() })
}

/// Nothing is verified about a person who has not said yes.
pub(crate) fn verification_requested(data: &Fields) -> Result<Evidence, Refusal> {
    if !data.flag("consent") {
        return Err(data.refusal(Reason::NoConsent, "consent"));
    }
    let applied_on = data.event("applied_on")?;
    let fact = Fact::VerificationRequested {
        ask: data.divisions("ask")?,
        purpose: data.read("purpose")?,
        facts: data.read("facts")?,
        applied_on,
    };
    Ok(about(person(data, applied_on)?, fact, data.key(KeyKind::File, "request_no")))
}

/// A complaint may be made without saying who suffered: then it is a matter of nobody's, and a case all the same.
pub(crate) fn complaint_filed(data: &Fields) -> Result<Evidence, Refusal> {
    let filed_on = data.event("filed_on")?;
    let fact = Fact::Complaint { about: complained_of(data)?, kind: data.read("kind")?, filed_on };
    let profile = match data.child_if("person") {
        Some(_) => person(data, filed_on)?,
        None => Profile { matter: Some(matter(data, "complaint_no")?), ..Profile::default() },
    };
    Ok(about(profile, fact, data.key(KeyKind::File, "complaint_no")))
}

pub(crate) fn rights_requested(data: &Fields) -> Result<Evidence, Refusal> {
    let filed_on = data.event("filed_on")?;
    let fact = Fact::RightsRequested { right: data.read("right")?, filed_on };
    Ok(about(person(data, filed_on)?, fact, data.key(KeyKind::File, "request_no")))
}

pub(crate) fn case_reply(data: &Fields) -> Result<Evidence, Refusal> {
    let reply = Reply {
        case: data.read("case_id")?,
        notice: data.read("notice_id")?,
        outcome: data.read("outcome")?,
        division: data.division_if("division")?,
        facts: data.read::<Option<_>>("facts")?.unwrap_or_default(),
        discrepancies: data.read::<Option<_>>("discrepancies")?.unwrap_or_default(),
    };
    Ok(Evidence { answer: Some(Answer::Reply(reply)), ..Evidence::default() })
}

pub(crate) fn receipt(data: &Fields) -> Result<Evidence, Refusal> {
    let answer = Answer::Receipt { notice: data.read("notice_id")?, state: data.read("state")?, at: data.read("at")? };
    Ok(Evidence { answer: Some(answer), ..Evidence::default() })
}

/// What a matter of nobody's is known by: its office, and the number that it has there.
fn matter(data: &Fields, number: &str) -> Result<Box<str>, Refusal> {
    Ok(format!("{} {}", data.office(), data.text(number)?).into())
}

fn person(data: &Fields, on: NaiveDate) -> Result<Profile, Refusal> {
    let person = data.child("person")?;
    let guardian = person.child_if("guardian").and_then(|guardian| guardian.name("name"));
    Ok(Profile { guardian, ..person.profile(&PERSON, on)? })
}

/// The division of a place that may be left out, wholly or but for its address.
fn place_if(data: &Fields, name: &str) -> Result<Option<Code>, Refusal> {
    data.child_if(name).map(|place| place.division_if("division")).transpose().map(Option::flatten)
}

/// When the village reported what the township now records; which village is only looked at.
fn reported_by_village(data: &Fields) -> Result<Option<NaiveDate>, Refusal> {
    data.division_if("village")?;
    data.event_if("reported_on")
}

/// Only the township of the place, or a level above it, registers; a village reports to it. Judged by the codes as
/// they were sent, so that the answer does not depend on which boundary changes the hub has heard of.
fn registrar(data: &Fields, place: &Code) -> Registrar {
    let office = data.office();
    if office.level() <= Level::Township && office.contains(place) { Registrar::Township } else { Registrar::Report }
}

/// A feed by its name, or a division.
fn complained_of(data: &Fields) -> Result<String, Refusal> {
    match data.text("about")?.parse::<Feed>() {
        Ok(feed) => Ok(feed.name().to_owned()),
        Err(_) => Ok(data.division("about")?.to_string()),
    }
}

#[cfg(test)]
mod tests;
