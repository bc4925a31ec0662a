//! Publishing: one outcome a message, whatever happened to its neighbours.

use liangdi_broker::BrokerError;
use liangdi_broker::inspect::drain;
use liangdi_broker::publisher::{OutMessage, Outcome, Publisher, PublisherLimits};
use liangdi_broker::topology::{DeliveryMode, Jurisdiction, Scope, TopologyLimits, Wanted};

use crate::support::{Ground, HERE, THERE, bodies, in_own_vhost, notice, texts};

async fn publisher(ground: &Ground, limits: &PublisherLimits) -> Publisher {
    Publisher::open(&ground.endpoint, "test", limits).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unroutable_message_in_the_midst_of_a_batch_is_told_apart() {
    in_own_vhost("unroutable", async |ground| {
        let jurisdictions = vec![
            Jurisdiction { code: HERE.parse().unwrap(), delivery: DeliveryMode::Amqp },
            Jurisdiction { code: THERE.parse().unwrap(), delivery: DeliveryMode::Console },
        ];
        let limits = TopologyLimits::default();
        let scope = Scope { vhost: ground.vhost.clone(), jurisdictions, users: Vec::new(), limits, peers: Vec::new() };
        ground.bring_about(&Wanted::new(&scope)).await;
        let nowhere = |nth: usize| nth % 7 == 3;
        let code = |nth: usize| if nowhere(nth) { THERE } else { HERE };
        let messages: Vec<OutMessage> =
            bodies(500).iter().enumerate().map(|(nth, body)| notice(code(nth), body)).collect();
        let few_under_way = PublisherLimits { confirms_in_flight_max: 50, ..PublisherLimits::default() };
        let mut publisher = publisher(&ground, &few_under_way).await;
        let outcomes = publisher.publish_all(&messages).await;
        publisher.check().unwrap();
        for (nth, outcome) in outcomes.iter().enumerate() {
            assert_eq!(*outcome, if nowhere(nth) { Outcome::Unroutable } else { Outcome::Confirmed }, "message {nth}");
        }
        let drained = drain(&ground.endpoint, &["inbox.320583100".to_owned()]).await.unwrap();
        let routable: Vec<String> =
            bodies(500).into_iter().enumerate().filter(|(nth, _)| !nowhere(*nth)).map(|(_, body)| body).collect();
        assert_eq!(texts(&drained[0].1), routable);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_exchange_is_blamed_on_its_own_messages_only() {
    in_own_vhost("missing", async |ground| {
        ground.two_townships().await;
        let mut messages: Vec<OutMessage> = bodies(20).iter().map(|body| notice(HERE, body)).collect();
        messages[10].exchange = "jx.329999".to_owned();
        messages[15].exchange = "jx.329998".to_owned();
        let mut publisher = publisher(&ground, &PublisherLimits::default()).await;
        let outcomes = publisher.publish_all(&messages).await;
        for (nth, outcome) in outcomes.into_iter().enumerate() {
            let wanted = if [10, 15].contains(&nth) { Outcome::Unroutable } else { Outcome::Confirmed };
            assert_eq!(outcome, wanted, "message {nth}");
        }
        // With nothing else to publish it is the caller's to say whether it goes on.
        assert_eq!(publisher.publish_all(&messages[10..11]).await, [Outcome::Unroutable]);
        assert!(matches!(publisher.check(), Err(BrokerError::Missing { .. })));
        publisher.mend().await.unwrap();
        assert_eq!(publisher.publish_all(&messages[..1]).await, [Outcome::Confirmed]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_inbox_refuses_its_messages_and_drops_none() {
    in_own_vhost("full", async |ground| {
        let limits = TopologyLimits { inbox_messages_max: 10, ..TopologyLimits::default() };
        ground.bring_about(&ground.wanted(&[HERE, THERE], Vec::new(), limits)).await;
        let mut publisher = publisher(&ground, &PublisherLimits::default()).await;
        let mut confirmed = Vec::new();
        // The limit is soft: a quorum queue refuses a little later than it says.
        for body in bodies(1_000) {
            match publisher.publish_all(&[notice(HERE, &body)]).await[0] {
                Outcome::Confirmed => confirmed.push(body),
                Outcome::Nacked => break,
                other => panic!("{other:?}"),
            }
        }
        assert!(confirmed.len() < 1_000, "a full queue should refuse");
        assert_eq!(publisher.publish_all(&[notice(THERE, "elsewhere")]).await, [Outcome::Confirmed]);
        let drained = drain(&ground.endpoint, &["inbox.320583100".to_owned()]).await.unwrap();
        assert_eq!(texts(&drained[0].1), confirmed);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_fit_into_amqp_is_unroutable_and_harms_nothing() {
    in_own_vhost("too-long", async |ground| {
        ground.two_townships().await;
        let long = "x".repeat(300);
        let long_key = OutMessage { routing_key: long.clone(), ..notice(HERE, "long key") };
        let long_id = OutMessage { message_id: long, ..notice(HERE, "long id") };
        let mut publisher = publisher(&ground, &PublisherLimits::default()).await;
        let outcomes = publisher.publish_all(&[long_key, long_id, notice(HERE, "short")]).await;
        assert_eq!(outcomes, [Outcome::Unroutable, Outcome::Confirmed, Outcome::Confirmed]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_longer_than_a_frame_arrives_whole() {
    in_own_vhost("long-body", async |ground| {
        ground.two_townships().await;
        let body = "0123456789abcdef".repeat(16 * 1024);
        let long = OutMessage { message_id: "long".to_owned(), ..notice(HERE, &body) };
        let mut publisher = publisher(&ground, &PublisherLimits::default()).await;
        assert_eq!(publisher.publish_all(&[long]).await, [Outcome::Confirmed]);
        let drained = drain(&ground.endpoint, &["inbox.320583100".to_owned()]).await.unwrap();
        assert!(texts(&drained[0].1) == [body]);
    })
    .await;
}
