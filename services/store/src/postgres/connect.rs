//! Where the database is, and the pool of connections to it: deadlines, TLS outside this machine, plans that do not
//! change with the tables' size.

use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions, PgSslMode};
use sqlx::{ConnectOptions, PgPool};
use tokio::sync::Mutex;

use super::primary::Primary;
use super::{PgStore, Shared, migrate};
use crate::error::StoreError;
use crate::keys::Keys;
use crate::port::Result;

/// How long closing waits for connections.
const CLOSE_MAX: Duration = Duration::from_secs(3);

/// The server ends a statement after its limit; we wait this much longer before we give the connection up.
const STATEMENT_GRACE_MS: u64 = 2_000;

/// A connection that sits idle inside a transaction (its hub hangs) is ended by the server, and its lock freed.
const IDLE_IN_TRANSACTION_MS: u64 = 60_000;

/// The database's address and how patient to be with it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatabaseOptions {
    /// `postgres://USER:PASSWORD@HOST:PORT/DATABASE`. Outside this machine the server's certificate is always verified.
    pub url: SecretString,
    /// Connections open at the same time.
    #[serde(default = "connections_max")]
    pub connections_max: u32,
    /// How long to wait for a connection.
    #[serde(default = "acquire_timeout_ms")]
    pub acquire_timeout_ms: u64,
    /// How long one statement may take, waiting for the writer's lock included.
    #[serde(default = "statement_timeout_ms")]
    pub statement_timeout_ms: u64,
    /// Where the highest timeline that was seen outlives the process; empty: it is forgotten with it.
    #[serde(default)]
    pub timeline_file: PathBuf,
}

fn connections_max() -> u32 {
    8
}

fn acquire_timeout_ms() -> u64 {
    5_000
}

fn statement_timeout_ms() -> u64 {
    30_000
}

impl DatabaseOptions {
    /// The address with default patience.
    pub fn new(url: SecretString) -> Self {
        DatabaseOptions {
            url,
            connections_max: connections_max(),
            acquire_timeout_ms: acquire_timeout_ms(),
            statement_timeout_ms: statement_timeout_ms(),
            timeline_file: PathBuf::new(),
        }
    }

    /// How long a statement may take, as seen from here.
    pub(super) fn patience(&self) -> Duration {
        Duration::from_millis(self.statement_timeout_ms + STATEMENT_GRACE_MS)
    }

    /// A pool that opens its connections when they are needed, and only to a server that may be written to.
    pub(super) fn pool(&self) -> Result<(PgPool, Arc<Primary>)> {
        let primary = Arc::new(Primary::new(&self.timeline_file));
        let (checking, asked) = (Arc::clone(&primary), Arc::clone(&primary));
        let pool = PgPoolOptions::new()
            .max_connections(self.connections_max)
            .acquire_timeout(Duration::from_millis(self.acquire_timeout_ms))
            .after_connect(move |connection, _| {
                let primary = Arc::clone(&checking);
                Box::pin(async move { primary.check(connection).await })
            })
            .before_acquire(move |_, meta| {
                let current = asked.is_current(meta.age);
                Box::pin(async move { Ok(current) })
            });
        Ok((pool.connect_lazy_with(self.connect_options()?), primary))
    }

    fn connect_options(&self) -> Result<PgConnectOptions> {
        // The parser's own message may repeat the address, password and all.
        let options = PgConnectOptions::from_str(self.url.expose_secret()).map_err(|_| {
            StoreError::Refused("the address is malformed; expected postgres://USER:PASSWORD@HOST:PORT/DATABASE".into())
        })?;
        let options = if is_here(&options) { options } else { options.ssl_mode(PgSslMode::VerifyFull) };
        Ok(options
            .application_name("liangdi")
            .disable_statement_logging()
            .options([
                ("statement_timeout", self.statement_timeout_ms.to_string()),
                ("idle_in_transaction_session_timeout", IDLE_IN_TRANSACTION_MS.to_string()),
            ])
            // Every statement on the path looks rows up by key. On fresh tables the planner would scan them instead,
            // and a cached plan stays when they have grown: index lookups are pinned, views let the planner choose.
            .options([
                ("enable_seqscan", "off"),
                ("enable_hashjoin", "off"),
                ("enable_mergejoin", "off"),
                ("jit", "off"),
            ]))
    }
}

fn is_here(options: &PgConnectOptions) -> bool {
    let host = options.get_host();
    let loopback = host.trim_matches(['[', ']']).parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback());
    options.get_socket().is_some() || host.starts_with('/') || host == "localhost" || loopback
}

impl PgStore {
    /// Connects, and checks that the schema is this program's and the key file this database's.
    pub async fn connect(options: &DatabaseOptions, keys: Keys) -> Result<Self> {
        let (pool, primary) = options.pool()?;
        migrate::check(&pool, &primary, &keys).await?;
        Ok(PgStore(Arc::new(Shared {
            pool,
            primary,
            keys,
            patience: options.patience(),
            writer: Arc::default(),
            listener: Mutex::default(),
        })))
    }

    /// Closes every connection.
    pub async fn close(&self) {
        // Closing ends a courier's wait; the listener's connection is waited for, so it goes too.
        let closing = self.0.pool.close();
        let closing = async {
            *self.0.listener.lock().await = None;
            closing.await;
        };
        // The pool asks a connection that is given back whether it is alive, without a deadline: one that was cut in that
        // moment never answers.
        if tokio::time::timeout(CLOSE_MAX, closing).await.is_err() {
            tracing::warn!("a connection to the database did not close in time; it ends with this process");
        }
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<()> {
        let answer = sqlx::query("SELECT 1").execute(&self.0.pool);
        match tokio::time::timeout(self.0.patience, answer).await {
            Ok(answered) => answered.map(drop).map_err(|error| self.0.primary.explain(&error)),
            Err(_) => Err(StoreError::Unavailable("no answer in time".into())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_cannot_be_read_is_not_repeated() {
        let options = DatabaseOptions::new("postgres://hub:fictional secret@[".to_owned().into());
        let Err(error) = options.pool() else { panic!("it was read") };
        assert!(!format!("{error} {error:?} {options:?}").contains("fictional"));
    }

    #[test]
    fn outside_this_machine_the_certificate_is_verified_whatever_the_address_says() {
        let mode = |url: &str| DatabaseOptions::new(url.to_owned().into()).connect_options().unwrap().get_ssl_mode();
        assert!(matches!(mode("postgres://hub@db.example:5432/liangdi?sslmode=disable"), PgSslMode::VerifyFull));
        assert!(matches!(mode("postgres://hub@192.0.2.7/liangdi"), PgSslMode::VerifyFull));
        assert!(matches!(mode("postgres://hub@127.0.0.1:5432/liangdi?sslmode=disable"), PgSslMode::Disable));
        assert!(!matches!(mode("postgres://hub@[::1]:5432/liangdi"), PgSslMode::VerifyFull));
    }
}
