//! Two messages that look alike: only a person can say whether they are about one human. Fictional, as everybody in the
//! contract's examples.

use super::message::Message;
use super::places::{ELSEWHERE, HOUSEHOLD};

/// Who publishes them.
pub(crate) const POLICE: &str = "police.320500";
pub(crate) const NAME: &str = "张建国";
pub(crate) const NUMBER: &str = "341221199003154017";

pub(crate) fn registered() -> Message {
    Message::example("police.residence-registered.v1").with("/data/hjdz_xzqh", HOUSEHOLD)
}

/// The same name and birth date, of the same county; no number, another phone, another place.
pub(crate) fn namesake() -> Message {
    registered()
        .with("/data/gmsfhm", "")
        .with("/data/djbh", "J320324202600001")
        .with("/data/lxdh", "13912349999")
        .with("/data/hjdz_xzqh", &HOUSEHOLD[..6])
        .with("/data/jzdz_xzqh", ELSEWHERE)
        .with("/data/jzdz", "人民路1号")
}
