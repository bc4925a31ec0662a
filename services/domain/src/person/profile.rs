//! A profile: one distinct way in which a person appears. Two messages that write the same human differently
//! make two profiles; joining them is the work of identity resolution, never of storage.

use std::fmt;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{Address, Document, Name, Phone};
use crate::division::Code;

/// Sex as in GB/T 2261.1, reduced to what can be compared; 0 and 9 are `Unknown`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub enum Sex {
    /// 0 unknown, 9 not stated, or not said at all.
    #[default]
    #[serde(rename = "0")]
    Unknown,
    /// 1
    #[serde(rename = "1")]
    Male,
    /// 2
    #[serde(rename = "2")]
    Female,
}

/// One distinct way in which a person appears.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub struct Profile {
    /// The document and what it is worth as evidence.
    pub document: Document,
    /// The name, if anything was left of it after normalising.
    pub name: Option<Name>,
    /// Birth date: the stated one if it is possible, else the one inside a valid ID number.
    pub birth: Option<NaiveDate>,
    /// Sex: the stated one, else the one inside a valid ID number.
    pub sex: Sex,
    /// Phone, normalised.
    pub phone: Option<Phone>,
    /// Household division as it was sent.
    pub household: Option<Code>,
    /// Division where the person lives, as this message says it; never a workplace or an insuring office.
    pub living: Option<Code>,
    /// Street address of the living place: compared, never shown.
    pub address: Option<Address>,
    /// Prefecture of the office that met the person, where the message says no living place: offices meet those who live
    /// near, or whose home is. Compared, never shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub met_in: Option<Code>,
    /// A minor's guardian: shown in notices instead of further data.
    pub guardian: Option<Name>,
    /// Of a matter that names nobody (an unsigned complaint): the office and its number for it. It is nobody's profile, and
    /// shares nothing with any other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub matter: Option<Box<str>>,
}

impl Profile {
    /// Whether it holds next to nothing: no number, and no name with a birth date or something of the contact. Whomever
    /// it is compared with, nothing may rest on it.
    pub fn is_thin(&self) -> bool {
        if self.matter.is_some() {
            return false;
        }
        let contact =
            self.phone.is_some() || self.living.is_some() || self.address.as_ref().is_some_and(Address::is_door);
        self.document == Document::None && !(self.name.is_some() && (self.birth.is_some() || contact))
    }
}

/// Identity never reaches a log: the values stay out of `Debug`.
impl fmt::Debug for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Profile(sealed)")
    }
}
