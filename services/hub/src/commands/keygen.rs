//! `liangdi keygen FILE`: a new master key. Whoever loses it loses every name and number in the database.

use std::path::Path;

use anyhow::{Context, Result};
use liangdi_store::keys::Keys;

use crate::{Found, say};

/// Writes a key file; an existing one is never replaced.
pub fn run(file: &Path) -> Result<Found> {
    Keys::generate_file(file).with_context(|| file.display().to_string())?;
    say::line(format!("{} written, mode 0600; keep a copy where the database's copies are not", file.display()));
    Ok(Found::Nothing)
}
