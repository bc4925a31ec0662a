//! `division`: what was announced, and how far it has come to look at everybody it touches.

use chrono::{DateTime, Utc};

use crate::port::{Announced, DivisionWork, Result};
use crate::postgres::{PgStore, divisions};

const UUIDS: f64 = u128::MAX as f64;

/// Work under way.
#[derive(Debug, Clone, PartialEq)]
pub struct DivisionProgress {
    /// What it is about, and what it came to so far.
    pub work: DivisionWork,
    /// Since when.
    pub since: DateTime<Utc>,
}

impl DivisionProgress {
    /// How much of it is done, of one. Profiles are gone through by their ids, which are spread evenly.
    pub fn done(&self) -> f64 {
        self.work.after.map_or(0.0, |after| after.0.as_u128() as f64 / UUIDS)
    }
}

impl PgStore {
    /// Every boundary change that was announced, in the order of arrival.
    pub async fn announced(&self) -> Result<Vec<Announced>> {
        let mut transaction = self.reading().await?;
        let announced = divisions::announced(&mut transaction).await?;
        transaction.commit().await?;
        Ok(announced)
    }

    /// The work under way, if there is any.
    pub async fn division_progress(&self) -> Result<Option<DivisionProgress>> {
        let mut transaction = self.reading().await?;
        let work = divisions::work(&mut transaction).await?;
        transaction.commit().await?;
        Ok(work.map(|(work, since)| DivisionProgress { work, since }))
    }
}
