//! Where the broker is, and one connection to it: with a deadline, a name and TLS where the address says so.
//! Automatic recovery of the AMQP library stays off; the supervisor rebuilds what breaks.

use std::future::Future;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::StreamExt;
use lapin::tcp::AMQPUriTcpExt;
use lapin::uri::{AMQPScheme, AMQPUri, SASLMechanism};
use lapin::{Channel, Connection, ConnectionProperties, Event};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use tokio_util::task::AbortOnDropHandle;

use crate::BrokerError;
use crate::metrics::METRICS;
use crate::tls::{self, TlsFiles};

/// Largest AMQP frame we ask for. The library keeps two buffers of 32 frames a connection: at the broker's
/// default of 128 KiB that would be 8 MiB each time. Longer bodies travel in several frames.
const FRAME_BYTES_MAX: u32 = 32 * 1024;

/// How long a polite goodbye may take before the connection is just dropped.
const CLOSE_TIMEOUT_MS: u64 = 2_000;

/// The broker's address and how patient to be with it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Endpoint {
    /// `amqp://USER:PASSWORD@HOST:PORT/VHOST`, or `amqps://` for TLS.
    pub url: SecretString,
    /// How long connecting and logging in may take together.
    #[serde(default = "connect_timeout_ms")]
    pub connect_timeout_ms: u64,
    /// Heartbeat asked for; a silent connection is given up after about twice that.
    #[serde(default = "heartbeat_s")]
    pub heartbeat_s: u16,
    /// For `amqps://`: a private authority, a certificate of one's own.
    #[serde(default)]
    pub tls: TlsFiles,
    /// Host and port of the other nodes, where the broker is a cluster.
    #[serde(skip)]
    more_nodes: Vec<(String, u16)>,
    /// With which node the next connection begins.
    #[serde(skip)]
    turn: Arc<AtomicUsize>,
}

fn connect_timeout_ms() -> u64 {
    5_000
}

fn heartbeat_s() -> u16 {
    10
}

impl Endpoint {
    /// The address with default patience.
    pub fn new(url: SecretString) -> Self {
        Endpoint {
            url,
            connect_timeout_ms: connect_timeout_ms(),
            heartbeat_s: heartbeat_s(),
            tls: TlsFiles::default(),
            more_nodes: Vec::new(),
            turn: Arc::default(),
        }
    }

    /// The same cluster, whose other nodes (`HOST:PORT`) are tried as well.
    pub fn with_nodes(&self, more: &[String]) -> Result<Self, BrokerError> {
        let node = |text: &String| {
            let (host, port) = text.rsplit_once(':')?;
            Some((host.to_owned(), port.parse().ok()?)).filter(|(host, _)| !host.is_empty())
        };
        let malformed = BrokerError::Address { what: "a node of amqp.more_nodes", expected: "HOST:PORT" };
        let more_nodes = more.iter().map(node).collect::<Option<_>>().ok_or(malformed)?;
        // Anywhere, so that those who read the same configuration do not all begin with the same node.
        let turn = Arc::new(AtomicUsize::new(RandomState::new().build_hasher().finish() as usize));
        Ok(Endpoint { more_nodes, turn, ..self.clone() })
    }

    /// The same broker, another virtual host.
    pub fn with_vhost(&self, vhost: &str) -> Result<Self, BrokerError> {
        let mut uri = self.uri()?;
        uri.vhost = vhost.to_owned();
        Ok(Endpoint { url: uri.to_string().into(), ..self.clone() })
    }

    /// The same broker and virtual host, another user, by its password.
    pub fn as_user(&self, user: &str, password: &SecretString) -> Result<Self, BrokerError> {
        let mut uri = self.uri()?;
        uri.authority.userinfo.username = user.to_owned();
        uri.authority.userinfo.password = password.expose_secret().to_owned();
        // A certificate would log in whomever it names.
        let tls = TlsFiles { identity: None, ..self.tls.clone() };
        Ok(Endpoint { url: uri.to_string().into(), tls, ..self.clone() })
    }

    /// Host, port and virtual host: what may be shown.
    pub fn place(&self) -> Result<String, BrokerError> {
        self.uri().map(|uri| place(&uri))
    }

    /// The user in the address.
    pub fn user(&self) -> Result<String, BrokerError> {
        self.uri().map(|uri| uri.authority.userinfo.username)
    }

    /// The password in the address.
    pub fn password(&self) -> Result<SecretString, BrokerError> {
        self.uri().map(|uri| uri.authority.userinfo.password.into())
    }

    /// Every node's address. Each call begins one node further, so that connections spread over a cluster, and a session
    /// that fails on one node, however it does, has another one the next time.
    fn nodes(&self) -> Result<Vec<AMQPUri>, BrokerError> {
        let mut nodes = vec![self.uri()?];
        for (host, port) in &self.more_nodes {
            let mut node = nodes[0].clone();
            (node.authority.host, node.authority.port) = (host.clone(), *port);
            nodes.push(node);
        }
        let first = self.turn.fetch_add(1, Ordering::Relaxed) % nodes.len();
        nodes.rotate_left(first);
        Ok(nodes)
    }

    fn uri(&self) -> Result<AMQPUri, BrokerError> {
        // The parser's own message repeats the address, password and all.
        let malformed = |_| BrokerError::Address {
            what: "the AMQP address",
            expected: "amqp://USER:PASSWORD@HOST:PORT/VHOST or amqps://…",
        };
        self.url.expose_secret().parse().map_err(malformed)
    }
}

fn place(uri: &AMQPUri) -> String {
    format!("{}:{}/{}", uri.authority.host, uri.authority.port, uri.vhost)
}

/// Makes the one TLS provider of this program the process default; a second call changes nothing.
/// Programs call it first in `main`: with two providers linked and none chosen, rustls panics.
pub fn install_crypto_provider() {
    // The error is the provider that was there before: exactly what is wanted.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
}

/// One open connection; dropping it closes it.
pub(crate) struct Link {
    connection: Connection,
    place: String,
    patience_ms: u64,
    _block_watch: AbortOnDropHandle<()>,
}

impl Link {
    /// Connects to the first node that lets us in; the last one's reason, where none does.
    pub(crate) async fn open(endpoint: &Endpoint, name: &str) -> Result<Self, BrokerError> {
        install_crypto_provider();
        let mut nodes = endpoint.nodes()?;
        let last = nodes.pop().expect("there is always one");
        for node in nodes {
            match Link::to(node, endpoint, name).await {
                Ok(link) => return Ok(link),
                Err(error) => tracing::debug!(connection = name, "trying the next node: {error}"),
            }
        }
        Link::to(last, endpoint, name).await
    }

    /// Connects, logs in and names the connection, all within the endpoint's patience.
    async fn to(mut uri: AMQPUri, endpoint: &Endpoint, name: &str) -> Result<Self, BrokerError> {
        uri.query.heartbeat = Some(endpoint.heartbeat_s);
        uri.query.frame_max = Some(FRAME_BYTES_MAX);
        let place = place(&uri);
        let tls = tls::connector(&endpoint.tls)?;
        if endpoint.tls.identity.is_some() {
            uri.query.auth_mechanism = Some(SASLMechanism::External);
        }
        let properties = ConnectionProperties::default().with_connection_name(name.into());
        let runtime = lapin::runtime::default_runtime().map_err(|error| BrokerError::from_amqp(&error))?;
        // The library ignores the address's own timeout on this path.
        let limit = Duration::from_millis(endpoint.connect_timeout_ms);
        let connecting = Connection::connector(
            uri,
            runtime,
            // The library would trust the system's authorities besides a private one, and fail where the system has none.
            async move |uri, runtime| match &tls {
                Some(tls) if uri.scheme == AMQPScheme::AMQPS => {
                    let plain = AMQPUri { scheme: AMQPScheme::AMQP, ..uri.clone() };
                    Ok(plain.connect_async(&runtime).await?.into_rustls(tls, &uri.authority.host).await?)
                }
                _ => Ok(uri.connect_async(&runtime).await?),
            },
            properties,
        );
        let connection = match tokio::time::timeout(limit, connecting).await {
            Ok(Ok(connection)) => connection,
            Ok(Err(error)) => {
                return Err(match BrokerError::from_amqp(&error) {
                    BrokerError::Ended { reason } => BrokerError::Away { place, reason },
                    known => known,
                });
            }
            Err(_) => {
                let reason = format!("no answer within {} ms", endpoint.connect_timeout_ms);
                return Err(BrokerError::Away { place, reason });
            }
        };
        let block_watch = watch_blocks(&connection, name);
        Ok(Link { connection, place, patience_ms: endpoint.connect_timeout_ms, _block_watch: block_watch })
    }

    /// Opens a channel.
    pub(crate) async fn channel(&self) -> Result<Channel, BrokerError> {
        self.answer("opening a channel", self.connection.create_channel()).await
    }

    /// What the broker answers, within the same patience: heartbeats alone keep a connection on which nothing else happens,
    /// as where a queue has no leader.
    pub(crate) async fn answer<T>(
        &self,
        what: &str,
        asked: impl Future<Output = lapin::Result<T>>,
    ) -> Result<T, BrokerError> {
        match tokio::time::timeout(Duration::from_millis(self.patience_ms), asked).await {
            Ok(answer) => answer.map_err(|error| BrokerError::from_amqp(&error)),
            Err(_) => Err(BrokerError::TimedOut { what: what.to_owned(), limit_ms: self.patience_ms }),
        }
    }

    /// Whether the connection stands and `channel` on it.
    pub(crate) fn carries(&self, channel: &Channel) -> Result<(), BrokerError> {
        if self.connection.status().connected() && channel.status().connected() {
            return Ok(());
        }
        Err(BrokerError::Ended { reason: format!("the channel to {} is closed", self.place) })
    }

    /// Says goodbye, so that the broker logs no lost connection.
    pub(crate) async fn close(&self) {
        let goodbye = self.connection.close(200, "done".into());
        // Dropping closes too: nothing is left to do if this fails.
        let _ = tokio::time::timeout(Duration::from_millis(CLOSE_TIMEOUT_MS), goodbye).await;
    }
}

/// A broker short of memory or disk blocks publishers silently: say so, and say when it is over.
fn watch_blocks(connection: &Connection, name: &str) -> AbortOnDropHandle<()> {
    let mut events = Box::pin(connection.events_listener());
    METRICS.connection_blocked(name, false);
    let name = name.to_owned();
    AbortOnDropHandle::new(tokio::spawn(async move {
        while let Some(event) = events.next().await {
            match event {
                Event::ConnectionBlocked(reason) => {
                    METRICS.connection_blocked(&name, true);
                    tracing::warn!(connection = name, reason, "the broker blocks publishing");
                }
                Event::ConnectionUnblocked => {
                    METRICS.connection_blocked(&name, false);
                    tracing::info!(connection = name, "the broker takes messages again");
                }
                _ => {}
            }
        }
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_cannot_be_read_is_not_repeated() {
        let endpoint = Endpoint::new("http//user:fictional-secret@host".to_owned().into());
        let error = endpoint.place().unwrap_err();
        assert!(!format!("{error} {error:?} {endpoint:?}").contains("fictional-secret"));
    }

    #[test]
    fn another_vhost_and_user_keep_the_rest_of_the_address() {
        let endpoint = Endpoint::new("amqp://hub:one@127.0.0.1:5671/liangdi".to_owned().into());
        let other = endpoint.with_vhost("a/b").unwrap().as_user("hr.320500", &"p@ss".to_owned().into()).unwrap();
        assert_eq!(other.place().unwrap(), "127.0.0.1:5671/a/b");
        assert_eq!(other.user().unwrap(), "hr.320500");
        assert_eq!(other.uri().unwrap().authority.userinfo.password, "p@ss");
    }

    #[test]
    fn every_connection_begins_with_another_node_of_a_cluster() {
        let endpoint = Endpoint::new("amqp://hub:one@first:5671/liangdi".to_owned().into());
        let cluster = endpoint.with_nodes(&["second:1".to_owned(), "[::1]:3".to_owned()]).unwrap();
        let begins = || place(&cluster.nodes().unwrap()[0]);
        let places = ["first:5671/liangdi", "second:1/liangdi", "[::1]:3/liangdi"];
        let first = begins();
        let at = places.iter().position(|place| *place == first).unwrap();
        assert_eq!([begins(), begins()], [places[(at + 1) % 3], places[(at + 2) % 3]]);
        // Whatever is derived from it takes turns with it, and knows all of them.
        let other: Vec<String> = cluster.with_vhost("liangdi").unwrap().nodes().unwrap().iter().map(place).collect();
        assert_eq!(other, [places[at], places[(at + 1) % 3], places[(at + 2) % 3]]);
        assert!(endpoint.with_nodes(&["second".to_owned()]).unwrap_err().to_string().contains("HOST:PORT"));
    }
}
