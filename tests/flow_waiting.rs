//! What has to wait is not lost: feed messages that expire while nobody reads them, and notices to an inbox that is
//! not there yet.

use liangdi_broker::inspect::queue_depths;
use liangdi_broker::topology::names;
use serde_json::json;

use crate::support::crowd;
use crate::support::ending::worked_off;
use crate::support::eventually;
use crate::support::ground::{Ground, on_own_ground};
use crate::support::hub::Hub;
use crate::support::inboxes::{self, Copies};
use crate::support::message::Message;
use crate::support::places::{ELSEWHERE, HOUSEHOLD, setup};

const POLICE: &str = "police.320500";
/// People in the load.
const PERSONS: usize = 30;

#[tokio::test(flavor = "multi_thread")]
async fn messages_that_expire_before_the_hub_reads_them_are_not_lost() {
    on_own_ground("expired", crowd::setup(), async |ground| {
        // As if the publishers had set an expiration.
        let expiring = json!({
            "pattern": r"^feed\..+$", "apply-to": "queues", "priority": 9,
            "definition": {
                "message-ttl": 1, "max-length": 1_000_000, "overflow": "reject-publish",
                "dead-letter-exchange": names::DEAD_FEEDS, "dead-letter-strategy": "at-least-once",
            },
        });
        ground.servers.management().put_policy(&ground.vhost, "expiring", expiring).await.unwrap();
        let sent = crowd::publish(&ground, PERSONS, 1).await;
        let dead = [names::DEAD_FEEDS.to_owned()];
        eventually("all messages expire", async || {
            let depths = queue_depths(&ground.admin(), &dead).await.unwrap();
            (depths[0].ready.map(i64::from) == Some(sent)).then_some(())
        })
        .await;
        let hub = Hub::start(&ground);
        let store = ground.store().await;
        worked_off(&store, sent, sent).await;
        store.close().await;
        hub.stop().await;
        crowd::ends_like_a_rehearsal(&ground, PERSONS, Copies::None).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notice_to_an_inbox_that_is_missing_waits_for_it_and_holds_up_nobody() {
    let whole = setup(&[POLICE], "");
    let mut cut = whole.clone();
    cut.codes.retain(|code| code != HOUSEHOLD);
    on_own_ground("missing-inbox", cut, async |ground| {
        let mut hub = Hub::start(&ground);
        let from = |place: &str, name: &str| {
            let message = Message::example("police.residence-registered.v1").with("/data/gmsfhm", "");
            message.with("/data/hjdz_xzqh", place).with("/data/xm", name)
        };
        let lines = [from(HOUSEHOLD, "王小一").line(), from(ELSEWHERE, "王小二").line()];
        ground.publish(POLICE, &lines).await;
        hub.until_it_says("no queue takes this notice").await;
        let store = ground.store().await;
        eventually("the other notice goes out", async || {
            let status = store.status().await.unwrap();
            (status.published == 1 && status.outbox_waiting == 1).then_some(())
        })
        .await;
        let ground = Ground { setup: whole, ..ground.clone() };
        ground.write_config("liangdi.toml", &toml::Table::new());
        ground.liangdi(&["topology", "apply"]).await.exits(0);
        worked_off(&store, 2, 2).await;
        store.close().await;
        hub.stop().await;
        // The channel that the missing exchange closed may have carried the other notice before its confirm was read.
        let notices = inboxes::empty(&ground, Copies::Allowed).await;
        assert_eq!((notices[HOUSEHOLD].len(), notices[ELSEWHERE].len()), (1, 1));
    })
    .await;
}
