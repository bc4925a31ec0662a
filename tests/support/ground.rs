//! A hub's whole ground for one test: a virtual host, a database, a directory with key, users and configuration. All
//! of it is removed afterwards, whatever happened. Users belong to the whole broker and stay: they lose their
//! permissions with the virtual host, and tests side by side share them.

use std::os::unix::fs::PermissionsExt;
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU16, Ordering};

use futures_util::FutureExt;
use liangdi_broker::connect::Endpoint;
use liangdi_broker::feed::{FeedMessage, FeedPublisher};
use liangdi_broker::publisher::{OutMessage, Outcome, Publisher, PublisherLimits};
use liangdi_broker::topology::{UserWanted, ensure_users};
use liangdi_domain::feed::Feed;
use liangdi_store::keys::Keys;
use liangdi_store::postgres::{DatabaseOptions, PgStore};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use uuid::Uuid;

use super::binary::{self, Ran};
use super::eventually;
use super::servers::Servers;

/// The hub's user on the broker.
const HUB: &str = "hub-of-tests";

/// Lines of a hub's log that a failure shows.
const LINES_SHOWN: usize = 40;

/// What a test's ground is to hold.
#[derive(Default, Clone)]
pub(crate) struct Setup {
    /// Jurisdictions; none means all of the province.
    pub(crate) codes: Vec<String>,
    /// The offices' users.
    pub(crate) users: Vec<String>,
    /// More configuration, laid over the ground's.
    pub(crate) settings: toml::Table,
}

/// The ground itself.
#[derive(Clone)]
pub(crate) struct Ground {
    pub(crate) servers: Servers,
    pub(crate) vhost: String,
    pub(crate) database: String,
    pub(crate) dir: PathBuf,
    pub(crate) setup: Setup,
}

/// Runs `test` on a ground with database, tables, topology and users; removes everything afterwards.
pub(crate) async fn on_own_ground(name: &str, setup: Setup, test: impl AsyncFnOnce(Ground)) {
    on_ground_of(Servers::read(), name, setup, test).await;
}

/// The same on servers of the test's own.
pub(crate) async fn on_ground_of(servers: Servers, name: &str, setup: Setup, test: impl AsyncFnOnce(Ground)) {
    on_bare_ground_of(servers, name, setup, async |ground| {
        ground.create_database(&ground.database).await;
        ground.liangdi(&["migrate"]).await.exits(0);
        ground.liangdi(&["topology", "apply"]).await.exits(0);
        ground.admit_hub().await;
        test(ground).await;
    })
    .await;
}

/// Runs `test` where there is only a configuration: no virtual host, no database.
pub(crate) async fn on_bare_ground(name: &str, setup: Setup, test: impl AsyncFnOnce(Ground)) {
    on_bare_ground_of(Servers::read(), name, setup, test).await;
}

async fn on_bare_ground_of(servers: Servers, name: &str, setup: Setup, test: impl AsyncFnOnce(Ground)) {
    let ground = Ground::new(servers, name, setup);
    ground.write_files().await;
    let outcome = AssertUnwindSafe(test(ground.clone())).catch_unwind().await;
    if outcome.is_err() {
        ground.show_hub_logs();
    }
    ground.remove().await;
    if let Err(panic) = outcome {
        resume_unwind(panic);
    }
}

impl Ground {
    fn new(servers: Servers, name: &str, setup: Setup) -> Self {
        let id = Uuid::now_v7().simple();
        Ground {
            servers,
            vhost: format!("test-{name}-{id}"),
            database: format!("liangdi_flow_{id}"),
            dir: std::env::temp_dir().join(format!("liangdi-{name}-{id}")),
            setup,
        }
    }

    async fn write_files(&self) {
        std::fs::create_dir(&self.dir).unwrap();
        let key = self.dir.join("liangdi.key");
        binary::liangdi(&["keygen", key.to_str().unwrap()]).await.exits(0);
        let users: serde_json::Map<_, _> =
            self.setup.users.iter().map(|user| (user.clone(), json!(password().expose_secret()))).collect();
        write_secret(&self.dir.join("users.json"), &json!(users).to_string());
        self.write_config("liangdi.toml", &toml::Table::new());
    }

    /// Writes the ground's configuration, with more laid over it.
    pub(crate) fn write_config(&self, name: &str, over: &toml::Table) -> PathBuf {
        let servers = &self.servers;
        let hub = self.hub_endpoint();
        let config = json!({
            "amqp": {
                "url": hub.url.expose_secret(), "more_nodes": servers.more_nodes, "vhost": self.vhost,
                "management_url": servers.amqp_management_url, "admin_user": servers.amqp_admin_user,
                "admin_password": servers.amqp_admin_password.expose_secret(),
                "reconnect_wait_max_ms": 1000,
            },
            "database": {"url": servers.database(&self.database), "connections_max": 4},
            "keys": {"file": self.dir.join("liangdi.key")},
            "topology": {"users_file": self.dir.join("users.json"), "jurisdictions": self.setup.codes},
            // A courier that was killed keeps its lease so long.
            "courier": {"lease_ms": 2000},
            "console": {"listen": free_address()},
            "telemetry": {"metrics_listen": free_address()},
        });
        let mut table = toml::Table::try_from(config).unwrap();
        lay_over(&mut table, self.setup.settings.clone());
        lay_over(&mut table, over.clone());
        let path = self.dir.join(name);
        write_secret(&path, &toml::to_string(&table).unwrap());
        path
    }

    pub(crate) fn config(&self) -> PathBuf {
        self.dir.join("liangdi.toml")
    }

    /// The logs of all hubs that ran here so far.
    pub(crate) fn hub_logs(&self) -> Vec<String> {
        let files = std::fs::read_dir(&self.dir).unwrap().map(|entry| entry.unwrap().path());
        let logs = files.filter(|path| path.extension().is_some_and(|extension| extension == "log"));
        logs.map(|path| String::from_utf8_lossy(&std::fs::read(path).unwrap()).into_owned()).collect()
    }

    /// What the hubs said last, for whoever looks into a failure: the logs go with the ground.
    #[allow(clippy::print_stderr)]
    fn show_hub_logs(&self) {
        for log in self.hub_logs() {
            let said: Vec<&str> = log.lines().filter(|line| !line.contains("DEBUG")).collect();
            eprintln!("a hub said last:\n{}\n", said[said.len().saturating_sub(LINES_SHOWN)..].join("\n"));
        }
    }

    /// Runs a command with the ground's configuration.
    pub(crate) async fn liangdi(&self, arguments: &[&str]) -> Ran {
        self.liangdi_reading(arguments, b"").await
    }

    /// The same, with something on standard input.
    pub(crate) async fn liangdi_reading(&self, arguments: &[&str], input: &[u8]) -> Ran {
        let mut command = binary::command();
        command.arg("--config").arg(self.config()).args(arguments);
        command.env("LIANGDI_PASSWORD", password().expose_secret());
        binary::run(command, input).await
    }

    /// Gives the hub's user its permissions in the virtual host, as an operator does.
    pub(crate) async fn admit_hub(&self) {
        let hub = UserWanted::hub(HUB, password());
        ensure_users(&self.servers.management(), &self.vhost, &[hub]).await.unwrap();
    }

    pub(crate) async fn create_database(&self, name: &str) {
        self.on_server(format!("CREATE DATABASE {name}")).await;
    }

    /// A statement on the database server, outside every test's database.
    pub(crate) async fn on_server(&self, statement: String) {
        self.try_on_server(statement).await.unwrap();
    }

    async fn try_on_server(&self, statement: String) -> sqlx::Result<()> {
        let mut server = PgConnection::connect(&self.servers.database_url).await?;
        sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut server).await.map(drop)
    }

    /// A store on the ground's database, to look with.
    pub(crate) async fn store(&self) -> PgStore {
        let mut options = DatabaseOptions::new(self.servers.database(&self.database).into());
        options.connections_max = 2;
        PgStore::connect(&options, Keys::read_file(&self.dir.join("liangdi.key")).unwrap()).await.unwrap()
    }

    /// A connection that goes round the store.
    pub(crate) async fn connection(&self) -> PgConnection {
        PgConnection::connect(&self.servers.database(&self.database)).await.unwrap()
    }

    /// The administrator's way into the virtual host.
    pub(crate) fn admin(&self) -> Endpoint {
        self.servers.admin(&self.vhost)
    }

    /// The hub's own way into the virtual host.
    pub(crate) fn hub_endpoint(&self) -> Endpoint {
        self.login(HUB)
    }

    /// A partner's way into the virtual host.
    pub(crate) fn login(&self, user: &str) -> Endpoint {
        self.admin().as_user(user, &password()).unwrap()
    }

    /// Publishes lines as a partner and sees every one confirmed.
    pub(crate) async fn publish(&self, user: &str, lines: &[Vec<u8>]) {
        self.publish_stock(user, lines, false).await;
    }

    /// The same; as stock of day one where it is baseline.
    pub(crate) async fn publish_stock(&self, user: &str, lines: &[Vec<u8>], baseline: bool) {
        let mut publisher = self.publisher(user, baseline).await;
        publish_on(&mut publisher, lines).await;
        publisher.close().await;
    }

    /// A partner's connection.
    pub(crate) async fn publisher(&self, user: &str, baseline: bool) -> FeedPublisher {
        let limits = PublisherLimits::default();
        FeedPublisher::open(&self.login(user), feed_of(user), baseline, &limits).await.unwrap()
    }

    /// Publishes a message with properties of the test's choosing.
    pub(crate) async fn publish_raw(&self, user: &str, message: OutMessage) {
        let mut publisher = Publisher::open(&self.login(user), "test", &PublisherLimits::default()).await.unwrap();
        assert_eq!(publisher.publish_all(&[message]).await, [Outcome::Confirmed]);
        publisher.close().await;
    }

    /// Deletes a queue behind everybody's back.
    pub(crate) async fn delete_queue(&self, queue: &str) {
        self.delete("queues", queue).await;
    }

    /// Deletes an exchange the same way.
    pub(crate) async fn delete_exchange(&self, exchange: &str) {
        self.delete("exchanges", exchange).await;
    }

    async fn delete(&self, kind: &str, name: &str) {
        let url = format!("{}/api/{kind}/{}/{name}", self.servers.amqp_management_url, self.vhost);
        let password = self.servers.amqp_admin_password.expose_secret();
        let request = reqwest::Client::new().delete(url).basic_auth(&self.servers.amqp_admin_user, Some(password));
        request.send().await.unwrap().error_for_status().unwrap();
    }

    async fn remove(&self) {
        std::fs::remove_dir_all(&self.dir).unwrap();
        if self.servers.private {
            // They go with everything in them, and may be frozen or dead.
            return;
        }
        let management = self.servers.management();
        if management.vhost_exists(&self.vhost).await.unwrap() {
            management.delete_vhost(&self.vhost).await.unwrap();
        }
        // An autovacuum worker that is in there cannot be forced out by an ordinary role: it leaves by itself.
        eventually("the database is dropped", async || {
            let drop = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.database);
            self.try_on_server(drop).await.ok()
        })
        .await;
    }
}

/// Publishes on an open connection and sees every message confirmed.
pub(crate) async fn publish_on(publisher: &mut FeedPublisher, lines: &[Vec<u8>]) {
    #[derive(Deserialize, Default)]
    struct Envelope {
        #[serde(rename = "type", default)]
        kind: String,
        #[serde(default)]
        id: String,
    }
    let message = |line: &Vec<u8>| {
        let Envelope { kind, id } = serde_json::from_slice(line).unwrap_or_default();
        FeedMessage { kind, id, body: line.clone() }
    };
    let messages: Vec<FeedMessage> = lines.iter().map(message).collect();
    let outcomes = publisher.publish(messages).await.unwrap();
    assert!(outcomes.iter().all(|outcome| *outcome == Outcome::Confirmed), "{outcomes:?}");
}

/// The feed that a user publishes to.
pub(crate) fn feed_of(user: &str) -> Feed {
    user.rsplit_once('.').unwrap().0.parse().unwrap()
}

/// The one password of all fictional users: tests side by side share the broker's users.
pub(crate) fn password() -> SecretString {
    "a fictional password for tests".to_owned().into()
}

/// An address nobody else listens on: every process has loopback addresses of its own, so that no two tests race for
/// a port.
pub(crate) fn free_address() -> String {
    static NEXT: AtomicU16 = AtomicU16::new(20_000);
    let [_, a, b, c] = std::process::id().to_be_bytes();
    format!("127.{}.{b}.{c}:{}", a + 1, NEXT.fetch_add(1, Ordering::Relaxed))
}

fn lay_over(base: &mut toml::Table, over: toml::Table) {
    for (key, value) in over {
        match (base.get_mut(&key), value) {
            (Some(toml::Value::Table(base)), toml::Value::Table(over)) => lay_over(base, over),
            (_, value) => drop(base.insert(key, value)),
        }
    }
}

pub(crate) fn write_secret(path: &Path, text: &str) {
    std::fs::write(path, text).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
}
