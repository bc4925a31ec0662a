//! How large the tables are, for whoever measures whether cost grows with them.

use crate::port::Result;
use crate::postgres::PgStore;

/// A table's size.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct TableSize {
    /// Which.
    pub name: String,
    /// Rows, as of the last count of the database's own.
    pub rows: i64,
    /// The table itself, with what it keeps out of line.
    pub table_bytes: i64,
    /// All of its indexes.
    pub index_bytes: i64,
}

const SIZES: &str = "
SELECT c.relname::text AS name, coalesce(s.n_live_tup, 0)::bigint AS rows, pg_table_size(c.oid) AS table_bytes,
    pg_indexes_size(c.oid) AS index_bytes
FROM pg_class c LEFT JOIN pg_stat_user_tables s ON s.relid = c.oid
WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace
ORDER BY pg_total_relation_size(c.oid) DESC, c.relname";

impl PgStore {
    /// Every table, the largest first.
    pub async fn table_sizes(&self) -> Result<Vec<TableSize>> {
        let mut transaction = self.reading().await?;
        let sizes = transaction.rows(sqlx::query_as(SIZES)).await?;
        transaction.commit().await?;
        Ok(sizes)
    }
}
