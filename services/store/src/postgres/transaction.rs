//! One pattern for every transaction: take a connection, BEGIN, statements each with a deadline, COMMIT. A transaction
//! that ends in any other way closes its connection, so that nobody is ever handed one that is still inside it.

use std::future::Future;
use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::query::{Query, QueryAs};
use sqlx::{AssertSqlSafe, FromRow, PgPool, Postgres, Row};

use super::PgStore;
use crate::error::StoreError;
use crate::port::Result;

/// A statement that is ready to run.
pub(super) type Statement<'q> = Query<'q, Postgres, PgArguments>;
/// A statement whose rows are read as `T`.
pub(super) type StatementAs<'q, T> = QueryAs<'q, Postgres, T, PgArguments>;

/// An open transaction.
pub(super) struct Transaction {
    connection: PoolConnection<Postgres>,
    patience: Duration,
    over: bool,
}

impl Transaction {
    /// Takes a connection and runs `begin`, which has to begin with BEGIN.
    pub(super) async fn begin(pool: &PgPool, patience: Duration, begin: &'static str) -> Result<Self> {
        // The pool has its own deadline. What `acquire` leaves behind when it is cancelled is outside any transaction.
        let connection = pool.acquire().await.map_err(|error| refused(&error))?;
        let mut transaction = Transaction { connection, patience, over: false };
        within(patience, sqlx::raw_sql(begin).execute(&mut *transaction.connection)).await?;
        Ok(transaction)
    }

    /// The same with a `begin` whose last statement asks for one number.
    pub(super) async fn begin_asking(
        pool: &PgPool,
        patience: Duration,
        begin: &'static str,
    ) -> Result<(Self, Option<i64>)> {
        let connection = pool.acquire().await.map_err(|error| refused(&error))?;
        let mut transaction = Transaction { connection, patience, over: false };
        let rows = within(patience, sqlx::raw_sql(begin).fetch_all(&mut *transaction.connection)).await?;
        let answer = rows.last().and_then(|row| row.try_get(0).ok());
        Ok((transaction, answer))
    }

    /// Runs a statement; returns how many rows it touched.
    pub(super) async fn execute(&mut self, statement: Statement<'_>) -> Result<u64> {
        within(self.patience, statement.execute(&mut *self.connection)).await.map(|done| done.rows_affected())
    }

    /// Runs a statement and reads its rows.
    pub(super) async fn rows<T>(&mut self, statement: StatementAs<'_, T>) -> Result<Vec<T>>
    where
        T: for<'r> FromRow<'r, PgRow> + Send + Unpin,
    {
        within(self.patience, statement.fetch_all(&mut *self.connection)).await
    }

    /// Runs a statement and reads its only row, if there is one.
    pub(super) async fn row<T>(&mut self, statement: StatementAs<'_, T>) -> Result<Option<T>>
    where
        T: for<'r> FromRow<'r, PgRow> + Send + Unpin,
    {
        within(self.patience, statement.fetch_optional(&mut *self.connection)).await
    }

    /// Commits. After an error nobody knows whether it happened.
    pub(super) async fn commit(self) -> Result<()> {
        self.commit_with(String::new()).await
    }

    /// Runs further statements (no values of messages in them) and commits, in one round trip.
    pub(super) async fn commit_with(mut self, statements: String) -> Result<()> {
        let sql = AssertSqlSafe(statements + "COMMIT");
        within(self.patience, sqlx::raw_sql(sql).execute(&mut *self.connection)).await?;
        self.over = true;
        Ok(())
    }
}

impl Drop for Transaction {
    fn drop(&mut self) {
        if !self.over {
            self.connection.close_on_drop();
        }
    }
}

impl PgStore {
    /// A short transaction that writes.
    pub(super) async fn writing(&self) -> Result<Transaction> {
        Transaction::begin(&self.0.pool, self.0.patience, "BEGIN").await
    }

    /// A transaction that reads one state of everything; the planner may scan tables here.
    pub(super) async fn reading(&self) -> Result<Transaction> {
        const BEGIN: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY; SET LOCAL enable_seqscan = on; \
                             SET LOCAL enable_hashjoin = on; SET LOCAL enable_mergejoin = on";
        Transaction::begin(&self.0.pool, self.0.patience, BEGIN).await
    }
}

async fn within<T>(patience: Duration, work: impl Future<Output = sqlx::Result<T>>) -> Result<T> {
    match tokio::time::timeout(patience, work).await {
        Ok(done) => done.map_err(|error| refused(&error)),
        Err(_) => Err(StoreError::Unavailable(format!("no answer within {} ms", patience.as_millis()))),
    }
}

/// What an error of the database means for the caller. Its own text is never taken over: `detail` repeats values.
pub(super) fn refused(error: &sqlx::Error) -> StoreError {
    match error {
        sqlx::Error::Database(database) => {
            let code = database.code().unwrap_or_default();
            let constraint = database.constraint().map(|name| format!(", constraint {name}")).unwrap_or_default();
            let text = format!("SQLSTATE {code}{constraint}");
            if is_passing(&code) { StoreError::Unavailable(text) } else { StoreError::Refused(text) }
        }
        sqlx::Error::Io(error) => StoreError::Unavailable(format!("no connection: {error}")),
        sqlx::Error::Tls(_) => StoreError::Unavailable("no TLS connection; is the certificate this host's?".into()),
        sqlx::Error::PoolTimedOut => StoreError::Unavailable("no connection became free in time".into()),
        sqlx::Error::PoolClosed => StoreError::Unavailable("the pool is closed".into()),
        sqlx::Error::WorkerCrashed | sqlx::Error::Protocol(_) => {
            StoreError::Unavailable("the connection broke in the middle of an answer".into())
        }
        sqlx::Error::ColumnDecode { index, .. } => unreadable(index),
        sqlx::Error::Decode(_) | sqlx::Error::ColumnNotFound(_) | sqlx::Error::ColumnIndexOutOfBounds { .. } => {
            StoreError::Refused("an answer has another shape than expected".into())
        }
        _ => StoreError::Refused("a statement could not be sent".into()),
    }
}

/// A stored value that this program cannot read.
pub(super) fn unreadable(column: &str) -> StoreError {
    StoreError::Refused(format!("column {column} holds what this program cannot read"))
}

/// SQLSTATEs that say "not now": connection, rollback, resources, not in this state, intervention, system, standby;
/// and a database that is not there (yet).
fn is_passing(code: &str) -> bool {
    ["08", "40", "53", "55", "57", "58"].iter().any(|class| code.starts_with(class))
        || ["25006", "3D000"].contains(&code)
}
