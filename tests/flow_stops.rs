//! Stopping and starting: SIGTERM under load, SIGKILL in the middle, several hubs at once, everything sent three
//! times. Whatever happens, it ends like a rehearsal, and every notice goes out under its one number.

use std::time::Duration;

use liangdi_store::port::Outbox;
use liangdi_store::postgres::PgStore;

use crate::support::crowd;
use crate::support::ending::{received, worked_off};
use crate::support::eventually;
use crate::support::ground::on_own_ground;
use crate::support::hub::Hub;
use crate::support::inboxes::Copies;

/// People in the load.
const PERSONS: usize = 180;
/// The longest a hub may take to stop.
const STOP_MAX: Duration = Duration::from_secs(10);

#[tokio::test(flavor = "multi_thread")]
async fn sigterm_under_load_ends_in_time_and_the_next_hub_finishes() {
    on_own_ground("sigterm", crowd::setup(), async |ground| {
        let sent = crowd::publish(&ground, PERSONS, 1).await;
        let store = ground.store().await;
        let mut stops = 0;
        while received(&store).await < sent {
            let before = received(&store).await;
            let hub = Hub::start(&ground);
            some_more(&store, before, sent).await;
            let ended = hub.terminate().await;
            assert!(ended.status.success(), "{}", ended.status);
            assert!(ended.after < STOP_MAX, "stopping took {:?}", ended.after);
            assert!(!ended.log.contains("not everything was drained"));
            stops += 1;
        }
        assert!(stops > 1, "the load was worked off before the first stop: this showed nothing");
        let hub = Hub::start(&ground);
        // A clean stop settles what it committed: not one delivery was needed twice.
        worked_off(&store, sent, sent).await;
        assert_eq!(received(&store).await, sent);
        store.close().await;
        hub.stop().await;
        crowd::ends_like_a_rehearsal(&ground, PERSONS, Copies::None).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_that_stops_leaves_its_couriers_lease_to_the_next_at_once() {
    on_own_ground("lease", crowd::setup(), async |ground| {
        let store = ground.store().await;
        let mut hub = Hub::start(&ground);
        hub.until_ready().await;
        let another = uuid::Uuid::now_v7();
        eventually("the courier has its lease", async || {
            (!store.lease(another, Duration::ZERO).await.unwrap()).then_some(())
        })
        .await;
        hub.stop().await;
        assert!(store.lease(another, Duration::ZERO).await.unwrap());
        store.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sigkill_in_the_middle_loses_nothing_and_doubles_nothing() {
    on_own_ground("sigkill", crowd::setup(), async |ground| {
        let sent = crowd::publish(&ground, PERSONS, 1).await;
        let store = ground.store().await;
        let mut kills = 0;
        while kills < 4 && received(&store).await < sent {
            let before = received(&store).await;
            let hub = Hub::start(&ground);
            some_more(&store, before, sent).await;
            hub.kill().await;
            kills += 1;
        }
        assert!(kills > 1, "the load was worked off before the first kill: this showed nothing");
        let hub = Hub::start(&ground);
        worked_off(&store, sent, sent).await;
        store.close().await;
        hub.stop().await;
        crowd::ends_like_a_rehearsal(&ground, PERSONS, Copies::Allowed).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hubs_side_by_side_end_like_one() {
    on_own_ground("two-hubs", crowd::setup(), async |ground| {
        let (mut one, mut other) = (Hub::start(&ground), Hub::start(&ground));
        one.until_ready().await;
        other.until_ready().await;
        let sent = crowd::publish(&ground, PERSONS, 1).await;
        let store = ground.store().await;
        worked_off(&store, sent, sent).await;
        store.close().await;
        let (one, other) = (one.stop().await, other.stop().await);
        for log in [one, other] {
            assert!(!log.contains("taking it apart"), "two hubs got into each other's way");
        }
        crowd::ends_like_a_rehearsal(&ground, PERSONS, Copies::None).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_sent_three_times_counts_once() {
    on_own_ground("thrice", crowd::setup(), async |ground| {
        let hub = Hub::start(&ground);
        let sent = crowd::publish(&ground, PERSONS, 3).await;
        let store = ground.store().await;
        worked_off(&store, sent / 3, sent).await;
        let status = store.status().await.unwrap();
        let duplicates: i64 = status.feeds.iter().map(|feed| feed.duplicates).sum();
        assert_eq!(duplicates, sent / 3 * 2);
        store.close().await;
        hub.stop().await;
        crowd::ends_like_a_rehearsal(&ground, PERSONS, Copies::None).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn roles_in_processes_of_their_own_end_like_one_hub() {
    on_own_ground("roles", crowd::setup(), async |ground| {
        let roles = [
            Hub::start_role(&ground, &["run", "adapter", "--feed", "police"]),
            Hub::start_role(&ground, &["run", "adapter", "--feed", "hr"]),
            Hub::start_role(&ground, &["run", "courier"]),
        ];
        let sent = crowd::publish(&ground, PERSONS, 1).await;
        let store = ground.store().await;
        worked_off(&store, sent, sent).await;
        store.close().await;
        for role in roles {
            role.stop().await;
        }
        crowd::ends_like_a_rehearsal(&ground, PERSONS, Copies::None).await;
    })
    .await;
}

/// Waits until part of the load went through.
async fn some_more(store: &PgStore, before: i64, sent: i64) {
    let enough = (before + sent / 8).min(sent);
    eventually("part of the load goes through", async || (received(store).await >= enough).then_some(())).await;
}
