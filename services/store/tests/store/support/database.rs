//! A database of its own for each test, on the server that `LIANGDI_TEST_SERVERS` names; dropped whatever happens.

use std::future::Future;
use std::time::{Duration, Instant};

use liangdi_store::keys::Keys;
use liangdi_store::postgres::{DatabaseOptions, PgStore};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use uuid::Uuid;

/// How long a test waits for something that has to happen.
const DEADLINE_MS: u64 = 20_000;

/// A fresh, empty database.
#[derive(Clone)]
pub(crate) struct Database {
    server: String,
    name: String,
    /// The keys it will be bound to.
    pub keys: Keys,
}

impl Database {
    fn new() -> Self {
        let path = std::env::var("LIANGDI_TEST_SERVERS").expect(
            "this test needs PostgreSQL: set LIANGDI_TEST_SERVERS to the servers.json that `deploy/local/servers start` writes",
        );
        let text = std::fs::read_to_string(&path).expect("LIANGDI_TEST_SERVERS names a file that can be read");
        let servers: serde_json::Value = serde_json::from_str(&text).expect("the servers file is JSON");
        let server = servers["database_url"].as_str().expect("the servers file has a database_url").to_owned();
        Database { server, name: format!("liangdi_store_{}", Uuid::now_v7().simple()), keys: Keys::ephemeral() }
    }

    /// How to reach it.
    pub(crate) fn options(&self) -> DatabaseOptions {
        DatabaseOptions::new(self.url().into())
    }

    fn url(&self) -> String {
        let (server, _) = self.server.rsplit_once('/').expect("the database_url ends with a database");
        format!("{server}/{}", self.name)
    }

    /// A connection that goes round the store.
    pub(crate) async fn connection(&self) -> PgConnection {
        PgConnection::connect(&self.url()).await.unwrap()
    }

    /// A store on it; migrated already.
    pub(crate) async fn store(&self) -> PgStore {
        PgStore::connect(&self.options(), self.keys.clone()).await.unwrap()
    }

    async fn on_server(&self, statement: String) -> sqlx::Result<()> {
        let mut server = PgConnection::connect(&self.server).await.expect("the test server's PostgreSQL answers");
        sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut server).await.map(drop)
    }

    /// An autovacuum worker that is in there cannot be forced out by an ordinary role: it leaves by itself.
    async fn drop(&self) {
        let deadline = Instant::now() + Duration::from_millis(DEADLINE_MS);
        while let Err(error) = self.on_server(format!("DROP DATABASE {} WITH (FORCE)", self.name)).await {
            assert!(Instant::now() < deadline, "the database could not be dropped: {error}");
            tokio::task::yield_now().await;
        }
    }
}

/// Runs a test on a fresh database without a schema.
pub(crate) async fn with_database<F>(test: impl FnOnce(Database) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    let database = Database::new();
    database.on_server(format!("CREATE DATABASE {}", database.name)).await.unwrap();
    let ended = tokio::spawn(test(database.clone())).await;
    database.drop().await;
    if let Err(failed) = ended {
        std::panic::resume_unwind(failed.into_panic());
    }
}

/// Runs a test on a store in a fresh, migrated database.
pub(crate) async fn with_store<F>(test: impl FnOnce(PgStore) -> F + Send + 'static)
where
    F: Future<Output = ()> + Send + 'static,
{
    with_database(async |database| {
        PgStore::migrate(&database.options(), &database.keys).await.unwrap();
        test(database.store().await).await;
    })
    .await;
}

/// Waits until a query says true.
pub(crate) async fn until(connection: &mut PgConnection, query: &'static str) {
    let deadline = Instant::now() + Duration::from_millis(DEADLINE_MS);
    loop {
        let so: bool = sqlx::query_scalar(query).fetch_one(&mut *connection).await.unwrap();
        if so {
            return;
        }
        assert!(Instant::now() < deadline, "never came true: {query}");
        tokio::task::yield_now().await;
    }
}
