//! `liangdi rehearse FILE… --out DIR`: the whole way in memory, without any server and without touching anything;
//! `registry`: other weights on everybody in the register; `procedures`: other procedures.

pub mod procedures;
pub mod registry;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use chrono::{NaiveDate, Utc};
use liangdi_domain::feed::Feed;
use liangdi_domain::identity::Matching;
use liangdi_domain::notice::envelope;
use liangdi_registry::ingest::Outcome;
use liangdi_registry::offline;
use liangdi_store::memory::MemoryStore;
use liangdi_store::port::Outbox;
use serde_json::json;

use super::publish::{progress, read_lines};
use crate::cli::Rehearse;
use crate::context::Context;
use crate::{Found, say};

/// Assignments read in one go.
const ASSIGNMENTS: u32 = 10_000;
/// Persons looked at again in one go where boundaries changed.
const PERSONS: usize = 500;
/// Notices numbered in one go.
const NOTICES: usize = 1000;

/// Rehearses the files in the order given, or the register.
pub async fn run(context: &Context, arguments: &Rehearse) -> Result<Found> {
    let as_of = context.day(arguments.as_of);
    let matching = match &arguments.matching {
        Some(path) => read_matching(path)?,
        None => context.matching()?,
    };
    let out = arguments.out.as_deref();
    if let Some(out) = out {
        std::fs::create_dir_all(out).with_context(|| out.display().to_string())?;
    }
    if let Some(path) = &arguments.procedures {
        return procedures::run(context, Context::read_procedures("--procedures", path)?, out, as_of).await;
    }
    match out {
        Some(out) if !arguments.from_registry => rehearse(context, &arguments.files, matching, out, as_of).await,
        _ => registry::run(context, matching, out, as_of).await,
    }
}

fn read_matching(path: &Path) -> Result<Matching> {
    let named = || format!("--matching, {}", path.display());
    Matching::read(&std::fs::read_to_string(path).with_context(named)?).with_context(named)
}

async fn rehearse(
    context: &Context,
    files: &[PathBuf],
    matching: Matching,
    out: &Path,
    as_of: NaiveDate,
) -> Result<Found> {
    let mut registry = offline::registry(as_of, matching);
    registry.divisions = context.tables;
    let mut sum = Outcome::default();
    for file in files {
        let lines = read_lines(file)?;
        let bar = progress(lines.len() as u64, &file.display().to_string());
        // A line that cannot be read belongs to the feed its file is named after.
        let stem = file.file_stem().and_then(|stem| stem.to_str()).and_then(|stem| stem.parse().ok());
        let outcome = offline::feed(&registry, stem.unwrap_or(Feed::Township), &lines).await?;
        bar.inc(lines.len() as u64);
        bar.finish();
        sum.recorded += outcome.recorded;
        sum.duplicates += outcome.duplicates;
        sum.refused += outcome.refused;
    }
    // What a hub's clock does when the feeds have spoken: nobody is left by the boundaries of before.
    while registry.divide(PERSONS).await?.worked {}
    let persons = write_assignments(&registry.store, &out.join("assignments.csv")).await?;
    let statements = write_statements(&registry.store, &out.join("statements.csv")).await?;
    let notices = write_notices(&registry.store, &context.config.hub.source, &out.join("notices.jsonl")).await?;
    let summary = json!({
        "as_of": as_of, "recorded": sum.recorded, "duplicates": sum.duplicates, "refused": sum.refused,
        "persons": persons, "open_statements": statements, "notices": notices,
    });
    let path = out.join("summary.json");
    std::fs::write(&path, format!("{summary:#}\n")).with_context(|| path.display().to_string())?;
    say::line(format!("{summary:#}"));
    say::note(format!("assignments.csv, statements.csv, notices.jsonl, summary.json are in {}", out.display()));
    Ok(Found::faults_if(sum.refused > 0))
}

/// `source,id,slot,person`: one row per appearance; returns the number of persons.
async fn write_assignments(store: &MemoryStore, path: &Path) -> Result<usize> {
    let mut csv = csv::Writer::from_path(path).with_context(|| path.display().to_string())?;
    csv.write_record(["source", "id", "slot", "person"])?;
    let mut persons = std::collections::BTreeSet::new();
    let mut after = None;
    loop {
        let page = store.assignments(after, ASSIGNMENTS).await?;
        let Some(last) = page.last() else { break };
        after = Some((last.no, last.slot));
        for row in page {
            persons.insert(row.person);
            csv.write_record([&row.source, &row.id, &row.slot.to_string(), &row.person.0.to_string()])?;
        }
    }
    csv.flush()?;
    Ok(persons.len())
}

/// `receiver,topic,place,since,person`: what everybody holds to be so at the end.
async fn write_statements(store: &MemoryStore, path: &Path) -> Result<usize> {
    let mut csv = csv::Writer::from_path(path).with_context(|| path.display().to_string())?;
    csv.write_record(["receiver", "topic", "place", "since", "person"])?;
    let statements = store.open_statements(None).await?;
    for row in &statements {
        let (since, person) = (row.since.to_string(), row.person.0.to_string());
        csv.write_record([row.receiver.as_str(), row.topic, &row.place, &since, &person])?;
    }
    csv.flush()?;
    Ok(statements.len())
}

/// What would be sent, in wire form; returns the count per kind.
async fn write_notices(store: &MemoryStore, hub: &str, path: &Path) -> Result<BTreeMap<&'static str, usize>> {
    let mut file = BufWriter::new(File::create(path).with_context(|| path.display().to_string())?);
    let mut kinds: BTreeMap<&'static str, usize> = BTreeMap::new();
    loop {
        let batch = store.next(Utc::now(), NOTICES).await?;
        if batch.is_empty() {
            break;
        }
        for outgoing in &batch {
            *kinds.entry(outgoing.notice.kind.name()).or_default() += 1;
            writeln!(file, "{}", envelope(&outgoing.notice, hub, outgoing.seqno))?;
        }
        store.published(&batch.iter().map(|outgoing| outgoing.outbox_no).collect::<Vec<_>>()).await?;
    }
    file.flush()?;
    Ok(kinds)
}
