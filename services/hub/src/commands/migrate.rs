//! `liangdi migrate`: brings the database to this version's tables, forward only.

use anyhow::{Context as _, Result};
use liangdi_store::postgres::PgStore;

use crate::context::Context;
use crate::{Found, say};

/// Migrates; the first time it also ties the database to the key file.
pub async fn run(context: &Context) -> Result<Found> {
    PgStore::migrate(&context.config.database, &context.keys()?).await.context("database.url")?;
    say::line("the database is at this version's tables");
    Ok(Found::Nothing)
}
