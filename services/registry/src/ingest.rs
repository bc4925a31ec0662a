//! The story of a batch: consume, validate, normalise, **record, resolve, derive, reconcile, commit**, settle.
//! Everything between `begin` and `commit` is one transaction: state and outgoing notices are there together or not
//! at all. Killed anywhere before the commit, nothing happened and the broker delivers again; killed after it, the
//! inbox knows the messages and the redelivery is a duplicate.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use chrono::{DateTime, FixedOffset, NaiveDate, Utc};
use liangdi_adapters::contract::{Reason, Refusal};
use liangdi_domain::calendar::Calendar;
use liangdi_domain::division::{Code, Divisions};
use liangdi_domain::feed::Feed;
use liangdi_domain::ids::{PersonId, ProfileId, Token};
use liangdi_domain::person::Profile;
use liangdi_domain::procedure::Procedures;
use liangdi_store::keys::Keys;
use liangdi_store::port::{Batch, MessageEvidence, NewProfile, Placed, Quarantined, Recorded, Result, Store};

use crate::prepare::{Incoming, Prepared, Tables, Taken, prepare, set_aside};
use crate::resolve::{self, Candidate, Changes, Resolution};
use crate::tell::{self, Rules};

/// Hours that Asia/Shanghai is ahead of UTC, all year round since 1991.
const SHANGHAI_SECONDS: i32 = 8 * 3600;

/// The registry: everything a batch needs, shared by all feeds.
#[derive(Clone)]
pub struct Registry<S> {
    /// Where it is kept.
    pub store: S,
    /// Keys for marks and fingerprints.
    pub keys: Arc<Keys>,
    /// Divisions.
    pub divisions: &'static Divisions,
    /// Working days.
    pub calendar: &'static Calendar,
    /// Procedures.
    pub procedures: &'static Procedures,
    /// Users that may send stock of day one.
    pub baseline_users: Arc<[String]>,
    /// Derive as of this day instead of the clock's.
    pub as_of: Option<NaiveDate>,
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
        let mut batch = self.store.begin().await?;
        for (feed, deliveries) in received {
            batch.received(feed, deliveries).await?;
        }
        let outcome = self.record(&mut batch, prepared).await?;
        batch.commit().await?;
        Ok(outcome)
    }

    /// Takes a quarantined message again, as its original publisher; true if it was recorded this time.
    pub async fn replay(&self, incoming: Incoming) -> Result<bool> {
        let publisher = incoming.user.clone().unwrap_or_default();
        let body_mac = self.keys.token_bytes("body", &incoming.body);
        let prepared = self.prepare(vec![incoming]);
        let mut batch = self.store.begin().await?;
        let outcome = self.record(&mut batch, prepared).await?;
        let taken = outcome.refused == 0;
        // Refused again, it is where it was: no delivery came, so none may be counted.
        if taken {
            batch.replayed(&publisher, body_mac).await?;
            batch.commit().await?;
        }
        Ok(taken)
    }

    async fn record<B: Batch>(&self, batch: &mut B, prepared: Vec<Prepared>) -> Result<Outcome> {
        let time = now();
        let rules = Rules {
            divisions: self.divisions,
            calendar: self.calendar,
            procedures: self.procedures,
            keys: &self.keys,
            time,
            today: self.today(time),
        };
        let (taken, mut refused) = part(prepared);
        let taken = self.refuse_strange_answers(batch, taken, &mut refused).await?;
        let inbounds: Vec<_> = taken.iter().map(|taken| taken.inbound.clone()).collect();
        let recorded = batch.record(&inbounds).await?;

        let mut outcome = Outcome::default();
        let mut fresh: Vec<(i64, bool, Taken)> = Vec::with_capacity(taken.len());
        for (message, recorded) in taken.into_iter().zip(recorded) {
            match recorded {
                Recorded::New { no, withdrawn } => fresh.push((no, withdrawn, message)),
                Recorded::Duplicate => outcome.duplicates += 1,
                Recorded::Conflict => refused.push(self.turn_away(message, Reason::Conflict, "/id")),
            }
        }
        outcome.recorded = fresh.len();
        outcome.refused = refused.len();

        let touched = self.learn(batch, fresh).await?;
        let files = batch.person_files(&touched.persons.into_iter().collect::<Vec<_>>()).await?;
        let mut written = tell::tell(&files, &touched.regrouped, &rules);
        if !refused.is_empty() {
            let first_time = batch.quarantine(&refused).await?;
            let told = refused.iter().zip(first_time).filter(|(_, first)| *first);
            written.notices.extend(told.filter_map(|(refused, _)| tell::reject(refused, &rules)));
        }
        outcome.notices = written.notices.len();
        if !(written.told.is_empty() && written.notices.is_empty()) {
            batch.tell(&written.told, &written.notices).await?;
        }
        Ok(outcome)
    }

    /// Writes what new messages said, finds out whom it is about, and returns whose affairs changed.
    async fn learn<B: Batch>(&self, batch: &mut B, fresh: Vec<(i64, bool, Taken)>) -> Result<TouchedPersons> {
        let targets: Vec<_> = fresh.iter().filter_map(|(_, _, message)| message.inbound.withdraws.clone()).collect();
        let withdrawn = if targets.is_empty() { Default::default() } else { batch.withdraw(&targets).await? };

        let mut said: Vec<MessageEvidence> = Vec::with_capacity(fresh.len());
        let mut profiles: BTreeMap<ProfileId, Seen> = BTreeMap::new();
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
                    if !withdrawn {
                        link(&mut profiles, marked.row.profile, next);
                    }
                }
                rows.push(marked.row);
            }
            let (source, time, baseline) = (inbound.key.source, inbound.time, inbound.baseline);
            said.push(MessageEvidence { no, source, time, baseline, withdrawn, appearances: rows, ending });
        }

        let ids: Vec<ProfileId> = profiles.keys().copied().collect();
        let placed = if ids.is_empty() { HashMap::new() } else { batch.profiles(&ids).await? };
        let changes = changes(&profiles, &placed, withdrawn.profiles.clone());
        let resolution = resolve::resolve(batch, changes, &self.keys, self.divisions, &resolve::new_person).await?;
        let new = self.new_profiles(&profiles, &placed, &resolution);
        if !said.is_empty() {
            batch.save(&new, &said).await?;
        }
        if !resolution.moves.is_empty() {
            batch.assign(&resolution.moves).await?;
        }
        let ended: BTreeSet<Token> = said
            .iter()
            .filter_map(|said| said.ending.as_ref())
            .map(|ending| ending.key)
            .chain(withdrawn.keys)
            .collect();
        let holders =
            if ended.is_empty() { Vec::new() } else { batch.holders(&ended.into_iter().collect::<Vec<_>>()).await? };
        Ok(touched(&profiles, &placed, &withdrawn.profiles, resolution, holders))
    }

    /// Profiles the store does not know, with the person that resolution found for them.
    fn new_profiles(
        &self,
        profiles: &BTreeMap<ProfileId, Seen>,
        placed: &HashMap<ProfileId, Placed>,
        resolution: &Resolution,
    ) -> Vec<NewProfile> {
        let unknown = profiles.iter().filter(|(id, _)| !placed.contains_key(id));
        unknown
            .map(|(id, seen)| NewProfile {
                id: *id,
                profile: seen.profile.clone(),
                tokens: resolve::tokens(&self.keys, self.divisions, &seen.profile),
                // Nobody's but its own while no live evidence speaks of it.
                person: resolution.persons.get(id).copied().unwrap_or_else(resolve::new_person),
            })
            .collect()
    }

    /// A reply or receipt must be about a notice that went to the sender (or above it).
    async fn refuse_strange_answers<B: Batch>(
        &self,
        batch: &mut B,
        taken: Vec<Taken>,
        refused: &mut Vec<Quarantined>,
    ) -> Result<Vec<Taken>> {
        let asked: Vec<_> =
            taken.iter().filter_map(|taken| taken.inbound.answer.as_ref()).map(|a| a.notice()).collect();
        if asked.is_empty() {
            return Ok(taken);
        }
        let receivers = batch.receivers(&asked).await?;
        let mut kept = Vec::with_capacity(taken.len());
        for message in taken {
            let Some(answer) = &message.inbound.answer else {
                kept.push(message);
                continue;
            };
            match receivers.get(&answer.notice()) {
                None => refused.push(self.turn_away(message, Reason::UnknownNotice, "/data/notice_id")),
                Some(receiver) if answers_for(&message.inbound.key.source, &receiver.0) => kept.push(message),
                Some(_) => refused.push(self.turn_away(message, Reason::NotYours, "/data/notice_id")),
            }
        }
        Ok(kept)
    }

    /// Puts one message aside that makes the registry itself stumble, so that the others get through.
    pub async fn put_aside(&self, incoming: Incoming) -> Result<()> {
        let mut batch = self.store.begin().await?;
        batch.received(incoming.feed, 1).await?;
        let row = set_aside(incoming, Refusal::at(Reason::Internal, ""), &self.keys);
        batch.quarantine(&[row]).await?;
        batch.commit().await
    }

    fn turn_away(&self, message: Taken, reason: Reason, path: &str) -> Quarantined {
        let mut refusal = Refusal::at(reason, path);
        refusal.source = Some(message.inbound.key.source);
        refusal.id = Some(message.inbound.key.id);
        let incoming = Incoming {
            feed: message.inbound.kind.feed(),
            body: message.body,
            content_type: None,
            user: Some(message.inbound.publisher),
            baseline: message.inbound.baseline,
        };
        set_aside(incoming, refusal, &self.keys)
    }

    fn today(&self, time: DateTime<FixedOffset>) -> NaiveDate {
        self.as_of.unwrap_or_else(|| time.date_naive())
    }
}

/// A profile in this batch.
struct Seen {
    profile: Profile,
    live: bool,
    links: Vec<ProfileId>,
}

/// Whose affairs a batch changed.
#[derive(Default)]
struct TouchedPersons {
    persons: BTreeSet<PersonId>,
    regrouped: HashSet<PersonId>,
}

/// Now, in Asia/Shanghai.
pub fn now() -> DateTime<FixedOffset> {
    let shanghai = FixedOffset::east_opt(SHANGHAI_SECONDS).expect("eight hours are an offset");
    Utc::now().with_timezone(&shanghai)
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
    let seen = profiles.entry(id).or_insert(Seen { profile, live: false, links: Vec::new() });
    seen.live |= live;
}

fn link(profiles: &mut BTreeMap<ProfileId, Seen>, a: ProfileId, b: ProfileId) {
    for (from, to) in [(a, b), (b, a)] {
        if from != to
            && let Some(seen) = profiles.get_mut(&from)
        {
            seen.links.push(to);
        }
    }
}

/// What resolution has to look at: profiles that are new or live again, profiles with a new link, and profiles that a
/// withdrawal took evidence from. A known live profile that is only named again changes nothing.
fn changes(
    profiles: &BTreeMap<ProfileId, Seen>,
    placed: &HashMap<ProfileId, Placed>,
    withdrawn: Vec<ProfileId>,
) -> Changes {
    let known = profiles
        .iter()
        .filter(|(id, seen)| seen.live && (!placed.get(id).is_some_and(|placed| placed.live) || !seen.links.is_empty()))
        .map(|(id, seen)| Candidate {
            id: *id,
            profile: seen.profile.clone(),
            person: placed.get(id).map(|placed| placed.person),
            live: true,
            links: seen.links.clone(),
        })
        .collect();
    Changes { known, stored: withdrawn }
}

fn touched(
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
    let left: HashSet<PersonId> = resolution.moves.iter().map(|moved| moved.from).collect();
    let staying: HashSet<PersonId> =
        resolution.persons.values().copied().filter(|person| left.contains(person)).collect();
    for moved in &resolution.moves {
        touched.persons.extend([moved.from, moved.to]);
        // Whoever left a person that goes on was somebody else all the time.
        if staying.contains(&moved.from) {
            touched.regrouped.extend([moved.from, moved.to]);
        }
    }
    touched
}

/// Whether an office is the receiver or lies below it.
fn answers_for(source: &str, receiver: &str) -> bool {
    let office = source.rsplit(':').next().and_then(|code| code.parse::<Code>().ok());
    match (office, receiver.parse::<Code>()) {
        (Some(office), Ok(receiver)) => receiver.contains(&office),
        _ => false,
    }
}
