//! Lines that must be refused: a good message spoiled in one way, with the reason that the hub should give.

use anyhow::Result;
use liangdi_adapters::contract::Reason;
use liangdi_domain::division::Code;
use liangdi_domain::feed::{Feed, MessageType};
use serde_json::{Value, json};

use super::desk::{Envelope, user_of};
use super::dice::Dice;
use super::places::HOME;

/// Reasons that fit every message.
const GENERAL: [Reason; 3] = [Reason::NotJson, Reason::UnknownField, Reason::ForeignSource];
/// Reasons that need a member to spoil.
const SPECIFIC: [Reason; 6] = [
    Reason::MissingField,
    Reason::WrongCode,
    Reason::ImpossibleDate,
    Reason::MalformedDivision,
    Reason::UnknownProvince,
    Reason::Schema,
];

/// Members of a message to spoil, as JSON pointers into `data`.
struct Handles {
    date: &'static str,
    division: &'static str,
    code: &'static str,
}

/// The spoiled line.
pub(super) struct Spoiled {
    pub(super) line: Vec<u8>,
    pub(super) reason: Reason,
    /// Who publishes it.
    pub(super) user: String,
}

/// Spoils a message in a way that fits its type.
pub(super) fn spoil(dice: &mut Dice, kind: MessageType, office: Code, mut envelope: Envelope) -> Result<Spoiled> {
    let handles = handles(kind);
    let reason = match dice.below(9) as usize {
        index @ 3.. if handles.is_some() => SPECIFIC[index - 3],
        index => GENERAL[index % 3],
    };
    let mut user = user_of(kind.feed(), office);
    match (reason, handles) {
        (Reason::ForeignSource, _) => user = foreign_user(dice, kind.feed(), office),
        (Reason::UnknownField, _) => envelope.data["reserve1"] = "".into(),
        (Reason::NotJson, _) | (_, None) => {}
        (reason, Some(handles)) => spoil_member(&mut envelope.data, reason, &handles),
    }
    let mut line = serde_json::to_vec(&envelope)?;
    if reason == Reason::NotJson {
        line.truncate(line.len() / 2);
        // Half a character at the end is another matter than half a line.
        while line.last().is_some_and(|byte| !byte.is_ascii()) {
            line.pop();
        }
    }
    Ok(Spoiled { line, reason, user })
}

fn spoil_member(data: &mut Value, reason: Reason, handles: &Handles) {
    match reason {
        Reason::MissingField => {
            let (parent, name) = handles.date.rsplit_once('/').unwrap_or(("", handles.date));
            if let Some(members) = data.pointer_mut(parent).and_then(Value::as_object_mut) {
                members.remove(name);
            }
        }
        Reason::WrongCode => set(data, handles.code, json!("zz")),
        Reason::ImpossibleDate => {
            let impossible = match data.pointer(handles.date) {
                Some(Value::Number(_)) => json!(20_260_230),
                Some(Value::String(day)) if day.contains('-') => json!("2026-02-30"),
                _ => json!("20260230"),
            };
            set(data, handles.date, impossible);
        }
        Reason::MalformedDivision => set(data, handles.division, json!("3205831")),
        Reason::UnknownProvince => set(data, handles.division, json!("160101001")),
        _ => set(data, handles.division, json!(320_583)),
    }
}

fn set(data: &mut Value, pointer: &str, value: Value) {
    if let Some(member) = data.pointer_mut(pointer) {
        *member = value;
    }
}

/// The same feed's user of another prefecture (or county) of Jiangsu.
fn foreign_user(dice: &mut Dice, feed: Feed, office: Code) -> String {
    let own = user_of(feed, office);
    let (first, second) = match feed {
        Feed::Township => (format!("{feed}.{HOME}0583"), format!("{feed}.{HOME}0324")),
        _ => (format!("{feed}.{HOME}0500"), format!("{feed}.{HOME}0100")),
    };
    if own == first || own != second && dice.chance(0.5) { second } else { first }
}

fn handles(kind: MessageType) -> Option<Handles> {
    let (date, division, code) = match kind {
        MessageType::ResidenceRegistered => ("/djrq", "/jzdz_xzqh", "/jzsydm"),
        MessageType::ResidenceCancelled => ("/zxrq", "/jzdz_xzqh", "/zxyydm"),
        MessageType::EmploymentStarted => ("/aae030", "/aab301", "/aac004"),
        MessageType::LeaseFiled => ("/term/from", "/property/division", "/tenants/0/gender"),
        MessageType::MarriageRegistered => ("/registeredOn", "/office", "/parties/0/sex"),
        MessageType::InflowRegistered => ("/since", "/residence/division", "/reason"),
        MessageType::OutflowRegistered => ("/left_on", "/household/division", "/reason"),
        MessageType::ServiceRecorded => ("/on", "/division", "/kind"),
        _ => return None,
    };
    Some(Handles { date, division, code })
}
