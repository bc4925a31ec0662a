//! The broker killed, frozen, out of memory or disk; its connections cut in the middle of a frame or left half-open; its
//! channels closed; a feed's queue deleted under its reader.

use std::time::Duration;

use liangdi_broker::topology::names;
use liangdi_domain::feed::Feed;

use crate::support::crowd;
use crate::support::dice::{Dice, form};
use crate::support::ending::received;
use crate::support::ground::on_ground_of;
use crate::support::hub::Hub;
use crate::support::load::Load;
use crate::support::oracle;
use crate::support::private::{Private, Server};
use crate::support::relay::{Fate, Frame};
use crate::support::struck::{self, on_private_ground, on_relayed_ground};
use crate::support::{eventually, within};

/// People in the load.
const PERSONS: usize = 120;
/// Within this time of the broker accepting again, messages flow again.
const RECOVERY: Duration = Duration::from_secs(15);

/// Everything that a frame may be on its way to or from the broker.
const FRAMES: [fn(&Frame) -> bool; 4] = [Frame::delivers, Frame::acknowledges, Frame::publishes, Frame::confirms];

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_is_killed_and_started_again_loses_nothing() {
    let rounds = form(1, 6);
    on_private_ground("broker-killed", PERSONS, rounds, async |private, ground, store, hub, load, dice| {
        for _ in 0..rounds {
            load.publish_during(ground, store, dice, async || {
                let before = hub.outages();
                private.kill(Server::Broker).await;
                private.start_again().await;
                hub.until_back(RECOVERY, before).await;
            })
            .await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_freezes_is_given_up_and_found_again() {
    on_private_ground("broker-frozen", PERSONS, 2, async |private, ground, store, hub, load, dice| {
        load.publish_during(ground, store, dice, async || {
            struck::frozen(private, Server::Broker, hub, Feed::ALL.len(), RECOVERY).await;
        })
        .await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_without_memory_or_disk_takes_no_notice_and_gets_them_all_later() {
    let alarms = [
        (["set_vm_memory_high_watermark", "0.00001"], ["set_vm_memory_high_watermark", "0.5"]),
        (["set_disk_free_limit", "900000GB"], ["set_disk_free_limit", "100MB"]),
    ];
    let mut dice = Dice::new();
    let private = Private::start().await;
    on_ground_of(private.servers.clone(), "broker-alarms", crowd::faulty_setup(), async |ground| {
        let mut load = Load::new(&mut dice, PERSONS, 1, alarms.len() + 1);
        let store = ground.store().await;
        for (raise, clear) in alarms {
            let before = received(&store).await;
            load.publish(&ground).await;
            private.rabbitmqctl(&raise).await;
            let mut hub = Hub::start(&ground);
            hub.until_it_says("the broker blocks publishing").await;
            // What comes in is taken all the same: only what goes out is blocked, and it is not lost count of.
            eventually("what came in is recorded", async || (received(&store).await > before).then_some(())).await;
            hub.until_it_says("a publisher confirm did not end within").await;
            assert!(store.status().await.unwrap().outbox_waiting > 0);
            private.rabbitmqctl(&clear).await;
            within(RECOVERY, "no notice waits any more", async || {
                let status = store.status().await.unwrap();
                (status.outbox_waiting == 0).then_some(())
            })
            .await;
            hub.stop().await;
        }
        store.close().await;
        let hub = Hub::start(&ground);
        let sent = load.finish(&ground).await;
        oracle::holds(&ground, &sent, vec![hub]).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_cut_in_the_middle_of_a_frame_lose_nothing() {
    let fates = [Fate::Halve, Fate::CutAfter, Fate::CutBefore];
    let rounds = form(FRAMES.len(), FRAMES.len() * fates.len());
    on_relayed_ground("broker-cut", PERSONS, rounds, async |ways, ground, hub, load, dice| {
        for round in 0..rounds {
            let before = hub.outages();
            let fate = fates[(round / FRAMES.len() + dice.below(fates.len())) % fates.len()];
            ways.broker.trap(dice.below(5), fate, FRAMES[round % FRAMES.len()]);
            load.publish(ground).await;
            ways.broker.sprung().await;
            hub.until_back(RECOVERY, before).await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn half_open_connections_to_the_broker_are_given_up() {
    on_relayed_ground("broker-half-open", PERSONS, 2, async |ways, ground, hub, load, dice| {
        let before = hub.outages();
        ways.broker.trap(dice.below(5), Fate::Silence, FRAMES[dice.below(FRAMES.len())]);
        load.publish(ground).await;
        ways.broker.sprung().await;
        hub.until_it_says_times("; waiting, and trying again", before.0 + Feed::ALL.len()).await;
        ways.broker.speak();
        hub.until_back(RECOVERY, before).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn channels_that_the_broker_closes_are_opened_again() {
    let frames = [Frame::delivers, Frame::confirms];
    on_relayed_ground("channel-closed", PERSONS, frames.len(), async |ways, ground, hub, load, dice| {
        for frame in frames {
            let before = hub.outages();
            ways.broker.trap(dice.below(5), Fate::CloseChannel, frame);
            load.publish(ground).await;
            ways.broker.sprung().await;
            hub.until_back(RECOVERY, before).await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_whose_queue_is_deleted_says_so_and_goes_on_when_it_is_there_again() {
    on_relayed_ground("queue-deleted", PERSONS, 2, async |_, ground, hub, load, _| {
        load.publish(ground).await;
        let store = ground.store().await;
        eventually("the queues are empty", async || {
            let status = store.status().await.unwrap();
            (status.outbox_waiting == 0 && received(&store).await > 0).then_some(())
        })
        .await;
        store.close().await;
        let before = hub.outages();
        ground.delete_queue(&names::feed(Feed::Housing)).await;
        hub.until_it_says("the broker ended the consumer of queue feed.housing").await;
        hub.until_it_says("`liangdi topology plan` shows").await;
        hub.until_it_waits_for("broker").await;
        ground.liangdi(&["topology", "apply"]).await.exits(0);
        hub.until_back(RECOVERY, before).await;
        hub.until_ready().await;
    })
    .await;
}
