//! Taking messages in batches, and settling them.

use std::time::Duration;

use liangdi_broker::consumer::{ConsumerLimits, Disposition};
use liangdi_broker::publisher::{OutMessage, Publisher, PublisherLimits};

use crate::support::{HERE, all, bodies, in_own_vhost, in_time, notice, take, texts};

const INBOX: &str = "inbox.320583100";

fn small_batches() -> ConsumerLimits {
    ConsumerLimits { prefetch: 40, batch_messages_max: 10, ..ConsumerLimits::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_come_in_batches_in_order_and_are_gone_once_acknowledged() {
    in_own_vhost("batches", async |ground| {
        ground.two_townships().await;
        ground.publish(HERE, &bodies(95)).await;
        let mut consumer = ground.consumer(INBOX, &small_batches()).await;
        let settler = consumer.settler();
        let mut seen = Vec::new();
        while seen.len() < 95 {
            let batch = in_time(consumer.next_batch()).await.unwrap();
            assert!((1..=10).contains(&batch.len()));
            settler.settle(&all(&batch, Disposition::Ack)).await.unwrap();
            seen.extend(texts(&batch));
        }
        assert_eq!(seen, bodies(95));
        drop((consumer, settler));
        ground.until_ready(INBOX, 0).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_requeued_message_comes_again_and_the_others_do_not() {
    in_own_vhost("requeue", async |ground| {
        ground.two_townships().await;
        ground.publish(HERE, &bodies(10)).await;
        let mut consumer = ground.consumer(INBOX, &small_batches()).await;
        let settler = consumer.settler();
        let batch = take(&mut consumer, 10).await;
        let mixed: Vec<_> = batch
            .iter()
            .enumerate()
            .map(|(nth, delivery)| (delivery.tag, if nth % 3 == 1 { Disposition::Requeue } else { Disposition::Ack }))
            .collect();
        settler.settle(&mixed).await.unwrap();
        let again = take(&mut consumer, 3).await;
        assert_eq!(texts(&again), ["message 1", "message 4", "message 7"]);
        assert!(again.iter().all(|delivery| delivery.redelivered));
        settler.settle(&all(&again, Disposition::Ack)).await.unwrap();
        drop((consumer, settler));
        ground.until_ready(INBOX, 0).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn acknowledging_a_later_batch_first_leaves_the_earlier_one_open() {
    in_own_vhost("overtaking", async |ground| {
        ground.two_townships().await;
        ground.publish(HERE, &bodies(20)).await;
        let mut consumer = ground.consumer(INBOX, &small_batches()).await;
        let settler = consumer.settler();
        let mut batches = take(&mut consumer, 20).await;
        let later = batches.split_off(10);
        settler.settle(&all(&later, Disposition::Ack)).await.unwrap();
        drop((consumer, settler));
        ground.until_ready(INBOX, 10).await;
        let mut consumer = ground.consumer(INBOX, &small_batches()).await;
        assert_eq!(texts(&take(&mut consumer, 10).await), bodies(10));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_cannot_be_settled_twice() {
    in_own_vhost("twice", async |ground| {
        ground.two_townships().await;
        ground.publish(HERE, &bodies(2)).await;
        let mut consumer = ground.consumer(INBOX, &small_batches()).await;
        let batch = take(&mut consumer, 2).await;
        let settler = consumer.settler();
        settler.settle(&all(&batch[..1], Disposition::Ack)).await.unwrap();
        assert!(settler.settle(&all(&batch, Disposition::Ack)).await.is_err());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_for_a_batch_that_is_given_up_loses_no_message() {
    in_own_vhost("given-up", async |ground| {
        ground.two_townships().await;
        let patient = ConsumerLimits { batch_messages_max: 5, batch_wait_ms: 60_000, ..ConsumerLimits::default() };
        let mut consumer = ground.consumer(INBOX, &patient).await;
        ground.publish(HERE, &bodies(3)).await;
        let given_up = tokio::time::timeout(Duration::from_millis(200), consumer.next_batch()).await;
        assert!(given_up.is_err(), "a batch of five cannot be full after three messages");
        ground.publish(HERE, &["message 3".to_owned(), "message 4".to_owned()]).await;
        let batch = in_time(consumer.next_batch()).await.unwrap();
        assert_eq!(texts(&batch), bodies(5));
    })
    .await;
}

/// lapin 4.12: the library's own `Debug` of a delivery prints its body.
#[tokio::test(flavor = "multi_thread")]
async fn neither_a_delivery_nor_a_message_shows_its_body() {
    in_own_vhost("debug", async |ground| {
        ground.two_townships().await;
        let body = "fictional-secret";
        ground.publish(HERE, &[body.to_owned()]).await;
        let mut consumer = ground.consumer("inbox.320583100", &ConsumerLimits::default()).await;
        let delivered = format!("{:?}", take(&mut consumer, 1).await);
        assert!(delivered.contains("body_bytes: 16") && !delivered.contains(body), "{delivered}");
        let message = liangdi_broker::publisher::OutMessage { message_id: String::new(), ..notice(HERE, body) };
        assert!(!format!("{message:?}").contains(body));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_carries_the_properties_the_contract_names() {
    in_own_vhost("properties", async |ground| {
        ground.two_townships().await;
        let user = ground.endpoint.user().unwrap();
        let stock = OutMessage {
            content_type: Some("application/cloudevents+json".to_owned()),
            user_id: Some(user.clone()),
            baseline: true,
            ..notice(HERE, "stock")
        };
        let mut publisher = Publisher::open(&ground.endpoint, "test", &PublisherLimits::default()).await.unwrap();
        publisher.publish_all(&[stock, notice(HERE, "plain")]).await;
        let mut consumer = ground.consumer(INBOX, &small_batches()).await;
        let taken = take(&mut consumer, 2).await;
        assert_eq!(taken[0].content_type.as_deref(), Some("application/cloudevents+json"));
        assert_eq!(taken[0].user_id, Some(user));
        assert_eq!(taken[0].message_id.as_deref(), Some("stock"));
        assert_eq!((taken[0].exchange.as_str(), taken[0].routing_key.as_str()), ("jx.320583100", "inflow.routine"));
        assert!(taken[0].baseline && !taken[0].redelivered);
        assert!(!taken[1].baseline && taken[1].user_id.is_none() && taken[1].content_type.is_none());
    })
    .await;
}
