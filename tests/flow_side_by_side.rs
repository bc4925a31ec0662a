//! Several hubs side by side, and any order of arrival, make the same persons of the same messages.

use std::path::{Path, PathBuf};

use liangdi_domain::feed::Feed;
use liangdi_domain::identity::Matching;
use liangdi_registry::ingest::Registry;
use liangdi_registry::offline;
use liangdi_store::keys::Keys;
use liangdi_store::memory::MemoryStore;
use liangdi_store::port::Store;

use crate::support::ending::{Ending, worked_off};
use crate::support::ground::{Setup, on_bare_ground, on_own_ground, publish_on};
use crate::support::hub::Hub;
use crate::support::inboxes::{self, Copies};
use crate::support::registry::{chunks, edited, lines, on, shuffled};
use crate::support::sample::Sample;

/// So few profiles under one key that keys become crowded while messages come.
const CROWDED: [(&str, &str); 1] = [("block_profiles_max = 200", "block_profiles_max = 3")];
/// The sample for hubs: each of its lines names a type, so that it can be published under one.
const SAMPLE_SEED: u64 = 16;
/// Messages in one transaction at most.
const CHUNK_MAX: u64 = 40;

type Line = (Feed, Vec<u8>);

fn crowded() -> Matching {
    Matching::read(&edited(&CROWDED)).unwrap()
}

/// Commits one chunk; each line through its own feed.
async fn commit<S: Store>(registry: &Registry<S>, chunk: &[Line]) {
    for run in chunk.chunk_by(|before, after| before.0 == after.0) {
        let lines: Vec<Vec<u8>> = run.iter().map(|(_, line)| line.clone()).collect();
        offline::feed(registry, run[0].0, &lines).await.unwrap();
    }
}

/// How it ends in memory, in the order given and in chunks by a seed.
async fn in_memory(sample: &Sample, keys: &Keys, matching: &Matching, all: &[Line], seed: u64) -> Ending {
    let registry = on(MemoryStore::new(), keys.clone(), sample.as_of, matching.clone());
    for chunk in chunks(all, CHUNK_MAX, seed) {
        commit(&registry, &chunk).await;
    }
    Ending::of(&registry.store).await
}

#[tokio::test(flavor = "multi_thread")]
async fn in_memory_any_order_in_any_chunks_ends_alike() {
    let keys = Keys::ephemeral();
    for (matching, persons, sample_seed) in [(Matching::shipped().clone(), 120, 41), (crowded(), 120, 42)] {
        let sample = Sample::make("permuted", persons, sample_seed);
        let all = lines(&sample);
        let first = in_memory(&sample, &keys, &matching, &all, 0).await;
        assert!(first.persons.len() > 50 && first.open.len() > 20);
        for seed in 1..=12 {
            in_memory(&sample, &keys, &matching, &shuffled(all.clone(), seed), seed).await.is(&first);
        }
        let reversed: Vec<Line> = all.iter().rev().cloned().collect();
        in_memory(&sample, &keys, &matching, &reversed, 99).await.is(&first);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn registries_side_by_side_on_one_database_end_like_one_in_memory() {
    let (sample, matching) = (Sample::make("registries", 90, 43), crowded());
    for (registries, seed) in [(2, 7), (3, 8), (4, 9)] {
        on_bare_ground("registries", Setup::default(), async |ground| {
            ground.create_database(&ground.database).await;
            ground.liangdi(&["migrate"]).await.exits(0);
            let keys = Keys::read_file(&ground.dir.join("liangdi.key")).unwrap();
            let all = lines(&sample);
            let alone = in_memory(&sample, &keys, &matching, &all, 0).await;
            let parts = chunks(&shuffled(all, seed), CHUNK_MAX, seed);
            let mut committing = tokio::task::JoinSet::new();
            for nth in 0..registries {
                // Each with a pool and a queue of writers of its own, as in a process of its own.
                let registry = on(ground.store().await, keys.clone(), sample.as_of, matching.clone());
                let mine: Vec<Vec<Line>> = parts.iter().skip(nth).step_by(registries).cloned().collect();
                committing.spawn(async move {
                    for chunk in &mine {
                        commit(&registry, chunk).await;
                    }
                    registry.store.close().await;
                });
            }
            while let Some(ended) = committing.join_next().await {
                ended.unwrap();
            }
            Ending::of_hub(&ground).await.is(&alone);
            let store = ground.store().await;
            let crowds = async || {
                let status = store.status().await.unwrap();
                (status.keys_refined, status.keys_closed)
            };
            let counted = crowds().await;
            assert!(counted.0 > 0 && counted.1 > 0, "no key became crowded: the limit tests nothing");
            store.recount_crowds(matching.limits.block_profiles_max).await.unwrap();
            assert_eq!(counted, crowds().await, "counted batch by batch as counted at once");
            store.close().await;
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn three_hubs_side_by_side_end_like_a_rehearsal() {
    let sample = Sample::make("hubs", 80, SAMPLE_SEED);
    let files: Vec<PathBuf> = Feed::ALL.into_iter().map(|feed| sample.file(feed)).collect();
    let files: Vec<&Path> = files.iter().map(PathBuf::as_path).collect();
    let (rehearsed, summary) = Ending::of_rehearsal(&files, sample.as_of, &sample.dir.join("rehearsal")).await;
    let of = |name: &str| summary[name].as_i64().unwrap();
    // Small batches, so that the hubs take turns often.
    let settings =
        format!("[hub]\nas_of = \"{}\"\n[ingest]\nbatch_messages_max = 5\nprefetch_messages = 10", sample.as_of);
    let mut codes = sample.codes();
    codes.extend((!codes.contains(&"320000".to_owned())).then(|| "320000".to_owned()));
    let users = Feed::ALL.into_iter().map(|feed| format!("{feed}.320000")).collect();
    let setup = Setup { codes, users, settings: toml::from_str(&settings).unwrap() };
    on_own_ground("hubs", setup, async |ground| {
        let mut hubs = [Hub::start(&ground), Hub::start(&ground), Hub::start(&ground)];
        for hub in &mut hubs {
            hub.until_ready().await;
        }
        let all = shuffled(lines(&sample), 10);
        for feed in Feed::ALL {
            let mut publisher = ground.publisher(&format!("{feed}.320000"), false).await;
            let lines: Vec<Vec<u8>> = all.iter().filter(|(of, _)| *of == feed).map(|(_, line)| line.clone()).collect();
            publish_on(&mut publisher, &lines).await;
            publisher.close().await;
        }
        let store = ground.store().await;
        worked_off(&store, of("recorded") + of("refused"), all.len() as i64).await;
        store.close().await;
        for hub in hubs {
            hub.stop().await;
        }
        Ending::of_hub(&ground).await.is(&rehearsed);
        inboxes::empty(&ground, Copies::Allowed).await;
    })
    .await;
}
