//! Public security (公安): residence registration, permits and the household register. Members keep the names of the
//! departments' own standard (`gmsfhm`, `xm` …). Street addresses are read to
//! compare people only: no notice carries one.

use liangdi_domain::evidence::{Appearance, CancelReason, Ending, Evidence, Fact, KeyKind, Registrar, StayReason};
use liangdi_domain::person::{Profile, Sex};

use crate::contract::Refusal;
use crate::field::{Fields, PersonFields, about};

const PERSON: PersonFields = PersonFields {
    document_type: Some("zjlx"),
    number: "gmsfhm",
    name: "xm",
    sex: Some("xbdm"),
    birth: Some("csrq"),
    phone: Some("lxdh"),
    household: Some("hjdz_xzqh"),
    age_years_min: 0,
};

/// `jzsydm`
const REASONS: [(&str, StayReason); 10] = [
    ("10", StayReason::Work),
    ("20", StayReason::Business),
    ("30", StayReason::Study),
    ("40", StayReason::Training),
    ("50", StayReason::Medical),
    ("60", StayReason::Visit),
    ("70", StayReason::Tourism),
    ("80", StayReason::Trip),
    ("90", StayReason::Family),
    ("99", StayReason::Other),
];

/// `zxyydm`
const CANCEL_REASONS: [(&str, CancelReason); 4] = [
    ("1", CancelReason::Died),
    ("3", CancelReason::Left),
    ("4", CancelReason::BecameLocal),
    ("5", CancelReason::InError),
];

/// `bglb`: number (11 duplicate, 12 wrong), name (21 changed, 22 corrected), birth date (41 corrected).
const CHANGES: [(&str, u8); 5] = [("11", 11), ("12", 12), ("21", 21), ("22", 22), ("41", 41)];

pub(crate) fn residence_registered(data: &Fields) -> Result<Evidence, Refusal> {
    let since = data.event("djrq")?;
    let place = data.division("jzdz_xzqh")?;
    let profile = data.living(data.profile(&PERSON, since)?, place, data.text_if("jzdz"));
    let expected_until = data.date_if("yjjzqx")?;
    if let Some(until) = expected_until {
        data.check_period(since, until, "yjjzqx");
    }
    let fact = Fact::Residence {
        place,
        since,
        reason: data.coded("jzsydm", &REASONS)?,
        by: Registrar::Police,
        expected_until,
        protected: data.flag("protected"),
        household: profile.household,
        reported_on: None,
        told: None,
    };
    Ok(about(profile, fact, data.key(KeyKind::Registration, "djbh")))
}

/// Ends the registration by its number, and says the same of the person in case the number was never heard of.
pub(crate) fn residence_cancelled(data: &Fields) -> Result<Evidence, Refusal> {
    let on = data.event("zxrq")?;
    let reason = data.coded("zxyydm", &CANCEL_REASONS)?;
    let place = data.division("jzdz_xzqh")?;
    let fact = Fact::ResidenceCancelled { place, on, reason };
    let ending = data.key(KeyKind::Registration, "djbh").map(|key| Ending { key, on, reason, number: None });
    Ok(Evidence { ending, ..about(data.living(data.profile(&PERSON, on)?, place, None), fact, None) })
}

/// The person appears with the new household: it is what other offices write from now on.
pub(crate) fn household_moved(data: &Fields) -> Result<Evidence, Refusal> {
    let on = data.event("qyrq")?;
    let (from, to) = (data.division("qczd_xzqh")?, data.division("qrd_xzqh")?);
    let profile = Profile { household: Some(to), ..data.profile(&PERSON, on)? };
    Ok(about(profile, Fact::HouseholdMoved { from, to, on }, None))
}

pub(crate) fn identity_changed(data: &Fields) -> Result<Evidence, Refusal> {
    let on = data.event("bgrq")?;
    let fact = Fact::IdentityChanged { on, change: data.coded("bglb", &CHANGES)? };
    let profile = data.profile(&PERSON, on)?;
    let becomes = Some(identity_after(data, &profile)).filter(|after| *after != profile);
    let appearance = Appearance { profile, becomes, fact, key: None };
    Ok(Evidence { appearances: vec![appearance], ..Evidence::default() })
}

/// The old identity with what was replaced. A new number brings its own birth date and sex.
fn identity_after(data: &Fields, before: &Profile) -> Profile {
    let mut after = before.clone();
    let document = data.document(None, "new_gmsfhm");
    if document.number().is_some() {
        after.birth = document.birth().or(after.birth);
        after.sex = Some(document.sex()).filter(|sex| *sex != Sex::Unknown).unwrap_or(after.sex);
        after.document = document;
    }
    if data.text_if("new_xm").is_some() {
        after.name = data.name("new_xm").or(after.name);
    }
    after.birth = data.birth("new_csrq", &after.document).or(after.birth);
    after
}

pub(crate) fn permit_issued(data: &Fields) -> Result<Evidence, Refusal> {
    permit(data, "qfrq", false)
}

pub(crate) fn permit_endorsed(data: &Fields) -> Result<Evidence, Refusal> {
    permit(data, "qzrq", true)
}

fn permit(data: &Fields, since: &str, endorsed: bool) -> Result<Evidence, Refusal> {
    let (on, until) = (data.event(since)?, data.date("yxq")?);
    data.check_period(on, until, "yxq");
    let place = data.division("jzdz_xzqh")?;
    let fact = Fact::Permit { place, on, until, endorsed };
    Ok(about(data.living(data.profile(&PERSON, on)?, place, None), fact, data.key(KeyKind::Permit, "jzzh")))
}

#[cfg(test)]
mod tests;
