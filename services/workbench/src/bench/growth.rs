//! Whether a message's cost grows with what is already there: the same feed mix on a register of few and on one of many
//! people, each filled through the hub itself, with the sizes of its tables and indexes. Both are filled before anything is
//! measured, and then take turns: so they meet the same machine.

use std::fmt;
use std::sync::Arc;

use anyhow::{Result, ensure};
use liangdi_store::postgres::{DatabaseOptions, TableSize};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::ground::Ground;
use super::hub::Hub;
use super::mix::{Mix, SEED};
use super::place::Place;
use super::report::median;
use super::scenario::Work;
use super::{Options, RUNS_MAX, rate};

/// People in one piece of the filling: pieces are made, sent and forgotten, so that memory does not grow with the whole.
const PIECE_PERSONS: u32 = 50_000;
/// The first of the measured mixes: far from those that fill, so that it brings other people.
const MEASURED_SEED: u64 = SEED + 1_000_000;
/// Of a measured mix, at least so much must be new to the register; the rest is bad or repeated on purpose.
const RECORDED_MIN_PERCENT: usize = 90;
/// Tables in the report, the largest first.
const TABLES_SHOWN: usize = 12;

/// A register of some size, and how fast the hub was on it in each run.
struct Size {
    persons: i64,
    messages_a_second: Vec<f64>,
    tables: Vec<TableSize>,
}

/// Rates on a small and a large register.
pub struct Growth {
    messages: usize,
    small: Size,
    large: Size,
}

/// Measures on a register filled with `few` people's messages, and on one filled with `many`; medians of several runs.
pub async fn run(options: &Options, few: u32, many: u32, shutdown: &CancellationToken) -> Result<Growth> {
    ensure!(few > 0 && few < many, "a register of {few} and one of {many}: the second must be the larger");
    ensure!((1..=RUNS_MAX).contains(&options.runs), "runs must be 1 to {RUNS_MAX}");
    let place = Place::claim(options).await?;
    super::on(place, shutdown, async |place| {
        place.start().await?;
        let ground = Ground::lay(options, place).await?;
        let (on_few, mut small) = filled(options, &ground, "few", few).await?;
        let (on_many, mut large) = filled(options, &ground, "many", many).await?;
        let mut messages = 0;
        for (seed, run) in (MEASURED_SEED..).zip(1..=options.runs) {
            // Other people in each run: the last run's are recorded.
            let mix = Mix::make(options.persons, seed, options.as_of, &ground.dir.join("measured"))?;
            let mix = mix.of_users(&ground.users);
            messages = mix.messages.len();
            let work = Work { mix: Arc::new(mix), ..Work::plain(&ground) };
            for (database, size) in [(&on_few, &mut small), (&on_many, &mut large)] {
                let before = recorded(&ground, database).await?;
                let rate = rate::of_hub_on(&ground, &work, database).await?.messages_a_second;
                let new = recorded(&ground, database).await? - before;
                // Refused or known already, a message is cheap: such a rate would say nothing.
                ensure!(
                    new.unsigned_abs() as usize * 100 >= messages * RECORDED_MIN_PERCENT,
                    "of {messages} messages only {new} were recorded on the register of {} persons: nothing was measured",
                    size.persons
                );
                (options.note)(&format!(
                    "run {run} of {}, on {} persons: {rate:.0} messages/s",
                    options.runs, size.persons
                ));
                size.messages_a_second.push(rate);
            }
        }
        Ok(Growth { messages, small, large })
    })
    .await
}

/// Messages that a register has recorded.
async fn recorded(ground: &Ground, database: &DatabaseOptions) -> Result<i64> {
    let store = ground.store(database).await?;
    let recorded = store.status().await?.feeds.iter().map(|feed| feed.recorded).sum();
    store.close().await;
    Ok(recorded)
}

/// A register of its own, filled with so many people's messages, and its size.
async fn filled(options: &Options, ground: &Ground, name: &str, persons: u32) -> Result<(DatabaseOptions, Size)> {
    let database = ground.register_beside(name).await?;
    fill(options, ground, &database, persons).await?;
    let store = ground.store(&database).await?;
    store.tidy().await?;
    let (persons, tables) = (store.status().await?.persons, store.table_sizes().await?);
    store.close().await;
    Ok((database, Size { persons, messages_a_second: Vec::new(), tables }))
}

/// Sends so many people's messages through the hub.
async fn fill(options: &Options, ground: &Ground, database: &DatabaseOptions, persons: u32) -> Result<()> {
    let store = ground.store(database).await?;
    let mut hub = Hub::start(ground, database).await?;
    let mut sent = 0;
    // Other seeds than the measured mix: other people.
    for seed in SEED + 1.. {
        if sent >= persons {
            break;
        }
        let piece = PIECE_PERSONS.min(persons - sent);
        let mix = Mix::make(piece, seed, options.as_of, &ground.dir.join("filling"))?.of_users(&ground.users);
        rate::take_all(ground, &mix, &store, &mut hub).await?;
        sent += piece;
        (options.note)(&format!("{sent} of {persons} people's messages are in"));
    }
    store.close().await;
    hub.stop().await
}

impl Size {
    /// Of several runs.
    fn rate(&self) -> f64 {
        median(self.messages_a_second.clone())
    }
}

impl Growth {
    /// Rate on the large register beside that on the small one.
    fn ratio(&self) -> f64 {
        self.large.rate() / self.small.rate()
    }

    /// The JSON line.
    pub fn json(&self) -> Value {
        let size = |size: &Size| {
            let tables = size.tables.iter().map(|table| {
                let TableSize { name, rows, table_bytes, index_bytes } = table;
                json!({"table": name, "rows": rows, "table_bytes": table_bytes, "index_bytes": index_bytes})
            });
            json!({
                "persons": size.persons,
                "messages_a_second": size.rate().round(),
                "runs": size.messages_a_second.iter().map(|rate| rate.round()).collect::<Vec<_>>(),
                "tables": tables.collect::<Vec<_>>(),
            })
        };
        json!({
            "ratio": (self.ratio() * 1e3).round() / 1e3, "messages": self.messages,
            "small": size(&self.small), "large": size(&self.large),
        })
    }
}

impl fmt::Display for Growth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for size in [&self.small, &self.large] {
            let rate = size.rate();
            writeln!(f, "{} messages of the mix on {} persons: {rate:.0} messages/s\n", self.messages, size.persons)?;
            writeln!(f, "{:24}{:>14}{:>12}{:>12}", "table", "rows, about", "table, MB", "indexes, MB")?;
            for table in size.tables.iter().take(TABLES_SHOWN) {
                let mb = |bytes: i64| bytes as f64 / 1e6;
                let (held, indexes) = (mb(table.table_bytes), mb(table.index_bytes));
                writeln!(f, "{:24}{:>14}{held:>12.1}{indexes:>12.1}", table.name, table.rows)?;
            }
            writeln!(f)?;
        }
        writeln!(f, "ratio {:.2}", self.ratio())
    }
}
