//! The whole way in memory, without any server: what a rehearsal runs.

use std::sync::Arc;

use chrono::NaiveDate;
use liangdi_adapters::contract::read_unattended;
use liangdi_broker::feed::CONTENT_TYPE;
use liangdi_domain::calendar::Calendar;
use liangdi_domain::division::Divisions;
use liangdi_domain::feed::Feed;
use liangdi_domain::identity::Matching;
use liangdi_domain::person::Profile;
use liangdi_domain::procedure::Procedures;
use liangdi_store::keys::Keys;
use liangdi_store::memory::MemoryStore;
use liangdi_store::port::{Result, Store};
use tokio::task::JoinHandle;

use crate::ingest::{Outcome, Registry};
use crate::prepare::{Incoming, Prepared};

/// Messages in one transaction, as in the hub's default.
pub const BATCH_MESSAGES: usize = 500;

/// A registry in memory, with keys of its own that end with it.
pub fn registry(as_of: NaiveDate, matching: Matching) -> Registry<MemoryStore> {
    Registry {
        store: MemoryStore::new(),
        keys: Arc::new(Keys::ephemeral()),
        divisions: Divisions::shipped(),
        calendar: Calendar::shipped(),
        procedures: Arc::new(Procedures::shipped().clone()),
        matching: Arc::new(matching),
        baseline_users: Arc::from([]),
        as_of: Some(as_of),
        together: Arc::default(),
        boundaries: Arc::default(),
    }
}

/// Sends lines through, each as its own office; `feed` is where a line that cannot be read is counted.
pub async fn feed<S: Store>(registry: &Registry<S>, feed: Feed, lines: &[Vec<u8>]) -> Result<Outcome> {
    let mut sum = Outcome::default();
    let mut chunks = lines.chunks(BATCH_MESSAGES);
    let mut ahead = chunks.next().map(|chunk| prepare_ahead(registry, feed, chunk));
    while let Some(preparing) = ahead {
        // A panic is the caller's, as if there were one thread.
        let prepared = preparing.await.unwrap_or_else(|stumbled| std::panic::resume_unwind(stumbled.into_panic()));
        ahead = chunks.next().map(|chunk| prepare_ahead(registry, feed, chunk));
        let outcome = registry.commit(prepared).await?;
        sum.recorded += outcome.recorded;
        sum.duplicates += outcome.duplicates;
        sum.refused += outcome.refused;
        sum.notices += outcome.notices;
    }
    Ok(sum)
}

/// Prepares a chunk on a thread of its own, while the one before it commits.
fn prepare_ahead<S: Store>(registry: &Registry<S>, feed: Feed, chunk: &[Vec<u8>]) -> JoinHandle<Vec<Prepared>> {
    let (registry, chunk) = (registry.clone(), chunk.to_vec());
    tokio::task::spawn_blocking(move || registry.prepare(chunk.iter().map(|line| incoming(feed, line)).collect()))
}

/// Normalises lines and hands over every profile that they speak of; nothing is recorded. Returns how many lines are
/// refused.
pub fn each_profile<S: Store>(
    registry: &Registry<S>,
    feed: Feed,
    lines: &[Vec<u8>],
    mut each: impl FnMut(&Profile),
) -> usize {
    let mut refused = 0;
    for chunk in lines.chunks(BATCH_MESSAGES) {
        for prepared in registry.prepare(chunk.iter().map(|line| incoming(feed, line)).collect()) {
            match prepared {
                Prepared::Refused(_) => refused += 1,
                Prepared::Taken(taken) => {
                    for marked in &taken.appearances {
                        each(&marked.profile);
                        marked.becomes.iter().for_each(|(_, profile)| each(profile));
                    }
                }
            }
        }
    }
    refused
}

/// A line as if its own office had published it; `feed` is where one that cannot be read is counted.
pub fn incoming(feed: Feed, line: &[u8]) -> Incoming {
    let user = read_unattended(line).map(|accepted| (accepted.kind.feed(), accepted.publisher)).ok();
    let (feed, user) = user.map_or((feed, Some(feed.name().to_owned())), |(feed, user)| (feed, Some(user)));
    let content_type = Some(CONTENT_TYPE.to_owned());
    Incoming { feed, body: Arc::new(line.to_vec()), content_type, user, baseline: false }
}
