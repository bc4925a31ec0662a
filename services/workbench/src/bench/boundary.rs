//! A boundary change that touches many, worked off beside a feed: how long it takes, what the feed loses by it, and how long
//! the longest transaction keeps everybody else waiting. Stays of one township are registered through the hub, then copied
//! inside the database; the township gets another code.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use chrono::{DateTime, Utc};
use liangdi_broker::feed::{FeedMessage, FeedPublisher};
use liangdi_broker::publisher::{Outcome, PublisherLimits};
use liangdi_domain::division::{Code, Divisions};
use liangdi_domain::feed::Feed;
use liangdi_store::postgres::{DatabaseOptions, PgStore};
use serde_json::{Value, json};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::ground::Ground;
use super::hub::Hub;
use super::load::{Load, Target};
use super::place::Place;
use super::{Options, rate, registrations};

/// How often progress is looked at.
const LOOK_INTERVAL: Duration = Duration::from_millis(10);
/// The hub's clock looks for work so often when it has none.
const CLOCK_INTERVAL_MS: u64 = 500;
/// Without any progress for so long, something is wrong.
const STANDSTILL_MAX: Duration = Duration::from_secs(60);
/// A hub that commits nothing for so long has nothing left to do.
const QUIET: Duration = Duration::from_secs(3);

/// How many stays the change touches.
#[derive(Debug, Clone, Copy)]
pub struct Touched {
    /// In all.
    pub stays: u32,
    /// Registrations that are taken in; the rest are copies of them.
    pub taken_in: u32,
}

/// What it came to.
pub struct Boundary {
    stays: u32,
    touched: i64,
    looked_at: i64,
    seconds: f64,
    notices: i64,
    before: f64,
    during: f64,
    /// Messages of the feed that came through meanwhile.
    messages_during: i64,
    longest_transaction_s: f64,
}

/// Measures it.
pub async fn run(options: &Options, touched: Touched, shutdown: &CancellationToken) -> Result<Boundary> {
    let Touched { stays, taken_in } = touched;
    ensure!(taken_in > 0 && stays % taken_in == 0, "{stays} must be a multiple of the {taken_in} that are taken in");
    let place = Place::claim(options).await?;
    super::on(place, shutdown, async |place| {
        place.start().await?;
        let ground = Ground::lay(options, place).await?;
        measure(options, &ground, touched).await
    })
    .await
}

async fn measure(options: &Options, ground: &Ground, of: Touched) -> Result<Boundary> {
    let database = ground.register().await?;
    let store = ground.store(&database).await?;
    let home = ground.townships[0];
    let new = free_code(home)?;
    ground.admit(new).await?;
    fill(ground, &database, &store, home, of).await?;
    (options.note)(&format!("{} people are registered in {home}", of.stays));

    let mut hub = start(ground, &database).await?;
    quiet(&store, &mut hub).await?;
    let before = feed(ground, &store, &mut hub).await?;
    (options.note)(&format!("the feed before: {before:.0} messages/s"));
    quiet(&store, &mut hub).await?;
    let measured = change(ground, &store, &mut hub, (home, new)).await?;
    store.close().await;
    hub.stop().await?;
    Ok(Boundary { stays: of.stays, before, ..measured })
}

async fn start<'a>(ground: &'a Ground, database: &DatabaseOptions) -> Result<Hub<'a>> {
    Hub::start_with(ground, database, json!({"clock": {"interval_ms": CLOCK_INTERVAL_MS}})).await
}

/// Registers people in one township, through the hub, and copies them.
async fn fill(ground: &Ground, database: &DatabaseOptions, store: &PgStore, home: Code, of: Touched) -> Result<()> {
    let elsewhere: Vec<Code> =
        ground.townships.iter().filter(|code| code.prefecture() != home.prefecture()).copied().collect();
    let mix = registrations::make(usize::try_from(of.taken_in)?, &[home], &elsewhere, ground.as_of)?;
    // Its clock has looked at everybody: the copies inherit that.
    let mut hub = start(ground, database).await?;
    rate::take_all(ground, &mix, store, &mut hub).await?;
    quiet(store, &mut hub).await?;
    hub.stop().await?;
    store.multiply(of.stays / of.taken_in - 1, true).await?;
    Ok(store.tidy().await?)
}

/// The feed mix at full speed, with nothing beside it.
async fn feed(ground: &Ground, store: &PgStore, hub: &mut Hub<'_>) -> Result<f64> {
    let mix = ground.mix.half(0);
    let started = Instant::now();
    rate::take_all(ground, &mix, store, hub).await?;
    Ok(mix.messages.len() as f64 / started.elapsed().as_secs_f64())
}

/// Announces the change, and lets the rest of the mix come in while it is worked off.
async fn change(ground: &Ground, store: &PgStore, hub: &mut Hub<'_>, (home, new): (Code, Code)) -> Result<Boundary> {
    let mix = ground.mix.half(1);
    let load = Load::connect(ground, &mix, Target::Hub, usize::MAX).await?;
    let told = store.progress().await?.notices;
    announce(ground, home, new).await?;
    let begun = until_it_begins(store, hub).await?;
    let received = store.progress().await?.received;
    let watched = watch(store, hub, begun);
    let feeding = async {
        load.at_full_speed().await?;
        std::future::pending::<Result<Watched>>().await
    };
    let watched = tokio::select! {
        watched = watched => watched?,
        failed = feeding => failed?,
    };
    let after = store.progress().await?;
    let seconds = (watched.ended - begun).as_secs_f64();
    // Where the feed ended first, its own time counts.
    let messages_during = (watched.last_received - received).max(0);
    let feeding_s = (watched.last_moved - begun).as_secs_f64();
    Ok(Boundary {
        stays: 0,
        touched: watched.touched,
        looked_at: watched.looked_at,
        seconds,
        notices: after.notices - told,
        before: 0.0,
        during: messages_during as f64 / feeding_s,
        messages_during,
        longest_transaction_s: watched.longest.as_secs_f64(),
    })
}

/// A code that no township of the county has.
fn free_code(home: Code) -> Result<Code> {
    let county = home.county().context("a township lies in a county")?;
    let codes = (1..1000).rev().map(|last| format!("{}{last:03}", county.as_str()));
    let mut codes = codes.filter_map(|code| code.parse::<Code>().ok());
    codes.find(|code| Divisions::shipped().name(*code).is_none()).context("no code is free in this county")
}

/// The township gets another code, from today on.
async fn announce(ground: &Ground, home: Code, new: Code) -> Result<()> {
    let prefecture = home.prefecture().context("a township lies in a prefecture")?;
    let county = home.county().context("a township lies in a county")?;
    let name = Divisions::shipped().name(home).unwrap_or("测试镇");
    let entry = |code: Code| json!([{"code": code.as_str(), "name": name, "parent": county.as_str()}]);
    let (id, kind) = ("bench-boundary", "civil-affairs.division-changed.v1");
    let body = json!({
        "specversion": "1.0", "id": id, "source": format!("urn:liangdi:civil-affairs:{}", prefecture.as_str()),
        "type": kind, "time": format!("{}T00:00:00+08:00", ground.as_of), "datacontenttype": "application/json",
        "data": {
            "changeNo": "BENCH-1", "kind": "recode", "from": entry(home), "to": entry(new),
            "effectiveOn": ground.as_of.to_string(),
        },
    });
    let endpoint = ground.endpoint_of(&format!("civil-affairs.{prefecture}"))?;
    let mut publisher = FeedPublisher::open(&endpoint, Feed::CivilAffairs, false, &PublisherLimits::default()).await?;
    let message = FeedMessage { kind: kind.to_owned(), id: id.to_owned(), body: body.to_string().into_bytes() };
    let outcomes = publisher.publish(vec![message]).await?;
    publisher.close().await;
    ensure!(outcomes == [Outcome::Confirmed], "the broker did not take the announcement");
    Ok(())
}

async fn until_it_begins(store: &PgStore, hub: &mut Hub<'_>) -> Result<Instant> {
    let asked = Instant::now();
    loop {
        if store.division_progress().await?.is_some() {
            return Ok(Instant::now());
        }
        hub.still_runs()?;
        ensure!(asked.elapsed() < STANDSTILL_MAX, "nobody works the change off");
        tokio::time::sleep(LOOK_INTERVAL).await;
    }
}

/// What was seen until nothing was left of the change.
struct Watched {
    ended: Instant,
    touched: i64,
    looked_at: i64,
    last_received: i64,
    last_moved: Instant,
    longest: Duration,
}

async fn watch(store: &PgStore, hub: &mut Hub<'_>, begun: Instant) -> Result<Watched> {
    let mut seen = Watched {
        ended: begun,
        touched: 0,
        looked_at: 0,
        last_received: 0,
        last_moved: begun,
        longest: Duration::ZERO,
    };
    let mut since: BTreeMap<(i32, DateTime<Utc>), Instant> = BTreeMap::new();
    let mut moved = Instant::now();
    loop {
        // A transaction is timed from the first look that finds it holding the writer's lock.
        let writer = store.writer_now().await?;
        since.retain(|held, _| Some(*held) == writer);
        if let Some(writer) = writer {
            let held = since.entry(writer).or_insert_with(Instant::now).elapsed();
            seen.longest = seen.longest.max(held);
        }
        let received = store.progress().await?.received;
        if received != seen.last_received {
            (seen.last_received, seen.last_moved, moved) = (received, Instant::now(), Instant::now());
        }
        let Some(progress) = store.division_progress().await? else {
            return Ok(Watched { ended: Instant::now(), ..seen });
        };
        if progress.work.looked_at != seen.looked_at {
            moved = Instant::now();
        }
        (seen.looked_at, seen.touched) = (progress.work.looked_at, progress.work.touched);
        hub.still_runs()?;
        if moved.elapsed() > STANDSTILL_MAX {
            bail!("the change stands still at {} profiles", seen.looked_at);
        }
        tokio::time::sleep(LOOK_INTERVAL).await;
    }
}

/// Waits until the hub has nothing to do.
async fn quiet(store: &PgStore, hub: &mut Hub<'_>) -> Result<()> {
    let (mut last, mut moved) = (store.progress().await?, Instant::now());
    loop {
        tokio::time::sleep(LOOK_INTERVAL * 10).await;
        hub.still_runs()?;
        let now = store.progress().await?;
        let writes = store.writer_now().await?.is_some();
        if now != last || now.waiting || writes {
            (last, moved) = (now, Instant::now());
        } else if moved.elapsed() > QUIET {
            return Ok(());
        }
    }
}

impl Boundary {
    /// The JSON line.
    pub fn json(&self) -> Value {
        let rounded = |value: f64| (value * 1e3).round() / 1e3;
        json!({
            "stays": self.stays, "persons_looked_at": self.touched, "profiles_gone_through": self.looked_at,
            "seconds": rounded(self.seconds), "notices": self.notices,
            "feed_before_messages_a_second": self.before.round(), "feed_during_messages_a_second": self.during.round(),
            "feed_messages_during": self.messages_during,
            "longest_transaction_s": rounded(self.longest_transaction_s),
        })
    }
}

impl fmt::Display for Boundary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rate = self.touched as f64 / self.seconds;
        writeln!(f, "a township of {} registered people gets another code", self.stays)?;
        writeln!(f, "{:32}{:>10.1}", "seconds until all were looked at", self.seconds)?;
        writeln!(f, "{:32}{:>10}", "persons looked at", self.touched)?;
        writeln!(f, "{:32}{rate:>10.0}", "persons/s")?;
        writeln!(f, "{:32}{:>10}", "notices meanwhile", self.notices)?;
        writeln!(f, "{:32}{:>10.0}", "feed before, messages/s", self.before)?;
        writeln!(f, "{:32}{:>10.0}", "feed meanwhile, messages/s", self.during)?;
        writeln!(f, "{:32}{:>10}", "its messages meanwhile", self.messages_during)?;
        write!(f, "{:32}{:>10.3}", "longest transaction, s", self.longest_transaction_s)
    }
}
