//! One feed's lines as they arise, on disk, and at the end in publishing order: memory holds 40 bytes a line.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use chrono::NaiveDateTime;
use liangdi_adapters::contract::Reason;
use liangdi_domain::feed::Feed;

/// Lines in the order of their making.
pub(super) struct Spool {
    path: PathBuf,
    file: BufWriter<File>,
    length: u64,
    entries: Vec<Entry>,
    refused: Vec<(Reason, String)>,
}

/// Where a line lies in the spool.
#[derive(Clone, Copy)]
pub(super) struct Place {
    offset: u64,
    length: usize,
}

struct Entry {
    published: NaiveDateTime,
    place: Place,
    /// Which of the refused lines it is, if it is one.
    refused: Option<u32>,
}

impl Spool {
    /// An empty spool beside the files of the sample.
    pub(super) fn create(out: &Path, feed: Feed) -> Result<Spool> {
        let path = out.join(format!("{feed}.spool"));
        let file = File::options().read(true).write(true).create(true).truncate(true).open(&path);
        let file = BufWriter::new(file.with_context(|| format!("cannot write {}", path.display()))?);
        Ok(Spool { path, file, length: 0, entries: Vec::new(), refused: Vec::new() })
    }

    /// Adds a line.
    pub(super) fn push(&mut self, line: &[u8], published: NaiveDateTime) -> Result<Place> {
        self.file.write_all(line)?;
        let place = Place { offset: self.length, length: line.len() };
        self.length += line.len() as u64;
        self.entries.push(Entry { published, place, refused: None });
        Ok(place)
    }

    /// Has a line published again, byte for byte.
    pub(super) fn repeat(&mut self, place: Place, published: NaiveDateTime) {
        self.entries.push(Entry { published, place, refused: None });
    }

    /// Adds a line that must be refused, and who publishes it.
    pub(super) fn push_refused(
        &mut self,
        line: &[u8],
        published: NaiveDateTime,
        reason: Reason,
        user: String,
    ) -> Result<()> {
        let number = u32::try_from(self.refused.len()).context("too many refused lines")?;
        self.push(line, published)?;
        self.entries.last_mut().expect("just pushed").refused = Some(number);
        self.refused.push((reason, user));
        Ok(())
    }

    /// Writes the lines in publishing order, tells of each refused one with its line number (from 1), and removes the
    /// spool. Returns how many lines there are.
    pub(super) fn finish(
        mut self,
        path: &Path,
        mut refused: impl FnMut(u64, Reason, &str) -> Result<()>,
    ) -> Result<u64> {
        let spool = self.file.into_inner().context("the spool could not be written to its end")?;
        self.entries.sort_by_key(|entry| entry.published);
        let mut out = BufWriter::new(File::create(path).with_context(|| format!("cannot write {}", path.display()))?);
        let mut line = Vec::new();
        let mut number = 0;
        for entry in &self.entries {
            number += 1;
            line.resize(entry.place.length, 0);
            spool.read_exact_at(&mut line, entry.place.offset)?;
            out.write_all(&line)?;
            out.write_all(b"\n")?;
            if let Some(bad) = entry.refused {
                let (reason, user) = &self.refused[bad as usize];
                refused(number, *reason, user)?;
            }
        }
        out.flush()?;
        fs::remove_file(&self.path)?;
        Ok(number)
    }
}
