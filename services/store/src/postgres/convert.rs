//! Between the domain's types and columns.

use chrono::{DateTime, FixedOffset, Utc};
use liangdi_domain::division::Code;
use liangdi_domain::evidence::MessageKey;
use liangdi_domain::ids::ProfileId;
use liangdi_domain::person::Profile;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::transaction::unreadable;
use crate::keys::Keys;
use crate::port::Result;
use crate::rows::from_word;
use crate::seal::{Place, seal, unseal};

/// A time in two columns: the instant, and the offset in minutes that the office wrote.
/// A notice's id is made within its transaction, its time at its beginning.
pub(super) const ID_SLACK: chrono::TimeDelta = chrono::TimeDelta::hours(1);

/// The least UUIDv7 of a time.
pub(super) fn first_id(time: DateTime<Utc>) -> Uuid {
    Uuid::from_u128(u128::from(u64::try_from(time.timestamp_millis()).unwrap_or_default()) << 80)
}

pub(super) fn split_time(time: DateTime<FixedOffset>) -> (DateTime<Utc>, i16) {
    // RFC 3339 offsets are whole minutes within a day.
    let minutes = time.offset().local_minus_utc() / 60;
    (time.with_timezone(&Utc), i16::try_from(minutes).unwrap_or_default())
}

/// The time back from its two columns.
pub(super) fn join_time(time: DateTime<Utc>, minutes: i16) -> DateTime<FixedOffset> {
    let offset =
        FixedOffset::east_opt(i32::from(minutes) * 60).unwrap_or(FixedOffset::east_opt(0).expect("zero is an offset"));
    time.with_timezone(&offset)
}

/// Sources and ids in two columns.
pub(super) fn split_keys<'a>(keys: impl IntoIterator<Item = &'a MessageKey>) -> (Vec<&'a str>, Vec<&'a str>) {
    keys.into_iter().map(|key| (key.source.as_str(), key.id.as_str())).unzip()
}

/// A closed enum from its word in a column.
pub(super) fn read_word<T: DeserializeOwned>(column: &str, word: String) -> Result<T> {
    from_word(word).ok_or_else(|| unreadable(column))
}

/// A division code from a column.
pub(super) fn read_code(column: &str, text: &str) -> Result<Code> {
    text.parse().map_err(|_| unreadable(column))
}

/// PostgreSQL's text holds no zero character; a refused message may.
pub(super) fn storable(text: &str) -> String {
    text.replace('\0', "\u{FFFD}")
}

/// Seals a profile for its row.
pub(super) fn seal_profile(keys: &Keys, id: ProfileId, profile: &Profile) -> Vec<u8> {
    seal_content(keys, profile_place(&id.0), profile)
}

/// Opens a profile's row.
pub(super) fn open_profile(keys: &Keys, id: &Uuid, sealed: &[u8]) -> Result<Profile> {
    open_content(keys, profile_place(id), sealed)
}

/// Seals a corrected value for its row.
pub(super) fn seal_value(keys: &Keys, id: &Uuid, value: &Profile) -> Vec<u8> {
    seal_content(keys, value_place(id), value)
}

/// Opens a corrected value's row.
pub(super) fn open_value(keys: &Keys, id: &Uuid, sealed: &[u8]) -> Result<Profile> {
    open_content(keys, value_place(id), sealed)
}

fn seal_content(keys: &Keys, place: Place<'_>, profile: &Profile) -> Vec<u8> {
    let content = secrecy::zeroize::Zeroizing::new(serde_json::to_vec(profile).expect("a profile is plain data"));
    seal(keys, place, &content)
}

fn open_content(keys: &Keys, place: Place<'_>, sealed: &[u8]) -> Result<Profile> {
    let content = secrecy::zeroize::Zeroizing::new(unseal(keys, place, sealed)?);
    serde_json::from_slice(&content).map_err(|_| unreadable(place.column))
}

fn value_place(id: &Uuid) -> Place<'_> {
    Place { column: "corrections.sealed", row: id.as_bytes() }
}

fn profile_place(id: &Uuid) -> Place<'_> {
    Place { column: "profiles.sealed", row: id.as_bytes() }
}
