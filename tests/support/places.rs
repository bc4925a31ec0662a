//! A cut of places that tests with messages of their own speak of.

use super::ground::Setup;

/// Where people live.
pub(crate) const RESIDENCE: &str = "320583100";
/// Where their household registers are.
pub(crate) const HOUSEHOLD: &str = "321322101";
/// Somewhere else.
pub(crate) const ELSEWHERE: &str = "320324102";

/// The cut's places with the divisions above them, and other provinces.
pub(crate) fn setup(users: &[&str], settings: &str) -> Setup {
    let codes = [
        "320000",
        "320500",
        "320583",
        RESIDENCE,
        "320583101",
        "320583102",
        "321300",
        "321322",
        HOUSEHOLD,
        "321322102",
        "321322103",
        "320300",
        "320324",
        ELSEWHERE,
        "320324103",
        "340000",
        "410000",
        "310000",
        "330000",
        "370000",
    ];
    Setup {
        codes: codes.map(str::to_owned).to_vec(),
        users: users.iter().map(|user| (*user).to_owned()).collect(),
        settings: toml::from_str(&format!("{settings}\n[hub]\nas_of = \"2026-03-20\"")).unwrap(),
    }
}
