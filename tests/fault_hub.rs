//! The hub killed with -9, each time at a moment of its work that a relay holds on to: received, before the commit,
//! after it and before the acknowledgement, published and not confirmed, confirmed and not marked, marked. In the middle
//! of a run of the clock, and of a migration.

use crate::support::crowd;
use crate::support::dice::{Dice, form};
use crate::support::ground::{Ground, on_bare_ground, on_own_ground};
use crate::support::hub::Hub;
use crate::support::oracle::{self, Sent};
use crate::support::relay::{Fate, Frame, Relay};
use crate::support::ways::Ways;

/// People in the load.
const PERSONS: usize = 60;
/// What the registry's transaction begins with.
const WRITING: &str = "pg_advisory_xact_lock";
/// What the registry does right before it commits.
const COUNTING: &str = "INSERT INTO counters";
/// The statement with which the courier marks what was confirmed.
const MARKING: &str = "INSERT INTO published";

/// Which way the frame takes that tells the moment.
type Way = fn(&Ways) -> &Relay;
const BROKER: Way = |ways| &ways.broker;
const DATABASE: Way = |ways| &ways.database;

/// What the database holds.
#[derive(Debug)]
struct Written {
    received: i64,
    /// Notices that have a number and are not marked.
    on_their_way: i64,
    marked: i64,
}

impl Written {
    async fn now(ground: &Ground) -> Self {
        let counted = "SELECT coalesce((SELECT sum(count) FROM counters WHERE what = 'received'), 0)::bigint, \
            (SELECT count(*) FROM outbox WHERE seqno IS NOT NULL), (SELECT count(*) FROM published)";
        let (received, on_their_way, marked) =
            sqlx::query_as(counted).fetch_one(&mut ground.connection().await).await.unwrap();
        Written { received, on_their_way, marked }
    }
}

/// Kills hub after hub when a frame comes by that is held on to; `shows` what was written then, and before that hub.
async fn killed_at(name: &str, way: Way, frame: fn(&Frame) -> bool, shows: fn(&Written, &Written) -> bool) {
    let mut dice = Dice::new();
    on_own_ground(name, crowd::faulty_setup(), async |ground| {
        let ways = Ways::to(&ground).await;
        let sent = crowd::publish(&ground, PERSONS, 1).await;
        let mut kills = 0;
        for _ in 0..form(2, 6) {
            let before = Written::now(&ground).await;
            if before.received >= sent && before.on_their_way == 0 {
                break;
            }
            way(&ways).trap(dice.below(4), Fate::Hold, frame);
            let hub = Hub::start_with(&ground, &ways.over);
            way(&ways).sprung().await;
            hub.kill().await;
            way(&ways).release();
            let after = Written::now(&ground).await;
            assert!(shows(&before, &after), "another moment than {name}: {before:?}, then {after:?}");
            kills += 1;
        }
        assert!(kills > 0, "nothing was left to be interrupted in");
        let hub = Hub::start(&ground);
        oracle::holds(&ground, &Sent::once(PERSONS, sent), vec![hub]).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_when_it_has_received_a_batch_the_hub_loses_nothing() {
    killed_at("received", DATABASE, |frame| frame.asks(WRITING), |_, _| true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_before_the_commit_the_hub_loses_nothing() {
    killed_at("uncommitted", DATABASE, |frame| frame.commits(COUNTING), |_, _| true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_after_the_commit_and_before_the_acknowledgement_the_hub_doubles_nothing() {
    let shows = |before: &Written, after: &Written| after.received > before.received;
    killed_at("unacknowledged", BROKER, Frame::acknowledges, shows).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_when_the_answer_to_the_commit_is_still_on_its_way_the_hub_doubles_nothing() {
    let shows = |before: &Written, after: &Written| after.received > before.received;
    killed_at("unanswered", DATABASE, |frame| frame.answers_commit(COUNTING), shows).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_when_notices_are_published_and_not_confirmed_the_hub_keeps_their_numbers() {
    killed_at("unconfirmed", BROKER, Frame::confirms, |_, after| after.on_their_way > 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_when_notices_are_confirmed_and_not_marked_the_hub_keeps_their_numbers() {
    killed_at("unmarked", DATABASE, |frame| frame.commits(MARKING), |_, after| after.on_their_way > 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_when_notices_are_marked_the_hub_sends_none_of_them_again() {
    let shows = |before: &Written, after: &Written| after.marked > before.marked;
    killed_at("marked", DATABASE, |frame| frame.answers_commit(MARKING), shows).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_in_the_middle_of_a_migration_the_hub_finishes_it_the_next_time() {
    let mut dice = Dice::new();
    for _ in 0..form(2, 8) {
        on_bare_ground("migration", crowd::faulty_setup(), async |ground| {
            ground.create_database(&ground.database).await;
            let ways = Ways::to(&ground).await;
            // Each migration is a transaction of its own; the last commits are those of what follows them.
            ways.database.trap(dice.below(8), Fate::Hold, |frame| frame.commits(""));
            let migrating = Hub::start_role_with(&ground, &["migrate"], &ways.over);
            ways.database.sprung().await;
            migrating.kill().await;
            ways.database.release();
            ground.liangdi(&["migrate"]).await.exits(0);
            ground.liangdi(&["migrate"]).await.exits(0);
            ground.liangdi(&["topology", "apply"]).await.exits(0);
            ground.admit_hub().await;
            let sent = crowd::publish(&ground, PERSONS, 1).await;
            let hub = Hub::start(&ground);
            oracle::holds(&ground, &Sent::once(PERSONS, sent), vec![hub]).await;
        })
        .await;
    }
}
