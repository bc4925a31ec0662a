//! Civil affairs (民政): marriages, deaths and changes of the administrative divisions. A marriage is identity
//! evidence and a fact to be verified when the person asks; the registering office says nothing about anybody's home.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use liangdi_domain::division::{Change, Code, Entry};
use liangdi_domain::evidence::{Appearance, Evidence, Fact, KeyKind};

use crate::contract::{Reason, Refusal};
use crate::field::{Fields, PersonFields, about};

/// Civil Code article 1047 has one age for each sex; the hub tells no sexes apart and takes the lower one.
const MARRIAGE_AGE_YEARS_MIN: u32 = 20;

const PERSON: PersonFields = PersonFields {
    document_type: Some("idType"),
    number: "idNumber",
    name: "name",
    sex: Some("sex"),
    birth: Some("birthDate"),
    phone: None,
    household: Some("householdDivision"),
    age_years_min: 0,
};

pub(crate) fn marriage_registered(data: &Fields) -> Result<Evidence, Refusal> {
    marriage(data, "registeredOn", |on, household| Fact::MarriageRegistered { on, household })
}

pub(crate) fn marriage_dissolved(data: &Fields) -> Result<Evidence, Refusal> {
    marriage(data, "dissolvedOn", |on, household| Fact::MarriageDissolved { on, household })
}

pub(crate) fn death_registered(data: &Fields) -> Result<Evidence, Refusal> {
    let on = data.event("diedOn")?;
    let profile = data.profile(&PERSON, on)?;
    let fact = Fact::Death { on, household: profile.household };
    Ok(about(profile, fact, None))
}

/// About no person, and announced before it holds as a rule. An office speaks of divisions inside its own.
pub(crate) fn division_changed(data: &Fields) -> Result<Evidence, Refusal> {
    let entries = |name: &str| -> Result<Vec<Entry>, Refusal> {
        let entry = |division: &Fields| {
            let code = division.check_division(division.text("code")?, "code")?;
            if !data.office().contains(&code) {
                return Err(division.refusal(Reason::NotYours, "code"));
            }
            let parent = division.check_division(division.text("parent")?, "parent")?;
            Ok(Entry { code, name: division.text("name")?.trim().to_owned(), parent })
        };
        data.children(name).iter().map(entry).collect()
    };
    let (from, to) = (entries("from")?, entries("to")?);
    // The keys of this member are codes, so a refusal points at the member itself.
    let villages: Option<BTreeMap<&str, &str>> = data.read("villages")?;
    let in_map = |(village, township): (&&str, &&str)| {
        Ok((data.check_division(village, "villages")?, data.check_division(township, "villages")?))
    };
    let change = Change {
        number: data.text("changeNo")?.trim().to_owned(),
        kind: data.read("kind")?,
        from,
        to,
        effective_on: data.date("effectiveOn")?,
        villages: villages.iter().flatten().map(in_map).collect::<Result<_, Refusal>>()?,
    };
    Ok(Evidence { division: Some(change), ..Evidence::default() })
}

fn marriage(data: &Fields, day: &str, fact: fn(NaiveDate, Option<Code>) -> Fact) -> Result<Evidence, Refusal> {
    let on = data.event(day)?;
    data.division("office")?;
    let names = PersonFields { age_years_min: MARRIAGE_AGE_YEARS_MIN, ..PERSON };
    let key = data.key(KeyKind::Certificate, "certificateNo");
    let party = |party: &Fields| {
        let profile = party.profile(&names, on)?;
        Ok(Appearance { fact: fact(on, profile.household), becomes: None, key: key.clone(), profile })
    };
    let appearances = data.children("parties").iter().map(party).collect::<Result<_, Refusal>>()?;
    Ok(Evidence { appearances, ..Evidence::default() })
}

#[cfg(test)]
mod tests {
    use liangdi_domain::division::ChangeKind;
    use liangdi_domain::evidence::WarningKind;
    use liangdi_domain::person::Document;
    use serde_json::json;

    use super::*;
    use crate::contract::Reason;
    use crate::samples::{code, day, sample};

    const MARRIED: &str = "civil-affairs.marriage-registered.v1";
    const DIED: &str = "civil-affairs.death-registered.v1";
    const CHANGED: &str = "civil-affairs.division-changed.v1";

    #[test]
    fn a_marriage_shows_both_parties_in_their_order_each_with_an_own_household() {
        let evidence = sample(MARRIED).evidence();
        let [one, other] = evidence.appearances.try_into().unwrap();
        let married = |household| Fact::MarriageRegistered { on: day("2026-05-20"), household: Some(code(household)) };
        assert_eq!((one.fact, other.fact), (married("341221"), married("412728")));
        assert_eq!(one.key.unwrap().number, "J320500-2026-001188");
        assert_eq!(one.profile.household, Some(code("341221")));
        // The example's second number is a placeholder.
        assert_eq!(other.profile.document, Document::None);
        assert_eq!(other.profile.birth, Some(day("1988-07-22")));
        let married = sample(MARRIED).with("/parties/1/householdDivision", "");
        married.is_odd("/data/parties/1/idNumber", WarningKind::Placeholder);
    }

    #[test]
    fn a_dissolved_marriage_is_a_fact_of_its_own() {
        let evidence = sample("civil-affairs.marriage-dissolved.v1").evidence();
        let dissolved = Fact::MarriageDissolved { on: day("2026-11-02"), household: Some(code("341221")) };
        assert_eq!(evidence.appearances[0].fact, dissolved);
        assert_eq!(evidence.appearances.len(), 2);
        assert_eq!(evidence.ending, None);
    }

    #[test]
    fn a_party_too_young_to_marry_is_odd() {
        let known = sample(MARRIED).with("/parties/1/householdDivision", "").with("/parties/1/idNumber", "");
        assert_eq!(known.warnings(), []);
        let young = known.with("/parties/1/birthDate", "2007-07-22");
        young.is_odd("/data/parties/1/birthDate", WarningKind::Age);
    }

    #[test]
    fn a_death_is_a_fact_of_the_person() {
        let appearance = sample(DIED).appearance();
        assert_eq!(appearance.fact, Fact::Death { on: day("2026-06-01"), household: Some(code("320324")) });
        assert_eq!(appearance.profile.document.number(), Some("32032419410203101X"));
        assert_eq!(sample(DIED).warnings(), []);
        sample(DIED).with("/diedOn", "2026-06-31").is_refused(Reason::ImpossibleDate, "/data/diedOn");
        sample(DIED).with("/diedOn", "2026-06-04").is_odd("/data/diedOn", WarningKind::EventAfterMessage);
    }

    #[test]
    fn a_division_change_is_read_once_its_codes_are_well_formed_and_the_offices_own() {
        let change =
            sample(CHANGED).with("/villages", json!({"320583102001": "320583110", "320583103001": "320583110"}));
        let evidence = change.evidence();
        let read = evidence.division.unwrap();
        assert_eq!((read.kind, read.effective_on), (ChangeKind::Merge, day("2026-12-01")));
        assert_eq!((read.from[1].code, read.to[0].parent), (code("320583103"), code("320583")));
        assert_eq!(read.villages[&code("320583103001")], code("320583110"));
        // Codes to come and days to come are what it is about.
        assert_eq!(evidence.warnings, []);
        change.clone().with("/from/1/code", "32058310").is_refused(Reason::MalformedDivision, "/data/from/1/code");
        change.clone().with("/to/0/parent", "160000").is_refused(Reason::UnknownProvince, "/data/to/0/parent");
        change
            .clone()
            .with("/villages", json!({"32": "320583110"}))
            .is_refused(Reason::MalformedDivision, "/data/villages");
        change.clone().by_office("320500").evidence();
        change.clone().by_office("320600").is_refused(Reason::NotYours, "/data/from/0/code");
        change.with("/effectiveOn", "2026-02-29").is_refused(Reason::ImpossibleDate, "/data/effectiveOn");
    }
}
