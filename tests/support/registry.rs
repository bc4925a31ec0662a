//! The registry itself, in this process and on a store of the test's choosing: for tests that commit batch by batch.

use std::future::Future;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use chrono::NaiveDate;
use liangdi_domain::calendar::Calendar;
use liangdi_domain::division::Divisions;
use liangdi_domain::feed::Feed;
use liangdi_domain::identity::Matching;
use liangdi_domain::procedure::Procedures;
use liangdi_registry::ingest::Registry;
use liangdi_store::keys::Keys;
use liangdi_store::memory::MemoryStore;
use liangdi_store::port::{Result, Store};
use liangdi_store::postgres::PgStore;
use liangdi_store::report::{Assignment, OpenStatement, Status};

use super::sample::Sample;

/// A store whose ending can be looked at.
pub(crate) trait Looked: Store {
    fn page(&self, after: Option<(i64, u16)>, limit: u32) -> impl Future<Output = Result<Vec<Assignment>>> + Send;
    fn open(&self) -> impl Future<Output = Result<Vec<OpenStatement>>> + Send;
    fn now(&self) -> impl Future<Output = Result<Status>> + Send;
    fn recount(&self, profiles_max: usize) -> impl Future<Output = Result<()>> + Send;
}

impl Looked for MemoryStore {
    async fn page(&self, after: Option<(i64, u16)>, limit: u32) -> Result<Vec<Assignment>> {
        self.assignments(after, limit).await
    }

    async fn open(&self) -> Result<Vec<OpenStatement>> {
        self.open_statements(None).await
    }

    async fn now(&self) -> Result<Status> {
        self.status().await
    }

    async fn recount(&self, profiles_max: usize) -> Result<()> {
        self.recount_crowds(profiles_max).await
    }
}

impl Looked for PgStore {
    async fn page(&self, after: Option<(i64, u16)>, limit: u32) -> Result<Vec<Assignment>> {
        self.assignments(after, limit).await
    }

    async fn open(&self) -> Result<Vec<OpenStatement>> {
        self.open_statements(None).await
    }

    async fn now(&self) -> Result<Status> {
        self.status().await
    }

    async fn recount(&self, profiles_max: usize) -> Result<()> {
        self.recount_crowds(profiles_max).await
    }
}

/// A registry on a store.
pub(crate) fn on<S: Store>(store: S, keys: Keys, as_of: NaiveDate, matching: Matching) -> Registry<S> {
    Registry {
        store,
        keys: Arc::new(keys),
        divisions: Divisions::shipped(),
        calendar: Calendar::shipped(),
        procedures: Arc::new(Procedures::shipped().clone()),
        matching: Arc::new(matching),
        baseline_users: Arc::from([]),
        as_of: Some(as_of),
        together: Arc::default(),
        boundaries: Arc::default(),
    }
}

/// The shipped weights with some of their text replaced.
pub(crate) fn edited(edits: &[(&str, &str)]) -> String {
    edits.iter().fold(Matching::shipped_text().to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "{from}");
        text.replacen(from, to, 1)
    })
}

/// All lines of a sample with their feeds, in the order of the files.
pub(crate) fn lines(sample: &Sample) -> Vec<(Feed, Vec<u8>)> {
    Feed::ALL.into_iter().flat_map(|feed| sample.lines(feed).into_iter().map(move |line| (feed, line))).collect()
}

/// Some order, the same for the same seed.
pub(crate) fn shuffled<T>(items: Vec<T>, seed: u64) -> Vec<T> {
    let mut numbered: Vec<(usize, T)> = items.into_iter().enumerate().collect();
    numbered.sort_by_cached_key(|(number, _)| chance(seed, *number));
    numbered.into_iter().map(|(_, item)| item).collect()
}

/// Chunks of 1 to `most`, the same for the same seed.
pub(crate) fn chunks<T: Clone>(items: &[T], most: u64, seed: u64) -> Vec<Vec<T>> {
    let (mut chunks, mut rest) = (Vec::new(), items);
    while !rest.is_empty() {
        let many = 1 + chance(seed, chunks.len()) % most;
        let (chunk, after) = rest.split_at(rest.len().min(many as usize));
        chunks.push(chunk.to_vec());
        rest = after;
    }
    chunks
}

fn chance(seed: u64, number: usize) -> u64 {
    let mut hasher = DefaultHasher::new();
    (seed, number).hash(&mut hasher);
    hasher.finish()
}
