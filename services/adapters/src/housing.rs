//! Housing (住建): leases. One filing speaks of all its tenants; its end names only the filing. The native place
//! (`nativeDivision`, 籍贯) is where a family comes from, not where the household is kept, and the address is read to
//! compare people only.

use liangdi_domain::evidence::{Appearance, CancelReason, Ending, Evidence, Fact, KeyKind};

use crate::contract::{Reason, Refusal};
use crate::field::{Fields, PersonFields};

const TENANT: PersonFields = PersonFields {
    document_type: Some("certificateType"),
    number: "certificateNo",
    name: "fullName",
    sex: Some("gender"),
    birth: None,
    phone: Some("mobile"),
    household: None,
    age_years_min: 0,
};

/// A term may begin after the filing: that is no oddity.
pub(crate) fn lease_filed(data: &Fields) -> Result<Evidence, Refusal> {
    let term = data.child("term")?;
    let (since, until) = (term.date("from")?, term.date("to")?);
    term.check_period(since, until, "to");
    let property = data.child("property")?;
    let place = property.division("division")?;
    let fact = Fact::Lease { place, since, until };
    let key = data.key(KeyKind::Lease, "filingNo");
    let tenant = |tenant: &Fields| {
        tenant.division_if("nativeDivision")?;
        let profile = tenant.living(tenant.profile(&TENANT, since)?, place, property.text_if("address"));
        Ok(Appearance { profile, becomes: None, fact: fact.clone(), key: key.clone() })
    };
    let appearances = data.children("tenants").iter().map(tenant).collect::<Result<_, Refusal>>()?;
    Ok(Evidence { appearances, ..Evidence::default() })
}

/// Nobody appears in it: without a filing number that identifies anything there is nothing to end.
pub(crate) fn lease_ended(data: &Fields) -> Result<Evidence, Refusal> {
    let on = data.event("endedOn")?;
    data.child("property")?.division("division")?;
    let key = data.key(KeyKind::Lease, "filingNo").ok_or_else(|| data.refusal(Reason::Schema, "filingNo"))?;
    Ok(Evidence { ending: Some(Ending { key, on, reason: CancelReason::Left, number: None }), ..Evidence::default() })
}

#[cfg(test)]
mod tests {
    use liangdi_domain::evidence::WarningKind;
    use liangdi_domain::person::{Document, Sex};

    use super::*;
    use crate::samples::{code, day, sample};

    const FILED: &str = "housing.lease-filed.v1";
    const ENDED: &str = "housing.lease-ended.v1";

    #[test]
    fn a_lease_shows_every_tenant_in_order_under_one_filing_number() {
        let [one, other] = sample(FILED).evidence().appearances.try_into().unwrap();
        let lease = Fact::Lease { place: code("320583100"), since: day("2026-03-01"), until: day("2027-02-28") };
        assert_eq!((&one.fact, &other.fact), (&lease, &lease));
        assert_eq!(one.key.as_ref().unwrap().number, "ZL3205832026003321");
        assert_eq!(one.key, other.key);
        assert_eq!(one.profile.phone.unwrap().as_str(), "13912340001");
        assert_eq!(one.profile.birth, Some(day("1990-03-15")));
        // The second has a blank inside the name and 无 for a number.
        assert_eq!(other.profile.name.unwrap().shown(), "李秀英");
        assert_eq!(
            (other.profile.document, other.profile.sex, other.profile.phone),
            (Document::None, Sex::Female, None)
        );
        sample(FILED).is_odd("/data/tenants/1/certificateNo", WarningKind::Placeholder);
    }

    #[test]
    fn the_native_place_claims_no_household_but_must_be_a_code() {
        assert_eq!(sample(FILED).evidence().appearances[0].profile.household, None);
        let malformed = sample(FILED).with("/tenants/0/nativeDivision", "安徽");
        malformed.is_refused(Reason::MalformedDivision, "/data/tenants/0/nativeDivision");
    }

    #[test]
    fn every_certificate_is_a_document_of_its_type() {
        let document = |written: &str, number: &str| {
            let tenant =
                sample(FILED).with("/tenants/0/certificateType", written).with("/tenants/0/certificateNo", number);
            tenant.evidence().appearances.swap_remove(0).profile.document
        };
        // Fictional numbers; the resident ones end in their check digit.
        let valid = |body: &str| format!("{body}{}", Document::check_digit(body).unwrap());
        assert_eq!(document("身份证", "341221199003154017").doc_type(), "111");
        assert_eq!(document("港澳台居民居住证", &valid("81000019900315401")).doc_type(), "550");
        assert_eq!(document("外国人永久居留身份证", &valid("91115619900315401")).doc_type(), "553");
        assert_eq!(document("护照", "E12345670").doc_type(), "414");
        assert_eq!(document("其他", "E12345670").doc_type(), "990");
    }

    #[test]
    fn a_lease_ends_by_its_number_and_nobody_appears() {
        let evidence = sample(ENDED).evidence();
        let ending = evidence.ending.unwrap();
        assert_eq!(Some(ending.key), sample(FILED).evidence().appearances.swap_remove(0).key);
        assert_eq!((ending.on, ending.reason), (day("2026-09-30"), CancelReason::Left));
        assert!(evidence.appearances.is_empty() && evidence.warnings.is_empty());
        sample(ENDED).with("/filingNo", "无").is_refused(Reason::Schema, "/data/filingNo");
    }

    #[test]
    fn a_term_may_lie_ahead_but_not_run_backwards() {
        let message = || sample(FILED).with("/tenants/1/certificateNo", "");
        assert_eq!(message().with("/term/from", "2026-04-01").warnings(), []);
        message().with("/term/to", "2026-02-28").is_odd("/data/term/to", WarningKind::PeriodReversed);
        message().with("/term/from", "2026-02-29").is_refused(Reason::ImpossibleDate, "/data/term/from");
        message()
            .with("/property/division", "3205831")
            .is_refused(Reason::MalformedDivision, "/data/property/division");
        sample(ENDED).with("/endedOn", "2026-10-01").is_odd("/data/endedOn", WarningKind::EventAfterMessage);
    }
}
