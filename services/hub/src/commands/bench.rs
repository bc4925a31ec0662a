//! `liangdi bench`: the hub beside the bare pipe, on private servers of its own; `bench accuracy`: messages beside the
//! truth.

use anyhow::{Context as _, Result};
use liangdi_workbench::bench::{self, accuracy};

use crate::cli::{Accuracy, Bench, BenchOf};
use crate::context::Context;
use crate::{Found, roles, say};

/// Measures, and prints the table; the JSON line comes last.
pub async fn run(context: &Context, mut arguments: Bench) -> Result<Found> {
    match arguments.of.take() {
        None => speed(arguments).await,
        Some(BenchOf::Accuracy(arguments)) => accuracy(context, arguments).await,
    }
}

async fn speed(arguments: Bench) -> Result<Found> {
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

async fn accuracy(context: &Context, arguments: Accuracy) -> Result<Found> {
    let options = accuracy::Options {
        persons: arguments.persons,
        seed: arguments.seed,
        matching: context.matching()?,
        out: arguments.out,
        note: |text| say::note(text),
    };
    let report = accuracy::run(&options).await?;
    say::line(report.to_string());
    if arguments.json {
        say::line(report.json().to_string());
    }
    Ok(Found::Nothing)
}
