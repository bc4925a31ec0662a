//! Erasing what is held of a person: all of it, or what one feed said (Personal Information Protection Law, article 47).
//! The facts count as taken back in the ordinary way, so that whoever was told hears it; then nothing stays that could say
//! who it was. One transaction: killed anywhere, all of it happened or nothing. A later message about the same human is
//! new evidence, and makes a new person.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use liangdi_domain::division::Code;
use liangdi_domain::feed::Feed;
use liangdi_domain::ids::{PersonId, ProfileId, Token};
use liangdi_domain::notice::{NoticeDraft, NoticeKind};
use liangdi_domain::person::PersonFile;
use liangdi_domain::statement::{Told, ToldState};
use liangdi_domain::stay::Belonging;
use liangdi_store::port::{Batch, Forgotten, Reading, Remains, Result, Store};
use serde_json::Value;
use uuid::Uuid;

use crate::ingest::{Registry, now, touched, write, write_resolution};
use crate::metrics::Tally;
use crate::resolve::{self, Changes};
use crate::tell::{Rules, Written};

/// What is to be erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scope {
    /// Of whom.
    pub person: PersonId,
    /// What one feed said; none: everything.
    pub feed: Option<Feed>,
}

/// What an erasing comes to.
pub struct Erasure {
    /// A keyed hash of everything it rests on: another one, and the person is no longer as they were.
    pub mark: Token,
    /// Messages that spoke of the person.
    pub messages: usize,
    /// Facts that nothing states any more.
    pub facts: usize,
    /// Ways in which the person was written, of which nothing is left.
    pub profiles: usize,
    /// Stays of which nobody knows any more: where, since when, until when.
    pub stays: Vec<(Code, NaiveDate, Option<NaiveDate>)>,
    /// Cases that end.
    pub cases: BTreeSet<Uuid>,
    /// What is told. Identity values inside.
    pub notices: Vec<NoticeDraft>,
}

/// What became of it.
pub enum Erased {
    /// It is done.
    Done(Erasure),
    /// The person is not as they were when it was tried.
    Changed,
    /// There is nothing to erase.
    Nothing,
}

impl<S: Store> Registry<S> {
    /// What [`Registry::erase`] would do; none where there is nothing to erase. Nothing is written.
    pub async fn would_erase(&self, scope: Scope) -> Result<Option<Erasure>> {
        let mut batch = self.store.begin().await?;
        // Dropped, the transaction never was.
        self.erase_in(&mut batch, scope).await
    }

    /// Erases, if the person is still as they were when it was tried.
    pub async fn erase(&self, scope: Scope, mark: Token) -> Result<Erased> {
        let mut batch = self.store.begin().await?;
        let Some(erasure) = self.erase_in(&mut batch, scope).await? else { return Ok(Erased::Nothing) };
        if erasure.mark != mark {
            return Ok(Erased::Changed);
        }
        batch.commit().await?;
        let mut tally = Tally::default();
        tally.notices(&erasure.notices);
        tally.committed();
        Ok(Erased::Done(erasure))
    }

    /// Removes the content of notices that were on their way when their person was erased and are out by now; how many.
    pub async fn wipe_sent(&self, notices_max: usize) -> Result<usize> {
        let mut batch = self.store.begin().await?;
        let wiped = batch.wipe_sent(notices_max).await?;
        if wiped > 0 {
            batch.commit().await?;
        }
        Ok(wiped)
    }

    pub(crate) async fn erase_in(&self, batch: &mut S::Batch, scope: Scope) -> Result<Option<Erasure>> {
        let Some(before) = batch.person_files(&[scope.person]).await?.pop() else { return Ok(None) };
        let forgotten = batch.forget(scope.person, scope.feed).await?;
        if forgotten.is_empty() {
            return Ok(None);
        }
        let written = self.tell_of(batch, scope, &forgotten).await?;
        let left = batch.person_files(&[scope.person]).await?.pop();
        let erasure = Erasure {
            mark: self.mark(scope, &before, &forgotten),
            messages: forgotten.messages.len(),
            facts: forgotten.facts.len(),
            profiles: forgotten.gone.len(),
            stays: self.lost_stays(batch, &before, left.as_ref()).await?,
            cases: ended_cases(&before, &written),
            notices: written.notices.clone(),
        };
        let heir = left.and_then(|left| left.profiles.first().map(|(id, _)| *id));
        self.wipe_in(batch, &before, (forgotten, heir), (&written.told, &erasure.notices)).await?;
        Ok(Some(erasure))
    }

    /// Clusters anew what hung together with the person, and tells everybody what no longer stands.
    async fn tell_of(&self, batch: &mut S::Batch, scope: Scope, forgotten: &Forgotten) -> Result<Written> {
        let stored: Vec<ProfileId> = forgotten.profiles.iter().chain(&forgotten.gone).copied().collect();
        let placed = batch.profiles(&stored).await?;
        let changes = Changes { stored: stored.clone(), ..Changes::default() };
        let resolution = self.matcher().resolve(batch, changes, &resolve::new_person).await?;
        write_resolution(batch, &resolution).await?;
        let mut touched = touched(&BTreeMap::new(), &placed, &stored, resolution, Vec::new());
        touched.persons.insert(scope.person);
        let table = self.table(batch).await?;
        let rules = Rules { erasing: Some(scope.person), ..self.rules(&table) };
        let written = self.follow(batch, touched, &rules).await?;
        write(batch, &written).await?;
        Ok(written)
    }

    async fn wipe_in(
        &self,
        batch: &mut S::Batch,
        before: &PersonFile,
        (forgotten, heir): (Forgotten, Option<ProfileId>),
        (told, notices): (&[Told], &[NoticeDraft]),
    ) -> Result<()> {
        let contents = batch.contents(&forgotten.gone).await?;
        let keys = contents.iter().flat_map(|(id, profile)| {
            let keys = self.matcher().keys(profile);
            keys.into_iter().map(|key| (*id, key))
        });
        let keys = keys.collect();
        let theirs: BTreeSet<Uuid> = before.told.iter().map(|told| told.id).collect();
        let changed = notices.iter().filter(|notice| notice.kind != NoticeKind::Retract);
        let changed = changed.filter_map(|notice| notice.statement).filter(|statement| theirs.contains(statement));
        let changed: BTreeSet<Uuid> = changed.collect();
        let restated = notices.iter().filter(|notice| changed.iter().any(|id| notice.statement == Some(*id)));
        let restated = restated.filter_map(|notice| restated_by(notice, told)).collect();
        let telling = notices.iter().map(|notice| notice.id).collect();
        let changed = changed.into_iter().collect();
        batch.wipe(&Remains { forgotten, keys, heir, changed, restated, telling }).await
    }

    /// What the erasing rests on. Whatever is heard of the person, told, answered or corrected in between changes it.
    fn mark(&self, scope: Scope, before: &PersonFile, forgotten: &Forgotten) -> Token {
        let PersonFile { facts, endings, told, replies, settled, .. } = before;
        let (held, protected) = (before.frozen.held(), before.frozen.protected);
        let stands = format!("{facts:?} {endings:?} {told:?} {replies:?} {settled:?} {held:?} {protected}");
        self.keys.token("erasing", &[&format!("{scope:?}"), &format!("{forgotten:?}"), &stands])
    }

    /// Stays that were known before and are not any more.
    async fn lost_stays(
        &self,
        batch: &mut S::Batch,
        before: &PersonFile,
        left: Option<&PersonFile>,
    ) -> Result<Vec<(Code, NaiveDate, Option<NaiveDate>)>> {
        let (table, today) = (self.table(batch).await?, self.today(now()));
        let stays = |file| Belonging::of(file, &table, self.calendar, today).stays;
        let left: BTreeSet<(Code, NaiveDate)> =
            left.map(stays).into_iter().flatten().map(|stay| (stay.township, stay.since)).collect();
        let lost = stays(before).into_iter().filter(|stay| !left.contains(&(stay.township, stay.since)));
        Ok(lost.map(|stay| (stay.township, stay.since, stay.end.map(|(on, _)| on))).collect())
    }
}

/// The notice that asked, where a `supersede` says what is known now, and the question goes on.
fn restated_by(notice: &NoticeDraft, told: &[Told]) -> Option<(Uuid, Value)> {
    let stands = told.iter().find(|told| Some(told.id) == notice.statement && told.state == ToldState::Open)?;
    let asked = stands.asked.filter(|asked| asked.notice != notice.id && notice.kind == NoticeKind::Supersede)?;
    Some((asked.notice, notice.data.get("data")?.clone()))
}

/// The cases that asked something and are taken back.
fn ended_cases(before: &PersonFile, written: &Written) -> BTreeSet<Uuid> {
    let open: BTreeSet<Uuid> = before
        .told
        .iter()
        .filter(|told| told.state == ToldState::Open && told.asked.is_some())
        .map(|told| told.id)
        .collect();
    let taken_back = written.told.iter().filter(|told| told.state == ToldState::Retracted && open.contains(&told.id));
    taken_back.filter_map(|told| told.case).collect()
}
