//! What another province's hub brings: its notices as their closed schemas have them, and its answers, which are the
//! contract's own messages with the two attributes of a delivery.

use liangdi_domain::division::Code;
use liangdi_domain::feed::MessageType;
use liangdi_domain::notice::NoticeKind;
use serde_json::Value;

use super::delivery::{Accepted, accept, check};
use super::validate::Catalogue;
use super::{Reason, Refusal};

/// Reads the envelope of a notice or of an answer.
pub(super) fn read_hub(mut envelope: Value) -> Result<Accepted, Refusal> {
    let named = match &envelope["type"] {
        Value::String(text) => NoticeKind::ALL.into_iter().find(|kind| kind.event_type() == text),
        Value::Null => return Err(Refusal::at(Reason::MissingField, "")),
        _ => return Err(Refusal::at(Reason::Schema, "/type")),
    };
    match named {
        None => Err(Refusal::at(Reason::UnknownType, "/type")),
        Some(kind) if kind.is_reply() => {
            take_off(&mut envelope)?;
            check(envelope)
        }
        Some(kind) => {
            Catalogue::shipped().check_notice(&envelope)?;
            accept(MessageType::Notice(kind), envelope)
        }
    }
}

/// Takes `jurisdiction` and `seqno` off an answer; what is left is closed by the answer's own schema.
fn take_off(envelope: &mut Value) -> Result<(), Refusal> {
    let Some(members) = envelope.as_object_mut() else { return Err(Refusal::at(Reason::Schema, "")) };
    let (Some(jurisdiction), Some(seqno)) = (members.remove("jurisdiction"), members.remove("seqno")) else {
        return Err(Refusal::at(Reason::MissingField, ""));
    };
    if jurisdiction.as_str().is_none_or(|text| text.parse::<Code>().is_err()) {
        return Err(Refusal::at(Reason::Schema, "/jurisdiction"));
    }
    if seqno.as_i64().is_none_or(|number| number < 1) {
        return Err(Refusal::at(Reason::Schema, "/seqno"));
    }
    Ok(())
}
