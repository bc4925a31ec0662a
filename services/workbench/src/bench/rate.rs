//! Messages a second at full speed, counted from the first publish to the last notice confirmed: of the hub, and of the
//! bare pipe under the same load.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use liangdi_store::postgres::{PgStore, Progress};

use super::bare::BarePipe;
use super::cpu::{Sample, Split};
use super::ground::Ground;
use super::hub::Hub;
use super::load::{Load, Target};

/// How often the hub's progress is looked at: the error of the end's time.
const LOOK_INTERVAL: Duration = Duration::from_millis(20);
/// A hub that commits nothing for this long is stuck.
const STANDSTILL_MAX: Duration = Duration::from_secs(60);

/// What full speed came to.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Rate {
    /// Messages a second.
    pub(super) messages_a_second: f64,
    pub(super) notices: usize,
    pub(super) cpu: Split,
    /// The hub's peak memory; nothing for the bare pipe.
    pub(super) peak_mb: f64,
}

/// The hub, on an empty register.
pub(super) async fn of_hub(ground: &Ground) -> Result<Rate> {
    let database = ground.register().await?;
    let store = ground.store(&database).await?;
    let mut hub = Hub::start(ground, &database).await?;
    let load = Load::connect(ground, Target::Hub, usize::MAX).await?;
    let messages = load.messages();
    let before = Sample::take(ground.watched, Some(hub.pid))?;
    let started = Instant::now();
    let (_, (ended, progress)) = tokio::try_join!(load.at_full_speed(), until_done(&store, &mut hub, messages))?;
    let cpu = Sample::take(ground.watched, Some(hub.pid))?.since(&before);
    let peak_mb = hub.peak_mb()?;
    store.close().await;
    hub.stop().await?;
    let messages_a_second = messages as f64 / (ended - started).as_secs_f64();
    Ok(Rate { messages_a_second, notices: usize::try_from(progress.notices)?, cpu, peak_mb })
}

/// The bare pipe under the same load.
pub(super) async fn of_bare_pipe(ground: &Ground) -> Result<Rate> {
    let pipe = BarePipe::open(ground).await?;
    let load = Load::connect(ground, Target::BarePipe, usize::MAX).await?;
    let messages = load.messages();
    let before = Sample::take(ground.watched, None)?;
    let started = Instant::now();
    let (_, ran) = tokio::try_join!(load.at_full_speed(), pipe.run(messages))?;
    let cpu = Sample::take(ground.watched, None)?.since(&before);
    let messages_a_second = messages as f64 / (ran.ended - started).as_secs_f64();
    Ok(Rate { messages_a_second, notices: messages, cpu, peak_mb: 0.0 })
}

/// The bare pipe with nothing beside it: its queue is full before it begins, and nobody publishes any more.
pub(super) async fn of_bare_pipe_alone(ground: &Ground) -> Result<f64> {
    let load = Load::connect(ground, Target::BarePipe, usize::MAX).await?;
    let messages = load.messages();
    load.at_full_speed().await?;
    let pipe = BarePipe::open(ground).await?;
    let started = Instant::now();
    let ran = pipe.run(messages).await?;
    Ok(messages as f64 / (ran.ended - started).as_secs_f64())
}

/// Waits until that many messages are taken and every notice is confirmed.
pub(super) async fn until_done(store: &PgStore, hub: &mut Hub<'_>, messages: usize) -> Result<(Instant, Progress)> {
    let messages = i64::try_from(messages).context("too many messages")?;
    let mut last: Option<Progress> = None;
    let mut moved = Instant::now();
    loop {
        let progress = store.progress().await?;
        if progress.received >= messages && !progress.waiting {
            return Ok((Instant::now(), progress));
        }
        if last != Some(progress) {
            (last, moved) = (Some(progress), Instant::now());
        }
        hub.still_runs()?;
        if moved.elapsed() > STANDSTILL_MAX {
            bail!("the hub stands still at {} of {messages} messages", progress.received);
        }
        tokio::time::sleep(LOOK_INTERVAL).await;
    }
}
