//! Human resources and social security (人社): jobs and insurance, in the members of its own standard (`aac002` …)
//! with dates as integers. The living address (`aae006`) moves nobody and no notice carries it:
//! it is read to compare people only.

use chrono::NaiveDate;
use liangdi_domain::evidence::{Evidence, Fact, KeyKind};
use liangdi_domain::person::Profile;

use crate::contract::Refusal;
use crate::field::{Fields, PersonFields, about};

/// Nobody may be employed before (Labour Law article 15).
const WORKING_AGE_YEARS_MIN: u32 = 16;

const WORKER: PersonFields = PersonFields {
    document_type: None,
    number: "aac002",
    name: "aac003",
    sex: Some("aac004"),
    birth: Some("aac006"),
    phone: Some("aae005"),
    household: Some("aac010"),
    age_years_min: WORKING_AGE_YEARS_MIN,
};

/// Children are insured too.
const INSURED: PersonFields = PersonFields { age_years_min: 0, ..WORKER };

pub(crate) fn employment_started(data: &Fields) -> Result<Evidence, Refusal> {
    let since = data.event("aae030")?;
    let profile = worker(data, &WORKER, since)?;
    let fact = Fact::JobStarted { place: data.division("aab301")?, since, household: profile.household };
    Ok(about(profile, fact, data.key(KeyKind::Employer, "aab001")))
}

/// An end of this person's job only: the employer's number is shared by all who work there, so it ends nothing itself.
pub(crate) fn employment_ended(data: &Fields) -> Result<Evidence, Refusal> {
    let on = data.event("aae031")?;
    let fact = Fact::JobEnded { place: data.division("aab301")?, on };
    Ok(about(worker(data, &WORKER, on)?, fact, data.key(KeyKind::Employer, "aab001")))
}

pub(crate) fn insurance_enrolled(data: &Fields) -> Result<Evidence, Refusal> {
    let since = data.event_month("aae041")?;
    let profile = worker(data, &INSURED, since)?;
    let fact = Fact::Insured { place: data.division("aab301")?, since, household: profile.household };
    Ok(about(profile, fact, None))
}

/// The address comes without a division: it lies anywhere.
fn worker(data: &Fields, names: &PersonFields, on: NaiveDate) -> Result<Profile, Refusal> {
    Ok(Profile { address: data.address(data.text_if("aae006"), None), ..data.profile(names, on)? })
}

#[cfg(test)]
mod tests {
    use liangdi_domain::evidence::WarningKind;

    use super::*;
    use crate::contract::Reason;
    use crate::samples::{code, day, sample};

    const STARTED: &str = "hr.employment-started.v1";
    const INSURED: &str = "hr.insurance-enrolled.v1";

    #[test]
    fn a_job_starts_at_a_place_under_the_employers_number() {
        let appearance = sample(STARTED).appearance();
        let started =
            Fact::JobStarted { place: code("320583"), since: day("2026-03-10"), household: Some(code("341221")) };
        assert_eq!(appearance.fact, started);
        let key = appearance.key.unwrap();
        assert_eq!((key.kind, key.number.as_str()), (KeyKind::Employer, "320583004417"));
        assert_eq!(appearance.profile.birth, Some(day("1990-03-15")));
        assert_eq!(appearance.profile.phone.unwrap().as_str(), "13912340001");
        assert_eq!(sample(STARTED).warnings(), []);
    }

    #[test]
    fn a_job_ends_for_one_person_and_ends_nothing_of_the_colleagues() {
        let evidence = sample("hr.employment-ended.v1").evidence();
        assert_eq!(evidence.ending, None);
        assert_eq!(evidence.appearances[0].fact, Fact::JobEnded { place: code("320583"), on: day("2026-10-01") });
        assert_eq!(evidence.appearances[0].key, sample(STARTED).appearance().key);
    }

    #[test]
    fn insurance_begins_with_the_first_day_of_its_first_month() {
        let appearance = sample(INSURED).appearance();
        let insured =
            Fact::Insured { place: code("320583"), since: day("2026-04-01"), household: Some(code("341221")) };
        assert_eq!((appearance.fact, appearance.key), (insured, None));
        sample(INSURED).with("/aae041", 202_613).is_refused(Reason::ImpossibleDate, "/data/aae041");
        sample(INSURED).with("/aae041", 202_605).is_odd("/data/aae041", WarningKind::EventAfterMessage);
    }

    #[test]
    fn a_whole_number_is_a_date_however_json_writes_it() {
        let message = sample(STARTED).with("/aae030", 20_260_310.0).with("/aac006", 19_900_315.0);
        assert!(message.evidence() == sample(STARTED).evidence());
        sample(STARTED).with("/aae030", 20_260_310.5).is_refused(Reason::ImpossibleDate, "/data/aae030");
    }

    #[test]
    fn a_working_child_is_odd_and_an_insured_one_is_not() {
        let child = |kind| sample(kind).with("/aac002", "").with("/aac006", 20_150_315);
        child(STARTED).is_odd("/data/aac006", WarningKind::Age);
        assert_eq!(child(INSURED).warnings(), []);
    }

    #[test]
    fn an_impossible_start_is_refused_and_an_impossible_birth_date_missing() {
        sample(STARTED).with("/aae030", 20_260_230).is_refused(Reason::ImpossibleDate, "/data/aae030");
        sample(STARTED).with("/aab301", "3205").is_refused(Reason::MalformedDivision, "/data/aab301");
        let odd = sample(STARTED).with("/aac006", 19_900_230);
        odd.is_odd("/data/aac006", WarningKind::BirthDate);
        // The number's own birth date takes its place.
        assert_eq!(odd.appearance().profile.birth, Some(day("1990-03-15")));
        assert_eq!(odd.with("/aac002", "").appearance().profile.birth, None);
    }
}
