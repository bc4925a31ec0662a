//! The schema: embedded migrations, forward only; and the key check, a constant that only the database's own key opens.

use sqlx::migrate::{MigrateError, Migrator};
use sqlx::{PgConnection, PgPool};

use super::primary::Primary;
use super::transaction::refused;
use super::{DatabaseOptions, PgStore};
use crate::error::StoreError;
use crate::keys::Keys;
use crate::port::Result;
use crate::seal::{Place, seal, unseal};

static MIGRATIONS: Migrator = sqlx::migrate!();

const KEY_CHECK: Place = Place { column: "key_check.sealed", row: b"" };
const KEY_CHECK_CONTENT: &[u8] = b"liangdi";

/// Only the hub's own tables: the catalogue's belong to the server's administrator.
const ANALYZE: &str = "
DO $$ DECLARE own text; BEGIN
    FOR own IN SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = current_schema() LOOP
        EXECUTE 'ANALYZE ' || own;
    END LOOP;
END $$";

/// `undefined_table`
const NO_SUCH_TABLE: &str = "42P01";

impl PgStore {
    /// Brings the schema up to this program's. The first time, the database is bound to the key file.
    pub async fn migrate(options: &DatabaseOptions, keys: &Keys) -> Result<()> {
        let (pool, primary) = options.pool()?;
        let mut connection = pool.acquire().await.map_err(|error| primary.explain(&error))?;
        // Never handed to anybody else: a migration may leave settings behind.
        connection.close_on_drop();
        sqlx::raw_sql("SET statement_timeout = 0").execute(&mut *connection).await.map_err(|error| refused(&error))?;
        // `run` would make this future unfit for `tokio::spawn`.
        MIGRATIONS.run_direct(None, &mut *connection, false).await.map_err(|error| stuck(&error))?;
        bind_key(&mut connection, keys).await?;
        sqlx::raw_sql(ANALYZE).execute(&mut *connection).await.map_err(|error| refused(&error))?;
        drop(connection);
        pool.close().await;
        Ok(())
    }
}

/// The last migration of this program.
pub(super) fn newest() -> Option<i64> {
    MIGRATIONS.iter().map(|migration| migration.version).max()
}

/// The last migration that the database has.
pub(super) async fn applied(connection: &mut PgConnection) -> Result<Option<i64>> {
    match sqlx::query_scalar("SELECT max(version) FROM _sqlx_migrations WHERE success").fetch_one(connection).await {
        Ok(applied) => Ok(applied),
        Err(sqlx::Error::Database(error)) if error.code().as_deref() == Some(NO_SUCH_TABLE) => Ok(None),
        Err(error) => Err(refused(&error)),
    }
}

/// Refuses a database with another schema or another key.
pub(super) async fn check(pool: &PgPool, primary: &Primary, keys: &Keys) -> Result<()> {
    let mut connection = pool.acquire().await.map_err(|error| primary.explain(&error))?;
    let (applied, newest) = (applied(&mut connection).await?, newest());
    if applied < newest {
        return Err(StoreError::Schema("the database lacks migrations of this program: run `liangdi migrate`".into()));
    }
    if applied > newest {
        return Err(StoreError::Schema(
            "the database was migrated by a newer program: run that one, or a newer one".into(),
        ));
    }
    check_key(&mut connection, keys).await
}

async fn bind_key(connection: &mut PgConnection, keys: &Keys) -> Result<()> {
    sqlx::query("INSERT INTO key_check (sealed) VALUES ($1) ON CONFLICT DO NOTHING")
        .bind(seal(keys, KEY_CHECK, KEY_CHECK_CONTENT))
        .execute(&mut *connection)
        .await
        .map_err(|error| refused(&error))?;
    check_key(connection, keys).await
}

async fn check_key(connection: &mut PgConnection, keys: &Keys) -> Result<()> {
    let sealed: Option<Vec<u8>> = sqlx::query_scalar("SELECT sealed FROM key_check")
        .fetch_optional(connection)
        .await
        .map_err(|error| refused(&error))?;
    let sealed = sealed.ok_or_else(|| {
        StoreError::Schema("the database is not bound to a key file yet: run `liangdi migrate`".into())
    })?;
    match unseal(keys, KEY_CHECK, &sealed) {
        Ok(content) if content == KEY_CHECK_CONTENT => Ok(()),
        _ => Err(StoreError::Key(
            "the key file is not the one this database was made with; point the configuration at that one".into(),
        )),
    }
}

fn stuck(error: &MigrateError) -> StoreError {
    match error {
        MigrateError::Execute(error) => refused(error),
        MigrateError::ExecuteMigration(error, version) => match refused(error) {
            StoreError::Refused(text) => StoreError::Schema(format!("migration {version} failed: {text}")),
            passing => passing,
        },
        MigrateError::VersionMissing(version) => StoreError::Schema(format!(
            "the database has migration {version}, which this program lacks: run the newer program"
        )),
        MigrateError::VersionMismatch(version) => StoreError::Schema(format!(
            "migration {version} was applied from another text; the database is not this program's"
        )),
        _ => StoreError::Schema("the migrations could not be applied".into()),
    }
}
