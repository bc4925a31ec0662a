//! The period of retention: whoever has been silent for it, and of whom nothing goes on, is erased by the clock in the same way
//! as at a request. The profiles are gone through once a day, page by page; where it has come to is kept by the clock alone:
//! killed, it begins anew, and whoever was erased is not found again. Any number of clocks may take part.

use std::collections::BTreeSet;

use chrono::{DateTime, Days, NaiveDate, Utc};
use liangdi_domain::calendar::shanghai_midnight;
use liangdi_domain::ids::{PersonId, ProfileId};
use liangdi_domain::person::{PersonFile, is_in_use};
use liangdi_store::port::{Batch, Result, Silent, Store};

use crate::erase::Scope;
use crate::ingest::Registry;
use crate::metrics::Tally;
use crate::stumble::{Tried, tried};

/// Profiles looked at for each person that may be erased in one transaction: of most somebody spoke lately.
const LOOKED_AT_PER_PERSON: usize = 50;
/// Who the audit says it was.
const WHO: &str = "liangdi";

/// How long persons are kept of whom nobody speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// Days without a message; 0: for ever.
    pub silent_days: u32,
    /// Persons erased in one transaction.
    pub batch_persons_max: usize,
}

/// How far a day's way through the profiles has come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Way {
    day: Option<NaiveDate>,
    after: Option<ProfileId>,
    is_done: bool,
}

/// What one page came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Expired {
    /// Persons that were erased, or would be.
    pub persons: Vec<PersonId>,
    /// Notices committed.
    pub notices: usize,
    /// The profile it has come to.
    pub after: Option<ProfileId>,
    /// Whether no profile comes after it.
    pub is_last: bool,
}

/// What is done with those whose time is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Treatment {
    /// They are erased.
    Erase,
    /// They are only counted.
    Name,
    /// They are left for another day: today the hub stumbles over them.
    Leave,
}

impl<S: Store> Registry<S> {
    /// Goes on with the day's way by one page; false: it has come to its end, or nobody is ever erased.
    pub(crate) async fn retain(&self, retention: Retention, way: &mut Way) -> Result<bool> {
        let day = self.day();
        if retention.silent_days == 0 {
            return Ok(false);
        }
        if way.day != Some(day) {
            *way = Way { day: Some(day), ..Way::default() };
        }
        if way.is_done {
            return Ok(false);
        }
        let expired = self.expire_safely(retention, way.after).await?;
        if !expired.persons.is_empty() {
            let (persons, notices) = (expired.persons.len(), expired.notices);
            tracing::info!(persons, notices, "erased persons whose period of retention is over");
        }
        (way.after, way.is_done) = (expired.after, expired.is_last);
        Ok(true)
    }

    /// Erases the next of those whose period is over, after a profile; for tests and for whoever has no clock.
    pub async fn expire(&self, retention: Retention, after: Option<ProfileId>) -> Result<Expired> {
        self.expire_page(retention, after, Treatment::Erase).await
    }

    /// Whom the clock would erase today, at most `persons_max` of them. Nothing is written.
    pub async fn would_expire(&self, retention: Retention, persons_max: usize) -> Result<Vec<PersonId>> {
        let (mut persons, mut after) = (Vec::new(), None);
        while retention.silent_days > 0 && persons.len() < persons_max {
            let page = self.expire_page(retention, after, Treatment::Name).await?;
            persons.extend(page.persons.into_iter().filter(|person| !persons.contains(person)).collect::<Vec<_>>());
            if page.is_last {
                break;
            }
            after = page.after;
        }
        persons.truncate(persons_max);
        Ok(persons)
    }

    /// One page, whatever happens over it: stumbled over, it goes on with one person, and past a person over whom it stumbles.
    async fn expire_safely(&self, retention: Retention, after: Option<ProfileId>) -> Result<Expired> {
        for batch_persons_max in [retention.batch_persons_max, 1] {
            let (registry, retention) = (self.clone(), Retention { batch_persons_max, ..retention });
            match tried(async move { registry.expire_page(retention, after, Treatment::Erase).await }).await? {
                Tried::Done(expired) => return Ok(expired),
                Tried::Stumbled(reason) => {
                    tracing::error!(reason, batch_persons_max, "a page of persons whose period of retention is over");
                }
            }
        }
        self.expire_page(Retention { batch_persons_max: 1, ..retention }, after, Treatment::Leave).await
    }

    async fn expire_page(
        &self,
        retention: Retention,
        after: Option<ProfileId>,
        treatment: Treatment,
    ) -> Result<Expired> {
        let Retention { silent_days, batch_persons_max } = retention;
        let Some(since) = self.silent_since(silent_days) else {
            return Ok(Expired { is_last: true, ..Expired::default() });
        };
        let limit = batch_persons_max.saturating_mul(LOOKED_AT_PER_PERSON);
        let mut batch = self.store.begin().await?;
        let page = batch.silent(since, after, limit).await?;
        let (silent, looked_at) = first_of(&page, batch_persons_max);
        let mut expired = Expired {
            after: looked_at.checked_sub(1).map(|last| page[last].profile).or(after),
            is_last: looked_at == page.len() && page.len() < limit,
            ..Expired::default()
        };
        if silent.is_empty() || treatment == Treatment::Leave {
            return Ok(expired);
        }
        let table = self.table(&mut batch).await?;
        let setting = self.rules(&table).setting;
        let mut notices = Vec::new();
        for person in silent {
            // Read one by one: erasing somebody may let others be one person who were not.
            let files = batch.person_files(&[person]).await?;
            if files.iter().any(|file| is_in_use(file, &setting) || is_spoken_of(file, since)) {
                continue;
            }
            if treatment == Treatment::Erase {
                let Some(erasure) = self.erase_in(&mut batch, Scope { person, feed: None }).await? else { continue };
                let purpose = format!("erasing: period-over; {silent_days} days without a message");
                batch.note(WHO, &purpose, &format!("person {}", person.0)).await?;
                notices.extend(erasure.notices);
            }
            expired.persons.push(person);
        }
        if treatment == Treatment::Name || expired.persons.is_empty() {
            return Ok(expired);
        }
        batch.commit().await?;
        let mut tally = Tally::default();
        tally.notices(&notices);
        tally.committed();
        expired.notices = notices.len();
        Ok(expired)
    }

    /// Whoever spoke of somebody from this time on keeps them.
    fn silent_since(&self, silent_days: u32) -> Option<DateTime<Utc>> {
        shanghai_midnight(self.day().checked_sub_days(Days::new(silent_days.into()))?)
    }
}

/// Whether a message that stands spoke of the person since.
fn is_spoken_of(file: &PersonFile, since: DateTime<Utc>) -> bool {
    file.facts.iter().flat_map(|fact| &fact.sources).any(|source| source.last >= since)
}

/// The silent persons of the first profiles, and how many profiles that were.
fn first_of(page: &[Silent], persons_max: usize) -> (BTreeSet<PersonId>, usize) {
    let mut persons = BTreeSet::new();
    let mut looked_at = 0;
    for row in page {
        if persons.len() >= persons_max.max(1) {
            break;
        }
        looked_at += 1;
        if row.silent {
            persons.insert(row.person);
        }
    }
    (persons, looked_at)
}
