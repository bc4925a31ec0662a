//! Rules and what follows from them: procedures, calendar, cases, scorecards.

use std::path::PathBuf;

use chrono::NaiveDate;
use clap::{Args, Subcommand, ValueEnum};
use liangdi_domain::division::Code;

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
    /// Answer a notice for the jurisdiction that received it, on its word; a later answer takes the place of an earlier one
    Answer(Answer),
}

#[derive(Args)]
pub struct Answer {
    /// The notice's own id, as `case list` and `case show` name it (not its case's)
    pub notice: uuid::Uuid,
    /// What the jurisdiction answers
    #[arg(long, value_parser = ["confirmed", "not-known", "disputed", "belongs-elsewhere", "answered", "decided"])]
    pub outcome: String,
    /// The division that is concerned, with belongs-elsewhere or decided
    #[arg(long, value_name = "CODE", required_if_eq("outcome", "belongs-elsewhere"))]
    pub division: Option<Code>,
    /// What became of a fact that was to be verified, like household=confirmed (not-confirmed, unknown); may be repeated
    #[arg(long = "fact", value_name = "FACT=WORD", value_parser = fact)]
    pub facts: Vec<(String, String)>,
    /// On whose word, for the audit; it is not sent to anybody, and nobody's identity belongs into it
    #[arg(long)]
    pub note: Option<String>,
}

fn fact(typed: &str) -> Result<(String, String), String> {
    let (fact, word) = typed.split_once('=').ok_or("say it like household=confirmed")?;
    Ok((fact.to_owned(), word.to_owned()))
}

#[derive(Subcommand)]
pub enum Division {
    /// Announced boundary changes, in the order of their days: which are followed, which are not, and why
    List {
        /// One JSON object per line instead of a table
        #[arg(long)]
        json: bool,
    },
    /// A division by any code it ever had: what it is called today, who hears for it, what was announced of it
    Show {
        /// Division code, old or new
        code: Code,
        /// As if it were this day [default: today]
        #[arg(long, value_name = "DATE")]
        as_of: Option<NaiveDate>,
        /// One JSON object instead of words
        #[arg(long)]
        json: bool,
    },
    /// How far it has come to look at everybody whom changes in force touch
    Progress {
        /// One JSON object instead of words
        #[arg(long)]
        json: bool,
    },
}

#[derive(Args)]
pub struct Report {
    /// One line per …
    #[arg(long)]
    pub level: ReportLevel,
    /// The month in which answers were asked for, steps began and registrations were made, like 2026-10
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
