//! Broker and database away: at the start, or in the middle of the load. The hub says so, waits, and goes on by
//! itself.

use liangdi_store::postgres::PgStore;

use crate::support::binary;
use crate::support::crowd;
use crate::support::ending::{received, worked_off};
use crate::support::eventually;
use crate::support::gate::Gate;
use crate::support::ground::{Ground, on_bare_ground, on_own_ground};
use crate::support::hub::Hub;
use crate::support::inboxes::Copies;

/// People in the load.
const PERSONS: usize = 150;

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_that_starts_before_database_and_virtual_host_waits_for_both() {
    on_bare_ground("early", crowd::setup(), async |ground| {
        let mut hub = Hub::start(&ground);
        hub.until_it_says("the database is away").await;
        assert!(hub.ask("/livez").await.unwrap().starts_with("HTTP/1.1 200"));
        hub.until_it_waits_for("database").await;

        // Migrated under another name, so that the hub never meets a database without tables.
        let early = Ground { database: format!("{}_early", ground.database), ..ground.clone() };
        early.create_database(&early.database).await;
        let over =
            toml::from_str(&format!("[database]\nurl = {:?}", ground.servers.database(&early.database))).unwrap();
        let config = ground.write_config("early.toml", &over);
        binary::liangdi(&["--config", config.to_str().unwrap(), "migrate"]).await.exits(0);
        ground.on_server(format!("ALTER DATABASE {} RENAME TO {}", early.database, ground.database)).await;

        hub.until_it_says("away: ").await;
        hub.until_it_waits_for("broker").await;
        ground.liangdi(&["topology", "apply"]).await.exits(0);
        ground.admit_hub().await;
        hub.until_ready().await;

        let sent = crowd::publish(&ground, PERSONS, 1).await;
        let store = ground.store().await;
        worked_off(&store, sent, sent).await;
        store.close().await;
        hub.stop().await;
        crowd::ends_like_a_rehearsal(&ground, PERSONS, Copies::None).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_that_never_finds_its_servers_still_stops_when_told() {
    on_bare_ground("never", crowd::setup(), async |ground| {
        let mut hub = Hub::start(&ground);
        hub.until_it_says("the database is away").await;
        let ended = hub.terminate().await;
        assert!(ended.status.success() && ended.after.as_secs() < 10, "{} after {:?}", ended.status, ended.after);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_goes_away_in_the_middle_is_waited_for() {
    on_own_ground("database-away", crowd::setup(), async |ground| {
        let server = authority(&ground.servers.database_url);
        let gate = Gate::new(&server, true).await;
        let url = ground.servers.database(&ground.database).replace(&server, &gate.address.to_string());
        let over = toml::from_str(&format!("[database]\nurl = {url:?}")).unwrap();
        outages(&ground, &over, &gate).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_goes_away_in_the_middle_is_waited_for() {
    on_own_ground("broker-away", crowd::setup(), async |ground| {
        let place = ground.admin().place().unwrap();
        let server = place.split('/').next().unwrap().to_owned();
        let gate = Gate::new(&server, true).await;
        let config = std::fs::read_to_string(ground.config()).unwrap();
        let written: toml::Table = toml::from_str(&config).unwrap();
        let url = written["amqp"]["url"].as_str().unwrap().replace(&server, &gate.address.to_string());
        let over = toml::from_str(&format!("[amqp]\nurl = {url:?}")).unwrap();
        outages(&ground, &over, &gate).await;
    })
    .await;
}

/// Shuts the gate several times in the middle of the load; asserts that it ends like a rehearsal.
async fn outages(ground: &Ground, over: &toml::Table, gate: &Gate) {
    let sent = crowd::publish(ground, PERSONS, 1).await;
    let store = ground.store().await;
    let mut hub = Hub::start_with(ground, over);
    let mut outages = 0;
    while outages < 3 && some_more(&store, sent).await {
        let (away, again) = (hub.times("away: "), hub.times("connected again"));
        gate.shut();
        hub.until_it_says_times("away: ", away + 1).await;
        gate.open();
        hub.until_it_says_times("connected again", again + 1).await;
        outages += 1;
    }
    assert!(outages > 1, "the load was worked off before the first outage: this showed nothing");
    worked_off(&store, sent, sent).await;
    store.close().await;
    hub.stop().await;
    crowd::ends_like_a_rehearsal(ground, PERSONS, Copies::Allowed).await;
}

/// Waits until more went through; false when there is no more.
async fn some_more(store: &PgStore, sent: i64) -> bool {
    let before = received(store).await;
    let enough = (before + sent / 10).min(sent);
    eventually("part of the load goes through", async || (received(store).await >= enough).then_some(())).await;
    enough < sent
}

/// `host:port` of a database's address.
fn authority(url: &str) -> String {
    url.split('@').nth(1).and_then(|rest| rest.split('/').next()).unwrap().to_owned()
}
