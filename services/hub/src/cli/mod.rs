//! The command line: what an operator, a partner or a clerk types. One file per command in `commands/`.

mod cases;
mod measuring;
mod offices;
mod people;
mod tokens;
mod users;

use std::path::PathBuf;

use chrono::NaiveDate;
use clap::{Args, Parser, Subcommand};
use liangdi_domain::division::Code;
use liangdi_domain::feed::Feed;

pub use cases::{Answer, Calendar, Case, Division, Procedures, Report, ReportLevel};
pub use measuring::{
    Accuracy, Bench, BenchBoundary, BenchClock, BenchInputs, BenchOf, BenchPlace, Demo, Growth, Noise, Rehearse,
    ScenarioArgument, Simulate, Train,
};
pub use offices::{Offices, Password};
pub use people::{
    Corrected, Delete, ErasureBasis, Person, Review, ReviewVerdict, Settlement, SexArgument, ShownField, Subject,
};
pub use tokens::Tokens;
pub use users::{RoleArgument, Users};

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
    /// Departments' users on the broker: let in, give a new password, list, shut out
    #[command(subcommand)]
    Partners(Offices),
    /// Townships' users on the broker, the same way
    #[command(subcommand)]
    Townships(Offices),
    /// Publish a partner's messages: JSON lines to their feed's exchange, with confirms
    Publish(Publish),
    /// Show a jurisdiction's notices as they come, taking none away
    Watch {
        /// Division code: province, prefecture, county (6 digits) or township (9)
        code: Code,
        /// Those of everybody below it instead of its own
        #[arg(long)]
        below: bool,
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
    /// Look at everything the hub stands on: files, broker, database, clocks; what is wrong, and what to do
    ///
    /// Changes nothing. Exit code 1 if something is wrong; warnings alone are none.
    Doctor {
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
    /// What a person may ask of whoever holds their data (Personal Information Protection Law, articles 44 to 50)
    #[command(subcommand)]
    Subject(Subject),
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
    /// Divisions and their boundary changes
    #[command(subcommand)]
    Division(Division),
    /// Scorecards: what jurisdictions owed in a month, what became of it, what they registered; never about individuals
    Report(Report),
    /// Apply changed weights to everybody in the register
    ///
    /// Persons merge and split, and whoever was told something else hears of it. Stop the hub first. Killed half-way, it is
    /// simply run again.
    Rematch,
    /// Which programs may use the HTTP API
    #[command(subcommand)]
    Tokens(Tokens),
    /// Who may log in to the console
    #[command(subcommand)]
    Users(Users),
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
    /// Rehearse without touching anything: files all the way in memory, or other weights or procedures on the register
    ///
    /// Files need no server: who is who, and which notices would go out. From the register, other weights: who would merge and
    /// who would split, and who would have to be told; `rematch` with the same weights comes to exactly that. Other procedures:
    /// who would be told what today, beside what is told by the rules so far, and which clocks get another day.
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
    /// What other provinces' hubs tell this one
    Peers,
    /// Wakes what falls due: reminders, escalations, dates that change something by themselves
    Clock,
    /// Notices out to the jurisdictions
    Courier,
    /// The pages of operators and clerks, /livez and /readyz
    Console,
}

#[derive(Subcommand)]
pub enum Topology {
    /// Show the difference between what should be on the broker and what is
    Plan,
    /// Make it so; running it again changes nothing
    Apply,
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
