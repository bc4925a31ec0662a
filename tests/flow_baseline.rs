//! Stock of day one: recorded and held as known, without a flood of notices; from authorised users alone.

use crate::support::ending::worked_off;
use crate::support::ground::on_own_ground;
use crate::support::hub::Hub;
use crate::support::inboxes::{self, Copies};
use crate::support::message::Message;
use crate::support::places::{HOUSEHOLD, RESIDENCE, setup};

const AUTHORISED: &str = "police.320500";
const ANOTHER: &str = "police.320300";

fn registered() -> Message {
    Message::example("police.residence-registered.v1").with("/data/hjdz_xzqh", HOUSEHOLD)
}

#[tokio::test(flavor = "multi_thread")]
async fn stock_of_an_authorised_user_is_held_as_known_and_told_to_nobody() {
    let settings = format!("[ingest]\nbaseline_users = [\"{AUTHORISED}\"]");
    on_own_ground("stock", setup(&[AUTHORISED, ANOTHER], &settings), async |ground| {
        let hub = Hub::start(&ground);
        let store = ground.store().await;
        let stock = registered();
        // By the command that partners have.
        let said = ground.liangdi_reading(&["publish", "--as", AUTHORISED, "--baseline", "-"], &stock.line()).await;
        said.exits(0).says(&["1 confirmed"]);
        worked_off(&store, 1, 1).await;
        let status = store.status().await.unwrap();
        assert!(status.notices.is_empty() && status.published == 0, "{:?}", status.notices);
        let open = store.open_statements(None).await.unwrap();
        let known: Vec<_> = open.iter().map(|row| (row.receiver.as_str(), row.topic, row.place.as_str())).collect();
        assert_eq!(known, [(HOUSEHOLD, "inflow", RESIDENCE)]);

        // The same registration in the daily feed is no news either.
        let again = stock.clone().with("/id", "daily-1");
        ground.publish(AUTHORISED, &[again.line()]).await;
        worked_off(&store, 2, 2).await;
        assert!(store.status().await.unwrap().notices.is_empty());

        // But its end is: the household side is held to know of the stay.
        let end = Message::example("police.residence-cancelled.v1")
            .with("/time", "2026-03-18T09:00:00+08:00")
            .with("/data/zxrq", "20260318");
        ground.publish(AUTHORISED, &[end.line()]).await;
        worked_off(&store, 3, 3).await;
        store.close().await;
        hub.stop().await;
        let notices = inboxes::empty(&ground, Copies::None).await;
        let kinds: Vec<_> = notices.iter().map(|(to, sent)| (to.as_str(), sent.len(), &sent[0]["type"])).collect();
        assert_eq!(kinds, [(HOUSEHOLD, 1, &serde_json::json!("notice.departed.v1"))]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn stock_of_anybody_else_is_refused_and_its_daily_feed_is_not() {
    let settings = format!("[ingest]\nbaseline_users = [\"{AUTHORISED}\"]");
    on_own_ground("no-stock", setup(&[AUTHORISED, ANOTHER], &settings), async |ground| {
        let hub = Hub::start(&ground);
        let store = ground.store().await;
        let message = registered().from("urn:liangdi:police:320324").with("/data/jzdz_xzqh", "320324102");
        ground.publish_stock(ANOTHER, &[message.line()], true).await;
        worked_off(&store, 1, 1).await;
        assert!(store.open_statements(None).await.unwrap().is_empty());
        ground.publish(ANOTHER, &[message.line()]).await;
        worked_off(&store, 2, 2).await;
        store.close().await;
        hub.stop().await;
        let notices = inboxes::empty(&ground, Copies::None).await;
        assert_eq!(notices[ANOTHER][0]["data"]["reason"], "baseline-not-authorised");
        assert_eq!(notices[HOUSEHOLD][0]["type"], "notice.inflow.v1");
    })
    .await;
}
