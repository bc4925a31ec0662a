//! The `data` of the messages about persons, member by member as the contract has them.

use chrono::NaiveDate;
use serde_json::{Value, json};

use super::dice::Dice;
use super::person::Reason;
use super::places::{Employer, Spot};
use super::seen::Seen;

/// `YYYYMMDD`
pub(super) fn digits_of(day: NaiveDate) -> String {
    day.format("%Y%m%d").to_string()
}

/// `YYYYMMDD` as a whole number.
pub(super) fn number_of(day: NaiveDate) -> u32 {
    digits_of(day).parse().expect("a date of four digits a year")
}

/// The birth date as police and HR write it.
pub(super) fn birth_digits(seen: &Seen) -> String {
    let (year, month, day) = seen.birth;
    format!("{year:04}{month:02}{day:02}")
}

fn birth_iso(seen: &Seen) -> String {
    let (year, month, day) = seen.birth;
    format!("{year:04}-{month:02}-{day:02}")
}

/// A member that may be absent, null or empty: where there is nothing to say, each is as likely.
pub(super) fn optional(data: &mut Value, dice: &mut Dice, name: &str, value: Option<String>) {
    match (value, dice.below(3)) {
        (Some(value), _) => data[name] = value.into(),
        (None, 0) => data[name] = Value::Null,
        (None, 1) => data[name] = "".into(),
        (None, _) => {}
    }
}

/// Registration number and day of a residence registered by the police.
pub(super) struct Registered<'a> {
    pub(super) number: &'a str,
    pub(super) spot: &'a Spot,
    pub(super) since: NaiveDate,
    pub(super) reason: Reason,
    pub(super) household_text: Option<String>,
    pub(super) until: Option<NaiveDate>,
    pub(super) protected: bool,
}

pub(super) fn residence_registered(seen: Seen, dice: &mut Dice, registered: Registered) -> Value {
    let mut data = json!({
        "djbh": registered.number,
        "gmsfhm": seen.id,
        "xm": seen.name,
        "xbdm": seen.sex.code(),
        "csrq": birth_digits(&seen),
        "jzdz_xzqh": registered.spot.township,
        "jzdz": registered.spot.address,
        "jzsydm": registered.reason.police,
        "djrq": digits_of(registered.since),
    });
    let document = seen.document.code;
    // 111 is the default, and some offices leave it out.
    let stated = document != "111" || dice.chance(0.8);
    optional(&mut data, dice, "zjlx", stated.then(|| document.to_owned()));
    optional(&mut data, dice, "lxdh", seen.phone);
    optional(&mut data, dice, "hjdz_xzqh", seen.household);
    optional(&mut data, dice, "hjdz", registered.household_text);
    optional(&mut data, dice, "yjjzqx", registered.until.map(digits_of));
    if registered.protected {
        data["protected"] = true.into();
    }
    data
}

/// A spouse or somebody who died, as civil affairs write them.
pub(super) fn civil_person(seen: Seen, dice: &mut Dice) -> Value {
    let birth = birth_iso(&seen);
    let mut data = json!({"name": seen.name, "idNumber": seen.id, "sex": seen.sex.code(), "birthDate": birth});
    optional(&mut data, dice, "householdDivision", seen.household);
    data
}

pub(super) fn worker(seen: Seen, dice: &mut Dice) -> Value {
    let birth: u32 = birth_digits(&seen).parse().expect("digits");
    let mut data = json!({"aac002": seen.id, "aac003": seen.name, "aac004": seen.sex.code(), "aac006": birth});
    optional(&mut data, dice, "aac010", seen.household);
    optional(&mut data, dice, "aae005", seen.phone);
    data
}

pub(super) fn employment_started(
    seen: Seen,
    dice: &mut Dice,
    employer: &Employer,
    home: &Spot,
    since: NaiveDate,
) -> Value {
    let mut data = worker(seen, dice);
    data["aab001"] = employer.number.as_str().into();
    data["aab004"] = employer.name.as_str().into();
    data["aab301"] = employer.county.to_string().into();
    data["aae030"] = number_of(since).into();
    let address = dice.chance(0.6).then(|| home.address.clone());
    optional(&mut data, dice, "aae006", address);
    data
}

pub(super) fn employment_ended(seen: &Seen, employer: &Employer, on: NaiveDate) -> Value {
    json!({
        "aac002": seen.id,
        "aac003": seen.name,
        "aab001": employer.number,
        "aab004": employer.name,
        "aab301": employer.county,
        "aae031": number_of(on),
    })
}

pub(super) fn tenant(seen: Seen, dice: &mut Dice) -> Value {
    let mut data = json!({
        "fullName": seen.name,
        "certificateType": seen.document.word,
        "certificateNo": seen.id,
        "gender": seen.sex.word(),
    });
    optional(&mut data, dice, "mobile", seen.phone);
    optional(&mut data, dice, "nativeDivision", seen.household);
    data
}

/// A person as townships write them.
pub(super) fn person(seen: Seen, guardian: Option<Seen>, dice: &mut Dice) -> Value {
    let birth = birth_iso(&seen);
    let mut data =
        json!({"id_type": seen.document.code, "name": seen.name, "sex": seen.sex.code(), "birth_date": birth});
    optional(&mut data, dice, "id_number", Some(seen.id).filter(|id| !id.is_empty()));
    optional(&mut data, dice, "phone", seen.phone);
    if let Some(guardian) = guardian {
        data["guardian"] = json!({"name": guardian.name});
        optional(&mut data["guardian"], dice, "id_number", Some(guardian.id).filter(|id| !id.is_empty()));
    }
    data
}
