//! The command line: what an operator, a partner or a clerk types. One file per command in `commands/`.

use std::net::SocketAddr;
use std::path::PathBuf;

use chrono::NaiveDate;
use clap::{Args, Parser, Subcommand, ValueEnum};
use liangdi_domain::division::Code;
use liangdi_domain::feed::Feed;

/// Liangdi (两地): keeps a person's household township and residence township in step.
#[derive(Parser)]
#[command(name = "liangdi", version, max_term_width = 110)]
#[command(after_help = "Exit codes: 0 done; 1 done, and something was refused or found wrong; 2 could not be done.")]
pub struct Cli {
    /// Configuration file, laid over the defaults [default: the shipped defaults alone]
    #[arg(long, global = true, env = "LIANGDI_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Log as JSON lines instead of text
    #[arg(long, global = true)]
    pub log_json: bool,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Subcommand)]
pub enum Command {
    /// Run every role of the hub in this process, until Ctrl-C
    Up,
    /// Run one role in this process, until Ctrl-C
    #[command(subcommand)]
    Run(Role),
    /// Bring the database to this version's tables
    Migrate,
    /// Make a master key file, mode 0600
    Keygen {
        /// Where to write it; an existing file is never replaced
        file: PathBuf,
    },
    /// Exchanges, queues, users and limits on the broker
    #[command(subcommand)]
    Topology(Topology),
    /// Publish a partner's messages: JSON lines to their feed's exchange, with confirms
    Publish(Publish),
    /// Show a jurisdiction's notices as they come, taking none away
    Watch {
        /// Division code: province, prefecture, county (6 digits) or township (9)
        code: Code,
        /// Stop after this many notices
        #[arg(long, value_name = "N")]
        limit: Option<usize>,
        /// Whole notices as JSON lines, personal data included, instead of one line of words each
        #[arg(long)]
        full: bool,
    },
    /// Queues, outbox, quarantine, and whether every message is accounted for
    Status {
        /// One JSON object instead of words
        #[arg(long)]
        json: bool,
    },
    /// Messages that could not be taken
    #[command(subcommand)]
    Quarantine(Quarantine),
    /// People in the register
    #[command(subcommand)]
    Person(Person),
    /// Pairs of which only a person can say whether they are one human
    #[command(subcommand)]
    Review(Review),
    /// The rules that notices rest on, and the clocks they start
    #[command(subcommand)]
    Procedures(Procedures),
    /// Working days, public holidays and make-up working days
    #[command(subcommand)]
    Calendar(Calendar),
    /// What the clock would tell to whom; nothing is written. The role that does it is `liangdi run clock`
    Clock {
        /// As if it were this day [default: today]
        #[arg(long, value_name = "DATE")]
        as_of: Option<NaiveDate>,
        /// Look at this many persons at most; other writers wait meanwhile
        #[arg(long, default_value_t = 1000)]
        limit: usize,
        /// Only show; the one thing this command does, said out loud
        #[arg(long, required = true)]
        dry_run: bool,
        /// One JSON object per notice instead of a table
        #[arg(long)]
        json: bool,
    },
    /// Questions put to jurisdictions: what is open, what is late, what was answered
    #[command(subcommand)]
    Case(Case),
    /// Scorecards: what jurisdictions owed in a month, and what became of it; never about individuals
    Report(Report),
    /// Apply changed weights to everybody in the register
    ///
    /// Persons merge and split, and whoever was told something else hears of it. Stop the hub first. Killed half-way, it is
    /// simply run again.
    Rematch,
    /// Check a partner's messages without any server: what would be refused, and why
    Check {
        /// JSON lines; `-` reads standard input
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// One JSON object per finding instead of words
        #[arg(long)]
        json: bool,
    },
    /// Make believable, fictional feeds with the truth beside them
    Simulate(Simulate),
    /// Rehearse without touching anything: files all the way in memory, or other weights for everybody in the register
    ///
    /// Files need no server: who is who, and which notices would go out. From the register: who would merge and who would
    /// split, and who would have to be told; `rematch` with the same weights comes to exactly that.
    Rehearse(Rehearse),
    /// Learn weights from messages, or from everybody in the register, and show what they would change
    ///
    /// Nothing changes but the file that is asked for.
    Train(Train),
    /// Measure the hub beside the bare pipe on private servers
    Bench(Bench),
    /// Set everything up on private servers, send a sample month through, and keep running (what `deploy/run` calls)
    #[command(hide = true)]
    Demo(Demo),
}

#[derive(Subcommand)]
pub enum Role {
    /// One feed's whole way into the register
    Adapter {
        /// police, civil-affairs, hr, housing or township
        #[arg(long)]
        feed: Feed,
    },
    /// Wakes what falls due: reminders, escalations, dates that change something by themselves
    Clock,
    /// Notices out to the jurisdictions
    Courier,
    /// /livez and /readyz
    Console,
}

#[derive(Subcommand)]
pub enum Topology {
    /// Show the difference between what should be on the broker and what is
    Plan,
    /// Make it so; running it again changes nothing
    Apply,
}

#[derive(Subcommand)]
pub enum Procedures {
    /// Look a procedures file over: a mistake is named with its line and key
    Check {
        /// The file [default: the configuration's]
        file: Option<PathBuf>,
    },
    /// Say a procedure in words, one step per line
    Explain {
        /// Its name [default: all of them]
        name: Option<String>,
    },
}

#[derive(Subcommand)]
pub enum Calendar {
    /// Show a month, its working days and what is different about the others
    Show {
        /// For example 2026-10
        month: String,
    },
}

#[derive(Subcommand)]
pub enum Case {
    /// Questions that wait for an answer, the longest due first
    List {
        /// Only of this jurisdiction and those below it
        #[arg(long, value_name = "CODE")]
        of: Option<Code>,
        /// Only those past their day
        #[arg(long)]
        overdue: bool,
        /// As if it were this day [default: today]
        #[arg(long, value_name = "DATE")]
        as_of: Option<NaiveDate>,
        /// At most this many
        #[arg(long, default_value_t = 50)]
        limit: u32,
        /// One JSON object per line instead of a table
        #[arg(long)]
        json: bool,
    },
    /// One case: who was asked what, what was answered, what its clock says
    Show {
        /// The case id, as notices carry it
        id: uuid::Uuid,
        /// One JSON object per question instead of words
        #[arg(long)]
        json: bool,
    },
}

#[derive(Args)]
pub struct Report {
    /// One line per …
    #[arg(long)]
    pub level: ReportLevel,
    /// The month in which the answers were asked for, like 2026-10
    #[arg(long)]
    pub period: String,
    /// As it stood at the end of this day [default: today]
    #[arg(long, value_name = "DATE")]
    pub as_of: Option<NaiveDate>,
    /// Comma-separated values with a header
    #[arg(long, conflicts_with = "json")]
    pub csv: bool,
    /// One JSON object
    #[arg(long)]
    pub json: bool,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum ReportLevel {
    Province,
    Prefecture,
    County,
    Township,
}

#[derive(Args)]
pub struct Publish {
    /// JSON lines, one message per line
    #[arg(required = true)]
    pub files: Vec<PathBuf>,
    /// The user to publish as, e.g. police.320500
    #[arg(long = "as", value_name = "USER")]
    pub user: String,
    /// The user's password
    #[arg(long, env = "LIANGDI_PASSWORD", hide_env_values = true)]
    pub password: String,
    /// Stock of day one: recorded and held as known, no notices (authorised users only)
    #[arg(long)]
    pub baseline: bool,
}

#[derive(Subcommand)]
pub enum Quarantine {
    /// What waits, oldest first
    List {
        /// Only this reason code
        #[arg(long)]
        reason: Option<String>,
        /// Only this publisher
        #[arg(long)]
        publisher: Option<String>,
        /// At most this many
        #[arg(long, default_value_t = 50)]
        limit: u32,
        /// One JSON object per line instead of a table
        #[arg(long)]
        json: bool,
    },
    /// One message with its reason; the look is recorded with its purpose
    Show {
        /// The number in the list
        no: i64,
        /// Why you look, for the audit
        #[arg(long)]
        purpose: String,
    },
    /// Take messages again, as their original publisher
    Replay {
        /// Numbers in the list
        #[arg(required_unless_present = "reason")]
        numbers: Vec<i64>,
        /// Every message with this reason code
        #[arg(long, conflicts_with = "numbers")]
        reason: Option<String>,
    },
    /// Put messages away for good; they stay in the accounts
    Drop {
        /// Numbers in the list
        #[arg(required = true)]
        numbers: Vec<i64>,
        /// Why
        #[arg(long)]
        reason: String,
    },
}

#[derive(Subcommand)]
pub enum Person {
    /// Find people by ID number, or by name and birth date with a phone or a household county
    Find {
        /// ID number
        #[arg(long, required_unless_present = "name")]
        id_number: Option<String>,
        /// Name
        #[arg(long, requires = "birth_date")]
        name: Option<String>,
        /// Birth date
        #[arg(long)]
        birth_date: Option<NaiveDate>,
        /// Phone
        #[arg(long)]
        phone: Option<String>,
        /// County of the household register
        #[arg(long)]
        household: Option<Code>,
    },
    /// One person: facts with their sources, and who was told what
    Show {
        /// The id that `find` prints
        id: uuid::Uuid,
        /// Show name, number, birth date and phone unmasked, for this purpose; the look is recorded
        #[arg(long, value_name = "PURPOSE")]
        reveal: Option<String>,
        /// Why this is one person: what holds the profiles together, field by field, decisions and history
        #[arg(long)]
        why: bool,
        /// One JSON object instead of words
        #[arg(long)]
        json: bool,
    },
    /// Write down a value that the person corrected: it is shown until it is lifted, whatever departments write
    Correct {
        /// The id that `find` prints
        id: uuid::Uuid,
        #[command(flatten)]
        value: Corrected,
        /// On which ground, for example the number of the request
        #[arg(long)]
        reason: String,
    },
    /// Lift a correction: departments' words count again
    Lift {
        /// The id that `find` prints
        id: uuid::Uuid,
        /// Which value
        field: ShownField,
    },
}

#[derive(Args)]
#[group(required = true, multiple = false)]
pub struct Corrected {
    /// Name
    #[arg(long)]
    pub name: Option<String>,
    /// ID number
    #[arg(long)]
    pub id_number: Option<String>,
    /// Birth date
    #[arg(long)]
    pub birth_date: Option<NaiveDate>,
    /// Sex
    #[arg(long)]
    pub sex: Option<SexArgument>,
    /// Phone
    #[arg(long)]
    pub phone: Option<String>,
    /// Name of a minor's guardian
    #[arg(long)]
    pub guardian: Option<String>,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum SexArgument {
    Male,
    Female,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum ShownField {
    Name,
    IdNumber,
    BirthDate,
    Sex,
    Phone,
    Guardian,
}

#[derive(Subcommand)]
pub enum Review {
    /// What waits for a decision, the most consequential first
    List {
        /// At most this many
        #[arg(long, default_value_t = 50)]
        limit: u32,
        /// One JSON object per line instead of a table
        #[arg(long)]
        json: bool,
    },
    /// Both sides of a pair, field by field, with what each field says
    Show {
        /// The number in the list
        no: i64,
        /// Show names, numbers, birth dates, phones and addresses unmasked, for this purpose; the look is recorded
        #[arg(long, value_name = "PURPOSE")]
        reveal: Option<String>,
    },
    /// Decide a pair; it is not asked again, whatever the weights become
    Decide {
        /// The number in the list
        no: i64,
        /// What the two are
        verdict: ReviewVerdict,
        /// Why, for whoever reads it in a year
        #[arg(long)]
        reason: String,
    },
    /// What was decided, newest first
    Decisions {
        /// At most this many
        #[arg(long, default_value_t = 50)]
        limit: u32,
    },
    /// Take a decision back: weights decide again
    Undo {
        /// The number among the decisions
        no: i64,
        /// Why
        #[arg(long)]
        reason: String,
    },
}

#[derive(Clone, Copy, ValueEnum)]
pub enum ReviewVerdict {
    /// One human
    Same,
    /// Two humans
    Different,
    /// Not now: behind all others in the list
    Later,
}

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
    /// Rehearse other weights on everybody in the register; feeds may go on meanwhile
    #[arg(long, conflicts_with = "files", requires = "matching")]
    pub from_registry: bool,
    /// The weights to rehearse [default: `matching.file`]
    #[arg(long, value_name = "FILE")]
    pub matching: Option<PathBuf>,
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
    /// People in the feed mix
    #[arg(long, default_value_t = 24_000)]
    pub persons: u32,
    /// Runs; the median counts
    #[arg(long, default_value_t = 3)]
    pub runs: usize,
    /// The last line of standard output is one JSON object
    #[arg(long)]
    pub json: bool,
    /// Directory for the private servers; removed afterwards
    #[arg(long, default_value = ".local/bench")]
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
