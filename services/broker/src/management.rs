//! The broker's HTTP management API: users, permissions, policies and virtual hosts, which AMQP cannot reach,
//! and lists of what exists. Long lists come in pages; the password never enters a URL or an error.

use std::time::Duration;

use reqwest::header::DATE;
use reqwest::{Client, Method, RequestBuilder, Response, Url};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::connect::install_crypto_provider;
use crate::error::BrokerError;

/// How long one request may take. Deleting a virtual host with a province's queues is the slowest.
const REQUEST_TIMEOUT_MS: u64 = 60_000;

/// Rows a page; the broker's own limit is 500.
const PAGE_ROWS_MAX: usize = 500;

/// What the federation plug-in calls other brokers that exchanges take from.
const UPSTREAMS: &str = "federation-upstream";

/// Longest piece of an answer repeated in an error.
const REASON_CHARS_MAX: usize = 300;

/// A client of the management API.
#[derive(Clone)]
pub struct Management {
    client: Client,
    base: Url,
    user: String,
    password: SecretString,
}

/// A queue or exchange as the broker lists it.
#[derive(Debug, Clone, Deserialize)]
pub struct Listed {
    /// Its name.
    pub name: String,
    /// `quorum`, `classic`, `topic`, `direct` …
    #[serde(rename = "type")]
    pub kind: String,
    /// Whether it survives a restart of the broker.
    pub durable: bool,
}

/// A binding as the broker lists it.
#[derive(Debug, Clone, Deserialize)]
pub struct ListedBinding {
    /// The exchange messages come from; empty for the default exchange.
    pub source: String,
    /// The queue or exchange they go to.
    pub destination: String,
    /// `queue` or `exchange`.
    pub destination_type: String,
    /// The binding's pattern.
    pub routing_key: String,
}

/// A policy as the broker lists it.
#[derive(Debug, Clone, Deserialize)]
pub struct ListedPolicy {
    /// Its name.
    pub name: String,
    /// The names it matches.
    pub pattern: String,
    /// What it applies to.
    #[serde(rename = "apply-to")]
    pub apply_to: String,
    /// What it sets.
    pub definition: Value,
    /// Which policy wins.
    pub priority: i64,
}

/// Another broker that exchanges take from, as the broker lists it: with the password of its address. No `Debug`.
#[derive(Clone, Deserialize)]
pub struct ListedUpstream {
    /// Its name.
    pub name: String,
    /// What the broker was told.
    pub value: Value,
}

/// A user as the broker lists it.
#[derive(Debug, Clone, Deserialize)]
pub struct ListedUser {
    /// Its name.
    pub name: String,
    /// Salted hash of the password.
    #[serde(default)]
    pub password_hash: String,
    /// How it was hashed.
    #[serde(default)]
    pub hashing_algorithm: String,
    /// Management tags.
    #[serde(default)]
    pub tags: Value,
}

/// A user's permissions in the virtual host.
#[derive(Debug, Clone, Deserialize)]
pub struct ListedPermission {
    /// Whose.
    pub user: String,
    /// Pattern of names it may declare and delete.
    pub configure: String,
    /// Pattern of names it may publish to.
    pub write: String,
    /// Pattern of names it may consume from.
    pub read: String,
}

/// A user's permissions by routing key on one exchange.
#[derive(Debug, Clone, Deserialize)]
pub struct ListedTopicPermission {
    /// Whose.
    pub user: String,
    /// On which exchange.
    pub exchange: String,
    /// Pattern of routing keys it may publish with.
    pub write: String,
    /// Pattern of routing keys it may bind.
    pub read: String,
}

/// A broker's version and its clock.
#[derive(Debug, Clone)]
pub struct Overview {
    /// Its version.
    pub version: String,
    /// What its clock showed when it answered, in RFC 2822; whole seconds.
    pub clock: Option<String>,
}

/// One node of the broker. What a node that has just started does not know yet is none.
#[derive(Debug, Clone)]
pub struct Node {
    /// Its name.
    pub name: String,
    /// Whether it runs.
    pub running: bool,
    /// Files it may open.
    pub files_max: Option<u64>,
    /// Whether it is short of memory, and blocks publishers.
    pub memory_alarm: bool,
    /// Whether it is short of disk space, and blocks publishers.
    pub disk_alarm: bool,
    /// Free bytes on the disk with its data.
    pub disk_free_bytes: Option<u64>,
    /// Nodes it lost sight of.
    pub partitions: usize,
}

impl Node {
    /// A node that has just started has no numbers yet: the broker then writes an empty list in the object's place.
    fn read(listed: &Value) -> Option<Self> {
        let number = |name: &str| listed.get(name).and_then(Value::as_u64);
        let is = |name: &str| listed.get(name).and_then(Value::as_bool).unwrap_or_default();
        Some(Node {
            name: listed.get("name")?.as_str()?.to_owned(),
            running: is("running"),
            files_max: number("fd_total"),
            memory_alarm: is("mem_alarm"),
            disk_alarm: is("disk_free_alarm"),
            disk_free_bytes: number("disk_free"),
            partitions: listed.get("partitions").and_then(Value::as_array).map_or(0, Vec::len),
        })
    }
}

/// A user's limits as the broker lists them.
#[derive(Debug, Clone, Deserialize)]
pub struct ListedUserLimits {
    /// Whose.
    pub user: String,
    /// What they are.
    pub value: UserLimitValues,
}

/// The limits themselves.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct UserLimitValues {
    /// Connections.
    pub max_connections: Option<i64>,
    /// Channels.
    pub max_channels: Option<i64>,
}

#[derive(Deserialize)]
struct Page<T> {
    items: Vec<T>,
    page_count: usize,
    filtered_count: usize,
}

impl Management {
    /// A client for the API at `url` (`http://HOST:PORT`), logged in as `user`.
    pub fn new(url: &str, user: &str, password: SecretString) -> Result<Self, BrokerError> {
        install_crypto_provider();
        let malformed =
            || BrokerError::Address { what: "the management address", expected: "http://HOST:PORT or https://…" };
        let base = Url::parse(url).map_err(|_| malformed())?;
        // On loopback a proxy of the environment must not come between.
        let mut builder = Client::builder().no_proxy().timeout(Duration::from_millis(REQUEST_TIMEOUT_MS));
        match base.scheme() {
            // Without this the client wants the system's certificates, which a bare machine may not have.
            "http" => builder = builder.tls_certs_only([]),
            "https" => {}
            _ => return Err(malformed()),
        }
        let client = builder.build().map_err(|error| BrokerError::Management {
            request: "set-up".into(),
            status: None,
            reason: error.to_string(),
        })?;
        Ok(Management { client, base, user: user.to_owned(), password })
    }

    /// How many files each of the broker's nodes may open at least; none where the broker does not say.
    pub async fn open_files_max(&self) -> Result<Option<u64>, BrokerError> {
        // A node that has just started has no numbers yet: the broker then writes an empty list in the object's place.
        let nodes: Vec<Value> = self.get(&["nodes"], &[("columns", "fd_total")]).await?;
        Ok(nodes.iter().filter_map(|node| node.get("fd_total")?.as_u64()).min())
    }

    /// The broker's version and clock.
    pub async fn overview(&self) -> Result<Overview, BrokerError> {
        let path = ["overview"];
        let answer = self.send(Method::GET, &path, &[("columns", "rabbitmq_version")], None).await?;
        let clock = answer.headers().get(DATE).and_then(|date| date.to_str().ok()).map(str::to_owned);
        let unreadable = |error: reqwest::Error| failed(&Method::GET, &path, None, error.without_url().to_string());
        let overview: Value = answer.json().await.map_err(unreadable)?;
        let version = overview.get("rabbitmq_version").and_then(Value::as_str).unwrap_or("unknown").to_owned();
        Ok(Overview { version, clock })
    }

    /// The broker's nodes, as far as they have numbers yet.
    pub async fn nodes(&self) -> Result<Vec<Node>, BrokerError> {
        let nodes: Vec<Value> = self.get(&["nodes"], &[]).await?;
        Ok(nodes.iter().filter_map(Node::read).collect())
    }

    /// Whether the virtual host exists.
    pub async fn vhost_exists(&self, vhost: &str) -> Result<bool, BrokerError> {
        match self.send(Method::GET, &["vhosts", vhost], &[], None).await {
            Ok(_) => Ok(true),
            Err(BrokerError::Management { status: Some(404), .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Makes the virtual host; the caller gets all permissions in it.
    pub async fn put_vhost(&self, vhost: &str) -> Result<(), BrokerError> {
        self.send(Method::PUT, &["vhosts", vhost], &[], Some(json!({}))).await.map(drop)
    }

    /// Deletes the virtual host with everything in it.
    pub async fn delete_vhost(&self, vhost: &str) -> Result<(), BrokerError> {
        self.send(Method::DELETE, &["vhosts", vhost], &[], None).await.map(drop)
    }

    /// Every exchange of the virtual host.
    pub async fn exchanges(&self, vhost: &str) -> Result<Vec<Listed>, BrokerError> {
        self.pages(&["exchanges", vhost], "name,type,durable").await
    }

    /// Every queue of the virtual host.
    pub async fn queues(&self, vhost: &str) -> Result<Vec<Listed>, BrokerError> {
        self.pages(&["queues", vhost], "name,type,durable").await
    }

    /// How many queues of the virtual host have names that match the pattern.
    pub async fn count_queues(&self, vhost: &str, pattern: &str) -> Result<usize, BrokerError> {
        let query = [("page", "1"), ("page_size", "1"), ("columns", "name"), ("use_regex", "true"), ("name", pattern)];
        let page: Page<Value> = self.get(&["queues", vhost], &query).await?;
        Ok(page.filtered_count)
    }

    /// Every binding of the virtual host. The broker has no pages for these.
    pub async fn bindings(&self, vhost: &str) -> Result<Vec<ListedBinding>, BrokerError> {
        let columns = [("columns", "source,destination,destination_type,routing_key")];
        self.get(&["bindings", vhost], &columns).await
    }

    /// Every policy of the virtual host.
    pub async fn policies(&self, vhost: &str) -> Result<Vec<ListedPolicy>, BrokerError> {
        self.get(&["policies", vhost], &[]).await
    }

    /// Makes or replaces a policy.
    pub async fn put_policy(&self, vhost: &str, name: &str, policy: Value) -> Result<(), BrokerError> {
        self.send(Method::PUT, &["policies", vhost, name], &[], Some(policy)).await.map(drop)
    }

    /// Other brokers that exchanges of the virtual host take from; none where the plug-in is not enabled.
    pub async fn upstreams(&self, vhost: &str) -> Result<Vec<ListedUpstream>, BrokerError> {
        match self.get(&["parameters", UPSTREAMS, vhost], &[]).await {
            Err(BrokerError::Management { status: Some(404), .. }) => Ok(Vec::new()),
            found => found,
        }
    }

    /// Makes or replaces one of them.
    pub async fn put_upstream(&self, vhost: &str, name: &str, value: Value) -> Result<(), BrokerError> {
        let body = json!({ "value": value });
        let path = ["parameters", UPSTREAMS, vhost, name];
        match self.send(Method::PUT, &path, &[], Some(body)).await {
            // What the broker says of an address that it does not take repeats the address, password and all.
            Err(BrokerError::Management { request, status: Some(400), reason }) => {
                let reason = match reason.contains("component federation-upstream not found") {
                    true => "the broker has no federation: rabbitmq-plugins enable rabbitmq_federation",
                    false => "the broker takes no such address; expected amqps://USER:PASSWORD@HOST:PORT/VHOST",
                };
                Err(BrokerError::Management { request, status: Some(400), reason: reason.to_owned() })
            }
            answer => answer.map(drop),
        }
    }

    /// Every user of the broker.
    pub async fn users(&self) -> Result<Vec<ListedUser>, BrokerError> {
        self.get(&["users"], &[]).await
    }

    /// Makes a user or replaces its password and tags.
    pub async fn put_user(&self, name: &str, password: &SecretString, tags: &str) -> Result<(), BrokerError> {
        let user = json!({ "password": password.expose_secret(), "tags": tags });
        self.send(Method::PUT, &["users", name], &[], Some(user)).await.map(drop)
    }

    /// Every user's permissions in the virtual host.
    pub async fn permissions(&self, vhost: &str) -> Result<Vec<ListedPermission>, BrokerError> {
        self.get(&["vhosts", vhost, "permissions"], &[]).await
    }

    /// Sets a user's permissions in the virtual host.
    pub async fn put_permission(&self, vhost: &str, user: &str, permission: Value) -> Result<(), BrokerError> {
        self.send(Method::PUT, &["permissions", vhost, user], &[], Some(permission)).await.map(drop)
    }

    /// Every user's topic permissions in the virtual host.
    pub async fn topic_permissions(&self, vhost: &str) -> Result<Vec<ListedTopicPermission>, BrokerError> {
        self.get(&["vhosts", vhost, "topic-permissions"], &[]).await
    }

    /// Sets a user's topic permission on one exchange.
    pub async fn put_topic_permission(&self, vhost: &str, user: &str, permission: Value) -> Result<(), BrokerError> {
        self.send(Method::PUT, &["topic-permissions", vhost, user], &[], Some(permission)).await.map(drop)
    }

    /// Deletes a user; the broker ends its connections.
    pub async fn delete_user(&self, name: &str) -> Result<(), BrokerError> {
        self.send(Method::DELETE, &["users", name], &[], None).await.map(drop)
    }

    /// Every user's limits.
    pub async fn user_limits(&self) -> Result<Vec<ListedUserLimits>, BrokerError> {
        self.get(&["user-limits"], &[]).await
    }

    /// Sets one of a user's limits: `max-connections` or `max-channels`.
    pub async fn put_user_limit(&self, user: &str, limit: &str, value: u32) -> Result<(), BrokerError> {
        self.send(Method::PUT, &["user-limits", user, limit], &[], Some(json!({ "value": value }))).await.map(drop)
    }

    async fn pages<T: DeserializeOwned>(&self, path: &[&str], columns: &str) -> Result<Vec<T>, BrokerError> {
        let mut all = Vec::new();
        let size = PAGE_ROWS_MAX.to_string();
        for number in 1.. {
            let number_text = number.to_string();
            let query = [("page", &*number_text), ("page_size", &size), ("columns", columns)];
            let page: Page<T> = self.get(path, &query).await?;
            all.extend(page.items);
            if number >= page.page_count {
                break;
            }
        }
        Ok(all)
    }

    async fn get<T: DeserializeOwned>(&self, path: &[&str], query: &[(&str, &str)]) -> Result<T, BrokerError> {
        let answer = self.send(Method::GET, path, query, None).await?;
        answer.json().await.map_err(|error| failed(&Method::GET, path, None, error.without_url().to_string()))
    }

    async fn send(
        &self,
        method: Method,
        path: &[&str],
        query: &[(&str, &str)],
        body: Option<Value>,
    ) -> Result<Response, BrokerError> {
        let request = self.request(method.clone(), path, query, body);
        let answer = request.send().await.map_err(|error| failed(&method, path, None, chain(&error.without_url())))?;
        let status = answer.status();
        if status.is_success() {
            return Ok(answer);
        }
        let said = answer.text().await.unwrap_or_default();
        let said: String = said.chars().take(REASON_CHARS_MAX).collect();
        Err(failed(&method, path, Some(status.as_u16()), format!("{status} {said}")))
    }

    fn request(&self, method: Method, path: &[&str], query: &[(&str, &str)], body: Option<Value>) -> RequestBuilder {
        let mut url = self.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().push("api").extend(path);
        }
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let request = self.client.request(method, url).basic_auth(&self.user, Some(self.password.expose_secret()));
        match body {
            Some(body) => request.json(&body),
            None => request,
        }
    }
}

fn failed(method: &Method, path: &[&str], status: Option<u16>, reason: String) -> BrokerError {
    BrokerError::Management { request: format!("{method} /api/{}", path.join("/")), status, reason }
}

/// The client's own text says only "error sending request"; the cause says why.
fn chain(error: &reqwest::Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        text = format!("{text}: {inner}");
        cause = inner.source();
    }
    text
}
