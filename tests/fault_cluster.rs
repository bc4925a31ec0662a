//! A broker of three nodes: those that lead a feed's and an inbox's queue are killed under load, then one node is cut off
//! from the other two, then they are together again. What cuts them off are relays between their distribution ports, which
//! drop what passes and answer nobody any more. The nodes pause when they are in the minority.

use std::time::Duration;

use liangdi_store::postgres::PgStore;

use crate::support::cluster::Cluster;
use crate::support::crowd;
use crate::support::dice::{Dice, form};
use crate::support::ending::received;
use crate::support::ground::on_ground_of;
use crate::support::hub::Hub;
use crate::support::load::Load;
use crate::support::{leaks, oracle, within};

/// People in the load.
const PERSONS: usize = 120;
/// Within this time of a node's end, messages flow again over the others.
const RECOVERY: Duration = Duration::from_secs(15);
/// A feed's queue and an inbox.
const LED: [&str; 2] = ["feed.police", "inbox.321322101"];

#[allow(clippy::print_stderr)]
#[tokio::test(flavor = "multi_thread")]
#[ignore = "three brokers and minutes: part of the long form, deploy/test --faults"]
async fn a_cluster_whose_leaders_are_killed_and_whose_network_is_divided_loses_nothing() {
    let Some(cluster) = Cluster::start().await else {
        eprintln!("SKIPPED: there is not enough memory here for three brokers");
        return;
    };
    let mut dice = Dice::new();
    let rounds = form(1, 3);
    on_ground_of(cluster.servers(), "cluster", crowd::faulty_setup(), async |ground| {
        let mut load = Load::new(&mut dice, PERSONS, 1, rounds * (LED.len() + 1) + 1);
        let mut hub = Hub::start(&ground);
        let store = ground.store().await;
        for _ in 0..rounds {
            for queue in LED {
                let published = load.published_with_next();
                load.publish_during(&ground, &store, &mut dice, async || {
                    let leader = cluster.leader_of(&ground.vhost, queue).await;
                    cluster.kill(leader).await;
                    works_with_two(&mut hub, &store, published).await;
                    cluster.start_again(leader).await;
                })
                .await;
            }
            let published = load.published_with_next();
            load.publish_during(&ground, &store, &mut dice, async || {
                let leader = cluster.leader_of(&ground.vhost, LED[0]).await;
                cluster.divide(leader).await;
                works_with_two(&mut hub, &store, published).await;
                cluster.heal(leader).await;
            })
            .await;
        }
        store.close().await;
        let sent = load.finish(&ground).await;
        oracle::holds(&ground, &sent, vec![hub]).await;
        leaks::none_in("the servers' logs", &cluster.logs(), &crowd::identities(PERSONS));
    })
    .await;
}

/// While a node is away, everything that is published is taken, what it tells goes out, and no session of the hub is lost.
async fn works_with_two(hub: &mut Hub, store: &PgStore, published: i64) {
    within(RECOVERY, "messages flow over two nodes", async || {
        hub.assert_alive();
        let (status, (away, again)) = (store.status().await.unwrap(), hub.outages());
        (received(store).await >= published && status.outbox_waiting == 0 && again == away).then_some(())
    })
    .await;
}
