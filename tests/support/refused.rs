//! Two messages that are refused: one that nobody can take, and one that can be taken once its publisher may send stock.
//! Fictional, as everybody in the contract's examples.

use liangdi_store::postgres::PgStore;

use super::ending::worked_off;
use super::ground::Ground;
use super::hub::Hub;
use super::namesakes::{POLICE, registered};

/// Both lie in the quarantine, as `baseline-not-authorised` and `impossible-date`; the hub that runs would take the first.
pub(crate) async fn stock_and_an_impossible_date(ground: &Ground, store: &PgStore) -> Hub {
    let hub = Hub::start(ground);
    ground.publish_stock(POLICE, &[registered().line()], true).await;
    ground.publish(POLICE, &[registered().with("/data/djrq", "20260230").line()]).await;
    worked_off(store, 2, 2).await;
    hub.stop().await;
    let may = toml::from_str(&format!("[ingest]\nbaseline_users = [\"{POLICE}\"]")).unwrap();
    let mut hub = Hub::start_with(ground, &may);
    hub.until_ready().await;
    hub
}
