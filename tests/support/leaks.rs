//! Where a text must not be: in any column of any table, in clear or in hexadecimal; in a log; in a dead letter.

use liangdi_broker::inspect::drain;
use liangdi_broker::topology::names;
use sqlx::AssertSqlSafe;

use super::ground::Ground;

/// Panics if one of the texts is anywhere in the database.
pub(crate) async fn none_in_database(ground: &Ground, texts: &[String]) {
    let mut connection = ground.connection().await;
    let tables: Vec<String> = sqlx::query_scalar(
        "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname !~ '^(pg_|information_schema)'",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap();
    assert!(tables.len() > 10, "the tables could not be listed");
    for table in tables {
        // A row as text shows every column: bytea in hexadecimal, JSON and arrays as they are.
        let rows: Vec<String> = sqlx::query_scalar(AssertSqlSafe(format!("SELECT t::text FROM {table} t")))
            .fetch_all(&mut connection)
            .await
            .unwrap();
        for row in &rows {
            none_in(&table, row, texts);
        }
    }
}

/// Panics if one of the texts is in a message that went to the dead letters.
pub(crate) async fn none_in_dead_letters(ground: &Ground, texts: &[String]) {
    let queues = [names::DEAD_FEEDS.to_owned(), names::DEAD_NOTICES.to_owned()];
    for (queue, deliveries) in drain(&ground.admin(), &queues).await.unwrap() {
        for delivery in deliveries {
            none_in(&queue, &String::from_utf8_lossy(&delivery.body), texts);
        }
    }
}

/// Panics if one of the texts is in this one, in clear, escaped as JSON may be, or in hexadecimal.
pub(crate) fn none_in(place: &str, text: &str, texts: &[String]) {
    for wanted in texts {
        let hex: String = wanted.bytes().map(|byte| format!("{byte:02x}")).collect();
        let escaped: String = wanted.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
        let found = [wanted.as_str(), &hex, &escaped].into_iter().any(|form| text.contains(form));
        // The text itself is fictional, but the habit would be bad.
        assert!(!found, "{place} holds what it must not (a text of {} bytes)", wanted.len());
    }
}
