//! Every credential on every operation, held against the table in `deploy/rabbitmq/README.md`.

use std::collections::BTreeMap;

use lapin::options::{
    BasicConsumeOptions, ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions, QueueDeleteOptions,
    QueuePurgeOptions,
};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{Channel, Connection, ConnectionProperties, ExchangeKind};
use liangdi_broker::connect::{Endpoint, install_crypto_provider};
use liangdi_broker::inspect::Watch;
use liangdi_broker::management::Management;
use liangdi_broker::publisher::{OutMessage, Outcome, Publisher, PublisherLimits};
use liangdi_broker::topology::{TopologyLimits, UserWanted};
use liangdi_domain::feed::Feed;
use secrecy::{ExposeSecret, SecretString};

use crate::support::{Ground, HERE, THERE, in_own_vhost, in_time};

/// Users belong to the whole broker: these are this test's own.
const DEPARTMENT: &str = "police.329901";
const OTHER_DEPARTMENT: &str = "hr.329901";
const TOWNSHIP: &str = "township.320583100";
const HUB: &str = "hub-of-the-matrix";
const STRANGER: &str = "stranger-of-tests";

fn password() -> SecretString {
    "a fictional password for tests".to_owned().into()
}

/// Who tries, and what is whose.
struct Who<'a> {
    ground: &'a Ground,
    endpoint: Endpoint,
    name: &'static str,
    own_feed: &'static str,
    other_feed: &'static str,
    own_queue: &'static str,
}

impl<'a> Who<'a> {
    fn all(ground: &'a Ground) -> [(&'static str, Who<'a>); 4] {
        let who = |name: &'static str, own_feed: &'static str, own_queue: &'static str| Who {
            ground,
            endpoint: ground.endpoint.as_user(name, &password()).unwrap(),
            name,
            own_feed,
            other_feed: if own_feed == "hr" { "police" } else { "hr" },
            own_queue,
        };
        [
            ("department", who(DEPARTMENT, "police", "partner.police.329901")),
            ("township", who(TOWNSHIP, "township", "inbox.320583100")),
            // Neither has a feed or a queue of its own: they try those of others.
            ("hub", who(HUB, "police", "inbox.320583100")),
            ("stranger", who(STRANGER, "police", "inbox.320583100")),
        ]
    }

    async fn try_it(&self, operation: &str) -> bool {
        let own = kind_of(self.own_feed);
        let (own_exchange, other_exchange) = (format!("feed.{}", self.own_feed), format!("feed.{}", self.other_feed));
        match operation {
            "publish to its own feed, under its own message types" => self.publishes(&own_exchange, own, None).await,
            "publish to its own feed, under another feed's message types" => {
                self.publishes(&own_exchange, kind_of(self.other_feed), None).await
            }
            "publish to another feed" => self.publishes(&other_exchange, kind_of(self.other_feed), None).await,
            "publish to its own feed as somebody else (`user_id`)" => {
                self.publishes(&own_exchange, own, Some(OTHER_DEPARTMENT)).await
            }
            "publish to a jurisdiction's exchange" => {
                self.publishes(&format!("jx.{HERE}"), "inflow.routine", None).await
            }
            "publish to the exchange of the return queues" => self.publishes("partner", OTHER_DEPARTMENT, None).await,
            "publish straight into a queue, by the default exchange" => {
                self.publishes("", &format!("inbox.{THERE}"), None).await
            }
            "read its own queue (inbox, return queue)" => self.reads(self.own_queue).await,
            "read another's inbox" => self.reads(&format!("inbox.{THERE}")).await,
            "read another's return queue" => self.reads("partner.hr.329901").await,
            "read a feed's queue" => self.reads(&own_exchange).await,
            "read the dead letters of feeds" => self.reads("dead.feeds").await,
            "read the dead letters of notices" => self.reads("dead.notices").await,
            "watch a jurisdiction through a temporary queue" => {
                Watch::open(&self.endpoint, HERE.parse().unwrap()).await.is_ok()
            }
            "list queues over the management API" => self.api().queues(&self.ground.vhost).await.is_ok(),
            "make a user over the management API" => {
                self.api().put_user("nobody-of-tests", &password(), "").await.is_ok()
            }
            declaring => self.declares(declaring).await,
        }
    }

    /// What has to do with queues and exchanges themselves.
    async fn declares(&self, operation: &str) -> bool {
        let Some((_connection, channel)) = self.channel().await else { return false };
        let nothing = FieldTable::default;
        match operation {
            "empty another's inbox" => {
                channel.queue_purge(format!("inbox.{THERE}").into(), QueuePurgeOptions::default()).await.is_ok()
            }
            "declare a queue that stays" => {
                let options = QueueDeclareOptions { durable: true, ..QueueDeclareOptions::default() };
                let mut quorum = FieldTable::default();
                quorum.insert("x-queue-type".into(), AMQPValue::LongString("quorum".into()));
                channel.queue_declare("inbox.of-its-own".into(), options, quorum).await.is_ok()
            }
            "delete its own queue" => {
                channel.queue_delete(self.own_queue.into(), QueueDeleteOptions::default()).await.is_ok()
            }
            "declare an exchange" => {
                let options = ExchangeDeclareOptions { durable: true, ..ExchangeDeclareOptions::default() };
                channel.exchange_declare("jx.own".into(), ExchangeKind::Topic, options, nothing()).await.is_ok()
            }
            "bind its own queue to a jurisdiction's exchange" => {
                let exchange = format!("jx.{THERE}");
                let options = QueueBindOptions::default();
                channel.queue_bind(self.own_queue.into(), exchange.into(), "#".into(), options, nothing()).await.is_ok()
            }
            unknown => panic!("the table has an operation that nobody tries: {unknown}"),
        }
    }

    async fn publishes(&self, exchange: &str, routing_key: &str, as_user: Option<&str>) -> bool {
        let message = OutMessage {
            exchange: exchange.to_owned(),
            routing_key: routing_key.to_owned(),
            body: b"{}".to_vec(),
            message_id: "1".to_owned(),
            user_id: as_user.map(str::to_owned),
            ..OutMessage::default()
        };
        let opened = Publisher::open(&self.endpoint, "test", &PublisherLimits::default()).await;
        let Ok(mut publisher) = opened else { return false };
        publisher.publish_all(&[message]).await == [Outcome::Confirmed]
    }

    async fn reads(&self, queue: &str) -> bool {
        let Some((_connection, channel)) = self.channel().await else { return false };
        let options = BasicConsumeOptions::default();
        channel.basic_consume(queue.into(), "".into(), options, FieldTable::default()).await.is_ok()
    }

    async fn channel(&self) -> Option<(Connection, Channel)> {
        install_crypto_provider();
        let address = self.endpoint.url.expose_secret();
        let connection = Connection::connect(address, ConnectionProperties::default()).await.ok()?;
        let channel = connection.create_channel().await.ok()?;
        Some((connection, channel))
    }

    fn api(&self) -> Management {
        self.ground.management_as(self.name, password())
    }
}

fn kind_of(feed: &str) -> &'static str {
    match feed {
        "police" => "police.residence-registered.v1",
        "hr" => "hr.employment-started.v1",
        _ => "township.receipt.v1",
    }
}

/// Operation -> credential -> whether it may.
fn table() -> Vec<(String, BTreeMap<String, bool>)> {
    let text = include_str!("../../../../deploy/rabbitmq/README.md");
    let mut rows = text
        .lines()
        .filter(|line| line.starts_with("| "))
        .map(|line| line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect::<Vec<String>>());
    let header = rows.next().unwrap();
    rows.map(|row| {
        let may = header.iter().zip(&row).skip(1).map(|(who, cell)| {
            assert!(cell == "yes" || cell == "no", "{row:?}");
            (who.clone(), cell == "yes")
        });
        (row[0].clone(), may.collect())
    })
    .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_credential_may_do_what_the_table_says_and_nothing_else() {
    in_own_vhost("matrix", async |ground| {
        let office = |feed, division: &str| UserWanted::office(feed, division.parse().unwrap(), password());
        let users = vec![
            office(Feed::Police, "329901"),
            office(Feed::Hr, "329901"),
            office(Feed::Township, HERE),
            UserWanted::hub(HUB, password()),
        ];
        ground.bring_about(&ground.wanted(&[HERE, THERE], users, TopologyLimits::default())).await;
        ground.admin.management.put_user(STRANGER, &password(), "").await.unwrap();
        let table = table();
        assert!(table.len() > 15);
        let mut wrong = Vec::new();
        for (operation, may) in &table {
            for (credential, who) in Who::all(&ground) {
                let done = in_time(who.try_it(operation)).await;
                if done != may[credential] {
                    wrong.push(format!("{credential}: {operation}: {done}"));
                }
            }
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
        for user in [DEPARTMENT, OTHER_DEPARTMENT, HUB, STRANGER] {
            ground.admin.management.delete_user(user).await.unwrap();
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_gets_in_with_a_wrong_password() {
    in_own_vhost("wrong-password", async |ground| {
        let wrong = ground.endpoint.as_user(TOWNSHIP, &"another fictional password".to_owned().into()).unwrap();
        assert!(Publisher::open(&wrong, "test", &PublisherLimits::default()).await.is_err());
        let api = ground.management_as(TOWNSHIP, "another fictional password".to_owned().into());
        assert!(api.vhost_exists(&ground.vhost).await.is_err());
    })
    .await;
}
