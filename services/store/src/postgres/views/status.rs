//! `status`: how the hub stands, read from one state of the database.

use std::collections::HashMap;

use liangdi_domain::feed::Feed;

use crate::port::Result;
use crate::postgres::PgStore;
use crate::postgres::transaction::Transaction;
use crate::report::{Count, FeedStatus, Status};

const COUNTERS: &str = "SELECT what, of, count FROM counters";

const QUARANTINED: &str = "SELECT feed, count(*) FROM quarantine WHERE state <> 'replayed' GROUP BY feed";

const OPEN_REASONS: &str =
    "SELECT reason, count(*) FROM quarantine WHERE state = 'open' GROUP BY reason ORDER BY reason";

const PEOPLE: &str = "SELECT count(DISTINCT person), count(*) FROM profiles WHERE live";

/// Looked up in an index of thin ones alone.
const THIN: &str = "SELECT count(*) FROM profiles WHERE thin AND live";

const OUTBOX: &str = "
SELECT count(*), count(seqno),
    (SELECT greatest(0, extract(epoch FROM now() - l.time))::bigint
     FROM outbox first JOIN ledger l ON l.id = first.notice ORDER BY first.no LIMIT 1),
    (SELECT coalesce(sum(last_seqno), 0)::bigint FROM receivers)
FROM outbox";

impl PgStore {
    /// How the hub stands.
    pub async fn status(&self) -> Result<Status> {
        let mut transaction = self.reading().await?;
        let counters = Counters::read(&mut transaction).await?;
        let quarantined: HashMap<String, i64> =
            transaction.rows(sqlx::query_as(QUARANTINED)).await?.into_iter().collect();
        let reasons: Vec<(String, i64)> = transaction.rows(sqlx::query_as(OPEN_REASONS)).await?;
        let (persons, profiles) = transaction.row(sqlx::query_as(PEOPLE)).await?.unwrap_or_default();
        let (thin_profiles,): (i64,) = transaction.row(sqlx::query_as(THIN)).await?.unwrap_or_default();
        let (outbox_waiting, in_flight, outbox_oldest_s, numbered): (i64, i64, Option<i64>, i64) =
            transaction.row(sqlx::query_as(OUTBOX)).await?.unwrap_or_default();
        transaction.commit().await?;
        let feed = |feed: Feed| FeedStatus {
            feed,
            received: counters.of("received", feed.name()),
            recorded: counters.of("recorded", feed.name()),
            duplicates: counters.of("duplicates", feed.name()),
            quarantined: quarantined.get(feed.name()).copied().unwrap_or_default(),
            quarantined_again: counters.of("quarantined-again", feed.name()),
        };
        Ok(Status {
            feeds: Feed::COUNTED.into_iter().map(feed).filter(FeedStatus::is_used).collect(),
            persons,
            profiles,
            thin_profiles,
            keys_refined: counters.of("keys", "refined"),
            keys_closed: counters.of("keys", "closed"),
            notices: counters.all("notices"),
            published: numbered - in_flight,
            outbox_waiting,
            outbox_oldest_s,
            quarantine_open: reasons.into_iter().map(|(of, count)| Count { of, count }).collect(),
        })
    }
}

struct Counters(Vec<(String, String, i64)>);

impl Counters {
    async fn read(transaction: &mut Transaction) -> Result<Self> {
        transaction.rows(sqlx::query_as(COUNTERS)).await.map(Counters)
    }

    fn of(&self, what: &str, of: &str) -> i64 {
        self.0.iter().find(|row| row.0 == what && row.1 == of).map_or(0, |row| row.2)
    }

    fn all(&self, what: &str) -> Vec<Count> {
        let rows = self.0.iter().filter(|row| row.0 == what);
        let mut counts: Vec<Count> = rows.map(|row| Count { of: row.1.clone(), count: row.2 }).collect();
        counts.sort_unstable();
        counts
    }
}
