//! Watching, counting, draining, and where messages go that nobody read in time.

use liangdi_broker::inspect::{QueueDepth, Watch, drain, queue_depths};
use reqwest::Method;
use serde_json::json;

use crate::support::{HERE, bodies, in_own_vhost, in_time, texts};

#[tokio::test(flavor = "multi_thread")]
async fn watching_a_jurisdiction_takes_nothing_away() {
    in_own_vhost("watch", async |ground| {
        ground.two_townships().await;
        let mut watch = Watch::open(&ground.endpoint, HERE.parse().unwrap()).await.unwrap();
        ground.publish(HERE, &bodies(5)).await;
        let mut seen = Vec::new();
        while seen.len() < 5 {
            seen.extend(texts(&in_time(watch.next()).await.unwrap()));
        }
        assert_eq!(seen, bodies(5));
        let drained = drain(&ground.endpoint, &["inbox.320583100".to_owned()]).await.unwrap();
        assert_eq!(texts(&drained[0].1), bodies(5));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn draining_empties_each_queue_in_order() {
    in_own_vhost("drain", async |ground| {
        ground.two_townships().await;
        ground.publish(HERE, &bodies(30)).await;
        let queues = ["inbox.320583100".to_owned(), "inbox.321322101".to_owned()];
        let drained = drain(&ground.endpoint, &queues).await.unwrap();
        assert_eq!(drained[0].0, queues[0]);
        assert_eq!(texts(&drained[0].1), bodies(30));
        assert!(drained[1].1.is_empty());
        ground.until_ready(&queues[0], 0).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn depths_are_exact_and_a_missing_queue_is_no_error() {
    in_own_vhost("depths", async |ground| {
        ground.two_townships().await;
        ground.publish(HERE, &bodies(4)).await;
        let queues = ["nowhere".to_owned(), "inbox.320583100".to_owned()];
        let depths = queue_depths(&ground.endpoint, &queues).await.unwrap();
        let [nowhere, inbox] = queues;
        assert_eq!(depths[0], QueueDepth { name: nowhere, ready: None, consumers: 0 });
        assert_eq!(depths[1], QueueDepth { name: inbox, ready: Some(4), consumers: 0 });
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_message_that_expires_lands_among_the_dead_letters() {
    in_own_vhost("expired", async |ground| {
        ground.two_townships().await;
        let short_lived = json!({
            "properties": { "expiration": "1", "delivery_mode": 2, "message_id": "one" },
            "routing_key": "police.residence-registered.v1",
            "payload": "expires", "payload_encoding": "string",
        });
        let path = ["exchanges", &ground.vhost, "feed.police", "publish"];
        let answer = ground.raw(Method::POST, &path, Some(short_lived)).await;
        assert_eq!(answer["routed"], true);
        ground.until_ready("dead.feeds", 1).await;
        ground.until_ready("feed.police", 0).await;
        let drained = drain(&ground.endpoint, &["dead.feeds".to_owned()]).await.unwrap();
        assert_eq!(texts(&drained[0].1), ["expires"]);
        assert_eq!(drained[0].1[0].routing_key, "police.residence-registered.v1");
        assert_eq!(drained[0].1[0].message_id.as_deref(), Some("one"));
    })
    .await;
}
