//! What went through in the last day, by quarters of an hour: counted in the transaction that it went through in, in a
//! ring of as many rows as a day has quarters.

/// Which counters are kept by the quarter.
const KEPT: [&str; 2] = ["received", "refused"];

/// Whether a counter is kept by the quarter.
pub(super) fn is_kept(what: &str) -> bool {
    KEPT.contains(&what)
}

/// Adds rows of `(what, of, by)`, given as SQL that yields them.
macro_rules! add {
    ($rows:literal) => {
        concat!(
            "INSERT INTO quarters AS q (slot, what, of, begins, count) ",
            "SELECT extract(epoch FROM begins)::bigint / 900 % 96, what, of, begins, by ",
            "FROM ",
            $rows,
            " AS added (what, of, by), date_bin('15 minutes', now(), 'epoch'::timestamptz) AS begins ",
            "ON CONFLICT (slot, what, of) DO UPDATE SET begins = excluded.begins, ",
            "count = excluded.count + CASE WHEN q.begins = excluded.begins THEN q.count ELSE 0 END"
        )
    };
}
pub(super) use add;
