//! `liangdi simulate`: fictional feeds with the truth beside them.

use anyhow::Result;
use liangdi_workbench::simulate::{self, NoiseLevel, Options};

use crate::cli::{Noise, Simulate};
use crate::context::Context;
use crate::{Found, say};

/// Days the feeds span, ending on the day asked for.
const SPAN_DAYS: u32 = 31;

/// Writes the files.
pub fn run(context: &Context, arguments: &Simulate) -> Result<Found> {
    let options = Options {
        persons: arguments.persons,
        seed: arguments.seed,
        noise: match arguments.noise {
            Noise::Low => NoiseLevel::Low,
            Noise::High => NoiseLevel::High,
        },
        as_of: context.day(arguments.as_of),
        span_days: SPAN_DAYS,
        bad_share: arguments.bad,
        out: arguments.out.clone(),
    };
    let summary = simulate::simulate(&options)?;
    say::line(serde_json::to_string_pretty(&summary)?);
    Ok(Found::Nothing)
}
