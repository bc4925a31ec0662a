//! What the tests share: both stores behind one trait, a database of its own for each test, small messages.

pub(crate) mod database;
pub(crate) mod sample;

use std::future::Future;

use liangdi_store::memory::MemoryStore;
use liangdi_store::port::{Outbox, Result, Store};
use liangdi_store::postgres::PgStore;
use liangdi_store::report::{Assignment, Count, OpenStatement, Status};

/// A store with the views that both have.
pub(crate) trait Twin: Store + Outbox {
    fn status(&self) -> impl Future<Output = Result<Status>> + Send;
    fn page(&self, after: Option<(i64, u16)>, limit: u32) -> impl Future<Output = Result<Vec<Assignment>>> + Send;
    fn statements(&self, receiver: Option<&str>) -> impl Future<Output = Result<Vec<OpenStatement>>> + Send;
    fn busiest(&self, limit: u32) -> impl Future<Output = Result<Vec<Count>>> + Send;
    fn recount_crowds(&self, profiles_max: usize) -> impl Future<Output = Result<()>> + Send;
}

impl Twin for MemoryStore {
    async fn status(&self) -> Result<Status> {
        MemoryStore::status(self).await
    }

    async fn page(&self, after: Option<(i64, u16)>, limit: u32) -> Result<Vec<Assignment>> {
        self.assignments(after, limit).await
    }

    async fn statements(&self, receiver: Option<&str>) -> Result<Vec<OpenStatement>> {
        self.open_statements(receiver).await
    }

    async fn busiest(&self, limit: u32) -> Result<Vec<Count>> {
        MemoryStore::busiest(self, limit).await
    }

    async fn recount_crowds(&self, profiles_max: usize) -> Result<()> {
        MemoryStore::recount_crowds(self, profiles_max).await
    }
}

impl Twin for PgStore {
    async fn status(&self) -> Result<Status> {
        PgStore::status(self).await
    }

    async fn page(&self, after: Option<(i64, u16)>, limit: u32) -> Result<Vec<Assignment>> {
        self.assignments(after, limit).await
    }

    async fn statements(&self, receiver: Option<&str>) -> Result<Vec<OpenStatement>> {
        self.open_statements(receiver).await
    }

    async fn busiest(&self, limit: u32) -> Result<Vec<Count>> {
        PgStore::busiest(self, limit).await
    }

    async fn recount_crowds(&self, profiles_max: usize) -> Result<()> {
        PgStore::recount_crowds(self, profiles_max).await
    }
}

/// Runs each test of a module against both stores.
macro_rules! for_both {
    ($($test:ident),+ $(,)?) => {
        mod in_memory {
            $(#[tokio::test]
            async fn $test() {
                super::$test(liangdi_store::memory::MemoryStore::new()).await;
            })+
        }
        mod in_postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                crate::support::database::with_store(super::$test).await;
            })+
        }
    };
}
pub(crate) use for_both;
