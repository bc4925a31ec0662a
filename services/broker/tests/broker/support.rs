//! A virtual host for one test, with the topology it asks for, and waiting for a condition with a deadline.

use std::future::Future;
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use futures_util::FutureExt;
use liangdi_broker::BrokerError;
use liangdi_broker::connect::Endpoint;
use liangdi_broker::consumer::{Consumer, ConsumerLimits, Delivery, Disposition};
use liangdi_broker::inspect::queue_depths;
use liangdi_broker::management::Management;
use liangdi_broker::publisher::{OutMessage, Outcome, Publisher, PublisherLimits};
use liangdi_broker::topology::{
    Admin, DeliveryMode, Jurisdiction, Plan, Scope, TopologyLimits, UserWanted, Wanted, apply, plan, read,
};
use reqwest::Method;
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::Value;

/// Longest wait for anything a test waits for. Long, because a busy machine is slow; nothing waits it out when all
/// is well.
pub(crate) const DEADLINE: Duration = Duration::from_secs(60);

/// A township that tests speak of.
pub(crate) const HERE: &str = "320583100";

/// Another one.
pub(crate) const THERE: &str = "321322101";

#[derive(Deserialize)]
struct Servers {
    amqp_admin_url: SecretString,
    amqp_management_url: String,
    amqp_admin_user: String,
    amqp_admin_password: SecretString,
}

/// A virtual host of a test's own.
pub(crate) struct Ground {
    pub(crate) vhost: String,
    pub(crate) admin: Admin,
    /// The administrator's way into the virtual host.
    pub(crate) endpoint: Endpoint,
    servers: Servers,
}

/// Runs `test` in a new virtual host and deletes it afterwards, whatever happened.
pub(crate) async fn in_own_vhost<Fut: Future<Output = ()>>(name: &str, test: impl FnOnce(Ground) -> Fut) {
    let ground = Ground::new(name);
    let (management, vhost) = (ground.admin.management.clone(), ground.vhost.clone());
    management.put_vhost(&vhost).await.unwrap();
    let outcome = AssertUnwindSafe(test(ground)).catch_unwind().await;
    management.delete_vhost(&vhost).await.unwrap();
    if let Err(panic) = outcome {
        resume_unwind(panic);
    }
}

impl Ground {
    fn new(name: &str) -> Self {
        let path = std::env::var("LIANGDI_TEST_SERVERS")
            .expect("LIANGDI_TEST_SERVERS must name the servers' file; deploy/test starts them and sets it");
        let servers: Servers = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        let nanos = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos();
        let vhost = format!("test-{name}-{nanos}");
        let management = Management::new(
            &servers.amqp_management_url,
            &servers.amqp_admin_user,
            servers.amqp_admin_password.clone(),
        )
        .unwrap();
        let endpoint = Endpoint::new(servers.amqp_admin_url.clone()).with_vhost(&vhost).unwrap();
        Ground { vhost, admin: Admin { endpoint: endpoint.clone(), management }, endpoint, servers }
    }

    /// What the broker should hold for these codes and users.
    pub(crate) fn wanted(&self, codes: &[&str], users: Vec<UserWanted>, limits: TopologyLimits) -> Wanted {
        let jurisdictions = codes
            .iter()
            .map(|code| Jurisdiction { code: code.parse().unwrap(), delivery: DeliveryMode::Amqp })
            .collect();
        Wanted::new(&Scope { vhost: self.vhost.clone(), jurisdictions, users, limits, peers: Vec::new() })
    }

    /// Plans and applies.
    pub(crate) async fn bring_about(&self, wanted: &Wanted) -> Plan {
        let plan = self.plan(wanted).await;
        apply(&self.admin, wanted, &plan).await.unwrap();
        plan
    }

    pub(crate) async fn plan(&self, wanted: &Wanted) -> Plan {
        plan(wanted, &read(&self.admin.management, &self.vhost).await.unwrap())
    }

    /// The topology most tests want: two townships, no users.
    pub(crate) async fn two_townships(&self) {
        self.bring_about(&self.wanted(&[HERE, THERE], Vec::new(), TopologyLimits::default())).await;
    }

    /// Publishes these bodies to a jurisdiction and sees them confirmed.
    pub(crate) async fn publish(&self, code: &str, bodies: &[String]) {
        let mut publisher = Publisher::open(&self.endpoint, "test", &PublisherLimits::default()).await.unwrap();
        let messages: Vec<OutMessage> = bodies.iter().map(|body| notice(code, body)).collect();
        let outcomes = publisher.publish_all(&messages).await;
        assert!(outcomes.iter().all(|outcome| *outcome == Outcome::Confirmed), "{outcomes:?}");
        publisher.close().await;
    }

    /// A consumer of a queue as the administrator.
    pub(crate) async fn consumer(&self, queue: &str, limits: &ConsumerLimits) -> Consumer {
        Consumer::open(&self.endpoint, "test", queue, limits).await.unwrap()
    }

    /// Waits until that many messages are ready in the queue and nobody holds one.
    pub(crate) async fn until_ready(&self, queue: &str, ready: u32) {
        let queues = [queue.to_owned()];
        eventually(&format!("{ready} messages ready in {queue}"), async || {
            let depths = queue_depths(&self.endpoint, &queues).await.unwrap();
            depths[0].ready == Some(ready) && depths[0].consumers == 0
        })
        .await;
    }

    /// The management API as another user.
    pub(crate) fn management_as(&self, user: &str, password: SecretString) -> Management {
        Management::new(&self.servers.amqp_management_url, user, password).unwrap()
    }

    /// A call of the management API that the crate has no need of.
    pub(crate) async fn raw(&self, method: Method, path: &[&str], body: Option<Value>) -> Value {
        let mut url = reqwest::Url::parse(&self.servers.amqp_management_url).unwrap();
        url.path_segments_mut().unwrap().pop_if_empty().push("api").extend(path);
        let client = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
        let password = secrecy::ExposeSecret::expose_secret(&self.servers.amqp_admin_password);
        let mut request = client.request(method, url).basic_auth(&self.servers.amqp_admin_user, Some(password));
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await.unwrap().error_for_status().unwrap();
        let text = answer.text().await.unwrap();
        if text.is_empty() { Value::Null } else { serde_json::from_str(&text).unwrap() }
    }

    /// Deletes a queue behind everybody's back.
    pub(crate) async fn delete_queue(&self, queue: &str) {
        self.raw(Method::DELETE, &["queues", &self.vhost, queue], None).await;
    }
}

/// One notice to a jurisdiction.
pub(crate) fn notice(code: &str, body: &str) -> OutMessage {
    OutMessage {
        exchange: format!("jx.{code}"),
        routing_key: "inflow.routine".to_owned(),
        body: body.as_bytes().to_vec(),
        message_id: body.to_owned(),
        ..OutMessage::default()
    }
}

/// Numbered bodies.
pub(crate) fn bodies(count: usize) -> Vec<String> {
    (0..count).map(|nth| format!("message {nth}")).collect()
}

/// The bodies of deliveries as text.
pub(crate) fn texts(deliveries: &[Delivery]) -> Vec<String> {
    deliveries.iter().map(|delivery| String::from_utf8(delivery.body.clone()).unwrap()).collect()
}

/// The same disposition for all of them.
pub(crate) fn all(deliveries: &[Delivery], disposition: Disposition) -> Vec<(u64, Disposition)> {
    deliveries.iter().map(|delivery| (delivery.tag, disposition)).collect()
}

/// Batches until `count` messages are there.
pub(crate) async fn take(consumer: &mut Consumer, count: usize) -> Vec<Delivery> {
    let mut taken = Vec::new();
    while taken.len() < count {
        taken.extend(in_time(consumer.next_batch()).await.unwrap());
    }
    taken
}

/// The result, if it comes before the deadline.
pub(crate) async fn in_time<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(DEADLINE, future).await.expect("nothing came before the deadline")
}

/// Asks again until the answer is yes or the deadline is over.
pub(crate) async fn eventually(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let started = Instant::now();
    while !holds().await {
        assert!(started.elapsed() < DEADLINE, "not in time: {what}");
        tokio::task::yield_now().await;
    }
}

/// The error of a result that must be one, without asking the other side to be printable.
pub(crate) fn refused<T>(result: Result<T, BrokerError>) -> BrokerError {
    match result {
        Ok(_) => panic!("this should have been refused"),
        Err(error) => error,
    }
}
