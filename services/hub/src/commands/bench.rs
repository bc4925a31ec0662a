//! `liangdi bench`: the hub beside the bare pipe, on private servers of its own.

use anyhow::Result;

use crate::Found;
use crate::cli::Bench;

/// Measures.
pub async fn run(_arguments: Bench) -> Result<Found> {
    Ok(Found::Nothing)
}
