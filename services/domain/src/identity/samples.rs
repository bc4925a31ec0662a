//! Fictional people for the tests of identity: names put together, sequences under real counties, phones that no
//! operator has.

use uuid::Uuid;

use crate::division::Divisions;
use crate::ids::ProfileId;
use crate::person::{Address, Document, Name, Phone, Profile, Sex};

/// Seventeen digits of a number in Linquan.
pub(crate) const BODY: &str = "34122119900315401";

/// A number with its right check digit.
pub(crate) fn number(body: &str) -> String {
    format!("{body}{}", Document::check_digit(body).unwrap())
}

/// Everything that is known of one fictional person.
pub(crate) fn known() -> Profile {
    let living = "320583100".parse().ok();
    Profile {
        document: Document::read(None, Some(&number(BODY))).0,
        name: Name::read("崔国桦"),
        birth: "1990-03-15".parse().ok(),
        sex: Sex::Male,
        phone: phone("15400000001"),
        household: "341221101".parse().ok(),
        living,
        address: Address::read("柏庐路88号3幢402室", living, Divisions::shipped()),
        met_in: None,
        guardian: None,
        matter: None,
    }
}

/// The same with another number, as it was written.
pub(crate) fn numbered(profile: Profile, written: &str) -> Profile {
    Profile { document: Document::read(None, Some(written)).0, ..profile }
}

/// The same under another name.
pub(crate) fn named(profile: Profile, name: &str) -> Profile {
    Profile { name: Name::read(name), ..profile }
}

/// The same with another birth date.
pub(crate) fn born(profile: Profile, birth: &str) -> Profile {
    Profile { birth: birth.parse().ok(), ..profile }
}

pub(crate) fn phone(number: &str) -> Option<Phone> {
    Phone::read(number).unwrap()
}

pub(crate) fn id(n: usize) -> ProfileId {
    ProfileId(Uuid::from_u128(n as u128 + 1))
}
