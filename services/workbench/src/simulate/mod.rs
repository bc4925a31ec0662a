//! Makes believable fictional feeds, with the truth beside them. The same options give the same bytes.
//!
//! - `person`, `people`: who there is; `names`, `naming`, `numbers`, `places`: out of which tables
//! - `story`, `residence`, `around`: what happens to the people of one flat; `mix`: how often
//! - `seen`: how an office's record shows a person; `noise`, `slips`: what is wrong with it, and how often
//! - `wire`: the messages' content; `desk`, `spool`: their way into the files; `refused`: the deliberately bad ones;
//!   `publishing`: who publishes which line

mod around;
mod desk;
mod dice;
mod mix;
mod names;
mod naming;
mod noise;
mod numbers;
mod people;
mod person;
mod places;
mod publishing;
mod refused;
mod residence;
mod rows;
mod seen;
mod slips;
mod spool;
mod story;
#[cfg(test)]
mod tests;
mod wire;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use chrono::{Days, NaiveDate};
use serde::Serialize;
use serde_json::json;

pub use noise::{Noise, NoiseLevel};
pub use publishing::{by_publisher, user_of};

use desk::Desk;
use dice::Dice;
use names::NameTables;
use people::Nursery;
use places::Places;
use story::Teller;

/// A sample month.
pub const SPAN_DAYS_DEFAULT: u32 = 31;
/// A few bad lines among good ones, as partners send them.
pub const BAD_SHARE_DEFAULT: f64 = 0.004;
/// Longest span: offices' lags are short beside it, and every date keeps four digits.
const SPAN_DAYS_MAX: u32 = 3_660;
/// Shortest span in which something can happen after something else.
const SPAN_DAYS_MIN: u32 = 7;
/// More bad lines than good ones measure nothing.
const BAD_SHARE_MAX: f64 = 0.5;

/// What to make.
#[derive(Debug, Clone)]
pub struct Options {
    /// How many persons there are.
    pub persons: u32,
    /// Another seed, another world.
    pub seed: u64,
    /// How dirty the feeds are.
    pub noise: NoiseLevel,
    /// The last day.
    pub as_of: NaiveDate,
    /// How many days, the last one included.
    pub span_days: u32,
    /// Bad lines for each good one.
    pub bad_share: f64,
    /// The folder to write to; files of an earlier sample are replaced.
    pub out: PathBuf,
}

impl Options {
    fn check(&self) -> Result<()> {
        let persons_max = numbers::PERSONS_MAX;
        ensure!((1..=persons_max).contains(&self.persons), "the number of persons must be 1 to {persons_max}");
        ensure!(
            (SPAN_DAYS_MIN..=SPAN_DAYS_MAX).contains(&self.span_days),
            "the span must be {SPAN_DAYS_MIN} to {SPAN_DAYS_MAX} days"
        );
        ensure!((0.0..=BAD_SHARE_MAX).contains(&self.bad_share), "the share of bad lines must be 0 to {BAD_SHARE_MAX}");
        Ok(())
    }

    fn first_day(&self) -> NaiveDate {
        self.as_of - Days::new(u64::from(self.span_days) - 1)
    }
}

/// What was made: counts only.
#[derive(Debug, Default, PartialEq, Serialize)]
pub struct Summary {
    /// Persons in the world.
    pub persons: u32,
    /// Persons who appear in at least one acceptable message.
    pub persons_seen: u32,
    /// Acceptable messages, repeated ones counted once.
    pub messages: u64,
    /// Lines that repeat a message byte for byte.
    pub repeated: u64,
    /// Lines that must be refused, by reason code.
    pub refused: BTreeMap<&'static str, u64>,
    /// Appearances of persons in acceptable messages: the rows of `truth.csv`.
    pub appearances: u64,
    /// Lines by file.
    pub lines: BTreeMap<String, u64>,
    /// Acceptable messages by type.
    pub types: BTreeMap<&'static str, u64>,
    /// Acceptable messages touched by each class of noise.
    pub noise: BTreeMap<Noise, u64>,
}

/// Writes the feeds and the truth into `options.out`.
pub fn simulate(options: &Options) -> Result<Summary> {
    options.check()?;
    fs::create_dir_all(&options.out).with_context(|| format!("cannot make {}", options.out.display()))?;
    let (places, names) = (Places::load()?, NameTables::load()?);
    let mut nursery = Nursery::new(&places, &names, options.noise, options.as_of);
    let mut desk = Desk::open(options)?;
    while nursery.next < options.persons {
        let mut dice = Dice::of(options.seed, nursery.next.into());
        let unit = nursery.raise(&mut dice, options.persons - nursery.next)?;
        let teller = Teller { options, places: &places, names: &names, desk: &mut desk, dice, unit, turn: 0 };
        teller.tell()?;
    }
    let (summary, users) = desk.close(options)?;
    write_beside(options, &summary, &users)?;
    Ok(summary)
}

/// The small files beside the feeds.
fn write_beside(options: &Options, summary: &Summary, users: &BTreeSet<String>) -> Result<()> {
    let write = |name: &str, text: String| {
        let path = options.out.join(name);
        fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))
    };
    let publishers = json!({
        "users": users,
        "rule": "A message is published by the user of its source's division: <feed>.<prefecture> for departments \
                 (police.320500), township.<county> for townships. Lines named in refused.csv are published by the \
                 user named there.",
    });
    let made_with = json!({
        "persons": options.persons,
        "seed": options.seed,
        "noise": options.noise,
        "as_of": options.as_of,
        "span_days": options.span_days,
        "bad_share": options.bad_share,
    });
    let summary = json!({"options": made_with, "made": summary});
    write("publishers.json", serde_json::to_string_pretty(&publishers)? + "\n")?;
    write("summary.json", serde_json::to_string_pretty(&summary)? + "\n")?;
    write("README.txt", include_str!("readme.txt").to_owned())
}
