//! A synchronous standby is promoted after its primary was killed; the old primary comes back and is refused.

use std::time::Duration;

use crate::support::crowd;
use crate::support::dice::Dice;
use crate::support::ending::received;
use crate::support::ground::{Ground, on_ground_of};
use crate::support::hub::Hub;
use crate::support::load::Load;
use crate::support::oracle;
use crate::support::private::{Private, Server};
use crate::support::standby::Standby;
use crate::support::ways::Ways;
use crate::support::within;

/// People in the load.
const PERSONS: usize = 120;
/// Within this time of the promotion, messages flow again.
const RECOVERY: Duration = Duration::from_secs(30);
/// What the hub says of an old primary.
const REFUSAL: &str = "the server is on timeline 1, and 2 was seen";

#[tokio::test(flavor = "multi_thread")]
async fn a_promoted_standby_is_found_and_the_old_primary_is_refused() {
    let mut dice = Dice::new();
    let private = Private::start().await;
    let standby = Standby::of(&private).await;
    on_ground_of(private.servers.clone(), "failover", crowd::faulty_setup(), async |ground| {
        // Where the addresses of the two servers change hands: what an operator's proxy does.
        let mut ways = Ways::to(&ground).await;
        let remembers = format!("[database]\ntimeline_file = {:?}", ground.dir.join("timeline"));
        let remembers: toml::Table = toml::from_str(&remembers).unwrap();
        ways.over["database"].as_table_mut().unwrap().extend(remembers["database"].as_table().unwrap().clone());
        let old = private.servers.database_address();
        let mut promoted = Ground { ..ground.clone() };
        promoted.servers.database_url = ground.servers.database_url.replace(&old, &standby.address);

        let mut load = Load::new(&mut dice, PERSONS, 1, 3);
        let mut hub = Hub::start_with(&ground, &ways.over);
        let store = ground.store().await;
        load.publish_during(&ground, &store, &mut dice, async || {
            let before = hub.outages();
            private.kill(Server::Database).await;
            standby.promote().await;
            ways.database.lead_to(&standby.address);
            hub.until_back(RECOVERY, before).await;
        })
        .await;
        store.close().await;

        // The old primary comes back, and the address leads to it.
        private.start_again().await;
        ways.database.lead_to(&old);
        hub.until_it_says(REFUSAL).await;
        hub.until_it_waits_for("database").await;
        assert!(hub.ask("/readyz").await.unwrap().contains(REFUSAL));
        // Started anew, the hub still knows.
        hub.kill().await;
        let mut hub = Hub::start_with(&ground, &ways.over);
        hub.until_it_says(REFUSAL).await;
        let on_old = ground.store().await;
        let untouched = received(&on_old).await;
        load.publish(&ground).await;
        assert_eq!(received(&on_old).await, untouched, "something was written to the old primary");
        on_old.close().await;

        let on_promoted = promoted.store().await;
        let taken = received(&on_promoted).await;
        ways.database.lead_to(&standby.address);
        within(RECOVERY, "messages flow again", async || (received(&on_promoted).await > taken).then_some(())).await;
        on_promoted.close().await;
        let sent = load.finish(&ground).await;
        oracle::holds(&promoted, &sent, vec![hub]).await;
    })
    .await;
}
