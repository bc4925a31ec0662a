//! What a partner and a township can and cannot do with the users the topology gives them.

use liangdi_broker::BrokerError;
use liangdi_broker::connect::Endpoint;
use liangdi_broker::consumer::{Consumer, ConsumerLimits};
use liangdi_broker::feed::{FeedMessage, FeedPublisher};
use liangdi_broker::inspect::Watch;
use liangdi_broker::publisher::{OutMessage, Outcome, Publisher, PublisherLimits};
use liangdi_broker::topology::{TopologyLimits, UserWanted, ensure_users};
use liangdi_domain::feed::Feed;
use secrecy::SecretString;

use crate::support::{Ground, HERE, THERE, in_own_vhost, notice, refused, take, texts};

// Users belong to the whole broker, not to a virtual host: tests side by side share them, and so their password.
fn password() -> SecretString {
    "a fictional password for tests".to_owned().into()
}

fn office(feed: Feed, division: &str) -> UserWanted {
    UserWanted::office(feed, division.parse().unwrap(), password())
}

async fn with_offices(ground: &Ground) {
    let users = vec![
        office(Feed::Police, "320500"),
        office(Feed::Hr, "320500"),
        office(Feed::Township, HERE),
        office(Feed::Township, THERE),
        UserWanted::hub("hub-of-tests", password()),
    ];
    ground.bring_about(&ground.wanted(&[HERE, THERE], users, TopologyLimits::default())).await;
}

fn login(ground: &Ground, user: &str) -> Endpoint {
    ground.endpoint.as_user(user, &password()).unwrap()
}

fn message(kind: &str) -> FeedMessage {
    FeedMessage { kind: kind.to_owned(), id: "1".to_owned(), body: b"{}".to_vec() }
}

async fn publish(endpoint: &Endpoint, feed: Feed, kind: &str) -> Result<Vec<Outcome>, BrokerError> {
    let mut publisher = FeedPublisher::open(endpoint, feed, false, &PublisherLimits::default()).await?;
    publisher.publish(vec![message(kind)]).await
}

async fn consume(endpoint: &Endpoint, queue: &str) -> Result<Consumer, BrokerError> {
    Consumer::open(endpoint, "test", queue, &ConsumerLimits::default()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partner_publishes_to_its_own_feed_and_no_other() {
    in_own_vhost("own-feed", async |ground| {
        with_offices(&ground).await;
        let police = login(&ground, "police.320500");
        let own = publish(&police, Feed::Police, "police.residence-registered.v1").await;
        assert_eq!(own.unwrap(), [Outcome::Confirmed]);
        let mut feed = ground.consumer("feed.police", &ConsumerLimits::default()).await;
        let arrived = take(&mut feed, 1).await;
        assert_eq!(arrived[0].user_id.as_deref(), Some("police.320500"));
        assert_eq!(arrived[0].content_type.as_deref(), Some("application/cloudevents+json"));

        let other_feed = refused(publish(&police, Feed::Hr, "hr.employment-started.v1").await);
        assert!(matches!(other_feed, BrokerError::Refused { .. }), "{other_feed}");
        let other_type = refused(publish(&police, Feed::Police, "hr.employment-started.v1").await);
        assert!(matches!(other_type, BrokerError::Refused { .. }), "{other_type}");
        let mut publisher = Publisher::open(&police, "test", &PublisherLimits::default()).await.unwrap();
        publisher.publish_all(&[notice(HERE, "a notice of its own making")]).await;
        assert!(matches!(refused(publisher.check()), BrokerError::Refused { .. }));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partner_cannot_pass_for_another() {
    in_own_vhost("forged", async |ground| {
        with_offices(&ground).await;
        let forged = OutMessage {
            exchange: "feed.police".to_owned(),
            routing_key: "police.residence-registered.v1".to_owned(),
            user_id: Some("police.320000".to_owned()),
            ..OutMessage::default()
        };
        let police = login(&ground, "police.320500");
        let mut publisher = Publisher::open(&police, "test", &PublisherLimits::default()).await.unwrap();
        assert_eq!(publisher.publish_all(&[forged]).await, [Outcome::TimedOut]);
        let error = refused(publisher.check());
        assert!(matches!(error, BrokerError::Contradiction { .. }), "{error}");
        ground.until_ready("feed.police", 0).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partner_reads_its_return_queue_and_nothing_else() {
    in_own_vhost("return-queue", async |ground| {
        with_offices(&ground).await;
        let rejected = OutMessage {
            exchange: "partner".to_owned(),
            routing_key: "police.320500".to_owned(),
            body: b"rejected".to_vec(),
            ..OutMessage::default()
        };
        let hub = login(&ground, "hub-of-tests");
        let mut publisher = Publisher::open(&hub, "test", &PublisherLimits::default()).await.unwrap();
        assert_eq!(publisher.publish_all(&[rejected]).await, [Outcome::Confirmed]);
        let police = login(&ground, "police.320500");
        let mut own = consume(&police, "partner.police.320500").await.unwrap();
        assert_eq!(texts(&take(&mut own, 1).await), ["rejected"]);
        for queue in ["partner.hr.320500", "feed.police", "inbox.320583100", "dead.feeds"] {
            let error = refused(consume(&police, queue).await);
            assert!(matches!(error, BrokerError::Refused { .. }), "{queue}: {error}");
        }
        let watch = refused(Watch::open(&police, HERE.parse().unwrap()).await);
        assert!(matches!(watch, BrokerError::Refused { .. }), "{watch}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_township_reads_its_own_inbox_and_no_other() {
    in_own_vhost("inboxes", async |ground| {
        with_offices(&ground).await;
        ground.publish(HERE, &["to here".to_owned()]).await;
        let township = login(&ground, "township.320583100");
        let mut own = consume(&township, "inbox.320583100").await.unwrap();
        assert_eq!(texts(&take(&mut own, 1).await), ["to here"]);
        let other = refused(consume(&township, "inbox.321322101").await);
        assert!(matches!(other, BrokerError::Refused { .. }), "{other}");
        let reply = publish(&township, Feed::Township, "township.receipt.v1").await;
        assert_eq!(reply.unwrap(), [Outcome::Confirmed]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_superior_listens_to_everybody_below_it_and_to_nobody_else_and_no_inbox_loses_anything() {
    in_own_vhost("listening", async |ground| {
        let users = ["320583", "320500", "321322", HERE].map(|division| office(Feed::Township, division));
        let codes = ["320000", "320500", "320583", HERE, "321300", "321322", THERE];
        ground.bring_about(&ground.wanted(&codes, users.to_vec(), TopologyLimits::default())).await;
        let listen = async |user: &str, code: &str| {
            Watch::open_below(&login(&ground, &format!("township.{user}")), code.parse().unwrap()).await
        };
        let (mut county, mut prefecture) =
            (listen("320583", "320583").await.unwrap(), listen("320500", "320500").await.unwrap());
        let mut other = listen("321322", "321322").await.unwrap();
        let plan = ground.plan(&ground.wanted(&codes, users.to_vec(), TopologyLimits::default())).await;
        assert!(plan.is_done() && plan.surplus.is_empty(), "who listens shows in no plan: {plan}");
        for (code, text) in [("320583", "to the county"), (HERE, "to the township"), (THERE, "elsewhere")] {
            ground.publish(code, &[text.to_owned()]).await;
        }
        assert_eq!(texts(&county.next().await.unwrap()), ["to the township"]);
        let mut heard = Vec::new();
        while heard.len() < 2 {
            heard.extend(texts(&prefecture.next().await.unwrap()));
        }
        assert_eq!(heard, ["to the county", "to the township"], "from its county, and from below that");
        assert_eq!(texts(&other.next().await.unwrap()), ["elsewhere"]);
        ground.until_ready("inbox.320583100", 1).await;
        ground.until_ready("inbox.320583", 1).await;

        for (user, code) in [("320583", "320500"), ("320583", "321322"), (HERE, "320583")] {
            let error = refused(listen(user, code).await);
            assert!(matches!(error, BrokerError::Refused { .. }), "{user} listens to {code}: {error}");
        }
        let county = login(&ground, "township.320583");
        let error = refused(Watch::open(&county, HERE.parse().unwrap()).await);
        assert!(matches!(error, BrokerError::Refused { .. }), "{error}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_hub_reads_feeds_writes_notices_and_watches() {
    in_own_vhost("hub", async |ground| {
        with_offices(&ground).await;
        let hub = login(&ground, "hub-of-tests");
        consume(&hub, "feed.township").await.unwrap();
        consume(&hub, "dead.feeds").await.unwrap();
        let mut watch = Watch::open(&hub, HERE.parse().unwrap()).await.unwrap();
        let mut publisher = Publisher::open(&hub, "test", &PublisherLimits::default()).await.unwrap();
        assert_eq!(publisher.publish_all(&[notice(HERE, "seen")]).await, [Outcome::Confirmed]);
        assert_eq!(texts(&watch.next().await.unwrap()), ["seen"]);
        let inbox = refused(consume(&hub, "inbox.320583100").await);
        assert!(matches!(inbox, BrokerError::Refused { .. }), "{inbox}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn users_are_made_once_and_changed_when_they_differ() {
    in_own_vhost("ensure", async |ground| {
        // A division of its own: this test changes a password.
        let mut users = vec![office(Feed::Housing, "329900")];
        let management = &ground.admin.management;
        assert!(ensure_users(management, &ground.vhost, &users).await.unwrap() > 0);
        assert_eq!(ensure_users(management, &ground.vhost, &users).await.unwrap(), 0);
        users[0].password = "another fictional password".to_owned().into();
        assert_eq!(ensure_users(management, &ground.vhost, &users).await.unwrap(), 1);
        assert_eq!(ensure_users(management, &ground.vhost, &users).await.unwrap(), 0);
        let wrong = ground.endpoint.as_user("housing.329900", &password()).unwrap();
        assert!(matches!(refused(consume(&wrong, "none").await), BrokerError::Refused { .. }));
        users[0].password = password();
        ensure_users(management, &ground.vhost, &users).await.unwrap();
    })
    .await;
}
