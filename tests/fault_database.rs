//! PostgreSQL killed, frozen, its connections cut in the middle of a message or left half-open, the answer to a COMMIT
//! lost.

use std::time::Duration;

use crate::support::dice::form;
use crate::support::eventually;
use crate::support::private::Server;
use crate::support::relay::{Fate, Frame};
use crate::support::struck::{self, on_private_ground, on_relayed_ground};

/// People in the load.
const PERSONS: usize = 120;
/// Within this time of the database accepting again, messages flow again.
const RECOVERY: Duration = Duration::from_secs(30);
/// What the registry does right before it commits.
const COUNTING: &str = "INSERT INTO counters";
/// The statement with which the courier marks what was confirmed.
const MARKING: &str = "INSERT INTO published";
/// The statement with which it takes what it is going to send.
const TAKING: &str = "UPDATE outbox SET seqno";

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_killed_recovers_and_loses_nothing() {
    let rounds = form(1, 6);
    on_private_ground("database-killed", PERSONS, rounds, async |private, ground, store, hub, load, dice| {
        for _ in 0..rounds {
            load.publish_during(ground, store, dice, async || {
                let before = hub.outages();
                private.kill(Server::Database).await;
                hub.until_it_says_times("; waiting, and trying again", before.0 + 1).await;
                private.start_again().await;
                hub.until_back(RECOVERY, before).await;
            })
            .await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_freezes_is_given_up_and_found_again() {
    on_private_ground("database-frozen", PERSONS, 2, async |private, ground, store, hub, load, dice| {
        load.publish_during(ground, store, dice, async || {
            struck::frozen(private, Server::Database, hub, 1, RECOVERY).await;
        })
        .await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_whose_answer_is_lost_is_counted_once() {
    let answers: [fn(&Frame) -> bool; 3] = [
        |frame| frame.answers_commit(COUNTING),
        |frame| frame.answers_commit(MARKING),
        |frame| frame.answers_commit(TAKING),
    ];
    each_of("answer-lost", &answers, &[Fate::CutBefore]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_cut_in_the_middle_of_a_message_lose_nothing() {
    let moments: [fn(&Frame) -> bool; 4] = [
        |frame| frame.commits(COUNTING),
        |frame| frame.commits(MARKING),
        |frame| frame.answers_commit(COUNTING),
        |frame| frame.answers_commit(TAKING),
    ];
    each_of("database-cut", &moments, &[Fate::Halve, Fate::CutAfter, Fate::CutBefore]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn half_open_connections_to_the_database_are_given_up() {
    let moments: [fn(&Frame) -> bool; 2] = [|frame| frame.commits(COUNTING), |frame| frame.answers_commit(MARKING)];
    on_relayed_ground("database-half-open", PERSONS, moments.len(), async |ways, ground, hub, load, dice| {
        for moment in moments {
            let before = hub.outages();
            ways.database.trap(dice.below(3), Fate::Silence, moment);
            load.publish(ground).await;
            ways.database.sprung().await;
            hub.until_it_says_times("; waiting, and trying again", before.0 + 1).await;
            ways.database.speak();
            hub.until_back(RECOVERY, before).await;
        }
    })
    .await;
}

/// Cuts the hub's connections at each of these moments.
async fn each_of(name: &str, moments: &[fn(&Frame) -> bool], fates: &[Fate]) {
    let rounds = form(moments.len(), moments.len() * 3);
    on_relayed_ground(name, PERSONS, rounds, async |ways, ground, hub, load, dice| {
        for round in 0..rounds {
            let before = hub.outages();
            ways.database.trap(dice.below(3), fates[dice.below(fates.len())], moments[round % moments.len()]);
            load.publish(ground).await;
            ways.database.sprung().await;
            hub.until_back(RECOVERY, before).await;
            let store = ground.store().await;
            eventually("no notice waits", async || (store.status().await.unwrap().outbox_waiting == 0).then_some(()))
                .await;
            store.close().await;
        }
    })
    .await;
}
