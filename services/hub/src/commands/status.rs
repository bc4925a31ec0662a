//! `liangdi status`: what flows, what waits, and whether every message is accounted for.

use anyhow::Result;
use liangdi_broker::inspect::{QueueDepth, queue_depths};
use liangdi_broker::topology::names;
use liangdi_domain::feed::Feed;
use liangdi_store::postgres::DivisionProgress;
use liangdi_store::report::{Count, FeedStatus, Status};
use serde_json::json;

use super::division;
use crate::context::Context;
use crate::{Found, say};

/// Faults if a sum does not add up, something waits in a dead letter queue, or a queue is missing.
pub async fn run(context: &Context, as_json: bool) -> Result<Found> {
    let store = context.store().await?;
    let status = store.status().await?;
    let queues: Vec<String> = context
        .read_queues()
        .into_iter()
        .chain([names::DEAD_FEEDS.to_owned(), names::DEAD_NOTICES.to_owned()])
        .collect();
    let depths = queue_depths(&context.endpoint()?, &queues).await?;
    let divided = store.division_progress().await?;
    let complete = status.feeds.iter().all(FeedStatus::adds_up);
    let healthy = complete && depths.iter().all(is_well);
    if as_json {
        let depths: serde_json::Map<_, _> =
            depths.iter().map(|depth| (depth.name.clone(), json!(depth.ready))).collect();
        say::line(
            json!({
                "accounted_for": complete, "queues": depths, "hub": status,
                "boundary_changes_done": divided.as_ref().map(DivisionProgress::done),
            })
            .to_string(),
        );
    } else {
        show(&status, &depths, complete);
        divided.iter().for_each(|progress| say::line(division::in_words(progress)));
    }
    Ok(Found::faults_if(!healthy))
}

fn is_well(depth: &QueueDepth) -> bool {
    match depth.ready {
        None => false,
        Some(ready) => ready == 0 || depth.name.starts_with("feed.") || names::of_peer(&depth.name).is_some(),
    }
}

fn show(status: &Status, depths: &[QueueDepth], complete: bool) {
    let waiting = |name: &str| match depths.iter().find(|depth| depth.name == name).and_then(|depth| depth.ready) {
        Some(ready) => ready.to_string(),
        None => "no queue".to_owned(),
    };
    let rows: Vec<Vec<String>> = status
        .feeds
        .iter()
        .map(|feed| {
            let sum = if feed.adds_up() { "yes" } else { "NO" };
            let counts = [feed.received, feed.recorded, feed.duplicates, feed.quarantined, feed.quarantined_again];
            let queue = match feed.feed {
                Feed::Hub => from_hubs(depths).to_string(),
                feed => waiting(&names::feed(feed)),
            };
            std::iter::once(feed.feed.to_string())
                .chain([queue])
                .chain(counts.map(|count| count.to_string()))
                .chain([sum.to_owned()])
                .collect()
        })
        .collect();
    say::table(&["feed", "in queue", "received", "recorded", "duplicate", "quarantined", "again", "adds up"], &rows);
    say::line("");
    let Status { persons, profiles, thin_profiles, keys_refined, keys_closed, .. } = status;
    say::line(format!("persons {persons}, profiles {profiles}, of which {thin_profiles} hold too little to be linked"));
    say::line(format!("crowded blocking keys: {keys_refined} refined, {keys_closed} closed"));
    say::line(format!("notices published {}: {}", status.published, list(&status.notices)));
    let oldest = status.outbox_oldest_s.map(|age| format!(", the oldest for {age} s")).unwrap_or_default();
    say::line(format!("outbox waiting {}{oldest}", status.outbox_waiting));
    say::line(format!("quarantine open: {}", list(&status.quarantine_open)));
    say::line(format!("dead letters: feeds {}, notices {}", waiting(names::DEAD_FEEDS), waiting(names::DEAD_NOTICES)));
    say::line(if complete {
        "every message is accounted for: received = recorded + duplicate + quarantined + quarantined again"
    } else {
        "NOT EVERY MESSAGE IS ACCOUNTED FOR: a feed above does not add up"
    });
}

/// What waits in the queues that links to other provinces' hubs fill.
fn from_hubs(depths: &[QueueDepth]) -> u32 {
    depths.iter().filter(|depth| names::of_peer(&depth.name).is_some()).filter_map(|depth| depth.ready).sum()
}

/// `inflow 12, lead 3`, or `none`.
pub fn list(counts: &[Count]) -> String {
    if counts.is_empty() {
        return "none".to_owned();
    }
    counts.iter().map(|count| format!("{} {}", count.of, count.count)).collect::<Vec<_>>().join(", ")
}
