//! Whether waking costs with what is there: the clock works off as many people whose day has come on a register of few cases
//! and on one of many. Both are real registrations, taken the registry's ordinary way, then copied inside the database.

use std::fmt;
use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use chrono::{Days, NaiveDate};
use liangdi_domain::calendar::Calendar;
use liangdi_domain::division::Divisions;
use liangdi_domain::feed::Feed;
use liangdi_domain::identity::Matching;
use liangdi_domain::procedure::Procedures;
use liangdi_registry::ingest::Registry;
use liangdi_registry::offline;
use liangdi_store::keys::Keys;
use liangdi_store::postgres::PgStore;
use serde_json::{Value, json};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::ground::Ground;
use super::place::Place;
use super::{Options, registrations};

/// Persons looked at in one transaction, as the hub's clock does by default.
const BATCH_PERSONS: usize = 500;
/// Where everybody is put who is not due.
const PUT_OFF_DAYS: u64 = 1_000;

/// How many cases there are.
#[derive(Debug, Clone, Copy)]
pub struct Cases {
    /// In the small register.
    pub few: u32,
    /// In the large one.
    pub many: u32,
    /// Of which so many are due, in either.
    pub due: u32,
    /// Registrations that are taken in; the rest are copies of them.
    pub taken_in: u32,
}

/// A register, and how long it took to wake it.
struct Woken {
    cases: u32,
    persons: usize,
    notices: usize,
    seconds: f64,
    longest_batch_s: f64,
}

/// The two of them.
pub struct Waking {
    due: u32,
    few: Woken,
    many: Woken,
}

/// Measures both.
pub async fn run(options: &Options, cases: Cases, shutdown: &CancellationToken) -> Result<Waking> {
    let Cases { few, many, due, taken_in } = cases;
    let warming = u32::try_from(BATCH_PERSONS)?;
    ensure!(due > 0 && due + warming <= few && few < many, "{due} due of {few} and of {many}: that is no comparison");
    ensure!(
        taken_in > 0 && few % taken_in == 0 && many % taken_in == 0,
        "{few} and {many} must be multiples of the {taken_in} that are taken in"
    );
    let place = Place::claim(options).await?;
    super::on(place, shutdown, async |place| {
        place.start().await?;
        let ground = Ground::lay(options, place).await?;
        let small = measure(options, &ground, few, cases).await?;
        let large = measure(options, &ground, many, cases).await?;
        Ok(Waking { due, few: small, many: large })
    })
    .await
}

async fn measure(options: &Options, ground: &Ground, cases: u32, of: Cases) -> Result<Woken> {
    let database = ground.register().await?;
    let store = ground.store(&database).await?;
    let keys = Keys::read_file(&ground.dir.join("liangdi.key"))?;
    let taken_in = usize::try_from(of.taken_in)?;
    let mix = registrations::make(taken_in, &ground.townships, &ground.townships, options.as_of)?;
    let lines: Vec<Vec<u8>> = mix.messages.into_iter().map(|message| message.body).collect();
    let mut registry = registry(store.clone(), keys, options.as_of);
    let taken = offline::feed(&registry, Feed::Police, &lines).await?;
    ensure!(taken.recorded == taken_in && taken.notices == taken_in, "{taken_in} registrations came to {taken:?}");
    (options.note)(&format!("{taken_in} registrations are taken in; making {cases} cases of them …"));

    // Nobody has answered on the working day after the last: a reminder each.
    let procedures = Procedures::shipped();
    let due =
        procedures.due_on("inflow", options.as_of, Calendar::shipped()).context("an inflow has to be answered")?;
    let day = Calendar::shipped().add_working_days(due.date, 1).date;
    store.put_off_wakes(day + Days::new(PUT_OFF_DAYS)).await?;
    store.multiply(cases / of.taken_in - 1, false).await?;
    let warming = u64::try_from(BATCH_PERSONS)?;
    let due = store.wake_some(day, of.due + u32::try_from(BATCH_PERSONS)?).await?;
    ensure!(due == u64::from(of.due) + warming, "only {due} persons could be made due");
    store.tidy().await?;

    registry.as_of = Some(day);
    // One batch more, before the clock starts: connections, plans and pages of the first are the machine's, not the register's.
    registry.wake(BATCH_PERSONS).await?;
    let woken = wake(&registry, cases).await?;
    ensure!(woken.persons == usize::try_from(of.due)?, "{} persons were due, {} looked at", of.due, woken.persons);
    (options.note)(&format!("{} due of {cases} cases: {:.1} s", woken.persons, woken.seconds));
    store.close().await;
    Ok(woken)
}

async fn wake(registry: &Registry<PgStore>, cases: u32) -> Result<Woken> {
    let started = Instant::now();
    let mut woken = Woken { cases, persons: 0, notices: 0, seconds: 0.0, longest_batch_s: 0.0 };
    loop {
        let begun = Instant::now();
        let batch = registry.wake(BATCH_PERSONS).await?;
        if batch.persons == 0 {
            break;
        }
        woken.persons += batch.persons;
        woken.notices += batch.notices;
        woken.longest_batch_s = woken.longest_batch_s.max(begun.elapsed().as_secs_f64());
    }
    woken.seconds = started.elapsed().as_secs_f64();
    Ok(woken)
}

fn registry(store: PgStore, keys: Keys, as_of: NaiveDate) -> Registry<PgStore> {
    Registry {
        store,
        keys: Arc::new(keys),
        divisions: Divisions::shipped(),
        calendar: Calendar::shipped(),
        procedures: Arc::new(Procedures::shipped().clone()),
        matching: Arc::new(Matching::shipped().clone()),
        baseline_users: Arc::from([]),
        as_of: Some(as_of),
        together: Arc::default(),
        boundaries: Arc::default(),
    }
}

impl Waking {
    /// Time on the large register beside that on the small one.
    fn ratio(&self) -> f64 {
        self.many.seconds / self.few.seconds
    }

    /// The JSON line.
    pub fn json(&self) -> Value {
        let rounded = |value: f64| (value * 1e3).round() / 1e3;
        let woken = |woken: &Woken| {
            json!({
                "cases": woken.cases, "persons": woken.persons, "notices": woken.notices,
                "seconds": rounded(woken.seconds), "longest_batch_s": rounded(woken.longest_batch_s),
            })
        };
        json!({
            "ratio": rounded(self.ratio()), "due": self.due, "few": woken(&self.few), "many": woken(&self.many),
        })
    }
}

impl fmt::Display for Waking {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:>12}{:>10}{:>10}{:>10}{:>14}{:>18}",
            "cases", "due", "notices", "seconds", "persons/s", "longest batch, s"
        )?;
        for Woken { cases, persons, notices, seconds, longest_batch_s } in [&self.few, &self.many] {
            let rate = *persons as f64 / seconds;
            writeln!(f, "{cases:>12}{persons:>10}{notices:>10}{seconds:>10.2}{rate:>14.0}{longest_batch_s:>18.3}")?;
        }
        writeln!(f, "ratio {:.2}", self.ratio())
    }
}
