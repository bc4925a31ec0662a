//! How much memory a process ever held, out of `/proc`.

use std::fs;

use anyhow::{Context, Result};

/// The most memory a process ever held, in megabytes of a million bytes.
pub(super) fn peak_mb(pid: u32) -> Result<f64> {
    let path = format!("/proc/{pid}/status");
    let text = fs::read_to_string(&path).with_context(|| path.clone())?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.trim().strip_suffix("kB")?.trim().parse::<f64>().ok());
    Ok(kib.with_context(|| format!("{path} has no VmHWM"))? * 1024.0 / 1e6)
}
