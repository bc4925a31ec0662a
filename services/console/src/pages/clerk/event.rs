//! What a clerk says: a message of the office, recorded now, with what it was in the audit.

use liangdi_domain::division::Code;
use serde_json::Value;

use crate::access::Actor;
use crate::console::Console;
use crate::intake::Answered;
use crate::problem::Problem;
use crate::sending;

/// A message of an office. `id` tells one from another: sent twice, it counts once.
pub(super) fn event(console: &Console, office: Code, kind: &str, id: &str, data: Value) -> Value {
    let time = console.recorded_at().to_rfc3339_opts(chrono::SecondsFormat::Secs, false);
    sending::event(office, kind, id, &time, data)
}

/// Hands it in as the office's own, and writes down who did it. What is refused is an answer, not a problem.
pub(super) async fn hand_in(console: &Console, actor: &Actor, office: Code, event: Value) -> Result<Answered, Problem> {
    let object = format!("message {} of {office}", event["id"].as_str().unwrap_or_default());
    let purpose = format!("sent {}", event["type"].as_str().unwrap_or_default());
    sending::hand_in(console, actor, office, event, (&object, &purpose)).await
}
