//! A hub under load that something strikes, and the oracle afterwards.

use std::time::Duration;

use liangdi_store::postgres::PgStore;

use super::dice::{Dice, form};
use super::ground::{Ground, on_ground_of, on_own_ground};
use super::hub::Hub;
use super::load::Load;
use super::private::{Private, Server};
use super::ways::Ways;
use super::{crowd, leaks, oracle};

/// A hub on servers of its own; afterwards whatever is left of the load, and the oracle.
pub(crate) async fn on_private_ground(
    name: &str,
    persons: usize,
    parts: usize,
    strike: impl AsyncFnOnce(&Private, &Ground, &PgStore, &mut Hub, &mut Load, &mut Dice),
) {
    let mut dice = Dice::new();
    let private = Private::start().await;
    on_ground_of(private.servers.clone(), name, crowd::faulty_setup(), async |ground| {
        let mut load = Load::new(&mut dice, persons, 1, parts + 1);
        let mut hub = Hub::start(&ground);
        let store = ground.store().await;
        strike(&private, &ground, &store, &mut hub, &mut load, &mut dice).await;
        store.close().await;
        let sent = load.finish(&ground).await;
        oracle::holds(&ground, &sent, vec![hub]).await;
        leaks::none_in("the servers' logs", &private.logs(), &crowd::identities(persons));
    })
    .await;
}

/// A hub that goes to its servers through relays; afterwards whatever is left of the load, and the oracle.
pub(crate) async fn on_relayed_ground(
    name: &str,
    persons: usize,
    parts: usize,
    strike: impl AsyncFnOnce(&Ways, &Ground, &mut Hub, &mut Load, &mut Dice),
) {
    let mut dice = Dice::new();
    on_own_ground(name, crowd::faulty_setup(), async |ground| {
        let ways = Ways::to(&ground).await;
        let mut load = Load::new(&mut dice, persons, 1, parts + 1);
        let mut hub = Hub::start_with(&ground, &ways.over);
        hub.until_ready().await;
        strike(&ways, &ground, &mut hub, &mut load, &mut dice).await;
        let sent = load.finish(&ground).await;
        oracle::holds(&ground, &sent, vec![hub]).await;
    })
    .await;
}

/// A server that stands still until every feed's session, or as many as `sessions`, has given it up; in the long form for
/// an operator's minute on top. The minute is the fault itself: nothing is waited for.
pub(crate) async fn frozen(private: &Private, server: Server, hub: &mut Hub, sessions: usize, recovery: Duration) {
    let before = hub.outages();
    private.freeze(server).await;
    hub.until_it_says_times("; waiting, and trying again", before.0 + sessions).await;
    tokio::time::sleep(Duration::from_secs(form(0, 60))).await;
    private.thaw(server).await;
    hub.until_back(recovery, before).await;
}
