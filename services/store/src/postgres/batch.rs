//! A registry transaction. One writer at a time: writers of one process queue here, those of several at the
//! database's lock, which ends with the transaction however that ends.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::{DateTime, NaiveDate, Utc};
use liangdi_domain::division::Code;
use liangdi_domain::evidence::MessageKey;
use liangdi_domain::feed::Feed;
use liangdi_domain::identity::survive::Shown;
use liangdi_domain::ids::{PersonId, ProfileId, Token};
use liangdi_domain::notice::{NoticeDraft, Receiver};
use liangdi_domain::person::{PersonFile, Profile};
use liangdi_domain::statement::Told;
use tokio::sync::OwnedMutexGuard;
use uuid::Uuid;

use super::remembered::Remembered;
use super::transaction::Transaction;
use super::views::{Look, note};
use super::{
    OUTBOX_CHANNEL, PgSnapshot, PgStore, answers, corrections, divisions, erase, files, graph, meet, profiles,
    quarantine, quarters, rights, wakes,
};
use crate::keys::Keys;
use crate::port::{
    Announced, Batch, Correction, DecisionRow, DivisionWork, Forgotten, Gathered, Inbound, Kept, MessageEvidence, Move,
    Named, NewProfile, Placed, Protection, Quarantined, Question, Reading, Recorded, Remains, Result, RightSettled,
    Sent, Silent, Store, StoredEdge, Touched,
};

/// BEGIN, the lock of the province's writer ("liangdi" in hexadecimal) and, under it, which table of divisions is in
/// force: in one round trip.
const BEGIN: &str =
    "BEGIN; SELECT pg_advisory_xact_lock(x'6c69616e676469'::bigint); SELECT version FROM division_table";

/// One registry transaction.
pub struct PgBatch {
    pub(super) transaction: Transaction,
    pub(super) keys: Keys,
    /// None where this batch itself may have changed it.
    pub(super) divisions_version: Option<i64>,
    /// Counted here, written with the commit.
    counts: BTreeMap<(&'static str, &'static str), usize>,
    /// Profiles read as live in this batch: they need not be made so again.
    pub(super) live: HashSet<ProfileId>,
    remembered: Remembered,
    /// Whether couriers have to be woken.
    pub(super) sends: bool,
    /// The trace it belongs to.
    pub(super) traceparent: Option<String>,
    _writer: OwnedMutexGuard<()>,
}

impl Store for PgStore {
    type Batch = PgBatch;
    type Snapshot = PgSnapshot;

    async fn ping(&self) -> Result<()> {
        PgStore::ping(self).await
    }

    async fn begin(&self) -> Result<PgBatch> {
        let writer = self.0.writer.clone().lock_owned().await;
        let (transaction, divisions_version) = Transaction::begin_asking(&self.0.pool, self.0.patience, BEGIN).await?;
        let keys = self.0.keys.clone();
        Ok(PgBatch {
            transaction,
            keys,
            divisions_version,
            counts: BTreeMap::new(),
            live: HashSet::new(),
            remembered: Remembered::default(),
            sends: false,
            traceparent: None,
            _writer: writer,
        })
    }

    async fn snapshot(&self) -> Result<PgSnapshot> {
        self.open_snapshot().await
    }
}

impl PgBatch {
    /// Adds to a counter.
    pub(super) fn count(&mut self, what: &'static str, of: &'static str, by: usize) {
        if by > 0 {
            *self.counts.entry((what, of)).or_default() += by;
        }
    }
}

impl Reading for PgBatch {
    async fn blocks(&mut self, tokens: &[Token], limit: usize) -> Result<HashMap<Token, Vec<ProfileId>>> {
        meet::blocks(&mut self.transaction, tokens, limit).await
    }

    async fn refined_blocks(
        &mut self,
        keys: &[(Token, Token)],
        limit: usize,
    ) -> Result<HashMap<Token, Vec<ProfileId>>> {
        meet::refined_blocks(&mut self.transaction, keys, limit).await
    }

    async fn contents(&mut self, ids: &[ProfileId]) -> Result<Vec<(ProfileId, Profile)>> {
        let found = meet::contents(&mut self.transaction, &self.keys, ids).await?;
        found.iter().for_each(|(id, profile)| self.remembered.read(*id, profile));
        Ok(found)
    }
}

impl Batch for PgBatch {
    async fn record(&mut self, messages: &[Inbound]) -> Result<Vec<Recorded>> {
        self.write_inbox(messages).await
    }

    async fn received(&mut self, feed: Feed, deliveries: u32) -> Result<()> {
        self.count("received", feed.name(), deliveries as usize);
        Ok(())
    }

    async fn sent(&mut self, notices: &[Uuid]) -> Result<HashMap<Uuid, Sent>> {
        self.read_sent(notices).await
    }

    async fn subjects(&mut self, statements: &[Uuid]) -> Result<Vec<PersonId>> {
        answers::subjects(&mut self.transaction, statements).await
    }

    async fn profiles(&mut self, ids: &[ProfileId]) -> Result<HashMap<ProfileId, Placed>> {
        let placed = profiles::placed(&mut self.transaction, ids).await?;
        self.live.extend(placed.iter().filter(|(_, placed)| placed.live).map(|(id, _)| *id));
        Ok(placed)
    }

    async fn profiles_of(&mut self, persons: &[PersonId]) -> Result<Vec<ProfileId>> {
        profiles::of_persons(&mut self.transaction, persons).await
    }

    async fn crowded(&mut self, refined: usize, closed: usize) -> Result<()> {
        self.count("keys", "refined", refined);
        self.count("keys", "closed", closed);
        Ok(())
    }

    async fn component(&mut self, of: &[ProfileId], weight_min: i32) -> Result<Gathered> {
        graph::component(&mut self.transaction, of, weight_min).await
    }

    async fn edges_from(&mut self, ids: &[ProfileId]) -> Result<Vec<StoredEdge>> {
        graph::edges_from(&mut self.transaction, ids).await
    }

    async fn put_edges(&mut self, edges: &[StoredEdge], dropped: &[(ProfileId, ProfileId)]) -> Result<()> {
        graph::put_edges(&mut self.transaction, edges, dropped).await
    }

    async fn ask(&mut self, about: &[ProfileId], questions: &[Question]) -> Result<()> {
        graph::ask(&mut self.transaction, about, questions).await
    }

    async fn decide(&mut self, decision: &DecisionRow) -> Result<()> {
        graph::decide(&mut self.transaction, decision).await
    }

    async fn save(&mut self, profiles: &[NewProfile], evidence: &[MessageEvidence]) -> Result<()> {
        self.write_evidence(profiles, evidence).await?;
        self.remembered.wrote(profiles, evidence);
        Ok(())
    }

    async fn withdraw(&mut self, targets: &[MessageKey]) -> Result<Touched> {
        self.live.clear();
        self.remembered.withdrew();
        self.take_back(targets).await
    }

    async fn forget(&mut self, person: PersonId, feed: Option<Feed>) -> Result<Forgotten> {
        self.live.clear();
        self.remembered.withdrew();
        erase::forget(&mut self.transaction, person, feed).await
    }

    async fn wipe(&mut self, remains: &Remains) -> Result<()> {
        erase::wipe(&mut self.transaction, &self.keys, remains).await
    }

    async fn silent(&mut self, since: DateTime<Utc>, after: Option<ProfileId>, limit: usize) -> Result<Vec<Silent>> {
        erase::silent(&mut self.transaction, since, after, limit).await
    }

    async fn note(&mut self, who: &str, purpose: &str, object: &str) -> Result<()> {
        note(&mut self.transaction, Look { who, purpose }, object, false).await
    }

    async fn wipe_sent(&mut self, limit: usize) -> Result<usize> {
        erase::wipe_sent(&mut self.transaction, limit).await
    }

    async fn assign(&mut self, moves: &[Move]) -> Result<()> {
        profiles::assign(&mut self.transaction, moves).await
    }

    async fn correct(&mut self, correction: &Correction) -> Result<()> {
        corrections::correct(&mut self.transaction, &self.keys, correction).await
    }

    async fn protect(&mut self, protection: &Protection) -> Result<()> {
        corrections::protect(&mut self.transaction, &self.keys, protection).await
    }

    async fn unprotect(&mut self, person: PersonId, who: &str) -> Result<bool> {
        corrections::unprotect(&mut self.transaction, person, who).await
    }

    async fn lift(&mut self, person: PersonId, field: Shown, who: &str) -> Result<bool> {
        corrections::lift(&mut self.transaction, person, field, who).await
    }

    async fn settle_right(&mut self, settled: &RightSettled) -> Result<()> {
        rights::settle(&mut self.transaction, settled).await
    }

    async fn holders(&mut self, keys: &[Token]) -> Result<Vec<PersonId>> {
        profiles::holders(&mut self.transaction, keys).await
    }

    async fn person_files(&mut self, persons: &[PersonId]) -> Result<Vec<PersonFile>> {
        files::person_files(&mut self.transaction, &self.keys, &self.remembered, persons).await
    }

    async fn tell(&mut self, told: &[Told], notices: &[NoticeDraft]) -> Result<()> {
        self.write_notices(told, notices).await
    }

    async fn wake(&mut self, persons: &[(PersonId, Option<NaiveDate>)]) -> Result<()> {
        wakes::wake(&mut self.transaction, persons).await
    }

    async fn due(&mut self, today: NaiveDate, limit: usize) -> Result<Vec<PersonId>> {
        wakes::due(&mut self.transaction, today, limit).await
    }

    async fn divisions_version(&mut self) -> Result<i64> {
        let version = match self.divisions_version {
            Some(version) => version,
            None => divisions::version(&mut self.transaction).await?,
        };
        self.divisions_version = Some(version);
        Ok(version)
    }

    async fn announced(&mut self) -> Result<Vec<Announced>> {
        divisions::announced(&mut self.transaction).await
    }

    async fn division_work(&mut self) -> Result<Option<DivisionWork>> {
        divisions::work(&mut self.transaction).await.map(|work| work.map(|(work, _)| work))
    }

    async fn put_division_work(&mut self, work: Option<&DivisionWork>) -> Result<()> {
        divisions::put_work(&mut self.transaction, work).await
    }

    async fn settle_announcements(&mut self, settled: &[(i64, bool)]) -> Result<()> {
        self.divisions_version = None;
        divisions::settle(&mut self.transaction, settled).await
    }

    async fn naming(&mut self, codes: &[Code], after: Option<ProfileId>, limit: usize) -> Result<Vec<Named>> {
        divisions::naming(&mut self.transaction, codes, after, limit).await
    }

    async fn reroute(&mut self, handed: &[(Uuid, Receiver)]) -> Result<()> {
        divisions::reroute(&mut self.transaction, handed).await
    }

    async fn reroute_all(&mut self, heirs: &[(Receiver, Receiver)]) -> Result<()> {
        divisions::reroute_all(&mut self.transaction, heirs).await
    }

    async fn quarantine(&mut self, refused: &[Quarantined]) -> Result<Vec<bool>> {
        self.write_quarantine(refused).await
    }

    async fn set_aside_for(&mut self, reasons: &[&str], limit: usize) -> Result<Vec<Kept>> {
        quarantine::set_aside_for(&mut self.transaction, &self.keys, reasons, limit).await
    }

    async fn replayed(&mut self, publisher: &str, body_mac: Token) -> Result<bool> {
        quarantine::replayed(&mut self.transaction, publisher, body_mac).await
    }

    fn trace(&mut self, traceparent: Option<String>) {
        self.traceparent = traceparent;
    }

    async fn commit(self) -> Result<()> {
        let mut last = String::new();
        if !self.counts.is_empty() {
            let rows: Vec<String> =
                self.counts.iter().map(|((what, of), by)| format!("('{what}', '{of}', {by})")).collect();
            last = format!(
                "INSERT INTO counters VALUES {} ON CONFLICT (what, of) DO UPDATE \
                 SET count = counters.count + excluded.count, at = excluded.at; ",
                rows.join(", ")
            );
            let kept = self.counts.iter().filter(|((what, _), _)| quarters::is_kept(what));
            let kept: Vec<String> = kept.map(|((what, of), by)| format!("('{what}', '{of}', {by})")).collect();
            if !kept.is_empty() {
                last += &format!(concat!(quarters::add!("(VALUES {})"), "; "), kept.join(", "));
            }
        }
        if self.sends {
            last += &format!("NOTIFY {OUTBOX_CHANNEL}; ");
        }
        self.transaction.commit_with(last).await
    }
}
