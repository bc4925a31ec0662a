//! The database half of the bare pipe that the hub is measured against: one table, one insert a batch, nothing else.
//! And a database of its own for every measurement, so that none runs on what another left behind.

use secrecy::ExposeSecret;
use sqlx::{AssertSqlSafe, PgPool};

use super::DatabaseOptions;
use super::transaction::{Transaction, refused};
use crate::error::StoreError;
use crate::port::Result;

const CREATE: &str = "CREATE TABLE bare_pipe (no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body bytea NOT NULL)";

const INSERT: &str = "INSERT INTO bare_pipe (body) SELECT * FROM unnest($1::bytea[])";

/// The bare pipe's table.
pub struct BareTable {
    pool: PgPool,
    options: DatabaseOptions,
}

impl BareTable {
    /// Makes the table in a fresh database.
    pub async fn create(options: &DatabaseOptions) -> Result<Self> {
        let (pool, _) = options.pool()?;
        sqlx::raw_sql(CREATE).execute(&pool).await.map_err(|error| refused(&error))?;
        Ok(BareTable { pool, options: options.clone() })
    }

    /// Writes a batch in one transaction with one statement.
    pub async fn insert(&self, bodies: &[&[u8]]) -> Result<()> {
        let mut transaction = Transaction::begin(&self.pool, self.options.patience(), "BEGIN").await?;
        transaction.execute(sqlx::query(INSERT).bind(bodies)).await?;
        transaction.commit().await
    }

    /// Closes every connection.
    pub async fn close(self) {
        self.pool.close().await;
    }
}

/// Makes database `name` beside the one that `server` names, replacing an earlier one. Letters, digits and underscores.
pub async fn fresh_database(server: &DatabaseOptions, name: &str) -> Result<DatabaseOptions> {
    let fits = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let beside = server.url.expose_secret().rsplit_once('/').filter(|_| fits);
    let Some((beside, _)) = beside else {
        return Err(StoreError::Refused("a database's name is of letters, digits and underscores".into()));
    };
    let (pool, _) = server.pool()?;
    // Not by force: that fails beside a vacuum, which belongs to the superuser. A plain drop ends it and waits for it.
    for statement in [format!("DROP DATABASE IF EXISTS {name}"), format!("CREATE DATABASE {name}")] {
        sqlx::raw_sql(AssertSqlSafe(statement)).execute(&pool).await.map_err(|error| refused(&error))?;
    }
    pool.close().await;
    Ok(DatabaseOptions { url: format!("{beside}/{name}").into(), ..server.clone() })
}
