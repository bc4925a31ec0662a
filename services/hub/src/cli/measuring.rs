//! Fictional feeds, rehearsals, training, benchmarks.

use std::net::SocketAddr;
use std::path::PathBuf;

use chrono::NaiveDate;
use clap::{Args, Subcommand, ValueEnum};

#[derive(Args)]
pub struct Simulate {
    /// How many people
    #[arg(long, default_value_t = 1000)]
    pub persons: u32,
    /// Equal seeds make equal files
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// How dirty the data is
    #[arg(long, default_value = "low")]
    pub noise: Noise,
    /// Share of messages that must be refused, from 0 to 1
    #[arg(long, default_value_t = 0.004)]
    pub bad: f64,
    /// The month ends on this day [default: today]
    #[arg(long, value_name = "DATE")]
    pub as_of: Option<NaiveDate>,
    /// Directory for the files
    #[arg(long)]
    pub out: PathBuf,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum Noise {
    /// What the contract calls normal
    Low,
    /// Slips and look-alikes as well
    High,
}

#[derive(Args)]
pub struct Rehearse {
    /// JSON lines of any feed
    #[arg(required_unless_present = "from_registry")]
    pub files: Vec<PathBuf>,
    /// Rehearse other weights or procedures on everybody in the register; feeds may go on meanwhile
    #[arg(long, conflicts_with = "files", requires = "other")]
    pub from_registry: bool,
    /// The weights to rehearse [default: `matching.file`]
    #[arg(long, value_name = "FILE", group = "other")]
    pub matching: Option<PathBuf>,
    /// The procedures to rehearse on the register
    #[arg(long, value_name = "FILE", group = "other", requires = "from_registry")]
    pub procedures: Option<PathBuf>,
    /// Directory for what is written: of files assignments.csv, notices.jsonl, statements.csv and summary.json; of the
    /// register diff.json, which holds no identity value
    #[arg(long, required_unless_present = "from_registry")]
    pub out: Option<PathBuf>,
    /// Derive as of this date [default: today]
    #[arg(long, value_name = "DATE")]
    pub as_of: Option<NaiveDate>,
}

#[derive(Args)]
pub struct Train {
    /// JSON lines of any feed
    #[arg(required_unless_present = "from_registry")]
    pub files: Vec<PathBuf>,
    /// Learn from everybody in the register
    #[arg(long, conflicts_with = "files")]
    pub from_registry: bool,
    /// Write the new weights to this file, with the comments of the old one; an existing file is never replaced
    #[arg(long, value_name = "PATH")]
    pub write: Option<PathBuf>,
    /// Equal seeds draw equal pairs from equal data
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
}

#[derive(Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Bench {
    #[command(subcommand)]
    pub of: Option<BenchOf>,
    /// What to measure [default: feed-mix]
    #[arg(value_name = "SCENARIO")]
    pub scenarios: Vec<ScenarioArgument>,
    /// People in the feed mix
    #[arg(long, default_value_t = 24_000)]
    pub persons: u32,
    /// Runs; the median counts
    #[arg(long, default_value_t = 3)]
    pub runs: usize,
    /// The last line of standard output is one JSON object
    #[arg(long)]
    pub json: bool,
    /// Messages that wait when the hub starts, for `backlog`
    #[arg(long, default_value_t = 200_000)]
    pub backlog: usize,
    #[command(flatten)]
    pub place: BenchPlace,
}

/// Where a bench happens, and where its results stay.
#[derive(Args)]
pub struct BenchPlace {
    /// Directory for the results: a JSON file and a chart per scenario
    #[arg(long, default_value = ".local/bench/results")]
    pub out: PathBuf,
    /// Directory for the private servers; removed afterwards
    #[arg(long, default_value = ".local/bench/servers")]
    pub dir: PathBuf,
    /// The script that starts private servers
    #[arg(long, default_value = "deploy/local/servers")]
    pub servers: PathBuf,
    /// Leave the servers running for the next bench in the same directory
    #[arg(long)]
    pub keep: bool,
}

#[derive(Subcommand)]
pub enum BenchOf {
    /// How well messages find their persons, beside the truth of fictional feeds; needs no server
    Accuracy(Accuracy),
    /// The feed mix on a register of few people and on one of many: whether cost grows with what is there
    Growth(Growth),
    /// Waking people whose day has come, on a register of few cases and on one of many: time beside time
    Clock(BenchClock),
    /// A boundary change that touches many, worked off while a feed goes on
    Boundary(BenchBoundary),
    /// The slowest kept input of each fuzz target: what one hostile message can cost; needs no server
    Inputs(BenchInputs),
}

#[derive(Args)]
pub struct BenchInputs {
    /// Directory with a directory of inputs for each target
    #[arg(long, default_value = "tests/fuzz/corpus")]
    pub corpus: PathBuf,
    /// The last line of standard output is one JSON object
    #[arg(long)]
    pub json: bool,
}

#[derive(Args)]
pub struct BenchClock {
    /// Cases in the small register; a multiple of those that are taken in
    #[arg(long, default_value_t = 20_000)]
    pub few: u32,
    /// Cases in the large one; a multiple of those that are taken in
    #[arg(long, default_value_t = 1_000_000)]
    pub many: u32,
    /// Cases that are due on the day, in either
    #[arg(long, default_value_t = 10_000)]
    pub due: u32,
    /// Registrations that the registry takes in; the other cases are copies of theirs, made inside the database
    #[arg(long, default_value_t = 10_000)]
    pub taken_in: u32,
    /// The last line of standard output is one JSON object
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub place: BenchPlace,
}

#[derive(Args)]
pub struct BenchBoundary {
    /// People registered in the township whose code changes; a multiple of those that are taken in
    #[arg(long, default_value_t = 100_000)]
    pub stays: u32,
    /// Registrations that the hub takes in; the other people are copies of theirs, made inside the database
    #[arg(long, default_value_t = 2_000)]
    pub taken_in: u32,
    /// People in the feed mix: half of it is measured before the change, half of it comes in meanwhile
    #[arg(long, default_value_t = 48_000)]
    pub persons: u32,
    /// The last line of standard output is one JSON object
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub place: BenchPlace,
}

#[derive(Args)]
pub struct Growth {
    /// People whose messages fill the small register
    #[arg(long, default_value_t = 50_000)]
    pub few: u32,
    /// People whose messages fill the large one
    #[arg(long, default_value_t = 2_000_000)]
    pub many: u32,
    /// People in the feed mix that is measured; other ones in each run
    #[arg(long, default_value_t = 24_000)]
    pub persons: u32,
    /// Runs on each of the two, taking turns; the median counts
    #[arg(long, default_value_t = 3)]
    pub runs: usize,
    /// The last line of standard output is one JSON object
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub place: BenchPlace,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ScenarioArgument {
    /// All feeds as on a working day
    FeedMix,
    /// Registrations that cause one notice each
    OneNotice,
    /// The feed mix once more, on a register that has it
    Duplicates,
    /// Messages that are refused, every one
    AllQuarantine,
    /// Queues that were filled while no hub ran
    Backlog,
    /// One notice each, to every township
    ManyInboxes,
    /// One notice each, to twenty townships
    FewInboxes,
    /// Each of them, one after the other
    All,
}

#[derive(Args)]
pub struct Accuracy {
    /// People in the feeds
    #[arg(long, default_value_t = 80_000)]
    pub persons: u32,
    /// Equal seeds give equal results; weights are chosen on other seeds than these
    #[arg(long, default_value_t = 99)]
    pub seed: u64,
    /// The last line of standard output is one JSON object
    #[arg(long)]
    pub json: bool,
    /// Leave feeds, truth, normalised table and what was missed in this directory
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

#[derive(Args)]
pub struct Demo {
    /// Directory of the private servers, with servers.json
    #[arg(long)]
    pub local: PathBuf,
    /// Stop when the sample is worked off
    #[arg(long)]
    pub exit: bool,
    /// People in the sample
    #[arg(long, default_value_t = 2000, env = "LIANGDI_SAMPLE_PERSONS")]
    pub persons: u32,
    /// Where /livez and /readyz answer
    #[arg(long, default_value = "127.0.0.1:8080", env = "LIANGDI_CONSOLE_LISTEN")]
    pub console: SocketAddr,
}
