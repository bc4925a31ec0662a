//! The hub beside the bare pipe, on private servers of the bench's own. A failed or interrupted run leaves no process
//! and no data behind.
//!
//! - `place`, `ground`: the servers, and what every measurement starts from; `hub`: the real binary as a child process
//! - `mix`, `load`: the messages, and the partners that publish them; `bare`: the pipe that does nothing else
//! - `scenario`: what is measured, one file each; `rate`, `latency`: how; `cpu`: whose processor time it took
//! - `report`: medians, the table, the JSON line; `chart`: a run as a picture
//! - `growth`: whether cost grows with what is already there; `clock`: whether waking does
//! - `boundary`: a boundary change that touches many, beside a feed
//!
//! [`accuracy`] and [`inputs`] need no server: how well messages find their persons, and what the slowest input costs.

pub mod accuracy;
mod bare;
pub mod boundary;
mod chart;
pub mod clock;
mod cpu;
mod ground;
pub mod growth;
mod hub;
pub mod inputs;
mod latency;
mod load;
mod memory;
mod mix;
mod place;
mod rate;
mod registrations;
mod report;
mod scenario;

use std::path::PathBuf;

use anyhow::{Result, bail, ensure};
use chrono::NaiveDate;
use tokio_util::sync::CancellationToken;

pub use report::Report;
pub use scenario::Scenario;

use ground::Ground;
use place::Place;
use report::Measured;

/// More runs measure nothing new.
const RUNS_MAX: usize = 100;
/// The load is held in memory: about half a kilobyte a message, one and a half messages a person.
const PERSONS_MAX: u32 = 1_000_000;

/// What to measure, and with what.
pub struct Options {
    /// People in the feeds.
    pub persons: u32,
    /// What to measure.
    pub scenarios: Vec<Scenario>,
    /// Messages that wait when the hub starts, in the scenario of that name.
    pub backlog_messages: usize,
    /// Runs of every scenario; the median counts.
    pub runs: usize,
    /// Directory of the private servers.
    pub dir: PathBuf,
    /// The script that starts private servers.
    pub servers: PathBuf,
    /// Leave the servers running for the next bench in the same directory.
    pub keep: bool,
    /// The binary that is measured.
    pub hub: PathBuf,
    /// Today.
    pub as_of: NaiveDate,
    /// Where to say what is going on.
    pub note: fn(&str),
}

/// Measures every scenario, unless `shutdown` comes first.
pub async fn run(options: &Options, shutdown: &CancellationToken) -> Result<Report> {
    ensure!((1..=RUNS_MAX).contains(&options.runs), "runs must be 1 to {RUNS_MAX}");
    ensure!((1..=PERSONS_MAX).contains(&options.persons), "persons must be 1 to {PERSONS_MAX}");
    if cfg!(debug_assertions) {
        (options.note)("this is a debug build: its numbers mean nothing");
    }
    let place = Place::claim(options).await?;
    on(place, shutdown, async |place| measure(options, place).await).await
}

/// Measures on a place, and leaves nothing of it behind.
async fn on<T>(
    place: Place,
    shutdown: &CancellationToken,
    measure: impl AsyncFnOnce(&Place) -> Result<T>,
) -> Result<T> {
    let outcome = tokio::select! {
        // Dropping the measurement ends the child processes it started.
        () = shutdown.cancelled() => None,
        outcome = measure(&place) => Some(outcome),
    };
    let cleaned = place.leave().await;
    match outcome {
        Some(Ok(report)) => cleaned.map(|()| report),
        Some(Err(error)) => Err(error),
        None => bail!("interrupted; nothing was measured to its end"),
    }
}

async fn measure(options: &Options, place: &Place) -> Result<Report> {
    place.start().await?;
    let ground = Ground::lay(options, place).await?;
    let mut measured: Vec<(Scenario, Vec<Measured>)> = Vec::new();
    for scenario in options.scenarios.iter().copied() {
        let mut runs = Vec::with_capacity(options.runs);
        for run in 1..=options.runs {
            let once = scenario.measure(&ground).await?;
            (options.note)(&format!("{}, run {run} of {}: {}", scenario.name(), options.runs, once.in_words()));
            runs.push(once);
        }
        measured.push((scenario, runs));
    }
    Ok(Report::of(measured))
}
