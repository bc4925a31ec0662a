//! From a message's publish to the confirm of its notice, at half the rate that full speed reached: of the hub, and of
//! the bare pipe at half of its own. Both are timed alike: from the partner's publish to the sender's confirm.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};

use super::bare::BarePipe;
use super::ground::Ground;
use super::hub::Hub;
use super::load::{Load, Published, Target};
use super::rate::until_done;
use super::scenario::Work;

/// How long the half load lasts.
const HALF_LOAD: Duration = Duration::from_secs(10);
/// The beginning, in which connections are opened and plans are made, is not counted.
const WARM_UP: Duration = Duration::from_secs(2);

/// Waiting times, in milliseconds.
#[derive(Debug, Clone, Default)]
pub(super) struct Latency {
    pub(super) p50_ms: f64,
    pub(super) p99_ms: f64,
    /// Percentile and milliseconds.
    pub(super) percentiles: Vec<(f64, f64)>,
}

/// The hub, on an empty register.
pub(super) async fn of_hub(ground: &Ground, work: &Work, full_rate: f64) -> Result<Latency> {
    let database = ground.register().await?;
    let store = ground.store(&database).await?;
    let mut hub = Hub::start(ground, &database).await?;
    let load = Load::connect(ground, &work.mix, Target::Hub, at_half(full_rate)).await?;
    let messages = load.messages();
    let (published, _) =
        tokio::try_join!(load.at_rate(full_rate / 2.0), until_done(&store, &mut hub, messages, Instant::now()))?;
    let notices = store.confirmed_notices().await?;
    store.close().await;
    hub.stop().await?;
    let confirmed = notices.iter().filter_map(|notice| Some((*work.mix.number_of.get(&notice.message)?, notice.at)));
    Latency::of(published, confirmed)
}

/// The bare pipe.
pub(super) async fn of_bare_pipe(ground: &Ground, work: &Work, full_rate: f64) -> Result<Latency> {
    let pipe = BarePipe::open(ground, &work.receivers).await?;
    let load = Load::connect(ground, &work.mix, Target::BarePipe, at_half(full_rate)).await?;
    let messages = load.messages();
    let (published, ran) = tokio::try_join!(load.at_rate(full_rate / 2.0), pipe.run(messages))?;
    Latency::of(published, ran.confirmed.into_iter())
}

/// How many messages half load takes.
fn at_half(full_rate: f64) -> usize {
    (full_rate / 2.0 * HALF_LOAD.as_secs_f64()) as usize
}

impl Latency {
    fn of(published: Published, confirmed: impl Iterator<Item = (usize, DateTime<Utc>)>) -> Result<Self> {
        let sent: HashMap<usize, DateTime<Utc>> = published.0.into_iter().collect();
        let (first, last) = sent.values().min().zip(sent.values().max()).context("nothing was published")?;
        // Of a short load at most a fifth is warm-up, so that something is left to count.
        let from = *first + WARM_UP.min((*last - *first).to_std().unwrap_or_default() / 5);
        let waited = confirmed.filter_map(|(number, at)| {
            let sent = sent.get(&number).copied().filter(|sent| *sent >= from)?;
            Some((at - sent).num_microseconds()? as f64 / 1e3)
        });
        let mut waited: Vec<f64> = waited.collect();
        waited.sort_unstable_by(f64::total_cmp);
        let at = |share: f64| waited.get((waited.len() as f64 * share) as usize).copied();
        let (p50_ms, p99_ms) = at(0.50).zip(at(0.99)).context("no notice could be traced to its message")?;
        let percentiles = (1..=99).map(f64::from).chain([99.5, 99.9]);
        let percentiles = percentiles.filter_map(|percent| Some((percent, at(percent / 100.0)?))).collect();
        Ok(Latency { p50_ms, p99_ms, percentiles })
    }
}
