//! Order never matters to the result: the same sample in three orders of arrival through AMQP, and in a rehearsal,
//! ends in the same persons and the same open statements.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

use liangdi_domain::feed::Feed;
use serde_json::Value;

use crate::support::ending::{Ending, worked_off};
use crate::support::ground::{Setup, on_own_ground, publish_on};
use crate::support::hub::Hub;
use crate::support::inboxes::{self, Copies};
use crate::support::sample::Sample;

/// Another seed, another shuffle.
/// The sample: one with repeated, withdrawn and refused messages.
const SAMPLE_SEED: u64 = 16;
const SHUFFLE_SEED: u64 = 20_260_630;

/// A line and the feed it is published to.
type Line = (Feed, Vec<u8>);

#[tokio::test(flavor = "multi_thread")]
async fn the_order_of_publishing_ends_like_a_rehearsal() {
    ends_like_a_rehearsal("published", |lines| lines).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_reversed_order_ends_like_a_rehearsal() {
    ends_like_a_rehearsal("reversed", |lines| lines.into_iter().rev().collect()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shuffled_order_ends_like_a_rehearsal() {
    ends_like_a_rehearsal("shuffled", |mut lines| {
        lines.sort_by_cached_key(|line| {
            let mut hasher = DefaultHasher::new();
            (SHUFFLE_SEED, line).hash(&mut hasher);
            hasher.finish()
        });
        lines
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rehearsal_ends_alike_in_any_order_of_files() {
    let sample = Sample::make("files", 400, 23);
    let files: Vec<PathBuf> = Feed::ALL.into_iter().map(|feed| sample.file(feed)).collect();
    let mut files: Vec<&Path> = files.iter().map(PathBuf::as_path).collect();
    let (first, _) = Ending::of_rehearsal(&files, sample.as_of, &sample.dir.join("first")).await;
    files.reverse();
    let (second, _) = Ending::of_rehearsal(&files, sample.as_of, &sample.dir.join("second")).await;
    assert!(first.open.len() > 100);
    first.is(&second);
}

async fn ends_like_a_rehearsal(name: &str, arrange: impl FnOnce(Vec<Line>) -> Vec<Line>) {
    let sample = Sample::make(name, 80, SAMPLE_SEED);
    let files: Vec<PathBuf> = Feed::ALL.into_iter().map(|feed| sample.file(feed)).collect();
    let files: Vec<&Path> = files.iter().map(PathBuf::as_path).collect();
    let (rehearsed, summary) = Ending::of_rehearsal(&files, sample.as_of, &sample.dir.join("rehearsal")).await;
    let of = |name: &str| summary[name].as_i64().unwrap();
    assert!(rehearsed.open.len() > 20 && of("duplicates") > 0);

    let settings = toml::from_str(&format!("[hub]\nas_of = \"{}\"", sample.as_of)).unwrap();
    // One user a feed, for the whole province: so that the order is the test's and not that of many connections.
    let users = Feed::ALL.into_iter().map(|feed| format!("{feed}.320000"));
    let mut codes = sample.codes();
    codes.extend((!codes.contains(&"320000".to_owned())).then(|| "320000".to_owned()));
    let setup = Setup { codes, users: users.collect(), settings };
    on_own_ground(name, setup, async |ground| {
        let mut hub = Hub::start(&ground);
        hub.until_ready().await;
        let lines = arrange(in_order_of_time(&sample));
        for run in lines.chunk_by(|before, after| before.0 == after.0) {
            let mut publisher = ground.publisher(&format!("{}.320000", run[0].0), false).await;
            publish_on(&mut publisher, &run.iter().map(|(_, line)| line.clone()).collect::<Vec<_>>()).await;
            publisher.close().await;
        }
        let store = ground.store().await;
        worked_off(&store, of("recorded") + of("refused"), lines.len() as i64).await;
        store.close().await;
        hub.stop().await;
        Ending::of_hub(&ground).await.is(&rehearsed);
        inboxes::empty(&ground, Copies::None).await;
    })
    .await;
}

/// All feeds' lines as they would arrive: merged by the time in them, each feed's own order kept.
fn in_order_of_time(sample: &Sample) -> Vec<Line> {
    let mut lines: Vec<(String, Line)> = Vec::new();
    for feed in Feed::ALL {
        let mut latest = String::new();
        for line in sample.lines(feed) {
            let message: Value = serde_json::from_slice(&line).unwrap_or_default();
            latest = latest.max(message["time"].as_str().unwrap_or_default().to_owned());
            lines.push((latest.clone(), (feed, line)));
        }
    }
    lines.sort_by(|one, other| one.0.cmp(&other.0));
    lines.into_iter().map(|(_, line)| line).collect()
}
