//! A fictional sample of all feeds, with what must become of it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use liangdi_domain::division::{Code, Divisions};
use liangdi_domain::feed::Feed;
use liangdi_workbench::simulate::{self, NoiseLevel, Options, Summary};
use serde::Deserialize;
use serde_json::Value;

/// A sample in a directory.
pub(crate) struct Sample {
    pub(crate) dir: PathBuf,
    pub(crate) as_of: NaiveDate,
    pub(crate) summary: Summary,
}

/// A line that must be refused.
#[derive(Deserialize)]
pub(crate) struct Bad {
    pub(crate) file: String,
    pub(crate) line: usize,
    pub(crate) reason: String,
    pub(crate) user: String,
}

impl Sample {
    /// Makes a sample beside the tests' other temporary files; it goes when it is dropped.
    pub(crate) fn make(name: &str, persons: u32, seed: u64) -> Self {
        Sample::over_days(name, persons, seed, simulate::SPAN_DAYS_DEFAULT)
    }

    /// The same over more than a month.
    pub(crate) fn over_days(name: &str, persons: u32, seed: u64, span_days: u32) -> Self {
        let dir = std::env::temp_dir().join(format!("liangdi-sample-{name}-{}", uuid::Uuid::now_v7().simple()));
        let as_of = NaiveDate::from_ymd_opt(2026, 6, 30).unwrap();
        let options =
            Options { persons, seed, noise: NoiseLevel::High, as_of, span_days, bad_share: 0.08, out: dir.clone() };
        let summary = simulate::simulate(&options).unwrap();
        Sample { dir, as_of, summary }
    }

    pub(crate) fn file(&self, feed: Feed) -> PathBuf {
        self.dir.join(format!("{feed}.jsonl"))
    }

    /// A feed's lines in publishing order.
    pub(crate) fn lines(&self, feed: Feed) -> Vec<Vec<u8>> {
        lines_of(&self.file(feed))
    }

    /// Every publisher's lines.
    pub(crate) fn by_publisher(&self) -> Vec<(Feed, String, Vec<Vec<u8>>)> {
        let of = |feed| simulate::by_publisher(&self.dir, feed, self.lines(feed)).unwrap();
        let each =
            Feed::ALL.into_iter().flat_map(|feed| of(feed).into_iter().map(move |(user, lines)| (feed, user, lines)));
        each.collect()
    }

    /// The users that publish it.
    pub(crate) fn users(&self) -> Vec<String> {
        #[derive(Deserialize)]
        struct Publishers {
            users: Vec<String>,
        }
        let text = std::fs::read_to_string(self.dir.join("publishers.json")).unwrap();
        serde_json::from_str::<Publishers>(&text).unwrap().users
    }

    /// Every jurisdiction that the sample can lead to: places named in it with their counties, and its townships'
    /// users.
    pub(crate) fn codes(&self) -> Vec<String> {
        let mut codes = BTreeSet::new();
        for feed in Feed::ALL {
            for line in self.lines(feed) {
                if let Ok(message) = serde_json::from_slice::<Value>(&line) {
                    name_places(&message["data"], &mut codes);
                }
            }
        }
        let offices = self.users().into_iter().filter_map(|user| user.strip_prefix("township.").map(str::to_owned));
        codes.into_iter().chain(offices).collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// The lines that must be refused.
    pub(crate) fn refused(&self) -> Vec<Bad> {
        let mut rows = csv::Reader::from_path(self.dir.join("refused.csv")).unwrap();
        rows.deserialize().map(Result::unwrap).collect()
    }

    /// A line of a file, from 1.
    pub(crate) fn line(&self, bad: &Bad) -> Vec<u8> {
        lines_of(&self.dir.join(&bad.file))[bad.line - 1].clone()
    }

    /// How many lines each feed has.
    pub(crate) fn counts(&self) -> BTreeMap<Feed, i64> {
        Feed::ALL.into_iter().map(|feed| (feed, self.lines(feed).len() as i64)).collect()
    }
}

impl Drop for Sample {
    fn drop(&mut self) {
        // A sample that cannot be removed fails no test.
        let _ = std::fs::remove_dir_all(&self.dir);
    }
}

fn lines_of(path: &Path) -> Vec<Vec<u8>> {
    let text = std::fs::read(path).unwrap();
    text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).map(<[u8]>::to_vec).collect()
}

/// Codes in a message, as the jurisdictions that may hear of them.
fn name_places(value: &Value, codes: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => members.values().for_each(|value| name_places(value, codes)),
        Value::Array(items) => items.iter().for_each(|value| name_places(value, codes)),
        Value::String(text) => {
            if let Ok(code) = text.parse::<Code>() {
                let divisions = Divisions::shipped();
                let above = [Some(code), code.township(), code.county(), code.prefecture()];
                let heard = above.into_iter().flatten().filter_map(|code| divisions.receiver(code));
                codes.extend(heard.map(|code| code.as_str().to_owned()));
            }
        }
        _ => {}
    }
}
