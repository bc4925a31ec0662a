//! The way of the feeds through a registry in memory, as a rehearsal goes it: file after file, batch by batch.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use liangdi_domain::feed::Feed;
use liangdi_domain::ids::ProfileId;
use liangdi_registry::ingest::Registry;
use liangdi_registry::offline;
use liangdi_registry::prepare::Prepared;
use liangdi_store::keys::Keys;
use liangdi_store::memory::MemoryStore;

use super::Options;
use super::sample::{Key, Sample};

/// What came out at the end.
pub(super) struct Passed {
    pub(super) registry: Registry<MemoryStore>,
    /// The profile that everybody appears as.
    pub(super) profiles: HashMap<Key, ProfileId>,
    pub(super) lines: usize,
    pub(super) refused: usize,
    pub(super) normalise: Duration,
    pub(super) decide: Duration,
}

/// Sends every line through.
pub(super) async fn through(sample: &Sample, options: &Options) -> Result<Passed> {
    let mut registry = offline::registry(sample.as_of, options.matching.clone());
    registry.keys = Arc::new(Keys::of_fiction(options.seed));
    let mut passed = Passed {
        registry,
        profiles: HashMap::new(),
        lines: 0,
        refused: 0,
        normalise: Duration::ZERO,
        decide: Duration::ZERO,
    };
    for feed in Feed::ALL {
        passed.file(feed, &sample.dir.join(format!("{feed}.jsonl"))).await?;
    }
    Ok(passed)
}

impl Passed {
    async fn file(&mut self, feed: Feed, path: &Path) -> Result<()> {
        let named = || path.display().to_string();
        let mut lines = BufReader::new(File::open(path).with_context(named)?).split(b'\n');
        loop {
            let batch: Vec<Vec<u8>> =
                lines.by_ref().take(offline::BATCH_MESSAGES).collect::<std::io::Result<_>>().with_context(named)?;
            if batch.is_empty() {
                return Ok(());
            }
            self.batch(feed, &batch).await?;
        }
    }

    async fn batch(&mut self, feed: Feed, lines: &[Vec<u8>]) -> Result<()> {
        self.lines += lines.len();
        let before = Instant::now();
        let prepared = self.registry.prepare(lines.iter().map(|line| offline::incoming(feed, line)).collect());
        self.normalise += before.elapsed();
        for message in &prepared {
            let Prepared::Taken(taken) = message else { continue };
            let key = &taken.inbound.key;
            // An unsigned complaint is nobody's.
            for marked in taken.appearances.iter().filter(|marked| marked.profile.matter.is_none()) {
                self.profiles.insert((key.source.clone(), key.id.clone(), marked.row.slot), marked.row.profile);
            }
        }
        let before = Instant::now();
        self.refused += self.registry.commit(prepared).await?.refused;
        self.decide += before.elapsed();
        Ok(())
    }
}
