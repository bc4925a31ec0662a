//! Messages a second at full speed, counted from the first publish to the last notice confirmed: of the hub, and of the
//! bare pipe under the same load.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use liangdi_store::postgres::{DatabaseOptions, PgStore, Progress};

use super::bare::{BarePipe, Ran};
use super::cpu::{Sample, Split};
use super::ground::Ground;
use super::hub::Hub;
use super::load::{Load, Target};
use super::mix::Mix;
use super::scenario::Work;

/// How often the hub's progress is looked at: the error of the end's time.
const LOOK_INTERVAL: Duration = Duration::from_millis(20);
/// A hub that commits nothing for this long is stuck.
const STANDSTILL_MAX: Duration = Duration::from_secs(60);
/// What full speed came to.
#[derive(Debug, Clone, Default)]
pub(super) struct Rate {
    /// Messages a second.
    pub(super) messages_a_second: f64,
    pub(super) notices: usize,
    pub(super) cpu: Split,
    /// The hub's peak memory; nothing for the bare pipe.
    pub(super) peak_mb: f64,
    /// Seconds since the start, and messages through.
    pub(super) progress: Vec<(f64, u64)>,
}

/// The hub, on an empty register, or on one that has taken it all before.
pub(super) async fn of_hub(ground: &Ground, work: &Work) -> Result<Rate> {
    let database = ground.register().await?;
    of_hub_on(ground, work, &database).await
}

/// The hub, on a register.
pub(super) async fn of_hub_on(ground: &Ground, work: &Work, database: &DatabaseOptions) -> Result<Rate> {
    let store = ground.store(database).await?;
    if work.primed {
        let mut hub = Hub::start(ground, database).await?;
        take_all(ground, &work.mix, &store, &mut hub).await?;
        hub.stop().await?;
    }
    let base = store.progress().await?;
    let load = Load::connect(ground, &work.mix, Target::Hub, usize::MAX).await?;
    let messages = load.messages();
    let total = usize::try_from(base.received)? + messages;
    let (mut hub, started, before, done);
    if work.filled {
        load.at_full_speed().await?;
        // From here, its own start included.
        started = Instant::now();
        hub = Hub::start(ground, database).await?;
        before = Sample::take(ground.watched, Some(hub.pid))?;
        done = until_done(&store, &mut hub, total, started).await?;
    } else {
        hub = Hub::start(ground, database).await?;
        before = Sample::take(ground.watched, Some(hub.pid))?;
        started = Instant::now();
        (_, done) = tokio::try_join!(load.at_full_speed(), until_done(&store, &mut hub, total, started))?;
    }
    let cpu = Sample::take(ground.watched, Some(hub.pid))?.since(&before);
    let peak_mb = hub.peak_mb()?;
    store.close().await;
    hub.stop().await?;
    let received = base.received.unsigned_abs();
    Ok(Rate {
        messages_a_second: messages as f64 / (done.ended - started).as_secs_f64(),
        notices: usize::try_from(done.last.notices - base.notices)?,
        cpu,
        peak_mb,
        progress: done.progress.into_iter().map(|(at, through)| (at, through - received)).collect(),
    })
}

/// Publishes a whole mix and waits until the hub is through.
pub(super) async fn take_all(ground: &Ground, mix: &Mix, store: &PgStore, hub: &mut Hub<'_>) -> Result<()> {
    let base = usize::try_from(store.progress().await?.received)?;
    let load = Load::connect(ground, mix, Target::Hub, usize::MAX).await?;
    let total = base + load.messages();
    tokio::try_join!(load.at_full_speed(), until_done(store, hub, total, Instant::now())).map(drop)
}

/// The bare pipe under the same load.
pub(super) async fn of_bare_pipe(ground: &Ground, work: &Work) -> Result<Rate> {
    let pipe = BarePipe::open(ground, &work.receivers).await?;
    let load = Load::connect(ground, &work.mix, Target::BarePipe, usize::MAX).await?;
    let messages = load.messages();
    let before = Sample::take(ground.watched, None)?;
    let started = Instant::now();
    let (_, ran) = tokio::try_join!(load.at_full_speed(), pipe.run(messages))?;
    let cpu = Sample::take(ground.watched, None)?.since(&before);
    Ok(Rate::of_pipe(messages, &ran, started, cpu))
}

/// The bare pipe with nothing beside it: its queue is full before it begins, and nobody publishes any more.
pub(super) async fn of_bare_pipe_alone(ground: &Ground, work: &Work) -> Result<(f64, Rate)> {
    let load = Load::connect(ground, &work.mix, Target::BarePipe, usize::MAX).await?;
    let messages = load.messages();
    load.at_full_speed().await?;
    let pipe = BarePipe::open(ground, &work.receivers).await?;
    let before = Sample::take(ground.watched, None)?;
    let started = Instant::now();
    let ran = pipe.run(messages).await?;
    let cpu = Sample::take(ground.watched, None)?.since(&before);
    let rate = Rate::of_pipe(messages, &ran, started, cpu);
    Ok((rate.messages_a_second, rate))
}

impl Rate {
    fn of_pipe(messages: usize, ran: &Ran, started: Instant, cpu: Split) -> Rate {
        let progress = ran.progress.iter().map(|(at, through)| ((*at - started).as_secs_f64(), *through));
        Rate {
            messages_a_second: messages as f64 / (ran.ended - started).as_secs_f64(),
            notices: messages,
            cpu,
            peak_mb: 0.0,
            progress: progress.collect(),
        }
    }
}

/// How the hub came through.
pub(super) struct Done {
    pub(super) ended: Instant,
    pub(super) last: Progress,
    /// Seconds since the start, and messages received in all.
    pub(super) progress: Vec<(f64, u64)>,
}

/// Waits until that many messages are taken and every notice is confirmed.
pub(super) async fn until_done(store: &PgStore, hub: &mut Hub<'_>, messages: usize, started: Instant) -> Result<Done> {
    let mut seen = Vec::new();
    let messages = i64::try_from(messages).context("too many messages")?;
    let mut last: Option<Progress> = None;
    let mut moved = Instant::now();
    loop {
        let progress = store.progress().await?;
        seen.push((started.elapsed().as_secs_f64(), progress.received.unsigned_abs()));
        if progress.received >= messages && !progress.waiting {
            return Ok(Done { ended: Instant::now(), last: progress, progress: seen });
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
