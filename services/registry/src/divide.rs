//! When a boundary change takes effect, or loses it, everybody it touches is looked at again: page by page through the
//! profiles, each page a registry transaction of its own between those of the feeds. Where it has come to is written with
//! the page, so that a kill loses nothing and tells nobody twice; any number of clocks may take part.
//!
//! Whoever a feed brings meanwhile is derived by the new table at once: the work only finds those of whom no news comes.

use std::collections::BTreeSet;

use chrono::Days;
use liangdi_domain::division::{Code, Divisions, How, Register};
use liangdi_domain::notice::Receiver;
use liangdi_store::port::{Announced, Batch, DivisionWork, Named, Result, Store, register};

use crate::ingest::{Registry, TouchedPersons};
use crate::stumble::{Tried, tried};

/// Profiles looked at for each person that may be derived in one transaction: most name none of the divisions.
const LOOKED_AT_PER_PERSON: usize = 20;

/// What one step of the work came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Divided {
    /// Whether there was anything to do.
    pub worked: bool,
    /// Persons derived again.
    pub persons: usize,
    /// Notices committed.
    pub notices: usize,
}

/// What is done with the persons of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Treatment {
    /// They are looked at.
    Now,
    /// They are looked at tomorrow: today the hub stumbles over them.
    Tomorrow,
}

impl<S: Store> Registry<S> {
    /// Works off one page, whatever happens over it: refused by the database or stumbled over, it goes on with one person,
    /// and past a person over whom it stumbles.
    pub(crate) async fn divide_safely(&self, batch_persons_max: usize) -> Result<Divided> {
        for persons_max in [batch_persons_max, 1] {
            let registry = self.clone();
            match tried(async move { registry.divide_page(persons_max, Treatment::Now).await }).await? {
                Tried::Done(divided) => return Ok(divided),
                Tried::Stumbled(reason) => tracing::error!(reason, persons_max, "a page of a boundary change"),
            }
        }
        self.divide_page(1, Treatment::Tomorrow).await
    }

    /// Works off one page of what boundary changes in force today ask for, if they ask for anything.
    pub async fn divide(&self, batch_persons_max: usize) -> Result<Divided> {
        self.divide_page(batch_persons_max, Treatment::Now).await
    }

    async fn divide_page(&self, batch_persons_max: usize, treatment: Treatment) -> Result<Divided> {
        self.take_again().await?;
        let mut batch = self.store.begin().await?;
        let announced = batch.announced().await?;
        if announced.is_empty() {
            return Ok(Divided::default());
        }
        let table = self.table(&mut batch).await?;
        let version = batch.divisions_version().await?;
        let register = register(self.divisions, announced.clone());
        let under_way = batch.division_work().await?;
        let Some(mut work) = self.next_work(&register, &announced, under_way, version) else {
            return Ok(Divided::default());
        };
        if work.after.is_none() {
            batch.reroute_all(&heirs(&work, &announced, &table, true)).await?;
        }
        let limit = batch_persons_max.saturating_mul(LOOKED_AT_PER_PERSON);
        let page = batch.naming(&work.codes, work.after, limit).await?;
        let (persons, looked_at, last) = first_of(&page, batch_persons_max);
        let ends = looked_at == page.len() && page.len() < limit;
        work.after = last.map(|named| named.profile).or(work.after);
        work.looked_at += i64::try_from(looked_at).unwrap_or_default();
        work.touched += i64::try_from(persons.len()).unwrap_or_default();
        let found = persons.len();
        let touched = match treatment {
            Treatment::Now => TouchedPersons { persons, ..TouchedPersons::default() },
            Treatment::Tomorrow => {
                let tomorrow = self.day().checked_add_days(Days::new(1));
                batch.wake(&persons.into_iter().map(|person| (person, tomorrow)).collect::<Vec<_>>()).await?;
                TouchedPersons::default()
            }
        };
        if ends {
            batch.reroute_all(&heirs(&work, &announced, &table, false)).await?;
            let in_force = self.in_force(&register, &announced);
            let settled: Vec<(i64, bool)> = work.messages.iter().map(|no| (*no, in_force.contains(no))).collect();
            batch.settle_announcements(&settled).await?;
            batch.put_division_work(None).await?;
        } else {
            batch.put_division_work(Some(&work)).await?;
        }
        let outcome = self.finish_under(batch, touched, &table).await?;
        Ok(Divided { worked: true, persons: found, notices: outcome.notices })
    }

    /// The work under way; anew, with what else has to be done, where another table is in force since; none where nothing
    /// is left to do.
    fn next_work(
        &self,
        register: &Register,
        announced: &[Announced],
        under_way: Option<DivisionWork>,
        version: i64,
    ) -> Option<DivisionWork> {
        if let Some(work) = under_way.as_ref().filter(|work| work.version == version) {
            return Some(work.clone());
        }
        let in_force = self.in_force(register, announced);
        let changed = announced.iter().filter(|row| row.announcement.settled != in_force.contains(&row.no));
        let mut messages: BTreeSet<i64> = changed.map(|row| row.no).collect();
        messages.extend(under_way.into_iter().flat_map(|work| work.messages));
        if messages.is_empty() {
            return None;
        }
        let concerned = announced.iter().filter(|row| messages.contains(&row.no));
        let codes: BTreeSet<Code> = concerned.flat_map(|row| row.announcement.change.concerns()).collect();
        let (messages, codes) = (messages.into_iter().collect(), codes.into_iter().collect());
        Some(DivisionWork { version, messages, codes, after: None, looked_at: 0, touched: 0 })
    }

    /// The messages whose announcements are in force today.
    fn in_force(&self, register: &Register, announced: &[Announced]) -> BTreeSet<i64> {
        let keys: BTreeSet<_> = register.in_force(self.day()).map(|announcement| &announcement.key).collect();
        let stands = |row: &&Announced| !row.withdrawn && keys.contains(&row.announcement.key);
        announced.iter().filter(stands).map(|row| row.no).collect()
    }
}

/// The persons of the first profiles that name a division, how many profiles that were, and the last of them.
fn first_of(page: &[Named], persons_max: usize) -> (BTreeSet<liangdi_domain::ids::PersonId>, usize, Option<&Named>) {
    let mut persons = BTreeSet::new();
    let mut looked_at = 0;
    for named in page {
        if persons.len() >= persons_max.max(1) {
            break;
        }
        looked_at += 1;
        if named.named {
            persons.insert(named.person);
        }
    }
    (persons, looked_at, looked_at.checked_sub(1).map(|last| &page[last]))
}

/// Divisions that are no longer in force, each with who hears instead; of those that became several only where asked for.
fn heirs(
    work: &DivisionWork,
    announced: &[Announced],
    table: &Divisions,
    only_whole: bool,
) -> Vec<(Receiver, Receiver)> {
    let changes = announced.iter().filter(|row| work.messages.contains(&row.no)).map(|row| &row.announcement.change);
    let codes: BTreeSet<Code> =
        changes.flat_map(|change| change.from.iter().chain(&change.to)).map(|e| e.code).collect();
    let heir = |code: Code| {
        let whole = table.resolve(code).is_ok_and(|resolved| resolved.how == How::Successor);
        let heir = table.receiver(code).filter(|_| !table.is_in_force(code) && (whole || !only_whole))?;
        Some((Receiver::jurisdiction(code), Receiver::jurisdiction(heir)))
    };
    codes.into_iter().filter_map(heir).collect()
}
