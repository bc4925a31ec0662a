//! `liangdi bench`: the hub beside the bare pipe, on private servers of its own; `bench growth`: on few and on many
//! people; `bench clock`: waking few and many cases; `bench boundary`: a boundary change beside a feed; `bench accuracy`:
//! messages beside the truth; `bench inputs`: the slowest inputs of the fuzz targets.

use std::fmt::Display;
use std::path::Path;

use anyhow::{Context as _, Result};
use liangdi_workbench::bench::{self, Scenario, accuracy, boundary, clock, growth, inputs};
use serde_json::{Value, json};

use crate::cli::{
    Accuracy, Bench, BenchBoundary, BenchClock, BenchInputs, BenchOf, BenchPlace, Growth, ScenarioArgument,
};
use crate::context::Context;
use crate::{Found, roles, say};

/// Measures, and prints the table; the JSON line comes last.
pub async fn run(context: &Context, mut arguments: Bench) -> Result<Found> {
    match arguments.of.take() {
        None => speed(arguments).await,
        Some(BenchOf::Accuracy(arguments)) => accuracy(context, arguments).await,
        Some(BenchOf::Growth(arguments)) => growth(arguments).await,
        Some(BenchOf::Clock(arguments)) => clock(arguments).await,
        Some(BenchOf::Boundary(arguments)) => boundary(arguments).await,
        Some(BenchOf::Inputs(arguments)) => inputs(&arguments),
    }
}

async fn speed(arguments: Bench) -> Result<Found> {
    let shutdown = roles::shutdown_on_signal()?;
    let options = bench::Options {
        scenarios: scenarios(&arguments.scenarios),
        backlog_messages: arguments.backlog,
        runs: arguments.runs,
        ..options(&arguments.place, arguments.persons)?
    };
    let report = bench::run(&options, &shutdown).await?;
    say::line(report.to_string());
    let name = keep(&arguments.place.out, "bench", &report.json())?;
    for (scenario, chart) in report.charts()? {
        let path = arguments.place.out.join(format!("{name}-{scenario}.svg"));
        std::fs::write(&path, chart).with_context(|| path.display().to_string())?;
    }
    if arguments.json {
        say::line(report.json().to_string());
    }
    Ok(Found::Nothing)
}

async fn growth(arguments: Growth) -> Result<Found> {
    let shutdown = roles::shutdown_on_signal()?;
    let options = bench::Options { runs: arguments.runs, ..options(&arguments.place, arguments.persons)? };
    let report = growth::run(&options, arguments.few, arguments.many, &shutdown).await?;
    finish(&arguments.place.out, "growth", &report, &report.json(), arguments.json)
}

async fn clock(arguments: BenchClock) -> Result<Found> {
    let shutdown = roles::shutdown_on_signal()?;
    let options = options(&arguments.place, 1)?;
    let BenchClock { few, many, due, taken_in, .. } = arguments;
    let report = clock::run(&options, clock::Cases { few, many, due, taken_in }, &shutdown).await?;
    finish(&arguments.place.out, "clock", &report, &report.json(), arguments.json)
}

async fn boundary(arguments: BenchBoundary) -> Result<Found> {
    let shutdown = roles::shutdown_on_signal()?;
    let options = options(&arguments.place, arguments.persons)?;
    let BenchBoundary { stays, taken_in, .. } = arguments;
    let report = boundary::run(&options, boundary::Touched { stays, taken_in }, &shutdown).await?;
    finish(&arguments.place.out, "boundary", &report, &report.json(), arguments.json)
}

fn inputs(arguments: &BenchInputs) -> Result<Found> {
    let report = inputs::run(&arguments.corpus)?;
    say::line(report.to_string());
    if arguments.json {
        say::line(report.json().to_string());
    }
    Ok(Found::Nothing)
}

/// Prints a report and keeps it; the JSON line, where it is wanted, comes last.
fn finish(out: &Path, name: &str, report: &impl Display, json: &Value, print_json: bool) -> Result<Found> {
    say::line(report.to_string());
    keep(out, name, json)?;
    if print_json {
        say::line(json.to_string());
    }
    Ok(Found::Nothing)
}

/// What every bench on private servers has in common.
fn options(place: &BenchPlace, persons: u32) -> Result<bench::Options> {
    Ok(bench::Options {
        scenarios: vec![Scenario::FeedMix],
        backlog_messages: 0,
        persons,
        runs: 1,
        dir: place.dir.clone(),
        servers: place.servers.clone(),
        keep: place.keep,
        hub: std::env::current_exe().context("this program's own file")?,
        as_of: liangdi_registry::ingest::now().date_naive(),
        note: |text| say::note(text),
    })
}

/// Each once, in their own order.
fn scenarios(asked: &[ScenarioArgument]) -> Vec<Scenario> {
    let scenario = |argument: &ScenarioArgument| match argument {
        ScenarioArgument::FeedMix => vec![Scenario::FeedMix],
        ScenarioArgument::OneNotice => vec![Scenario::OneNotice],
        ScenarioArgument::Duplicates => vec![Scenario::Duplicates],
        ScenarioArgument::AllQuarantine => vec![Scenario::AllQuarantine],
        ScenarioArgument::Backlog => vec![Scenario::Backlog],
        ScenarioArgument::ManyInboxes => vec![Scenario::ManyInboxes],
        ScenarioArgument::FewInboxes => vec![Scenario::FewInboxes],
        ScenarioArgument::All => Scenario::ALL.to_vec(),
    };
    let asked: Vec<Scenario> = asked.iter().flat_map(scenario).collect();
    let wanted = |one: &Scenario| asked.contains(one) || (asked.is_empty() && *one == Scenario::FeedMix);
    Scenario::ALL.into_iter().filter(wanted).collect()
}

/// Keeps the numbers, with when and on how many processors; returns the name that pictures beside them take.
fn keep(out: &Path, of: &str, report: &Value) -> Result<String> {
    let now = liangdi_registry::ingest::now();
    let name = format!("{}-{of}", now.format("%Y%m%d-%H%M%S"));
    let processors = std::thread::available_parallelism().map_or(0, usize::from);
    let kept = json!({"at": now.to_rfc3339(), "processors": processors, "report": report});
    let path = out.join(format!("{name}.json"));
    std::fs::create_dir_all(out).with_context(|| out.display().to_string())?;
    std::fs::write(&path, format!("{kept:#}\n")).with_context(|| path.display().to_string())?;
    say::note(format!("kept in {}", path.display()));
    Ok(name)
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
