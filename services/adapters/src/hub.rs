//! Other provinces' hubs (外省平台): what they tell this province of people whose household register it keeps. A hub is
//! believed about its own province alone. All that it says under one case goes by its `seqno`: whatever comes later
//! takes the place of what came before, in whichever order the two arrive.

use chrono::NaiveDate;
use liangdi_domain::division::Code;
use liangdi_domain::evidence::{BusinessKey, CancelReason, Ending, Evidence, Fact, HubCase, KeyKind, Registrar};
use liangdi_domain::notice::NoticeKind;
use liangdi_domain::person::Profile;
use uuid::Uuid;

use crate::contract::{Reason, Refusal};
use crate::field::{Fields, PersonFields, about};

const PERSON: PersonFields = PersonFields {
    document_type: Some("id_type"),
    number: "id_number",
    name: "name",
    sex: Some("sex"),
    birth: Some("birth_date"),
    phone: None,
    household: None,
    age_years_min: 0,
};

const REGISTERED_BY: [(&str, Registrar); 2] = [("police", Registrar::Police), ("township", Registrar::Township)];

const CLOSED: [(&str, CancelReason); 2] = [("died", CancelReason::Died), ("became-local", CancelReason::BecameLocal)];

/// A notice, by its whole envelope.
pub(crate) fn notice(kind: NoticeKind, envelope: &Fields) -> Result<Evidence, Refusal> {
    let data = envelope.child("data")?;
    // Before all else: of what is not taken it does not matter what else it says.
    let taken = |kind, of: &Fields, name| {
        if is_taken(kind) { Ok(kind) } else { Err(of.refusal(Reason::KindNotTaken, name)) }
    };
    match kind {
        NoticeKind::Supersede => {
            let kind = taken(data.read("kind")?, &data, "kind")?;
            said(kind, &data.child("data")?, &Case::of(envelope)?, false)
        }
        NoticeKind::Retract => {
            taken(data.read("kind")?, &data, "kind")?;
            Ok(Case::of(envelope)?.ends(envelope.day(), CancelReason::InError))
        }
        kind => said(taken(kind, envelope, "type")?, &data, &Case::of(envelope)?, true),
    }
}

/// A stay, a departure towards this province, and what may become of them.
fn is_taken(kind: NoticeKind) -> bool {
    matches!(
        kind,
        NoticeKind::Inflow
            | NoticeKind::Outflow
            | NoticeKind::Departed
            | NoticeKind::ResidenceChanged
            | NoticeKind::Returned
            | NoticeKind::Closed
    )
}

fn said(kind: NoticeKind, data: &Fields, case: &Case, asks: bool) -> Result<Evidence, Refusal> {
    let reason = match kind {
        NoticeKind::Inflow => return stay(data, case, asks),
        NoticeKind::Outflow => return departure(data, case, asks),
        NoticeKind::Closed => data.coded("reason", &CLOSED)?,
        NoticeKind::Returned => CancelReason::Returned,
        // Where the person moved to, the hub tells under that stay's own case.
        _ => CancelReason::Left,
    };
    Ok(case.ends(data.event("ended_on")?, reason))
}

/// A stay in the other hub's province, of somebody of this one. It takes the place of whatever the case said before.
fn stay(data: &Fields, case: &Case, asks: bool) -> Result<Evidence, Refusal> {
    let residence = place(data, "residence", data.office().province())?;
    let household = place(data, "household", data.home())?;
    let since = data.event("since")?;
    let fact = Fact::Residence {
        place: residence,
        since,
        reason: data.read("reason")?,
        by: data.coded("registered_by", &REGISTERED_BY)?,
        expected_until: None,
        // Of a protected person the other hub tells the prefecture alone.
        protected: false,
        household: Some(household),
        reported_on: None,
        told: Some(case.told(asks)),
    };
    let profile = data.living(Profile { household: Some(household), ..person(data, since)? }, residence, None);
    Ok(case.says(profile, fact, since))
}

/// A departure that a township of the other hub's province registered, towards this one.
fn departure(data: &Fields, case: &Case, asks: bool) -> Result<Evidence, Refusal> {
    let household = place(data, "household", data.office().province())?;
    let destination = place(data, "destination", data.home())?;
    let left_on = data.event("left_on")?;
    let fact = Fact::Outflow {
        household,
        destination: Some(destination),
        left_on,
        reason: data.read("reason")?,
        by: Registrar::Township,
        reported_on: None,
        told: Some(case.told(asks)),
    };
    let profile = Profile { household: Some(household), ..person(data, left_on)? };
    Ok(case.says(profile, fact, left_on))
}

/// A division of the province that it has to lie in.
fn place(data: &Fields, name: &str, province: Code) -> Result<Code, Refusal> {
    let place = data.child(name)?;
    let code = place.division("division")?;
    if code.province() == province { Ok(code) } else { Err(place.refusal(Reason::OutsideProvince, "division")) }
}

fn person(data: &Fields, on: NaiveDate) -> Result<Profile, Refusal> {
    let person = data.child("person")?;
    let guardian = person.child_if("guardian").and_then(|guardian| guardian.name("name"));
    Ok(Profile { guardian, ..person.profile(&PERSON, on)? })
}

/// The case that a notice belongs to, and its place in it.
struct Case {
    id: Uuid,
    notice: Uuid,
    number: i64,
    key: BusinessKey,
}

impl Case {
    fn of(envelope: &Fields) -> Result<Self, Refusal> {
        if envelope.text("jurisdiction")? != envelope.home().as_str() {
            return Err(envelope.refusal(Reason::OutsideProvince, "jurisdiction"));
        }
        // Nothing else holds together what a hub says of one stay.
        envelope.text("caseid")?;
        let id: Uuid = envelope.read("caseid")?;
        let key = BusinessKey { kind: KeyKind::HubCase, number: format!("{} {id}", envelope.office()) };
        Ok(Case { id, notice: envelope.read("id")?, number: envelope.read("seqno")?, key })
    }

    fn told(&self, asks: bool) -> HubCase {
        HubCase { case: self.id, notice: self.notice, number: self.number, asks }
    }

    /// A fact, in the place of whatever the case said before.
    fn says(&self, profile: Profile, fact: Fact, on: NaiveDate) -> Evidence {
        let before = self.ends(on, CancelReason::InError);
        Evidence { ending: before.ending, ..about(profile, fact, Some(self.key.clone())) }
    }

    /// The end of whatever the case said before.
    fn ends(&self, on: NaiveDate, reason: CancelReason) -> Evidence {
        let ending = Ending { key: self.key.clone(), on, reason, number: Some(self.number) };
        Evidence { ending: Some(ending), ..Evidence::default() }
    }
}

#[cfg(test)]
mod tests;
