//! The story of a batch: consume, validate, normalise, **record, resolve, derive, reconcile, commit**, settle.
//! Everything between `begin` and `commit` is one transaction: state and outgoing notices are there together or not
//! at all. Killed anywhere before the commit, nothing happened and the broker delivers again; killed after it, the
//! inbox knows the messages and the redelivery is a duplicate.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;
use std::time::Instant;

use chrono::{DateTime, FixedOffset, NaiveDate, Utc};
use liangdi_adapters::contract::{Reason, Refusal};
use liangdi_domain::calendar::{Calendar, SHANGHAI};
use liangdi_domain::division::Divisions;
use liangdi_domain::evidence::Answer;
use liangdi_domain::feed::Feed;
use liangdi_domain::identity::Matching;
use liangdi_domain::identity::survive::Shown;
use liangdi_domain::ids::{PersonId, ProfileId, Token};
use liangdi_domain::notice::NoticeDraft;
use liangdi_domain::person::Profile;
use liangdi_domain::procedure::Procedures;
use liangdi_domain::statement::Setting;
use liangdi_store::keys::Keys;
use liangdi_store::port::{
    Batch, Correction, DecisionRow, MessageEvidence, NewProfile, Placed, Protection, Quarantined, Recorded, Result,
    RightSettled, Store, named_beside,
};
use opentelemetry::Context;
use uuid::Uuid;

use crate::boundaries::Boundaries;
use crate::metrics::{METRICS, Stages, Tally};
use crate::prepare::{Incoming, Prepared, Tables, Taken, prepare, set_aside};
use crate::regroup::regrouped;
use crate::resolve::{self, Changes, Fresh, Matcher, Resolution};
use crate::tell::{self, Rules, Written};
use crate::together::Together;

/// The registry: everything a batch needs, shared by all feeds.
#[derive(Clone)]
pub struct Registry<S> {
    /// Where it is kept.
    pub store: S,
    /// Keys for marks and fingerprints.
    pub keys: Arc<Keys>,
    /// Divisions as they ship: what identity is compared by, whatever boundary changes come.
    pub divisions: &'static Divisions,
    /// Working days.
    pub calendar: &'static Calendar,
    /// Procedures.
    pub procedures: Arc<Procedures>,
    /// Weights that decide who is who.
    pub matching: Arc<Matching>,
    /// Users that may send stock of day one.
    pub baseline_users: Arc<[String]>,
    /// Derive as of this day instead of the clock's.
    pub as_of: Option<NaiveDate>,
    /// Batches that wait for the writer.
    pub together: Arc<Together>,
    /// Divisions as they are.
    pub boundaries: Arc<Boundaries>,
}

/// What a batch came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Messages recorded.
    pub recorded: usize,
    /// Messages that were there already.
    pub duplicates: usize,
    /// Messages refused, those refused before included.
    pub refused: usize,
    /// Notices committed.
    pub notices: usize,
}

/// What a batch came to inside its transaction, before anybody knows whether it is committed.
pub(crate) struct Recording {
    pub(crate) outcome: Outcome,
    /// What was refused, with the reasons.
    pub(crate) refused: Vec<Quarantined>,
    /// What is told.
    pub(crate) notices: Vec<NoticeDraft>,
}

impl<S: Store> Registry<S> {
    /// Parses, validates and normalises; no I/O.
    pub fn prepare(&self, incoming: Vec<Incoming>) -> Vec<Prepared> {
        let tables = Tables {
            divisions: self.divisions,
            keys: &self.keys,
            baseline_users: &self.baseline_users,
            today: self.today(now()),
        };
        incoming.into_iter().map(|message| prepare(message, &tables)).collect()
    }

    /// Records a prepared batch and everything that follows from it, in one transaction.
    pub async fn commit(&self, prepared: Vec<Prepared>) -> Result<Outcome> {
        let mut received: BTreeMap<Feed, u32> = BTreeMap::new();
        for message in &prepared {
            *received.entry(message.feed()).or_default() += 1;
        }
        let messages = prepared.len();
        let waiting = Instant::now();
        let mut batch = self.store.begin().await?;
        METRICS.waited_for_writer(waiting.elapsed());
        let begun = Instant::now();
        let committed = async {
            batch.trace(liangdi_broker::trace::write(&Context::current()));
            for (feed, deliveries) in received {
                batch.received(feed, deliveries).await?;
            }
            let mut tally = Tally::default();
            let outcome = self.record(&mut batch, prepared, &mut tally).await?.outcome;
            let mut stages = Stages::begin();
            batch.commit().await?;
            stages.end("commit");
            tally.committed();
            Ok(outcome)
        };
        let committed = committed.await;
        METRICS.transaction(committed.is_ok(), messages, begun.elapsed());
        committed
    }

    /// Writes what a person decided of two profiles, and everything that follows from it.
    pub async fn decide(&self, decision: &DecisionRow) -> Result<Outcome> {
        let mut batch = self.store.begin().await?;
        batch.decide(decision).await?;
        self.resettle(batch, vec![decision.a, decision.b]).await
    }

    /// Clusters anew whatever hangs together with stored profiles, tells what follows, and commits.
    async fn resettle(&self, mut batch: S::Batch, stored: Vec<ProfileId>) -> Result<Outcome> {
        let changes = Changes { stored: stored.clone(), ..Changes::default() };
        let resolution = self.matcher().resolve(&mut batch, changes, &resolve::new_person).await?;
        write_resolution(&mut batch, &resolution).await?;
        let moved = !resolution.moves.is_empty();
        let mut touched = touched(&BTreeMap::new(), &HashMap::new(), &stored, resolution, Vec::new());
        if !moved {
            touched.persons.clear();
        }
        self.finish(batch, touched).await
    }

    /// Writes a value that a person corrected, and tells whoever was told another one.
    pub async fn correct(&self, person: PersonId, correction: &Correction) -> Result<Outcome> {
        let mut batch = self.store.begin().await?;
        batch.correct(correction).await?;
        self.finish(batch, TouchedPersons::only(person)).await
    }

    /// Writes what is said to a request that a person made by right.
    pub async fn settle_right(&self, person: PersonId, settled: &RightSettled) -> Result<Outcome> {
        let mut batch = self.store.begin().await?;
        batch.settle_right(settled).await?;
        self.finish(batch, TouchedPersons::only(person)).await
    }

    /// Lifts a correction: departments' words count again. None if there was nothing to lift.
    pub async fn lift(&self, person: PersonId, field: Shown, who: &str) -> Result<Option<Outcome>> {
        let mut batch = self.store.begin().await?;
        if !batch.lift(person, field, who).await? {
            return Ok(None);
        }
        self.finish(batch, TouchedPersons::only(person)).await.map(Some)
    }

    /// Writes that a person is protected, and tells whoever was told more than the prefecture.
    pub async fn protect(&self, person: PersonId, protection: &Protection) -> Result<Outcome> {
        let mut batch = self.store.begin().await?;
        batch.protect(protection).await?;
        self.finish(batch, TouchedPersons::only(person)).await
    }

    /// Ends the protection that an operator gave; what departments say of it still counts. None if there was none.
    pub async fn unprotect(&self, person: PersonId, who: &str) -> Result<Option<Outcome>> {
        let mut batch = self.store.begin().await?;
        if !batch.unprotect(person, who).await? {
            return Ok(None);
        }
        self.finish(batch, TouchedPersons::only(person)).await.map(Some)
    }

    /// Tells what follows for the persons touched, and commits.
    pub(crate) async fn finish(&self, mut batch: S::Batch, touched: TouchedPersons) -> Result<Outcome> {
        let table = self.table(&mut batch).await?;
        self.finish_under(batch, touched, &table).await
    }

    /// The same by a table that the caller has read in this transaction.
    pub(crate) async fn finish_under(
        &self,
        mut batch: S::Batch,
        touched: TouchedPersons,
        table: &Divisions,
    ) -> Result<Outcome> {
        let begun = Instant::now();
        let committed = async {
            batch.trace(liangdi_broker::trace::write(&Context::current()));
            let written = self.follow(&mut batch, touched, &self.rules(table)).await?;
            write(&mut batch, &written).await?;
            batch.commit().await?;
            Ok(written)
        };
        let committed = committed.await;
        METRICS.transaction(committed.is_ok(), 0, begun.elapsed());
        let written = committed?;
        let mut tally = Tally::default();
        tally.notices(&written.notices);
        tally.committed();
        Ok(Outcome { notices: written.notices.len(), ..Outcome::default() })
    }

    pub(crate) fn rules<'a>(&'a self, divisions: &'a Divisions) -> Rules<'a> {
        let (now, today) = (now(), self.today(now()));
        let shift = today - now.date_naive();
        let setting = Setting {
            divisions,
            calendar: self.calendar,
            procedures: &self.procedures,
            trust: &self.matching.trust,
            today,
        };
        Rules { setting, keys: &self.keys, time: now + shift, shift_ms: shift.num_milliseconds(), erasing: None }
    }

    /// What touched persons' jurisdictions have to hear; when to look at the persons again is written at once.
    pub(crate) async fn follow<B: Batch>(
        &self,
        batch: &mut B,
        touched: TouchedPersons,
        rules: &Rules<'_>,
    ) -> Result<Written> {
        let files = batch.person_files(&touched.persons.into_iter().collect::<Vec<_>>()).await?;
        let written = tell::tell(&files, &touched.regrouped, rules);
        batch.wake(&written.wakes).await?;
        Ok(written)
    }

    /// Records a batch inside an open transaction; `tally` counts what became of the messages.
    pub(crate) async fn record<B: Batch>(
        &self,
        batch: &mut B,
        prepared: Vec<Prepared>,
        tally: &mut Tally,
    ) -> Result<Recording> {
        let mut stages = Stages::begin();
        let table = self.table(batch).await?;
        let (taken, mut refused) = part(prepared);
        let taken = self.refuse_strange_answers(batch, taken, &table, &mut refused).await?;
        let taken = self.refuse_unfit_announcements(batch, taken, &mut refused).await?;
        let inbounds: Vec<_> = taken.iter().map(|taken| taken.inbound.clone()).collect();
        let recorded = batch.record(&inbounds).await?;
        stages.end("record");

        let mut outcome = Outcome::default();
        let mut fresh: Vec<(i64, bool, Taken)> = Vec::with_capacity(taken.len());
        for (message, recorded) in taken.into_iter().zip(recorded) {
            let feed = message.inbound.feed;
            match recorded {
                Recorded::New { no, withdrawn } => {
                    tally.message(feed, "recorded");
                    fresh.push((no, withdrawn, message));
                }
                Recorded::Duplicate => {
                    tally.message(feed, "duplicate");
                    outcome.duplicates += 1;
                }
                Recorded::Conflict => refused.push(self.turn_away(message, Reason::Conflict, "/id")),
            }
        }
        outcome.recorded = fresh.len();
        outcome.refused = refused.len();
        refused.iter().for_each(|row| tally.refused(row));

        let touched = self.learn(batch, fresh).await?;
        stages.end("resolve");
        // Anew: this batch itself may have announced something.
        let table = self.table(batch).await?;
        let rules = self.rules(&table);
        let mut written = self.follow(batch, touched, &rules).await?;
        stages.end("derive");
        if !refused.is_empty() {
            let first_time = batch.quarantine(&refused).await?;
            warn_of_hubs(&refused, &first_time);
            let told = refused.iter().zip(first_time).filter(|(_, first)| *first);
            written.notices.extend(told.filter_map(|(refused, _)| tell::reject(refused, &rules)));
        }
        outcome.notices = written.notices.len();
        tally.notices(&written.notices);
        write(batch, &written).await?;
        stages.end("tell");
        Ok(Recording { outcome, refused, notices: written.notices })
    }

    /// Writes what new messages said, finds out whom it is about, and returns whose affairs changed.
    async fn learn<B: Batch>(&self, batch: &mut B, fresh: Vec<(i64, bool, Taken)>) -> Result<TouchedPersons> {
        let targets: Vec<_> = fresh.iter().filter_map(|(_, _, message)| message.inbound.withdraws.clone()).collect();
        let withdrawn = if targets.is_empty() { Default::default() } else { batch.withdraw(&targets).await? };
        let answered: BTreeSet<Uuid> =
            fresh.iter().filter_map(|(.., message)| replied_to(message)).chain(withdrawn.statements).collect();

        let mut said: Vec<MessageEvidence> = Vec::with_capacity(fresh.len());
        let mut profiles: BTreeMap<ProfileId, Seen> = BTreeMap::new();
        let mut changed = Changes::default();
        for (no, withdrawn, message) in fresh {
            let Taken { inbound, appearances, ending, .. } = message;
            if appearances.is_empty() && ending.is_none() {
                continue;
            }
            let mut rows = Vec::with_capacity(appearances.len());
            for marked in appearances {
                see(&mut profiles, marked.row.profile, marked.profile, !withdrawn);
                if let Some((next, profile)) = marked.becomes {
                    see(&mut profiles, next, profile, !withdrawn);
                    if !withdrawn && marked.row.profile != next {
                        changed.links.push((marked.row.profile, next));
                    }
                }
                rows.push(marked.row);
            }
            if !withdrawn {
                changed.beside.extend(named_beside(&rows));
            }
            let (source, time, baseline) = (inbound.key.source, inbound.time, inbound.baseline);
            said.push(MessageEvidence { no, source, time, baseline, withdrawn, appearances: rows, ending });
        }

        let ids: Vec<ProfileId> = profiles.keys().copied().collect();
        let placed = if ids.is_empty() { HashMap::new() } else { batch.profiles(&ids).await? };
        let changes = changes(&profiles, &placed, withdrawn.profiles.clone(), changed);
        let resolution = self.matcher().resolve(batch, changes, &resolve::new_person).await?;
        let new = new_profiles(&profiles, &placed, &resolution);
        if !said.is_empty() {
            batch.save(&new, &said).await?;
        }
        write_resolution(batch, &resolution).await?;
        let ended: BTreeSet<Token> = said
            .iter()
            .filter_map(|said| said.ending.as_ref())
            .map(|ending| ending.key)
            .chain(withdrawn.keys)
            .collect();
        let holders =
            if ended.is_empty() { Vec::new() } else { batch.holders(&ended.into_iter().collect::<Vec<_>>()).await? };
        let mut touched = touched(&profiles, &placed, &withdrawn.profiles, resolution, holders);
        if !answered.is_empty() {
            touched.persons.extend(batch.subjects(&answered.into_iter().collect::<Vec<_>>()).await?);
        }
        Ok(touched)
    }

    /// What finds out whom evidence is about.
    pub(crate) fn matcher(&self) -> Matcher<'_> {
        Matcher { secrets: &self.keys, divisions: self.divisions, matching: &self.matching }
    }

    /// Puts one message aside that makes the registry itself stumble, so that the others get through.
    pub async fn put_aside(&self, incoming: Incoming) -> Result<()> {
        let feed = incoming.feed;
        let row = match self.prepare(vec![incoming.clone()]).pop() {
            // The closed schema has vouched for it, and the mistake is ours: its content is kept, to be taken again.
            Some(Prepared::Taken(message)) => {
                let body = Some(message.body.to_vec());
                Quarantined { body, ..self.turn_away(*message, Reason::Internal, "") }
            }
            Some(Prepared::Refused(row)) => row,
            None => set_aside(incoming, Refusal::at(Reason::Internal, ""), &self.keys),
        };
        let mut batch = self.store.begin().await?;
        batch.received(feed, 1).await?;
        let mut tally = Tally::default();
        tally.refused(&row);
        batch.quarantine(&[row]).await?;
        batch.commit().await?;
        tally.committed();
        Ok(())
    }

    pub(crate) fn turn_away(&self, message: Taken, reason: Reason, path: &str) -> Quarantined {
        let mut refusal = Refusal::at(reason, path);
        refusal.source = Some(message.inbound.key.source);
        refusal.id = Some(message.inbound.key.id);
        let incoming = Incoming {
            feed: message.inbound.feed,
            body: message.body,
            content_type: None,
            user: Some(message.inbound.publisher),
            baseline: message.inbound.baseline,
        };
        set_aside(incoming, refusal, &self.keys)
    }

    pub(crate) fn today(&self, time: DateTime<FixedOffset>) -> NaiveDate {
        self.as_of.unwrap_or_else(|| time.date_naive())
    }
}

/// A profile in this batch.
pub(crate) struct Seen {
    profile: Profile,
    live: bool,
}

/// Whose affairs a batch changed.
#[derive(Default)]
pub(crate) struct TouchedPersons {
    pub(crate) persons: BTreeSet<PersonId>,
    pub(crate) regrouped: HashSet<PersonId>,
}

impl TouchedPersons {
    fn only(person: PersonId) -> Self {
        TouchedPersons { persons: BTreeSet::from([person]), regrouped: HashSet::new() }
    }
}

/// Now, in Asia/Shanghai.
pub fn now() -> DateTime<FixedOffset> {
    Utc::now().with_timezone(&SHANGHAI)
}

/// Nobody is told when another hub's notice is refused, so the log says it.
fn warn_of_hubs(refused: &[Quarantined], first_time: &[bool]) {
    for (row, _) in refused.iter().zip(first_time).filter(|(row, first)| **first && row.feed == Feed::Hub) {
        let Quarantined { publisher, reason, path, .. } = row;
        tracing::warn!(
            publisher,
            reason,
            path,
            "what another province's hub sent cannot be taken; it is in quarantine"
        );
    }
}

fn part(prepared: Vec<Prepared>) -> (Vec<Taken>, Vec<Quarantined>) {
    let (mut taken, mut refused) = (Vec::with_capacity(prepared.len()), Vec::new());
    for prepared in prepared {
        match prepared {
            Prepared::Taken(message) => taken.push(*message),
            Prepared::Refused(row) => refused.push(row),
        }
    }
    (taken, refused)
}

fn see(profiles: &mut BTreeMap<ProfileId, Seen>, id: ProfileId, profile: Profile, live: bool) {
    let seen = profiles.entry(id).or_insert(Seen { profile, live: false });
    seen.live |= live;
}

/// What resolution has to look at: profiles that are new or live again, pairs that are linked or named beside each other,
/// and profiles that a withdrawal took evidence from. A known live profile that is only named again changes nothing.
fn changes(
    profiles: &BTreeMap<ProfileId, Seen>,
    placed: &HashMap<ProfileId, Placed>,
    withdrawn: Vec<ProfileId>,
    changed: Changes,
) -> Changes {
    let new = profiles.iter().filter(|(id, _)| !placed.contains_key(id));
    let fresh = new.map(|(id, seen)| Fresh { id: *id, profile: seen.profile.clone(), live: seen.live }).collect();
    let dead = |id: &ProfileId| placed.get(id).is_some_and(|placed| !placed.live);
    let revived = profiles.iter().filter(|(id, seen)| seen.live && dead(id)).map(|(id, _)| *id).collect();
    Changes { fresh, revived, stored: withdrawn, ..changed }
}

/// Profiles the store does not know, with the person that resolution found for them.
fn new_profiles(
    profiles: &BTreeMap<ProfileId, Seen>,
    placed: &HashMap<ProfileId, Placed>,
    resolution: &Resolution,
) -> Vec<NewProfile> {
    let unknown = profiles.iter().filter(|(id, _)| !placed.contains_key(id));
    unknown
        .map(|(id, seen)| {
            let keys = resolution.keys.get(id).cloned().unwrap_or_default();
            let person = resolution.persons.get(id).copied().unwrap_or_else(resolve::new_person);
            NewProfile { id: *id, profile: seen.profile.clone(), keys, person }
        })
        .collect()
}

/// Writes what was told, and to whom what is still on its way goes now.
pub(crate) async fn write<B: Batch>(batch: &mut B, written: &Written) -> Result<()> {
    batch.reroute(&written.handed).await?;
    if !(written.told.is_empty() && written.notices.is_empty()) {
        batch.tell(&written.told, &written.notices).await?;
    }
    Ok(())
}

/// Writes edges, moves and questions.
pub(crate) async fn write_resolution<B: Batch>(batch: &mut B, resolution: &Resolution) -> Result<()> {
    if !(resolution.edges.is_empty() && resolution.dropped.is_empty()) {
        batch.put_edges(&resolution.edges, &resolution.dropped).await?;
    }
    if !resolution.moves.is_empty() {
        batch.assign(&resolution.moves).await?;
    }
    if let Some((about, questions)) = &resolution.questions {
        batch.ask(about, questions).await?;
    }
    Ok(())
}

pub(crate) fn touched(
    profiles: &BTreeMap<ProfileId, Seen>,
    placed: &HashMap<ProfileId, Placed>,
    withdrawn: &[ProfileId],
    resolution: Resolution,
    holders: Vec<PersonId>,
) -> TouchedPersons {
    let mut touched = TouchedPersons::default();
    touched.persons.extend(holders);
    for id in profiles.keys().chain(withdrawn) {
        let person = resolution.persons.get(id).copied().or_else(|| placed.get(id).map(|placed| placed.person));
        touched.persons.extend(person);
    }
    touched.persons.extend(resolution.moves.iter().flat_map(|moved| [moved.from, moved.to]));
    touched.regrouped = regrouped(&resolution.moves, &resolution.persons);
    touched
}

/// The statement that a message replies to. Receipts change nothing that should be known.
fn replied_to(message: &Taken) -> Option<Uuid> {
    message.inbound.answers.filter(|_| matches!(message.inbound.answer, Some(Answer::Reply(_))))
}
