//! `liangdi bench`: the hub beside the bare pipe, on private servers of its own.

use anyhow::{Context as _, Result};
use liangdi_workbench::bench;

use crate::cli::Bench;
use crate::{Found, roles, say};

/// Measures, and prints the table; the JSON line comes last.
pub async fn run(arguments: Bench) -> Result<Found> {
    let shutdown = roles::shutdown_on_signal()?;
    let options = bench::Options {
        persons: arguments.persons,
        runs: arguments.runs,
        dir: arguments.dir,
        servers: arguments.servers,
        keep: arguments.keep,
        hub: std::env::current_exe().context("this program's own file")?,
        as_of: liangdi_registry::ingest::now().date_naive(),
        note: |text| say::note(text),
    };
    let report = bench::run(&options, &shutdown).await?;
    say::line(report.to_string());
    if arguments.json {
        say::line(report.json().to_string());
    }
    Ok(Found::Nothing)
}
