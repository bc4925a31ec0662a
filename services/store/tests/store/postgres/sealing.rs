//! No column shows an identity value, whatever was stored; and no error does.

use liangdi_domain::evidence::{Answer, Discrepancy, Outcome, Reply};
use liangdi_store::StoreError;
use liangdi_store::port::{Batch, Inbound, Outbox, Store};
use liangdi_store::postgres::PgStore;
use sqlx::{AssertSqlSafe, PgConnection};

use crate::quarantine::refused;
use crate::support::database::{with_database, with_store};
use crate::support::sample::{
    HERE, appearance, id_number, inbound, new_profile, notice, person, residence, said, say, send,
};

/// Everything in every table as text; bytes as hexadecimal digits.
async fn dump(connection: &mut PgConnection) -> String {
    let tables: Vec<String> = sqlx::query_scalar("SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'")
        .fetch_all(&mut *connection)
        .await
        .unwrap();
    assert!(tables.len() > 15);
    let mut all = String::new();
    for table in tables {
        let rows: Vec<String> = sqlx::query_scalar(AssertSqlSafe(format!("SELECT t::text FROM {table} t")))
            .fetch_all(&mut *connection)
            .await
            .unwrap();
        all += &rows.join("\n");
    }
    all
}

fn hex(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02x}")).collect()
}

#[tokio::test]
async fn no_column_shows_an_identity_value() {
    with_database(async |database| {
        PgStore::migrate(&database.options(), &database.keys).await.unwrap();
        let store = database.store().await;
        say(&store, "m", 1).await;
        let sent = notice(1, "341221");
        send(&store, std::slice::from_ref(&sent)).await;
        let answer = Answer::Reply(Reply {
            case: sent.id,
            notice: sent.id,
            outcome: Outcome::Disputed,
            division: Some(HERE.parse().unwrap()),
            facts: Default::default(),
            discrepancies: vec![Discrepancy { field: "name".into(), ours: "贾虚构".into() }],
        });
        let mut batch = store.begin().await.unwrap();
        let filing = Some("虚构村的报告".as_bytes().to_vec());
        batch.record(&[Inbound { answer: Some(answer), filing, ..inbound("reply") }]).await.unwrap();
        batch.quarantine(&[refused("police.320500", &format!("{} 13900000001", id_number(1)))]).await.unwrap();
        batch.commit().await.unwrap();
        store.next(chrono::Utc::now(), 10).await.unwrap();

        let all = dump(&mut database.connection().await).await;
        assert!(all.contains("341221") && all.contains("wrong-code"), "the dump sees what is clear");
        let identity =
            ["甄虚构", "贾虚构", "虚构村", "13900000001", "1390000", "1990-03-15", "19900315", &id_number(1)];
        for value in identity {
            assert!(!all.contains(value) && !all.contains(&hex(value)), "a column shows an identity value");
        }
    })
    .await;
}

#[tokio::test]
async fn a_sealed_value_moved_to_another_row_does_not_open() {
    with_database(async |database| {
        PgStore::migrate(&database.options(), &database.keys).await.unwrap();
        let store = database.store().await;
        say(&store, "a", 1).await;
        say(&store, "b", 2).await;
        let swap = "UPDATE profiles SET sealed = (SELECT o.sealed FROM profiles o WHERE o.id <> profiles.id)";
        sqlx::raw_sql(swap).execute(&mut database.connection().await).await.unwrap();
        let mut batch = store.begin().await.unwrap();
        let error = batch.person_files(&[person(1)]).await.unwrap_err();
        assert!(matches!(error, StoreError::Key(_)), "{error}");
    })
    .await;
}

#[tokio::test]
async fn an_error_names_the_constraint_and_shows_no_value() {
    with_store(|store| async move {
        let mut batch = store.begin().await.unwrap();
        let evidence = said(1, vec![appearance(1, residence(HERE))]);
        let error = batch.save(&[new_profile(1), new_profile(1)], &[evidence]).await.unwrap_err();
        assert_eq!(error.to_string(), "the database refused the statement: SQLSTATE 23505, constraint profiles_pkey");
    })
    .await;
}
