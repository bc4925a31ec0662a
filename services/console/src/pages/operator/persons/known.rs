//! What is known of a person: the values of each profile, masked or not, and where the person belongs.

use chrono::NaiveDate;
use liangdi_domain::division::Divisions;
use liangdi_domain::person::PersonFile;
use liangdi_domain::stay::{Belonging, StayEnd};
use serde_json::{Value, json};

use super::words::place;
use crate::console::Console;
use crate::page::Page;
use crate::sheet::identity;

/// The identity's fields in the order of the page.
const FIELDS: [&str; 10] =
    ["name", "id_number", "id_type", "birth_date", "sex", "household", "phone", "living", "address", "guardian"];

/// Profiles beside each other: a row each, with the columns of which one of them says something.
pub(super) struct Values {
    pub(super) fields: Vec<&'static str>,
    pub(super) rows: Vec<Vec<String>>,
}

impl Values {
    pub(super) fn of(page: &Page, divisions: &Divisions, file: &PersonFile, reveal: bool) -> Self {
        let said: Vec<Value> = file.profiles.iter().map(|(_, profile)| identity(profile, reveal)).collect();
        let mut fields = FIELDS.to_vec();
        fields.retain(|field| said.iter().any(|values| !values[*field].is_null()));
        let row = |values: &Value| fields.iter().map(|field| value(page, divisions, field, &values[*field])).collect();
        Values { rows: said.iter().map(row).collect(), fields }
    }
}

/// A value of an identity, or its mask: kinds of documents and places in words.
pub(in crate::pages::operator) fn value(page: &Page, divisions: &Divisions, field: &str, value: &Value) -> String {
    let text = value.as_str().unwrap_or("–");
    match field {
        "id_type" => page.choice("person.id_type", text).to_owned(),
        "sex" => page.word(text).to_owned(),
        "household" | "living" => super::words::place_if(divisions, text),
        _ => text.to_owned(),
    }
}

/// A registered stay.
pub(super) struct StayWords {
    pub(super) place: String,
    pub(super) since: NaiveDate,
    pub(super) until: Option<NaiveDate>,
    pub(super) why_ended: &'static str,
    pub(super) by: String,
    pub(super) reason: String,
    pub(super) is_protected: bool,
}

/// Where the household register is or was.
pub(super) struct HouseholdWords {
    pub(super) place: String,
    pub(super) from: Option<NaiveDate>,
    pub(super) until: Option<NaiveDate>,
}

/// Where a person belongs.
pub(super) struct BelongingWords {
    pub(super) households: Vec<HouseholdWords>,
    pub(super) stays: Vec<StayWords>,
    pub(super) died_on: Option<NaiveDate>,
}

impl BelongingWords {
    pub(super) fn of(page: &Page, console: &Console, file: &PersonFile) -> Self {
        let divisions = console.divisions;
        let belonging = Belonging::of(file, divisions, console.calendar, console.today());
        let word = |value: Value| page.person_text("word", value.as_str().unwrap_or_default()).to_owned();
        let stay = |stay: &liangdi_domain::stay::Stay| StayWords {
            place: place(divisions, stay.township),
            since: stay.since,
            until: stay.end.map(|(on, _)| on),
            why_ended: stay.end.map_or("", |(_, why)| ended(why)),
            by: word(json!(stay.by)),
            reason: word(json!(stay.reason)),
            is_protected: stay.protected,
        };
        let segments = belonging.household.segments().iter().filter_map(|segment| {
            let place = place(divisions, segment.place?.code);
            Some(HouseholdWords { place, from: segment.from, until: segment.until })
        });
        BelongingWords {
            households: segments.collect(),
            stays: belonging.stays.iter().map(stay).collect(),
            died_on: belonging.death.map(|death| death.on),
        }
    }
}

const fn ended(why: StayEnd) -> &'static str {
    match why {
        StayEnd::Left => "subject.word.left",
        StayEnd::Returned => "subject.word.returned",
        StayEnd::BecameLocal => "subject.word.became-local",
        StayEnd::Died => "subject.word.died",
    }
}
