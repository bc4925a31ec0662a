//! The binary `liangdi`: command line, configuration, composition of roles, telemetry.
#![cfg_attr(test, allow(clippy::unwrap_used))]
#![allow(unreachable_pub, missing_docs, reason = "a binary: nothing reaches it from outside")]

mod cli;
mod commands;
mod config;
mod console;
mod context;
mod rehearsing;
mod roles;
mod say;
mod telemetry;
mod topology;

use std::process::ExitCode;

use clap::Parser;

use crate::cli::{Cli, Command};
use crate::commands::offices::Kind;
use crate::context::Context;
use crate::telemetry::Telemetry;

/// A quarter of the hub's processor time went into the system's allocator: every message is many small pieces of text,
/// made by one thread and dropped by another.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    liangdi_broker::connect::install_crypto_provider();
    let cli = Cli::parse();
    match start(cli) {
        Ok(Found::Nothing) => ExitCode::SUCCESS,
        Ok(Found::Faults) => ExitCode::from(1),
        Err(error) => {
            say::error(&format!("{error:#}"));
            ExitCode::from(2)
        }
    }
}

/// What a command that was carried out came upon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// Nothing wrong.
    Nothing,
    /// Something refused, or something wrong: exit code 1.
    Faults,
}

impl Found {
    fn faults_if(faults: bool) -> Self {
        if faults { Found::Faults } else { Found::Nothing }
    }
}

fn start(cli: Cli) -> anyhow::Result<Found> {
    let runtime = || tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("the runtime starts");
    // A configuration that cannot be read is what the doctor is asked about.
    if let Command::Doctor { json } = cli.command {
        telemetry::log(cli.log_json);
        return runtime().block_on(commands::doctor::run(cli.config.as_deref(), json));
    }
    let mut context = Context::load(cli.config.as_deref())?;
    // Outside the runtime: the exporter of traces has a thread and a blocking client of its own.
    let service = matches!(cli.command, Command::Up | Command::Run(_));
    let telemetry = Telemetry::begin(&context.config.telemetry, cli.log_json, service)?;
    context.metrics = telemetry.metrics();
    let found = runtime().block_on(run(cli, context));
    telemetry.end();
    found
}

async fn run(cli: Cli, context: Context) -> anyhow::Result<Found> {
    match cli.command {
        Command::Up => commands::up::all(context).await,
        Command::Run(role) => commands::up::one(context, role).await,
        Command::Migrate => commands::migrate::run(&context).await,
        Command::Keygen { file } => commands::keygen::run(&file),
        Command::Topology(command) => commands::topology::run(&context, command).await,
        Command::Partners(command) => commands::offices::run(&context, Kind::Partners, command).await,
        Command::Townships(command) => commands::offices::run(&context, Kind::Townships, command).await,
        Command::Publish(arguments) => commands::publish::run(&context, arguments).await,
        Command::Watch { code, below, limit, full } => commands::watch::run(&context, code, below, limit, full).await,
        Command::Doctor { .. } => unreachable!("asked before the configuration was read"),
        Command::Status { json } => commands::status::run(&context, json).await,
        Command::Quarantine(command) => commands::quarantine::run(&context, command).await,
        Command::Person(command) => commands::person::run(&context, command).await,
        Command::Subject(command) => commands::subject::run(&context, command).await,
        Command::Review(command) => commands::review::run(&context, command).await,
        Command::Procedures(command) => commands::procedures::run(&context, &command),
        Command::Calendar(command) => commands::calendar::run(&command),
        Command::Clock { as_of, limit, json, .. } => commands::clock::run(&context, as_of, limit, json).await,
        Command::Case(command) => commands::case::run(&context, command).await,
        Command::Division(command) => commands::division::run(&context, command).await,
        Command::Report(report) => commands::report::run(&context, &report).await,
        Command::Rematch => commands::rematch::run(&context).await,
        Command::Tokens(command) => commands::tokens::run(&context, command).await,
        Command::Users(command) => commands::users::run(&context, command).await,
        Command::Check { files, json } => commands::check::run(&files, json),
        Command::Simulate(arguments) => commands::simulate::run(&context, &arguments),
        Command::Rehearse(arguments) => commands::rehearse::run(&context, &arguments).await,
        Command::Train(arguments) => commands::train::run(&context, &arguments).await,
        Command::Bench(arguments) => commands::bench::run(&context, arguments).await,
        Command::Demo(arguments) => commands::demo::run(arguments).await,
    }
}
