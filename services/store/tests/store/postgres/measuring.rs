//! What the benchmark asks.

use std::time::Duration;

use chrono::{FixedOffset, Utc};
use liangdi_domain::feed::Feed;
use liangdi_domain::statement::ToldState;
use liangdi_store::port::{Batch, Outbox, Store};
use liangdi_store::postgres::{BareTable, Progress, fresh_database};
use uuid::Uuid;

use crate::support::database::{with_database, with_store};
use crate::support::sample::{
    HERE, appearance, inbound, key, new_profile, notice, record_one, residence, said, say, told,
};

#[tokio::test]
async fn a_confirmed_notice_is_traced_to_the_message_of_its_batch() {
    with_store(async |store| {
        say(&store, "earlier", 1).await;
        let mut batch = store.begin().await.unwrap();
        batch.received(Feed::Police, 1).await.unwrap();
        let (no, _) = record_one(&mut batch, inbound("cause")).await;
        batch.save(&[new_profile(2)], &[said(no, vec![appearance(2, residence(HERE))])]).await.unwrap();
        let mut told = told(2, "341221", ToldState::Open);
        let mut notice = notice(2, "341221");
        notice.time = Utc::now().with_timezone(&FixedOffset::east_opt(8 * 3600).unwrap());
        told.last_notice = Some(notice.id);
        notice.statement = Some(told.id);
        batch.tell(&[told], &[notice]).await.unwrap();
        batch.commit().await.unwrap();
        assert_eq!(store.progress().await.unwrap(), Progress { received: 1, notices: 1, waiting: true });

        assert!(store.lease(Uuid::now_v7(), Duration::from_secs(10)).await.unwrap());
        let out: Vec<i64> = store.next(Utc::now(), 10).await.unwrap().iter().map(|out| out.outbox_no).collect();
        store.published(&out).await.unwrap();
        assert!(!store.progress().await.unwrap().waiting);
        let confirmed = store.confirmed_notices().await.unwrap();
        assert_eq!(confirmed.iter().map(|notice| &notice.message).collect::<Vec<_>>(), [&key("cause")]);
    })
    .await;
}

#[tokio::test]
async fn the_bare_pipe_has_one_table_in_a_database_that_is_always_fresh() {
    with_database(async |database| {
        let name = format!("bare_{}", Uuid::now_v7().simple());
        for _ in 0..2 {
            let fresh = fresh_database(&database.options(), &name).await.unwrap();
            let table = BareTable::create(&fresh).await.unwrap();
            table.insert(&[b"one", b"two"]).await.unwrap();
            table.close().await;
        }
        let mut connection = database.connection().await;
        sqlx::raw_sql(sqlx::AssertSqlSafe(format!("DROP DATABASE {name}"))).execute(&mut connection).await.unwrap();
        assert!(fresh_database(&database.options(), "x; y").await.is_err());
    })
    .await;
}
