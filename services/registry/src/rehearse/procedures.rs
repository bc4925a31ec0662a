//! What other procedures would come to, without touching anything: everybody's file, read in one state of the store, is
//! told of by the rules of before and by the new ones, and so is every jurisdiction. Both are shown side by side: what falls
//! due today anyway is no news. A clock that begins with the new rules (`set_clock`) comes to what is under "now".
//!
//! Held in memory is which profiles a person has, some 32 bytes each; files page by page.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use chrono::NaiveDate;
use liangdi_domain::division::Code;
use liangdi_domain::ids::{PersonId, ProfileId};
use liangdi_domain::notice::{NoticeDraft, NoticeKind};
use liangdi_domain::person::PersonFile;
use liangdi_domain::procedure::Procedures;
use liangdi_domain::statement::{ClockKey, Escalation, Running, clocks};
use liangdi_store::port::{Result, Snapshot, Store};

use super::{FILES_PAGE, Notices, note};
use crate::ingest::Registry;
use crate::rounds::would_hear;
use crate::tell::{Rules, Written, escalate, tell_one};

/// Profiles whose persons are read in one go.
const PROFILES_PAGE: usize = 5_000;
/// Jurisdictions looked at in one go: as long do writers wait.
const JURISDICTIONS_PAGE: usize = 200;

/// What other procedures would come to.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct OtherRules {
    /// Live profiles.
    pub profiles: usize,
    /// Persons looked at.
    pub persons: usize,
    /// Persons of whom something else is told, or whose clocks run otherwise.
    pub persons_concerned: usize,
    /// Jurisdictions looked at as a whole.
    pub jurisdictions: usize,
    /// Notices that go out today by the rules of before, per receiver and kind.
    pub before: Notices,
    /// The same by the new rules.
    pub now: Notices,
    /// What becomes of clocks, per procedure and the kind of notice that began them.
    pub clocks: BTreeMap<(String, NoticeKind), Clocks>,
}

/// What becomes of the clocks of one procedure.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Clocks {
    /// How many run by the rules of before.
    pub open_before: usize,
    /// How many run by the new rules.
    pub open_now: usize,
    /// Those whose last day in time comes sooner.
    pub sooner: usize,
    /// Those whose last day in time comes later.
    pub later: usize,
    /// Those with the same last day, after which others hear, or on other days.
    pub other_steps: usize,
    /// Those that run no more.
    pub stopped: usize,
    /// Those that did not run before.
    pub begun: usize,
    /// Those past their last day by the rules of before.
    pub overdue_before: usize,
    /// The same by the new rules.
    pub overdue_now: usize,
    /// Townships that owe a step of which any of that is so.
    pub townships: BTreeSet<Code>,
}

impl Clocks {
    fn add(&mut self, owing: Code, before: Option<&Running>, now: Option<&Running>, today: NaiveDate) {
        let is_over = |running: Option<&Running>| usize::from(running.is_some_and(|running| running.due < today));
        self.open_before += usize::from(before.is_some());
        self.open_now += usize::from(now.is_some());
        self.overdue_before += is_over(before);
        self.overdue_now += is_over(now);
        match (before, now) {
            (Some(before), Some(now)) if now.due < before.due => self.sooner += 1,
            (Some(before), Some(now)) if now.due > before.due => self.later += 1,
            (Some(before), Some(now)) if now.late != before.late => self.other_steps += 1,
            (Some(_), None) => self.stopped += 1,
            (None, Some(_)) => self.begun += 1,
            _ => return,
        }
        self.townships.extend(owing.township());
    }
}

impl<S: Store> Registry<S> {
    /// Rehearses this registry's procedures on everybody who is stored, and on the jurisdictions that are listened for;
    /// `before` are the procedures that are followed so far. `looked` hears how many profiles were looked at.
    pub async fn rehearse_procedures(
        &self,
        before: &Arc<Procedures>,
        listening: &[Code],
        looked: &(dyn Fn(usize) + Sync),
    ) -> Result<OtherRules> {
        let so_far = Registry { procedures: before.clone(), ..self.clone() };
        let table = self.table_now().await?;
        let mut snapshot = self.store.snapshot().await?;
        let held = persons(&mut snapshot).await?;
        let mut rehearsing =
            Rehearsing { before: so_far.rules(&table), now: self.rules(&table), result: OtherRules::default() };
        rehearsing.result.profiles = held.live;
        for page in pages(&held.of) {
            let files = snapshot.files_of(&page).await?;
            rehearsing.page(&files);
            looked(page.iter().map(|(_, profiles)| profiles.len()).sum());
        }
        drop(snapshot);
        let Rehearsing { mut result, .. } = rehearsing;
        for codes in listening.chunks(JURISDICTIONS_PAGE) {
            note(&mut result.before, would_hear(&so_far, listening, codes).await?);
            note(&mut result.now, would_hear(self, listening, codes).await?);
            result.jurisdictions += codes.len();
        }
        Ok(result)
    }
}

/// Who holds which profiles.
struct Held {
    /// Ordered by person.
    of: Vec<(PersonId, ProfileId)>,
    live: usize,
}

async fn persons<N: Snapshot>(snapshot: &mut N) -> Result<Held> {
    let (mut of, mut live, mut last) = (Vec::new(), 0, None);
    loop {
        let page = snapshot.standing(last, PROFILES_PAGE).await?;
        last = page.last().map(|member| member.id);
        if last.is_none() {
            of.sort_unstable();
            return Ok(Held { of, live });
        }
        live += page.iter().filter(|member| member.live).count();
        of.extend(page.iter().map(|member| (member.person, member.id)));
    }
}

/// Persons with their profiles, so many in one go.
fn pages(of: &[(PersonId, ProfileId)]) -> impl Iterator<Item = Vec<(PersonId, Vec<ProfileId>)>> {
    let mut persons =
        of.chunk_by(|a, b| a.0 == b.0).map(|held| (held[0].0, held.iter().map(|(_, profile)| *profile).collect()));
    std::iter::from_fn(move || {
        let page: Vec<_> = persons.by_ref().take(FILES_PAGE).collect();
        (!page.is_empty()).then_some(page)
    })
}

/// A rehearsal under way.
struct Rehearsing<'r> {
    before: Rules<'r>,
    now: Rules<'r>,
    result: OtherRules,
}

impl Rehearsing<'_> {
    fn page(&mut self, files: &[PersonFile]) {
        let (mut above_before, mut above_now) = (Vec::new(), Vec::new());
        for file in files {
            let (before, now) = (Heard::of(file, &self.before), Heard::of(file, &self.now));
            let moved = self.clocks(file);
            self.result.persons += 1;
            self.result.persons_concerned += usize::from(moved || !before.is_like(&now));
            note(&mut self.result.before, before.written.notices);
            note(&mut self.result.now, now.written.notices);
            above_before.extend(before.above);
            above_now.extend(now.above);
        }
        note(&mut self.result.before, escalate(above_before, &self.before));
        note(&mut self.result.now, escalate(above_now, &self.now));
    }

    /// Counts what becomes of a person's clocks; whether anything does.
    fn clocks(&mut self, file: &PersonFile) -> bool {
        let mut running: BTreeMap<ClockKey, [Option<Running>; 2]> = BTreeMap::new();
        for (at, rules) in [&self.before, &self.now].into_iter().enumerate() {
            for (key, clock) in clocks(file, &rules.setting) {
                running.entry(key).or_default()[at] = Some(clock);
            }
        }
        let mut moved = false;
        for (key, [before, now]) in running {
            moved |= before != now;
            let counted = self.result.clocks.entry((key.procedure, key.kind)).or_default();
            counted.add(key.owing, before.as_ref(), now.as_ref(), self.now.setting.today);
        }
        moved
    }
}

/// What is heard of one person by some rules.
struct Heard {
    written: Written,
    above: Vec<Escalation>,
}

impl Heard {
    fn of(file: &PersonFile, rules: &Rules) -> Self {
        let mut written = Written::default();
        let above = tell_one(file, false, rules, &mut written);
        Heard { written, above }
    }

    /// Whether the same is told to the same, and the next look is on the same day. Ids are new each time.
    fn is_like(&self, other: &Heard) -> bool {
        let told = |heard: &Heard| -> HashMap<_, usize> {
            let mut told = HashMap::new();
            for NoticeDraft { receiver, kind, due_on, basis, data, .. } in &heard.written.notices {
                *told.entry((receiver.clone(), *kind, *due_on, basis.clone(), data.to_string())).or_default() += 1;
            }
            told
        };
        let above = |heard: &Heard| heard.above.iter().cloned().collect::<BTreeSet<_>>();
        self.written.wakes == other.written.wakes && told(self) == told(other) && above(self) == above(other)
    }
}
