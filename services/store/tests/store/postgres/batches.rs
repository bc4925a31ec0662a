//! Locks, broken connections, plans.

use std::collections::BTreeMap;
use std::future::Future;
use std::task::Poll;
use std::time::Duration;

use liangdi_domain::evidence::MessageKey;
use liangdi_domain::statement::{Asked, Told, ToldState};
use liangdi_store::StoreError;
use liangdi_store::port::{Batch, Inbound, Move, Outbox, Question, Reading, Recorded, Store, StoredEdge};
use liangdi_store::postgres::PgStore;
use sqlx::{Connection, PgConnection};

use crate::support::database::{Database, until, with_database};
use crate::support::sample::{
    HERE, appearance, day, ending, inbound, key, key_token, new_profile, notice, person, profile_id, residence, said,
    say, send, token, told,
};

const ONE_WAITS: &str = "SELECT count(*) = 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";

const NOBODY_INSIDE: &str = "SELECT count(*) = 0 FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'";

async fn migrated(database: &Database) -> (PgStore, PgConnection) {
    PgStore::migrate(&database.options(), &database.keys).await.unwrap();
    (database.store().await, database.connection().await)
}

#[tokio::test]
async fn two_writers_exclude_each_other() {
    with_database(async |database| {
        let (one, mut connection) = migrated(&database).await;
        // Another process would have a pool of its own, too.
        let other = database.store().await;
        let mut first = one.begin().await.unwrap();
        let second = tokio::spawn(async move {
            let mut batch = other.begin().await.unwrap();
            batch.record(&[inbound("m")]).await.unwrap()
        });
        until(&mut connection, ONE_WAITS).await;
        first.record(&[inbound("m")]).await.unwrap();
        first.commit().await.unwrap();
        assert_eq!(second.await.unwrap(), [Recorded::Duplicate], "it saw what the first committed");
    })
    .await;
}

#[tokio::test]
async fn a_batch_given_up_in_the_middle_of_a_statement_leaves_no_transaction_behind() {
    with_database(async |database| {
        let (store, mut connection) = migrated(&database).await;
        let mut blocker = connection.begin().await.unwrap();
        sqlx::raw_sql("LOCK inbox IN EXCLUSIVE MODE").execute(&mut *blocker).await.unwrap();
        let hanging = tokio::spawn({
            let store = store.clone();
            async move {
                let mut batch = store.begin().await.unwrap();
                batch.record(&[inbound("m")]).await.map(drop)
            }
        });
        let mut watcher = database.connection().await;
        until(&mut watcher, "SELECT count(*) = 1 FROM pg_locks WHERE NOT granted AND relation = 'inbox'::regclass")
            .await;
        hanging.abort();
        assert!(hanging.await.unwrap_err().is_cancelled());
        blocker.rollback().await.unwrap();
        // The writer's lock is free again, and whatever connection we are given is in no transaction.
        for id in ["m", "n", "o"] {
            say(&store, id, 1).await;
        }
        until(&mut watcher, "SELECT count(*) = 3 FROM inbox").await;
    })
    .await;
}

/// sqlx 0.9: a `begin` that is cancelled may hand back a connection that is still inside a transaction.
#[tokio::test]
async fn a_begin_given_up_at_any_point_leaves_nobody_inside_a_transaction() {
    with_database(async |database| {
        let (store, _) = migrated(&database).await;
        let mut watcher = database.connection().await;
        for given_up_after in 0..12 {
            let mut begin = Box::pin(store.begin());
            for _ in 0..given_up_after {
                let polled = std::future::poll_fn(|context| Poll::Ready(begin.as_mut().poll(context).is_ready())).await;
                if polled {
                    break;
                }
                tokio::task::yield_now().await;
            }
            drop(begin);
            until(&mut watcher, NOBODY_INSIDE).await;
            say(&store, &format!("after {given_up_after}"), 1).await;
        }
        until(&mut watcher, "SELECT count(*) = 12 FROM inbox").await;
    })
    .await;
}

#[tokio::test]
async fn a_connection_that_dies_is_unavailable_and_the_next_batch_goes_on() {
    with_database(async |database| {
        let (store, mut connection) = migrated(&database).await;
        let mut batch = store.begin().await.unwrap();
        batch.record(&[inbound("m")]).await.unwrap();
        let kill = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                    WHERE application_name = 'liangdi' AND datname = current_database()";
        sqlx::raw_sql(kill).execute(&mut connection).await.unwrap();
        let error = batch.commit().await.unwrap_err();
        assert!(matches!(error, StoreError::Unavailable(_)), "{error}");
        say(&store, "m", 1).await;
    })
    .await;
}

#[tokio::test]
async fn a_lock_that_does_not_come_free_in_time_is_unavailable() {
    with_database(async |database| {
        let (store, _) = migrated(&database).await;
        let mut impatient = database.options();
        impatient.statement_timeout_ms = 200;
        let other = PgStore::connect(&impatient, database.keys.clone()).await.unwrap();
        let held = store.begin().await.unwrap();
        let error = other.begin().await.err().unwrap();
        assert!(matches!(error, StoreError::Unavailable(_)), "{error}");
        drop(held);
        until(&mut database.connection().await, "SELECT count(*) = 0 FROM pg_locks WHERE locktype = 'advisory'").await;
        other.begin().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_courier_in_another_process_is_woken() {
    with_database(async |database| {
        let (store, _) = migrated(&database).await;
        let courier = database.store().await;
        courier.wait(Duration::ZERO).await.unwrap();
        let began = tokio::time::Instant::now();
        send(&store, &[notice(1, "341221")]).await;
        courier.wait(Duration::from_secs(4)).await.unwrap();
        assert!(began.elapsed() < Duration::from_secs(3));
        courier.close().await;
    })
    .await;
}

/// Tables that grow with the messages; reading one from end to end would end the hub's speed.
const GROWING: &str = "SELECT relname::text, seq_scan FROM pg_stat_user_tables
    WHERE relname IN ('inbox', 'profiles', 'tokens', 'facts', 'evidence', 'endings', 'links', 'edges', 'questions',
    'decisions', 'told', 'ledger', 'outbox', 'withdrawals')";

#[tokio::test]
async fn no_statement_of_a_batch_reads_a_table_from_end_to_end() {
    with_database(async |database| {
        let (store, mut connection) = migrated(&database).await;
        let before: BTreeMap<String, i64> =
            sqlx::query_as(GROWING).fetch_all(&mut connection).await.unwrap().into_iter().collect();
        for round in 0..8 {
            everything(&store, round).await;
        }
        let outgoing = store.next(chrono::Utc::now(), 100).await.unwrap();
        store.published(&outgoing.iter().map(|outgoing| outgoing.outbox_no).collect::<Vec<_>>()).await.unwrap();
        // Statistics arrive when connections close.
        store.close().await;
        until(&mut connection, "SELECT coalesce(sum(idx_scan), 0) > 0 FROM pg_stat_user_tables WHERE relname = 'told'")
            .await;
        let after: BTreeMap<String, i64> =
            sqlx::query_as(GROWING).fetch_all(&mut connection).await.unwrap().into_iter().collect();
        assert_eq!(after, before);
        assert_eq!(after.len(), 14);
    })
    .await;
}

/// A batch that uses every statement there is.
async fn everything(store: &PgStore, round: u32) {
    let n = 1000 + round;
    let (id, withdrawn) = (format!("m{round}"), format!("w{round}"));
    let mut batch = store.begin().await.unwrap();
    let withdrawal = Inbound { withdraws: Some(key(&id)), ..inbound(&withdrawn) };
    let seen = MessageKey { source: "urn:liangdi:hr:320583".to_owned(), id: "always".to_owned() };
    let recorded = batch.record(&[inbound(&id), Inbound { key: seen, ..inbound("always") }]).await.unwrap();
    let Recorded::New { no, .. } = recorded[0] else { panic!("new") };
    batch.profiles(&[profile_id(n)]).await.unwrap();
    let block = key_token("name and birth", n);
    batch.blocks(&[block.token, token(&format!("number {n}"))], 10).await.unwrap();
    batch.refined_blocks(&[(block.token, block.refined.unwrap())], 10).await.unwrap();
    batch.contents(&[profile_id(n - 1)]).await.unwrap();
    batch.component(&[profile_id(n - 1)], 100).await.unwrap();
    let mut row = appearance(n, residence(HERE));
    row.key = Some(token("key"));
    let mut evidence = said(no, vec![row]);
    evidence.ending = Some(ending("key"));
    batch.save(&[new_profile(n)], &[evidence]).await.unwrap();
    let (a, b) = (profile_id(n).min(profile_id(n - 1)), profile_id(n).max(profile_id(n - 1)));
    batch.put_edges(&[StoredEdge { a, b, weight: 900, against: false }], &[]).await.unwrap();
    batch.ask(&[a, b], &[Question { a, b, weight: 500, ambiguous: false }]).await.unwrap();
    batch.holders(&[token("key")]).await.unwrap();
    let to = person(n + 1);
    batch.assign(&[Move { profile: profile_id(n), from: person(n), to }]).await.unwrap();
    batch.person_files(&[to]).await.unwrap();
    let sent = notice(n, "341221");
    let asked = Some(Asked { notice: sent.id, on: day("2026-03-09"), late_told: 0, answered: false });
    let told = Told { last_notice: Some(sent.id), asked, ..told(n, "341221", ToldState::Open) };
    batch.sent(&[sent.id]).await.unwrap();
    batch.subjects(&[told.id]).await.unwrap();
    batch.tell(&[told], &[sent]).await.unwrap();
    batch.wake(&[(person(n), Some(day("2026-03-24"))), (person(n + 1), None)]).await.unwrap();
    batch.due(day("2026-03-24"), 10).await.unwrap();
    batch.record(&[withdrawal]).await.unwrap();
    batch.withdraw(&[key(&id)]).await.unwrap();
    batch.commit().await.unwrap();
}
