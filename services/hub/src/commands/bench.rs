//! `liangdi bench`: the hub beside the bare pipe, on private servers of its own.

use anyhow::Result;

use crate::cli::Bench;
use crate::Found;

/// Measures.
pub async fn run(_arguments: Bench) -> Result<Found> {
    Ok(Found::Nothing)
}
