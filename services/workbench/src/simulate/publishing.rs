//! Who publishes which line of a sample: its source's user, except for the lines that `refused.csv` gives to somebody.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use anyhow::{Context, Result};
use liangdi_domain::division::Code;
use liangdi_domain::feed::Feed;
use serde::Deserialize;

/// The user `<feed>.<division>` that speaks for an office: a department's prefecture, a township's county.
pub fn user_of(feed: Feed, office: Code) -> String {
    let division = if feed == Feed::Township { office.county() } else { office.prefecture() };
    format!("{feed}.{}", division.unwrap_or(office))
}

/// A feed's lines by publisher, each publisher's in publishing order.
pub fn by_publisher(sample: &Path, feed: Feed, lines: Vec<Vec<u8>>) -> Result<BTreeMap<String, Vec<Vec<u8>>>> {
    let given = given(sample, feed)?;
    let mut by_user: BTreeMap<String, Vec<Vec<u8>>> = BTreeMap::new();
    for (number, line) in (1_u64..).zip(lines) {
        let user = match given.get(&number) {
            Some(user) => user.clone(),
            None => {
                let office = office(&line).with_context(|| format!("{feed}.jsonl, line {number}: no source"))?;
                user_of(feed, office)
            }
        };
        by_user.entry(user).or_default().push(line);
    }
    Ok(by_user)
}

/// Line numbers of a feed's refused lines with their publishers.
fn given(sample: &Path, feed: Feed) -> Result<HashMap<u64, String>> {
    #[derive(Deserialize)]
    struct Row {
        file: String,
        line: u64,
        user: String,
    }
    let path = sample.join("refused.csv");
    let mut rows = csv::Reader::from_path(&path).with_context(|| path.display().to_string())?;
    let file = format!("{feed}.jsonl");
    let mut given = HashMap::new();
    for row in rows.deserialize::<Row>() {
        let row = row.with_context(|| path.display().to_string())?;
        if row.file == file {
            given.insert(row.line, row.user);
        }
    }
    Ok(given)
}

fn office(line: &[u8]) -> Option<Code> {
    #[derive(Deserialize)]
    struct Envelope<'a> {
        source: &'a str,
    }
    let envelope: Envelope = serde_json::from_slice(line).ok()?;
    envelope.source.rsplit(':').next()?.parse().ok()
}
