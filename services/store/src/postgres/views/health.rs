//! `doctor`: how the database server stands, asked without keys, so that it can be asked when they are lost.

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use crate::port::Result;
use crate::postgres::transaction::refused;
use crate::postgres::{DatabaseOptions, migrate};

/// Live rows from which on a table without statistics is worth a word: smaller ones are read whole anyway.
const ROWS_WORTH_STATISTICS: i64 = 10_000;

const SERVER: &str = "
SELECT current_setting('server_version') AS version,
    current_setting('server_version_num')::int AS version_number,
    clock_timestamp() AS clock,
    current_setting('fsync')::bool AS fsync,
    current_setting('autovacuum')::bool AS autovacuum,
    current_setting('max_connections')::bigint - current_setting('superuser_reserved_connections')::bigint
        - (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend') AS connections_free,
    (SELECT coalesce(max(extract(epoch FROM clock_timestamp() - xact_start)), 0)::bigint
     FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()) AS oldest_transaction_s,
    (SELECT age(datfrozenxid)::bigint FROM pg_database WHERE datname = current_database()) AS transaction_ids_used,
    pg_database_size(current_database()) AS size_bytes,
    (SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()) AS tls";

const NEVER_ANALYZED: &str = "
SELECT relname::text FROM pg_stat_user_tables
WHERE n_live_tup >= $1 AND last_analyze IS NULL AND last_autoanalyze IS NULL ORDER BY relname";

/// More dead rows than live ones: the vacuum does not keep up, or something holds it back.
const BLOATED: &str = "
SELECT relname::text FROM pg_stat_user_tables WHERE n_dead_tup > greatest(n_live_tup, $1) ORDER BY relname";

/// How the database server stands.
#[derive(Debug, Clone)]
pub struct DatabaseHealth {
    /// Its settings and figures.
    pub server: ServerHealth,
    /// The last migration that the database has.
    pub migrated: Option<i64>,
    /// The last migration of this program.
    pub newest: Option<i64>,
    /// Large tables without statistics.
    pub never_analyzed: Vec<String>,
    /// Tables with more dead rows than live ones.
    pub bloated: Vec<String>,
}

/// A server's settings and figures.
#[derive(Debug, Clone, FromRow)]
pub struct ServerHealth {
    /// Its version, in words.
    pub version: String,
    /// Its version as a number: 150004 is 15.4.
    pub version_number: i32,
    /// What its clock shows.
    pub clock: DateTime<Utc>,
    /// Whether a commit is on disk when it is confirmed.
    pub fsync: bool,
    /// Whether it vacuums by itself.
    pub autovacuum: bool,
    /// Connections that can still be opened.
    pub connections_free: i64,
    /// Age of the oldest open transaction, in seconds.
    pub oldest_transaction_s: i64,
    /// Transaction ids since the oldest unfrozen row; at two thousand million the server stops.
    pub transaction_ids_used: i64,
    /// How large the database is.
    pub size_bytes: i64,
    /// Whether this connection is encrypted.
    pub tls: Option<bool>,
}

impl DatabaseHealth {
    /// Asks the server, over a connection of its own.
    pub async fn ask(options: &DatabaseOptions) -> Result<Self> {
        let (pool, primary) = options.pool()?;
        let mut connection = pool.acquire().await.map_err(|error| primary.explain(&error))?;
        let tables = |statement| sqlx::query_scalar(statement).bind(ROWS_WORTH_STATISTICS);
        let health = DatabaseHealth {
            migrated: migrate::applied(&mut connection).await?,
            newest: migrate::newest(),
            server: sqlx::query_as(SERVER).fetch_one(&mut *connection).await.map_err(|error| refused(&error))?,
            never_analyzed: tables(NEVER_ANALYZED)
                .fetch_all(&mut *connection)
                .await
                .map_err(|error| refused(&error))?,
            bloated: tables(BLOATED).fetch_all(&mut *connection).await.map_err(|error| refused(&error))?,
        };
        drop(connection);
        pool.close().await;
        Ok(health)
    }
}
