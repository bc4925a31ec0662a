//! Receivers that do not take their notices: an inbox that is full, one that is gone, exchanges that are missing, a
//! township that reads and never acknowledges. Nobody else waits for them.

use liangdi_broker::consumer::{Consumer, ConsumerLimits};
use liangdi_broker::topology::names;
use serde_json::{Value, json};

use crate::support::crowd;
use crate::support::dice::{Dice, form};
use crate::support::ground::{Ground, Setup, on_own_ground};
use crate::support::hub::Hub;
use crate::support::load::Load;
use crate::support::oracle::{self, Sent};
use crate::support::{eventually, in_time};

/// People in the load.
const PERSONS: usize = 120;
/// The one that takes nothing.
const STUCK: &str = "321322101";

#[tokio::test(flavor = "multi_thread")]
async fn a_full_inbox_keeps_its_notices_in_the_outbox_and_slows_nobody() {
    let mut dice = Dice::new();
    on_own_ground("full-inbox", patient(crowd::faulty_setup()), async |ground| {
        limit(&ground, 1).await;
        let hub = Hub::start(&ground);
        let sent = Load::new(&mut dice, PERSONS, 1, 1).finish(&ground).await;
        only_these_wait(&ground, sent.distinct, &[STUCK]).await;
        // It is tried again and again, each time a little later.
        let tries = "SELECT coalesce(max(attempts), 0) FROM outbox";
        eventually("it is tried again", async || {
            let tries: i32 = sqlx::query_scalar(tries).fetch_one(&mut ground.connection().await).await.unwrap();
            (tries >= 3).then_some(())
        })
        .await;
        limit(&ground, 1_000_000).await;
        oracle::holds(&ground, &sent, vec![hub]).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_notices_without_a_queue_wait_and_hold_up_nobody() {
    // Ten thousand in the long form.
    let persons = form(600, 12_000);
    on_own_ground("unroutable", whole_batches(), async |ground| {
        for code in &crowd::HOUSEHOLDS[1..] {
            ground.delete_queue(&names::inbox(code.parse().unwrap())).await;
        }
        let mut hub = Hub::start(&ground);
        let sent = crowd::publish(&ground, persons, 1).await;
        hub.until_it_says("no queue takes this notice").await;
        only_these_wait(&ground, sent, &crowd::HOUSEHOLDS[1..]).await;
        ground.liangdi(&["topology", "apply"]).await.exits(0);
        oracle::holds(&ground, &Sent::once(persons, sent), vec![hub]).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn missing_exchanges_of_many_receivers_hold_up_nobody() {
    let persons = form(600, 6_000);
    let whole = whole_batches();
    let mut cut = whole.clone();
    cut.codes.retain(|code| !crowd::HOUSEHOLDS[1..].contains(&code.as_str()));
    on_own_ground("no-exchanges", cut, async |ground| {
        let mut hub = Hub::start(&ground);
        let sent = crowd::publish(&ground, persons, 1).await;
        hub.until_it_says("no queue takes this notice").await;
        only_these_wait(&ground, sent, &crowd::HOUSEHOLDS[1..]).await;
        let ground = Ground { setup: whole, ..ground.clone() };
        ground.write_config("liangdi.toml", &toml::Table::new());
        ground.liangdi(&["topology", "apply"]).await.exits(0);
        oracle::holds(&ground, &Sent::once(persons, sent), vec![hub]).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_township_that_reads_and_never_acknowledges_loses_nothing_and_slows_nobody() {
    let mut dice = Dice::new();
    on_own_ground("never-acks", crowd::faulty_setup(), async |ground| {
        let login = ground.login(&format!("township.{STUCK}"));
        let limits = ConsumerLimits { prefetch: 5, ..ConsumerLimits::default() };
        let mut inbox =
            Consumer::open(&login, "never acks", &names::inbox(STUCK.parse().unwrap()), &limits).await.unwrap();
        let hub = Hub::start(&ground);
        let mut load = Load::new(&mut dice, PERSONS, 1, 2);
        load.publish(&ground).await;
        let held = in_time("notices arrive", inbox.next_batch()).await.unwrap();
        assert!(!held.is_empty());
        let sent = load.finish(&ground).await;
        let store = ground.store().await;
        crate::support::ending::worked_off(&store, sent.distinct, sent.confirmed).await;
        store.close().await;
        drop(inbox);
        oracle::holds(&ground, &sent, vec![hub]).await;
    })
    .await;
}

/// Lets an inbox take so many messages.
async fn limit(ground: &Ground, messages: u32) {
    let policy: Value = json!({
        "pattern": format!("^inbox\\.{STUCK}$"), "apply-to": "queues", "priority": 9,
        "definition": {"max-length": messages, "overflow": "reject-publish"},
    });
    ground.servers.management().put_policy(&ground.vhost, "stuck", policy).await.unwrap();
}

/// Waits until everything is recorded, and every notice is out but those of these receivers, of which some wait.
async fn only_these_wait(ground: &Ground, distinct: i64, receivers: &[&str]) {
    let counted = "SELECT (SELECT coalesce(sum(count), 0)::bigint FROM counters WHERE what = 'recorded'), \
        count(*) FILTER (WHERE receiver = ANY($1)), count(*) FILTER (WHERE receiver <> ALL($1)) FROM outbox";
    let mut connection = ground.connection().await;
    eventually("the others have theirs", async || {
        let (recorded, these, others): (i64, i64, i64) =
            sqlx::query_as(counted).bind(receivers).fetch_one(&mut connection).await.unwrap();
        (recorded == distinct && these > 0 && others == 0).then_some(())
    })
    .await;
}

/// What could not be delivered is tried again within a second, so that a test need not wait as long as an operator.
fn patient(mut setup: Setup) -> Setup {
    let courier = setup.settings.entry("courier").or_insert(toml::Table::new().into());
    courier.as_table_mut().unwrap().insert("retry_wait_max_ms".into(), 1_000.into());
    setup
}

/// Batches as they ship.
fn whole_batches() -> Setup {
    let mut setup = crowd::faulty_setup();
    setup.settings.remove("ingest");
    setup.settings.remove("courier");
    patient(setup)
}
