//! The simulated mix of all feeds on an empty register: full speed, then half load; the bare pipe right before the hub,
//! so that both meet the same machine.

use anyhow::Result;

use crate::bench::ground::Ground;
use crate::bench::report::Measured;
use crate::bench::{latency, rate};

pub(super) async fn measure(ground: &Ground) -> Result<Measured> {
    let bare_alone = rate::of_bare_pipe_alone(ground).await?;
    let bare = rate::of_bare_pipe(ground).await?;
    let hub = rate::of_hub(ground).await?;
    let bare_latency = latency::of_bare_pipe(ground, bare.messages_a_second).await?;
    let hub_latency = latency::of_hub(ground, hub.messages_a_second).await?;
    Ok(Measured { messages: ground.mix.messages.len(), hub, bare, bare_alone, hub_latency, bare_latency })
}
