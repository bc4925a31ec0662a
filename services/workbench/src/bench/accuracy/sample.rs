//! The feeds that are sent through, and the truth beside them. Without a folder to keep them in, they are gone when
//! the measuring ends.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use chrono::NaiveDate;
use serde::Deserialize;

use super::Options;
use crate::simulate::{self, NoiseLevel};

/// The feeds end on a day of their own, so that a seed makes the same feeds on any day.
const AS_OF: NaiveDate = NaiveDate::from_ymd_opt(2026, 10, 31).expect("a day of the calendar");

/// Where somebody appears: source, id, slot.
pub(super) type Key = (String, String, u16);

/// The feeds and the truth.
pub(super) struct Sample {
    pub(super) dir: PathBuf,
    pub(super) as_of: NaiveDate,
    /// Who each appearance truly is.
    pub(super) truth: HashMap<Key, u32>,
    /// Removed in the end.
    passing: bool,
}

impl Sample {
    /// Simulates.
    pub(super) fn make(options: &Options) -> Result<Self> {
        let (dir, passing) = match &options.out {
            Some(out) => (out.join("sample"), false),
            None => (std::env::temp_dir().join(format!("liangdi-accuracy-{}", std::process::id())), true),
        };
        let mut sample = Sample { dir, as_of: AS_OF, truth: HashMap::new(), passing };
        simulate::simulate(&simulate::Options {
            persons: options.persons,
            seed: options.seed,
            noise: NoiseLevel::High,
            as_of: AS_OF,
            span_days: simulate::SPAN_DAYS_DEFAULT,
            // What must be refused is nobody.
            bad_share: 0.0,
            out: sample.dir.clone(),
        })?;
        sample.truth = truth(&sample.dir.join("truth.csv"))?;
        Ok(sample)
    }
}

impl Drop for Sample {
    fn drop(&mut self) {
        if self.passing {
            drop(fs::remove_dir_all(&self.dir));
        }
    }
}

fn truth(path: &Path) -> Result<HashMap<Key, u32>> {
    #[derive(Deserialize)]
    struct Row {
        source: String,
        id: String,
        slot: u16,
        person: u32,
    }
    let mut rows = csv::Reader::from_path(path).with_context(|| path.display().to_string())?;
    let rows = rows.deserialize::<Row>().map(|row| row.map(|row| ((row.source, row.id, row.slot), row.person)));
    rows.collect::<std::result::Result<_, _>>().with_context(|| path.display().to_string())
}
