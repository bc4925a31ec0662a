//! What a way through the hub came to, in a form that does not depend on the ids it gave: who is whom, and what is
//! open. A hub and a rehearsal of the same messages must end alike.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use chrono::NaiveDate;
use liangdi_store::postgres::PgStore;
use serde_json::Value;

use super::ground::Ground;
use super::registry::Looked;
use super::{binary, eventually};

/// Assignments read in one go.
const PAGE: u32 = 1000;

/// An appearance of a person in a message: source, id, slot.
type Appearance = (String, String, u16);

/// How it ended.
#[derive(Debug, PartialEq)]
pub(crate) struct Ending {
    /// Appearances that are held to be one person, as sets.
    pub(crate) persons: BTreeSet<BTreeSet<Appearance>>,
    /// Open statements: receiver, topic, place, since, and the person by its first appearance.
    pub(crate) open: Vec<(String, String, String, NaiveDate, Appearance)>,
}

impl Ending {
    fn new(
        assignments: Vec<(Appearance, String)>,
        statements: Vec<(String, String, String, NaiveDate, String)>,
    ) -> Self {
        let mut persons: BTreeMap<String, BTreeSet<Appearance>> = BTreeMap::new();
        for (appearance, person) in assignments {
            assert!(persons.entry(person).or_default().insert(appearance), "an appearance is assigned twice");
        }
        let first = |person: &String| persons[person].first().unwrap().clone();
        // A correction goes to whichever user published; a rehearsal of files knows none, and takes the office's own.
        let heard_by =
            |receiver: &String, topic: &str| if topic == "correction" { String::new() } else { receiver.clone() };
        let named = statements.iter().map(|(receiver, topic, place, since, person)| {
            (heard_by(receiver, topic), topic.clone(), place.clone(), *since, first(person))
        });
        let mut open: Vec<_> = named.collect();
        open.sort();
        Ending { persons: persons.into_values().collect(), open }
    }

    /// How the hub ended.
    pub(crate) async fn of_hub(ground: &Ground) -> Self {
        let store = ground.store().await;
        let ending = Ending::of(&store).await;
        store.close().await;
        ending
    }

    /// How it stands in a store.
    pub(crate) async fn of(store: &impl Looked) -> Self {
        let (mut assignments, mut after) = (Vec::new(), None);
        loop {
            let page = store.page(after, PAGE).await.unwrap();
            let Some(last) = page.last() else { break };
            after = Some((last.no, last.slot));
            assignments.extend(page.into_iter().map(|row| ((row.source, row.id, row.slot), row.person.0.to_string())));
        }
        let open = store
            .open()
            .await
            .unwrap()
            .into_iter()
            .map(|row| (row.receiver, row.topic.to_owned(), row.place, row.since, row.person.0.to_string()));
        Ending::new(assignments, open.collect())
    }

    /// How a rehearsal of files ended, with its summary.
    pub(crate) async fn of_rehearsal(files: &[&Path], as_of: NaiveDate, out: &Path) -> (Self, Value) {
        let as_of = as_of.to_string();
        let mut arguments = vec!["rehearse", "--as-of", &as_of, "--out", out.to_str().unwrap()];
        arguments.extend(files.iter().map(|file| file.to_str().unwrap()));
        let ran = binary::liangdi(&arguments).await;
        assert!(ran.code < 2, "{}", ran.err);
        let read = |name: &str| csv::Reader::from_path(out.join(name)).unwrap();
        let assignments = read("assignments.csv")
            .deserialize::<(String, String, u16, String)>()
            .map(Result::unwrap)
            .map(|(source, id, slot, person)| ((source, id, slot), person))
            .collect();
        let open = read("statements.csv").deserialize().map(Result::unwrap).collect();
        (Ending::new(assignments, open), ran.json())
    }

    /// Asserts that both ended alike; says where they differ.
    #[track_caller]
    pub(crate) fn is(&self, other: &Self) {
        let ours: Vec<_> = self.persons.difference(&other.persons).take(5).collect();
        let theirs: Vec<_> = other.persons.difference(&self.persons).take(5).collect();
        assert!(ours.is_empty() && theirs.is_empty(), "persons differ: only here {ours:#?}, only there {theirs:#?}");
        let ours: Vec<_> = self.open.iter().filter(|row| !other.open.contains(row)).take(5).collect();
        let theirs: Vec<_> = other.open.iter().filter(|row| !self.open.contains(row)).take(5).collect();
        assert!(ours.is_empty() && theirs.is_empty(), "statements differ: only here {ours:#?}, only there {theirs:#?}");
        assert_eq!(self.open.len(), other.open.len(), "a statement is open twice");
    }
}

/// Waits until that many distinct messages are recorded or quarantined, that many deliveries were taken in all, and
/// no notice waits. Asserts that the accounts of every feed add up.
#[allow(clippy::print_stderr)]
pub(crate) async fn worked_off(store: &PgStore, distinct: i64, deliveries: i64) {
    let mut seen = (0, 0, 0);
    let status = eventually(&format!("{distinct} messages are worked off"), async || {
        // A database that is away for a while is part of some tests.
        let status = store.status().await.ok()?;
        let taken: i64 = status.feeds.iter().map(|feed| feed.recorded + feed.quarantined).sum();
        let received: i64 = status.feeds.iter().map(|feed| feed.received).sum();
        assert!(taken <= distinct, "{taken} distinct messages where {distinct} were sent");
        let waiting = status.outbox_waiting;
        if seen != (taken, received, waiting) {
            seen = (taken, received, waiting);
            // A failure shows where it stood still.
            eprintln!("{taken} of {distinct} messages, {received} of {deliveries} deliveries; {waiting} notices wait");
        }
        (taken == distinct && received >= deliveries && waiting == 0).then_some(status)
    })
    .await;
    for feed in &status.feeds {
        assert!(feed.adds_up(), "{feed:?}");
    }
}

/// How many deliveries were taken so far.
pub(crate) async fn received(store: &PgStore) -> i64 {
    store.status().await.map_or(0, |status| status.feeds.iter().map(|feed| feed.received).sum())
}
