//! The schema and the key file have to fit.

use liangdi_store::StoreError;
use liangdi_store::keys::Keys;
use liangdi_store::postgres::PgStore;

use crate::support::database::with_database;
use crate::support::sample::say;

#[tokio::test]
async fn a_database_without_the_schema_says_what_to_run() {
    with_database(async |database| {
        let refused = PgStore::connect(&database.options(), database.keys.clone()).await.err().unwrap();
        assert!(matches!(refused, StoreError::Schema(_)) && refused.to_string().contains("liangdi migrate"));
    })
    .await;
}

#[tokio::test]
async fn another_key_file_is_refused_and_changes_nothing() {
    with_database(async |database| {
        PgStore::migrate(&database.options(), &database.keys).await.unwrap();
        say(&database.store().await, "m", 1).await;
        let other = Keys::ephemeral();
        let refused = PgStore::connect(&database.options(), other.clone()).await.err().unwrap();
        assert!(matches!(refused, StoreError::Key(_)) && refused.to_string().contains("key file"));
        let refused = PgStore::migrate(&database.options(), &other).await.unwrap_err();
        assert!(matches!(refused, StoreError::Key(_)), "{refused}");
        database.store().await;
    })
    .await;
}

#[tokio::test]
async fn migrating_again_changes_nothing() {
    with_database(async |database| {
        for _ in 0..2 {
            PgStore::migrate(&database.options(), &database.keys).await.unwrap();
        }
        assert_eq!(database.store().await.status().await.unwrap().persons, 0);
    })
    .await;
}

#[tokio::test]
async fn a_newer_schema_is_refused() {
    with_database(async |database| {
        PgStore::migrate(&database.options(), &database.keys).await.unwrap();
        let newer = "INSERT INTO _sqlx_migrations VALUES (9999, 'newer', now(), true, '', 0)";
        sqlx::raw_sql(newer).execute(&mut database.connection().await).await.unwrap();
        let refused = PgStore::connect(&database.options(), database.keys.clone()).await.err().unwrap();
        assert!(refused.to_string().contains("newer program"), "{refused}");
        let refused = PgStore::migrate(&database.options(), &database.keys).await.unwrap_err();
        assert!(refused.to_string().contains("newer program"), "{refused}");
    })
    .await;
}

#[tokio::test]
async fn a_server_that_is_away_is_unavailable() {
    let mut options =
        liangdi_store::postgres::DatabaseOptions::new("postgres://nobody@127.0.0.1:1/none".to_owned().into());
    options.acquire_timeout_ms = 500;
    let away = PgStore::connect(&options, Keys::ephemeral()).await.err().unwrap();
    assert!(matches!(away, StoreError::Unavailable(_)), "{away}");
}
