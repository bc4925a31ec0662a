//! Faults that come with the load: everything ten times over and out of order, hub after hub killed, several hubs of
//! which one dies, a stop under full load, messages that no handler survives.

use std::time::Duration;

use liangdi_store::postgres::PgStore;
use sqlx::AssertSqlSafe;

use crate::support::crowd;
use crate::support::dice::{Dice, form};
use crate::support::ending::received;
use crate::support::eventually;
use crate::support::ground::{Ground, on_own_ground};
use crate::support::hub::Hub;
use crate::support::load::Load;
use crate::support::oracle::{self, Sent};

/// People in the load.
const PERSONS: usize = 120;
/// The longest a hub may take to stop.
const STOP_MAX: Duration = Duration::from_secs(10);

#[tokio::test(flavor = "multi_thread")]
async fn everything_ten_times_over_and_shuffled_counts_once() {
    let mut dice = Dice::new();
    on_own_ground("tenfold", crowd::faulty_setup(), async |ground| {
        let load = Load::new(&mut dice, form(40, 400), 10, 1);
        let hub = Hub::start(&ground);
        let sent = load.finish(&ground).await;
        oracle::holds(&ground, &sent, vec![hub]).await;
        let store = ground.store().await;
        let status = store.status().await.unwrap();
        let duplicates: i64 = status.feeds.iter().map(|feed| feed.duplicates).sum();
        assert_eq!(duplicates, sent.confirmed - sent.distinct);
        store.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn hubs_that_crash_again_and_again_get_through_all_the_same() {
    let mut dice = Dice::new();
    on_own_ground("crash-loop", crowd::faulty_setup(), async |ground| {
        let sent = crowd::publish(&ground, PERSONS, 1).await;
        let store = ground.store().await;
        let (mut crashes, wanted) = (0, form(5, 30));
        while crashes < wanted && received(&store).await < sent {
            let some = received(&store).await + 1 + dice.below(30) as i64;
            let hub = Hub::start(&ground);
            eventually("part of the load goes through", async || {
                (received(&store).await >= some.min(sent)).then_some(())
            })
            .await;
            hub.kill().await;
            crashes += 1;
        }
        store.close().await;
        assert!(crashes > 2, "the load was worked off before the third crash: this showed little");
        let hub = Hub::start(&ground);
        oracle::holds(&ground, &Sent::once(PERSONS, sent), vec![hub]).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_hubs_and_then_of_four_one_dies_and_the_others_go_on() {
    let mut dice = Dice::new();
    for hubs in [2, 4] {
        on_own_ground("one-of-many", crowd::faulty_setup(), async |ground| {
            let mut load = Load::new(&mut dice, PERSONS, 1, 2);
            let mut running: Vec<Hub> = (0..hubs).map(|_| Hub::start(&ground)).collect();
            for hub in &mut running {
                hub.until_ready().await;
            }
            let store = ground.store().await;
            let dies = running.swap_remove(dice.below(hubs));
            load.publish_during(&ground, &store, &mut dice, async || dies.kill().await).await;
            store.close().await;
            let sent = load.finish(&ground).await;
            let logs = oracle::holds(&ground, &sent, running).await.logs;
            assert!(logs.iter().all(|log| !log.contains("taking it apart")), "hubs got into each other's way");
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sigterm_under_full_load_drains_in_time_and_nothing_settled_comes_again() {
    let mut dice = Dice::new();
    // Batches as they ship, and more messages than one holds.
    let mut setup = crowd::faulty_setup();
    setup.settings.remove("ingest");
    setup.settings.remove("courier");
    let persons = form(1_500, 6_000);
    on_own_ground("sigterm-full", setup, async |ground| {
        let sent = crowd::publish(&ground, persons, 1).await;
        let store = ground.store().await;
        let mut stops = 0;
        while stops < form(2, 4) && received(&store).await < sent {
            let some = received(&store).await + 1 + dice.below(persons / 2) as i64;
            let hub = Hub::start(&ground);
            eventually("part of the load goes through", async || {
                (received(&store).await >= some.min(sent)).then_some(())
            })
            .await;
            let ended = hub.terminate().await;
            assert!(ended.status.success(), "{}", ended.status);
            assert!(ended.after < STOP_MAX, "stopping took {:?}", ended.after);
            stops += 1;
        }
        assert!(stops > 0, "the load was worked off before the first stop: this showed nothing");
        let hub = Hub::start(&ground);
        eventually("everything is taken", async || (received(&store).await >= sent).then_some(())).await;
        assert_eq!(received(&store).await, sent, "what was committed was delivered again");
        store.close().await;
        oracle::holds(&ground, &Sent::once(persons, sent), vec![hub]).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_the_database_will_never_take_is_put_aside_and_sinks_nothing_beside_it() {
    let mut dice = Dice::new();
    on_own_ground("poison", crowd::faulty_setup(), async |ground| {
        // As if a message met a mistake of ours: whatever batch it is in, its transaction fails for good.
        poison(&ground, "residence-registered-7").await;
        let mut load = Load::new(&mut dice, PERSONS, 1, 3);
        let mut hub = Hub::start(&ground);
        for _ in 0..3 {
            load.publish(&ground).await;
        }
        hub.until_it_says("taking it apart").await;
        let store = ground.store().await;
        put_aside(&store, 1).await;
        heal(&ground).await;
        // Mended, it is replayed, and everything is as if it had never been.
        ground.liangdi(&["quarantine", "replay", "--reason", "internal"]).await.exits(0);
        put_aside(&store, 0).await;
        store.close().await;
        let sent = load.finish(&ground).await;
        oracle::holds(&ground, &sent, vec![hub]).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_that_panic_their_handler_are_put_aside_and_the_hub_lives() {
    let mut dice = Dice::new();
    on_own_ground("panic", crowd::faulty_setup(), async |ground| {
        // On the calendar's last day whatever looks ahead stumbles, after a long search for a working day.
        let over = toml::from_str("[hub]\nas_of = \"+262142-12-31\"").unwrap();
        let mut hub = Hub::start_with(&ground, &over);
        let (user, lines) = crowd::lines(1).swap_remove(0);
        ground.publish(user, &lines[..1]).await;
        let store = ground.store().await;
        put_aside(&store, 1).await;
        hub.until_it_says("panicked").await;
        hub.until_ready().await;
        // Killed: the search would be drained, which may take longer than a hub is given.
        hub.kill().await;
        let hub = Hub::start(&ground);
        ground.liangdi(&["quarantine", "replay", "--reason", "internal"]).await.exits(0);
        put_aside(&store, 0).await;
        store.close().await;
        let sent = Load::new(&mut dice, PERSONS, 1, 1).finish(&ground).await;
        let sent = Sent { confirmed: sent.confirmed + 1, panics: true, ..sent };
        oracle::holds(&ground, &sent, vec![hub]).await;
    })
    .await;
}

async fn poison(ground: &Ground, id: &str) {
    let sql = format!(
        "CREATE FUNCTION stumble() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
             IF new.id = '{id}' THEN RAISE EXCEPTION 'a mistake of ours'; END IF; RETURN new; END $$;
         CREATE TRIGGER stumble BEFORE INSERT ON inbox FOR EACH ROW EXECUTE FUNCTION stumble()"
    );
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut ground.connection().await).await.unwrap();
}

async fn heal(ground: &Ground) {
    sqlx::raw_sql("DROP TRIGGER stumble ON inbox").execute(&mut ground.connection().await).await.unwrap();
}

/// Waits until so many messages lie in quarantine.
async fn put_aside(store: &PgStore, wanted: i64) {
    eventually(&format!("{wanted} messages are in quarantine"), async || {
        let open = store.status().await.unwrap().quarantine_open;
        (open.iter().map(|count| count.count).sum::<i64>() == wanted).then_some(())
    })
    .await;
}
