//! What other weights would come to, without touching anything: everybody is read in one state of the store, weighed,
//! clustered and assigned by the same pieces as in earnest, and every person's file is put together as it would be; what
//! would have to be told is counted and thrown away. `settle` after `reweigh` comes to exactly this.
//!
//! Held in memory is, per profile, what clustering needs (ids, document, edges); contents and files page by page.
//!
//! - `everybody`: reads and weighs all; `groups`: what hangs together
//! - `difference`: who merges with whom and who splits, and why not before
//! - [`procedures`]: what other procedures would come to

mod difference;
mod everybody;
mod groups;
pub mod procedures;

use std::collections::{BTreeMap, HashMap, HashSet};

use liangdi_domain::identity::{Matching, Resolver};
use liangdi_domain::ids::{PersonId, ProfileId};
use liangdi_domain::notice::{NoticeDraft, NoticeKind, Receiver};
use liangdi_store::port::{Gathered, Result, Snapshot, Store};

pub use difference::{Difference, FieldReason, Reason};
use difference::{Lens, differences};
use everybody::Everybody;

use crate::ingest::Registry;
use crate::regroup::{Regrouping, regrouped};
use crate::resolve::{self, Changes, Resolution, assign};
use crate::tell::{self, Rules};

/// Persons whose files are read in one go.
const FILES_PAGE: usize = 200;
/// Differences that are explained; more are only counted.
const DIFFERENCES_MAX: usize = 10_000;

/// Notices that would be sent, per receiver and kind.
pub type Notices = BTreeMap<Receiver, BTreeMap<NoticeKind, usize>>;

/// What other weights would come to.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rehearsal {
    /// Live profiles.
    pub profiles: usize,
    /// Persons that they are held to be now.
    pub persons_before: usize,
    /// Persons that they would be.
    pub persons_after: usize,
    /// Persons that several would be merged into.
    pub merges: usize,
    /// Persons that would be split.
    pub splits: usize,
    /// Pairs that would wait for a person's decision.
    pub questions: usize,
    /// Notices that would be sent.
    pub notices: Notices,
    /// Who merges and who splits, and why; up to a limit.
    pub differences: Vec<Difference>,
}

impl Rehearsal {
    /// Notices that would be sent, per kind.
    pub fn kinds(&self) -> BTreeMap<NoticeKind, usize> {
        kinds(&self.notices)
    }
}

/// The notices of all receivers, per kind.
pub fn kinds(notices: &Notices) -> BTreeMap<NoticeKind, usize> {
    let mut kinds = BTreeMap::new();
    for (kind, count) in notices.values().flatten() {
        *kinds.entry(*kind).or_default() += count;
    }
    kinds
}

/// Counts notices.
fn note(counted: &mut Notices, notices: Vec<NoticeDraft>) {
    for notice in notices {
        *counted.entry(notice.receiver).or_default().entry(notice.kind).or_default() += 1;
    }
}

impl<S: Store> Registry<S> {
    /// Rehearses this registry's weights on everybody who is stored; `before` are the weights that decided so far.
    /// `weighed` hears how many profiles were weighed.
    pub async fn rehearse(&self, before: &Matching, weighed: &(dyn Fn(usize) + Sync)) -> Result<Rehearsal> {
        let table = self.table_now().await?;
        let mut snapshot = self.store.snapshot().await?;
        let everybody = everybody::read(&self.matcher(), &mut snapshot, weighed).await?;
        let lens =
            Lens { before: Resolver { matching: before, divisions: self.divisions }, now: self.matcher().resolver() };
        let rehearsing = Rehearsing {
            lens,
            rules: self.rules(&table),
            result: Rehearsal::default(),
            dead: everybody.dead(),
            waiting: Vec::new(),
            regrouped: HashSet::new(),
        };
        rehearsing.run(self, snapshot, everybody).await
    }
}

/// A rehearsal under way.
struct Rehearsing<'r> {
    lens: Lens<'r>,
    rules: Rules<'r>,
    result: Rehearsal,
    /// Dead profiles stay with their persons, and take along what was told on their ground.
    dead: HashMap<PersonId, Vec<ProfileId>>,
    /// Persons whose files are still to be read.
    waiting: Vec<(PersonId, Vec<ProfileId>)>,
    regrouped: HashSet<PersonId>,
}

impl Rehearsing<'_> {
    async fn run<S: Store>(
        mut self,
        registry: &Registry<S>,
        mut snapshot: S::Snapshot,
        everybody: Everybody,
    ) -> Result<Rehearsal> {
        let before: HashSet<PersonId> = everybody.live().map(|member| member.person).collect();
        self.result.persons_before = before.len();
        self.result.profiles = everybody.live().count();
        drop(before);
        for group in everybody.groups() {
            let mut resolution = Resolution::default();
            let document = |id| everybody.document(id);
            let clustered = assign(
                &registry.matcher(),
                &Changes::default(),
                &group,
                document,
                &mut resolution,
                &resolve::new_person,
            );
            let regrouping = Regrouping::of(&group, &resolution.persons);
            self.count(&group, &resolution, &regrouping);
            if self.result.differences.len() < DIFFERENCES_MAX {
                let found =
                    differences(&self.lens, &mut snapshot, &group, &resolution.persons, &clustered, &regrouping);
                self.result.differences.extend(found.await?);
            }
            if self.waiting.len() >= FILES_PAGE {
                self.tell(&mut snapshot).await?;
            }
        }
        let left = std::mem::take(&mut self.dead);
        for person in left {
            self.waiting.push(person);
            if self.waiting.len() >= FILES_PAGE {
                self.tell(&mut snapshot).await?;
            }
        }
        self.tell(&mut snapshot).await?;
        self.result.differences.truncate(DIFFERENCES_MAX);
        Ok(self.result)
    }

    /// Counts what becomes of a group, and lets its persons wait for being told of.
    fn count(&mut self, group: &Gathered, resolution: &Resolution, regrouping: &Regrouping) {
        self.result.merges += regrouping.merges.len();
        self.result.splits += regrouping.splits.len();
        self.result.questions += resolution.questions.as_ref().map_or(0, |(_, questions)| questions.len());
        self.regrouped.extend(regrouped(&resolution.moves, &resolution.persons));
        let mut persons: BTreeMap<PersonId, Vec<ProfileId>> = BTreeMap::new();
        for member in &group.members {
            let person = resolution.persons.get(&member.id).copied().unwrap_or(member.person);
            persons.entry(person).or_default().push(member.id);
        }
        self.result.persons_after += persons.len();
        for (person, mut profiles) in persons {
            profiles.extend(self.dead.remove(&person).unwrap_or_default());
            self.waiting.push((person, profiles));
        }
    }

    /// Counts what the persons that wait would have to be told.
    async fn tell<N: Snapshot>(&mut self, snapshot: &mut N) -> Result<()> {
        let persons = std::mem::take(&mut self.waiting);
        let files = snapshot.files_of(&persons).await?;
        note(&mut self.result.notices, tell::tell(&files, &self.regrouped, &self.rules).notices);
        self.regrouped.clear();
        Ok(())
    }
}
