//! What is said in an office's name, by a page or the API: the same CloudEvent that the township's own system would publish,
//! handed to the registry as the office's own, and written down with who did it.

use liangdi_domain::division::Code;
use liangdi_domain::feed::Feed;
use liangdi_store::postgres::Look;
use serde_json::{Value, json};

use crate::access::Actor;
use crate::console::Console;
use crate::intake::{Answered, Handed};
use crate::problem::Problem;

/// What `source` of a township's message begins with.
pub(crate) const SOURCE: &str = "urn:liangdi:township:";

/// A message of an office. `id` tells one from another: sent twice, it counts once.
pub fn event(office: Code, kind: &str, id: &str, time: &str, data: Value) -> Value {
    json!({
        "specversion": "1.0",
        "id": id,
        "source": format!("{SOURCE}{office}"),
        "type": kind,
        "time": time,
        "datacontenttype": "application/json",
        "data": data,
    })
}

/// Hands a message in as the office's own. What is refused is an answer, not a problem; `object` and `purpose` are what the
/// audit has of one that is recorded.
pub(crate) async fn hand_in(
    console: &Console,
    actor: &Actor,
    office: Code,
    event: Value,
    (object, purpose): (&str, &str),
) -> Result<Answered, Problem> {
    actor.must_see(office)?;
    let message = Handed { feed: Feed::Township, publisher: format!("township.{office}"), event };
    let answered = console.intake.hand_in(message).await?;
    if answered == Answered::Recorded {
        console.store.audit(Look { who: &actor.name, purpose }, object, false).await?;
    }
    Ok(answered)
}
