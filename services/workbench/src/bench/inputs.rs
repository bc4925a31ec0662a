//! The slowest kept input of every fuzz target: what one hostile message can cost at most.

use std::fmt;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::targets::TARGETS;

/// An input is read so often; its fastest time counts, which is the input's own and not the machine's.
const ROUNDS: usize = 15;

/// What each target's inputs cost.
pub struct Inputs(Vec<Slowest>);

/// The slowest input of a target.
struct Slowest {
    target: &'static str,
    inputs: usize,
    median: Duration,
    took: Duration,
    bytes: usize,
    /// Its file in the target's corpus.
    name: String,
}

/// Reads every input of a corpus: a directory a target.
pub fn run(corpus: &Path) -> Result<Inputs> {
    TARGETS
        .into_iter()
        .map(|(target, read)| slowest(&corpus.join(target), target, read))
        .collect::<Result<_>>()
        .map(Inputs)
}

fn slowest(dir: &Path, target: &'static str, read: fn(&[u8])) -> Result<Slowest> {
    let named = || dir.display().to_string();
    let mut timed: Vec<(Duration, usize, String)> = Vec::new();
    for entry in std::fs::read_dir(dir).with_context(named)? {
        let entry = entry.with_context(named)?;
        let input = std::fs::read(entry.path()).with_context(|| entry.path().display().to_string())?;
        let once = |_| {
            let begun = Instant::now();
            read(&input);
            begun.elapsed()
        };
        let took = (0..ROUNDS).map(once).min().unwrap_or_default();
        timed.push((took, input.len(), entry.file_name().to_string_lossy().into_owned()));
    }
    ensure!(!timed.is_empty(), "{} holds no input", dir.display());
    timed.sort();
    let (inputs, median) = (timed.len(), timed[timed.len() / 2].0);
    let (took, bytes, name) = timed.swap_remove(inputs - 1);
    Ok(Slowest { target, inputs, median, took, bytes, name })
}

impl Inputs {
    /// The JSON line.
    pub fn json(&self) -> Value {
        let target = |slowest: &Slowest| {
            let Slowest { target, inputs, median, took, bytes, name } = slowest;
            json!({
                "target": target, "inputs": inputs, "median_us": micros(*median), "slowest_us": micros(*took),
                "slowest": name, "bytes": bytes,
            })
        };
        json!({ "targets": self.0.iter().map(target).collect::<Vec<_>>() })
    }
}

fn micros(time: Duration) -> f64 {
    (time.as_secs_f64() * 1e7).round() / 10.0
}

impl fmt::Display for Inputs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:16}{:>8}{:>14}{:>14}{:>8}  slowest", "target", "inputs", "median, µs", "slowest, µs", "bytes")?;
        for slowest in &self.0 {
            let Slowest { target, inputs, median, took, bytes, name } = slowest;
            let (median, took) = (micros(*median), micros(*took));
            writeln!(f, "{target:16}{inputs:>8}{median:>14.1}{took:>14.1}{bytes:>8}  {name}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_target_has_its_slowest_input_and_an_empty_corpus_is_named() {
        let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fuzz/corpus");
        let inputs = run(&corpus).unwrap();
        assert_eq!(inputs.0.len(), TARGETS.len());
        for slowest in &inputs.0 {
            assert!(slowest.took >= slowest.median && corpus.join(slowest.target).join(&slowest.name).exists());
        }
        let nowhere = run(Path::new("no such corpus")).err().unwrap().to_string();
        assert!(nowhere.contains("no such corpus"), "{nowhere}");
    }
}
