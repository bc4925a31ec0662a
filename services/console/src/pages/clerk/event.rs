//! The CloudEvent of what a clerk says: the same as the township's own system would publish.

use liangdi_domain::division::Code;
use liangdi_domain::feed::Feed;
use serde_json::{Value, json};

use crate::access::Actor;
use crate::console::Console;
use crate::intake::{Answered, Handed};
use crate::problem::Problem;

/// A message of an office. `id` tells one from another: sent twice, it counts once.
pub(super) fn event(console: &Console, office: Code, kind: &str, id: &str, data: Value) -> Value {
    json!({
        "specversion": "1.0",
        "id": id,
        "source": format!("urn:liangdi:township:{office}"),
        "type": kind,
        "time": console.recorded_at().to_rfc3339_opts(chrono::SecondsFormat::Secs, false),
        "datacontenttype": "application/json",
        "data": data,
    })
}

/// Hands it in as the office's own, and writes down who did it. What is refused is an answer, not a problem.
pub(super) async fn hand_in(console: &Console, actor: &Actor, office: Code, event: Value) -> Result<Answered, Problem> {
    actor.must_see(office)?;
    let object = format!("message {} of {office}", event["id"].as_str().unwrap_or_default());
    let purpose = format!("sent {}", event["type"].as_str().unwrap_or_default());
    let message = Handed { feed: Feed::Township, publisher: format!("township.{office}"), event };
    let answered = console.intake.hand_in(message).await?;
    if answered == Answered::Recorded {
        let look = liangdi_store::postgres::Look { who: &actor.name, purpose: &purpose };
        console.store.audit(look, &object, false).await?;
    }
    Ok(answered)
}
