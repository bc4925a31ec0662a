//! What breaks, and that it is noticed.

use std::time::{Duration, Instant};

use liangdi_broker::BrokerError;
use liangdi_broker::connect::Endpoint;
use liangdi_broker::consumer::{Consumer, ConsumerLimits, Disposition};
use liangdi_broker::supervisor::{ReconnectLimits, supervise};
use reqwest::Method;
use secrecy::SecretString;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::support::{Ground, HERE, all, eventually, in_own_vhost, in_time, refused, texts};

const INBOX: &str = "inbox.320583100";

/// Closes every connection into the virtual host; says whether there was one. The broker lists a new connection
/// some seconds after it was made.
async fn close_connections(ground: &Ground) -> bool {
    let listed = ground.raw(Method::GET, &["vhosts", &ground.vhost, "connections"], None).await;
    let names: Vec<&str> = listed.as_array().unwrap().iter().filter_map(|one| one["name"].as_str()).collect();
    for name in &names {
        ground.raw(Method::DELETE, &["connections", name], None).await;
    }
    !names.is_empty()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_closed_by_the_broker_is_rebuilt_and_messages_flow_again() {
    in_own_vhost("closed", async |ground| {
        ground.two_townships().await;
        let shutdown = CancellationToken::new();
        let (events, mut seen) = mpsc::unbounded_channel::<String>();
        let endpoint = ground.endpoint.clone();
        let stop = shutdown.clone();
        let reader = tokio::spawn(async move {
            let limits = ReconnectLimits::default();
            supervise("test reader", &shutdown, &limits, |up| {
                let (endpoint, events, shutdown) = (endpoint.clone(), events.clone(), shutdown.clone());
                async move {
                    let mut consumer = Consumer::open(&endpoint, "reader", INBOX, &ConsumerLimits::default()).await?;
                    let settler = consumer.settler();
                    up.connected();
                    events.send("up".to_owned()).unwrap();
                    loop {
                        let batch = tokio::select! {
                            batch = consumer.next_batch() => batch?,
                            () = shutdown.cancelled() => return Ok::<(), BrokerError>(()),
                        };
                        settler.settle(&all(&batch, Disposition::Ack)).await?;
                        texts(&batch).into_iter().for_each(|text| events.send(text).unwrap());
                    }
                }
            })
            .await;
        });
        assert_eq!(in_time(seen.recv()).await.unwrap(), "up");
        ground.publish(HERE, &["before".to_owned()]).await;
        assert_eq!(in_time(seen.recv()).await.unwrap(), "before");
        eventually("the broker lists the reader's connection", async || close_connections(&ground).await).await;
        assert_eq!(in_time(seen.recv()).await.unwrap(), "up");
        ground.publish(HERE, &["after".to_owned()]).await;
        assert_eq!(in_time(seen.recv()).await.unwrap(), "after");
        stop.cancel();
        in_time(reader).await.unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_deleted_under_its_consumer_ends_the_session() {
    in_own_vhost("deleted", async |ground| {
        ground.two_townships().await;
        let mut consumer = ground.consumer(INBOX, &ConsumerLimits::default()).await;
        ground.delete_queue(INBOX).await;
        let error = in_time(consumer.next_batch()).await.unwrap_err();
        assert!(matches!(error, BrokerError::Ended { .. }), "{error}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_virtual_host_deleted_under_a_settlement_is_an_error_not_a_hang() {
    in_own_vhost("settling", async |ground| {
        ground.two_townships().await;
        ground.publish(HERE, &["one".to_owned()]).await;
        let mut consumer = ground.consumer(INBOX, &ConsumerLimits::default()).await;
        let batch = in_time(consumer.next_batch()).await.unwrap();
        ground.admin.management.delete_vhost(&ground.vhost).await.unwrap();
        in_time(consumer.next_batch()).await.unwrap_err();
        let settled = in_time(consumer.settler().settle(&all(&batch, Disposition::Ack))).await;
        assert!(settled.is_err());
        ground.admin.management.put_vhost(&ground.vhost).await.unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn consuming_a_queue_that_does_not_exist_says_so() {
    in_own_vhost("no-queue", async |ground| {
        let error = refused(Consumer::open(&ground.endpoint, "test", "nowhere", &ConsumerLimits::default()).await);
        assert!(matches!(error, BrokerError::Missing { .. }), "{error}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_is_refused_and_not_repeated() {
    in_own_vhost("password", async |ground| {
        let endpoint = ground.endpoint.as_user("nobody", &"a-fictional-secret".to_owned().into()).unwrap();
        let error = refused(Consumer::open(&endpoint, "test", "any", &ConsumerLimits::default()).await);
        assert!(matches!(error, BrokerError::Refused { .. }), "{error}");
        assert!(!format!("{error} {error:?}").contains("a-fictional-secret"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tls_is_never_given_up_silently() {
    in_own_vhost("tls", async |ground| {
        let (_, place) = secrecy::ExposeSecret::expose_secret(&ground.endpoint.url).split_once("://").unwrap();
        // The port speaks plain AMQP: a client that forgot about TLS would get in.
        let mut endpoint = Endpoint::new(SecretString::from(format!("amqps://{place}")));
        endpoint.connect_timeout_ms = 3_000;
        let error = refused(Consumer::open(&endpoint, "test", "any", &ConsumerLimits::default()).await);
        assert!(matches!(error, BrokerError::Away { .. }), "{error}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_does_not_answer_is_given_up_in_time() {
    // It takes the connection and says nothing.
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = silent.local_addr().unwrap();
    let mut endpoint = Endpoint::new(SecretString::from(format!("amqp://nobody:fictional@{address}/none")));
    endpoint.connect_timeout_ms = 300;
    let started = Instant::now();
    let error = refused(Consumer::open(&endpoint, "test", "any", &ConsumerLimits::default()).await);
    assert!(matches!(error, BrokerError::Away { .. }), "{error}");
    assert!(started.elapsed() < Duration::from_secs(10));
}
