//! Everything the store in memory holds.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use chrono::{DateTime, FixedOffset, NaiveDate, Utc};
use liangdi_domain::case::StatementReply;
use liangdi_domain::division::Announcement;
use liangdi_domain::evidence::{CancelReason, Fact, MessageKey};
use liangdi_domain::feed::Feed;
use liangdi_domain::identity::survive::Shown;
use liangdi_domain::ids::{FactId, PersonId, ProfileId, Token};
use liangdi_domain::notice::{NoticeDraft, Receiver};
use liangdi_domain::person::Profile;
use liangdi_domain::statement::Told;
use uuid::Uuid;

use super::rounds::{Issued, RoundTables};
use super::table::Table;
use crate::port::{DivisionWork, HumanVerdict, Question, Sent};

/// All tables. Those a batch writes can undo.
#[derive(Default)]
pub(super) struct State {
    pub(super) inbox: Table<MessageKey, Message>,
    pub(super) keys: Table<i64, MessageKey>,
    /// A withdrawal's target.
    pub(super) target: Table<MessageKey, MessageKey>,
    /// The withdrawals of a target.
    pub(super) withdrawals: Table<MessageKey, Vec<MessageKey>>,
    /// What a message said, by its number.
    pub(super) said: Table<i64, Arc<SaidBy>>,
    pub(super) profiles: Table<ProfileId, HeldProfile>,
    pub(super) of_person: Table<PersonId, BTreeSet<ProfileId>>,
    pub(super) by_token: Table<Token, Vec<ProfileId>>,
    /// By the token and its refined form.
    pub(super) by_refined: Table<(Token, Token), Vec<ProfileId>>,
    /// Each edge stands on both its ends.
    pub(super) edges: Table<ProfileId, BTreeMap<ProfileId, (i32, bool)>>,
    /// What stands of what people decided.
    pub(super) decisions: Table<(ProfileId, ProfileId), HumanVerdict>,
    pub(super) questions: Table<(ProfileId, ProfileId), Question>,
    /// The questions about a profile.
    pub(super) asked: Table<ProfileId, BTreeSet<(ProfileId, ProfileId)>>,
    pub(super) facts: Table<(ProfileId, FactId), HeldFact>,
    pub(super) by_key: Table<Token, Vec<(ProfileId, FactId)>>,
    /// Each link stands on both its ends.
    pub(super) links: Table<ProfileId, Vec<Link>>,
    /// Who a message names beside whom, on both ends.
    pub(super) beside: Table<ProfileId, Vec<Link>>,
    pub(super) endings: Table<Token, Vec<HeldEnding>>,
    /// What stands corrected; the number says which word is the later one.
    pub(super) corrections: Table<(ProfileId, Shown), (i64, Profile)>,
    /// Requests by right that were settled, and on which day.
    pub(super) settled: Table<FactId, NaiveDate>,
    /// Profiles with which it is kept that their person is protected.
    pub(super) protected: Table<ProfileId, ()>,
    pub(super) told: Table<Uuid, Told>,
    pub(super) told_on: Table<ProfileId, BTreeSet<Uuid>>,
    /// The notices that went out.
    pub(super) ledger: Table<Uuid, Sent>,
    /// Kind, day and due day of each of them.
    pub(super) issued: Table<Uuid, Issued>,
    pub(super) rounds: RoundTables,
    /// Replies to told statements, each with the number of its message.
    pub(super) replies: Table<Uuid, Vec<(i64, StatementReply)>>,
    /// The statement that a message answers.
    pub(super) answered: Table<i64, Uuid>,
    /// When persons have to be looked at again.
    pub(super) wakes: Table<PersonId, NaiveDate>,
    /// The same by day.
    pub(super) wakes_on: Table<(NaiveDate, PersonId), ()>,
    /// Boundary changes by their messages, and whether they were worked off.
    pub(super) announced: Table<i64, Announcement>,
    pub(super) division_work: Table<(), DivisionWork>,
    pub(super) divisions_version: Table<(), i64>,
    pub(super) outbox: Table<i64, Waiting>,
    /// Notices that were on their way when their content had to go.
    pub(super) erase_later: Table<Uuid, ()>,
    pub(super) counters: Table<(&'static str, &'static str), i64>,
    pub(super) quarantine: Table<(String, Token), HeldRefusal>,
    /// Last numbers given; like a sequence's they are not taken back.
    pub(super) last_message: i64,
    pub(super) last_outbox: i64,
    pub(super) last_correction: i64,
    /// The last number of each receiver.
    pub(super) receivers: BTreeMap<Receiver, i64>,
    pub(super) lease: Option<(Uuid, DateTime<Utc>)>,
}

#[derive(Clone)]
pub(super) struct Message {
    pub(super) no: i64,
    pub(super) content: Token,
    pub(super) publisher: Box<str>,
    pub(super) withdrawn: bool,
}

pub(super) struct SaidBy {
    /// Slot, profile, fact.
    pub(super) rows: Vec<(u16, ProfileId, FactId)>,
    pub(super) linked: Vec<ProfileId>,
    pub(super) ending: Option<Token>,
}

#[derive(Clone)]
pub(super) struct HeldProfile {
    pub(super) profile: Arc<Profile>,
    pub(super) person: PersonId,
    pub(super) live: bool,
}

#[derive(Clone)]
pub(super) struct HeldFact {
    pub(super) fact: Arc<Fact>,
    pub(super) key: Option<Token>,
    pub(super) sources: Vec<Source>,
}

#[derive(Clone)]
pub(super) struct Source {
    pub(super) no: i64,
    pub(super) source: Arc<str>,
    pub(super) time: DateTime<FixedOffset>,
    pub(super) baseline: bool,
    pub(super) withdrawn: bool,
}

#[derive(Clone)]
pub(super) struct Link {
    pub(super) other: ProfileId,
    pub(super) no: i64,
    pub(super) withdrawn: bool,
}

#[derive(Clone)]
pub(super) struct HeldEnding {
    pub(super) no: i64,
    pub(super) on: NaiveDate,
    pub(super) reason: CancelReason,
    pub(super) number: Option<i64>,
    pub(super) withdrawn: bool,
}

#[derive(Clone)]
pub(super) struct Waiting {
    pub(super) notice: Arc<NoticeDraft>,
    pub(super) seqno: Option<i64>,
    pub(super) attempts: u32,
    /// Of a numbered one: not before; none: at once.
    pub(super) due: Option<DateTime<Utc>>,
    pub(super) traceparent: Option<String>,
}

#[derive(Clone)]
pub(super) struct HeldRefusal {
    pub(super) feed: Feed,
    pub(super) reason: String,
    /// Source and id of the envelope, as far as they could be read.
    pub(super) of: (Option<String>, Option<String>),
    pub(super) baseline: bool,
    pub(super) body: Option<Arc<Vec<u8>>>,
    pub(super) replayed: bool,
}

impl State {
    /// Does something to every table that a batch writes.
    fn settle_or_undo(&mut self, undo: bool) {
        fn end<K: Ord + Clone, V: Clone>(table: &mut Table<K, V>, undo: bool) {
            if undo { table.undo() } else { table.settle() }
        }
        end(&mut self.inbox, undo);
        end(&mut self.keys, undo);
        end(&mut self.target, undo);
        end(&mut self.withdrawals, undo);
        end(&mut self.said, undo);
        end(&mut self.profiles, undo);
        end(&mut self.of_person, undo);
        end(&mut self.by_token, undo);
        end(&mut self.by_refined, undo);
        end(&mut self.edges, undo);
        end(&mut self.decisions, undo);
        end(&mut self.questions, undo);
        end(&mut self.asked, undo);
        end(&mut self.facts, undo);
        end(&mut self.by_key, undo);
        end(&mut self.links, undo);
        end(&mut self.beside, undo);
        end(&mut self.endings, undo);
        end(&mut self.corrections, undo);
        end(&mut self.settled, undo);
        end(&mut self.protected, undo);
        end(&mut self.told, undo);
        end(&mut self.told_on, undo);
        end(&mut self.ledger, undo);
        end(&mut self.issued, undo);
        self.rounds.settle_or_undo(undo);
        end(&mut self.replies, undo);
        end(&mut self.answered, undo);
        end(&mut self.wakes, undo);
        end(&mut self.wakes_on, undo);
        end(&mut self.announced, undo);
        end(&mut self.division_work, undo);
        end(&mut self.divisions_version, undo);
        end(&mut self.outbox, undo);
        end(&mut self.erase_later, undo);
        end(&mut self.counters, undo);
        end(&mut self.quarantine, undo);
    }

    /// Keeps what the batch wrote.
    pub(super) fn settle(&mut self) {
        self.settle_or_undo(false);
    }

    /// Undoes what the batch wrote.
    pub(super) fn undo(&mut self) {
        self.settle_or_undo(true);
    }

    pub(super) fn count(&mut self, what: &'static str, of: &'static str, by: usize) {
        self.counters.upsert((what, of), |count| *count += by as i64);
    }

    /// Whether evidence that stands speaks of a profile.
    pub(super) fn is_spoken_of(&self, profile: ProfileId) -> bool {
        let said = self.facts_of(profile).any(|(_, fact)| fact.sources.iter().any(|source| !source.withdrawn));
        said || self.live_links(profile).next().is_some()
    }

    /// Of each token, at most so many.
    pub(super) fn blocks(&self, tokens: &[Token], limit: usize) -> HashMap<Token, Vec<ProfileId>> {
        tokens.iter().filter_map(|token| Some((*token, first(self.by_token.get(token)?, limit)))).collect()
    }

    pub(super) fn refined_blocks(&self, keys: &[(Token, Token)], limit: usize) -> HashMap<Token, Vec<ProfileId>> {
        keys.iter().filter_map(|key| Some((key.1, first(self.by_refined.get(key)?, limit)))).collect()
    }

    pub(super) fn contents(&self, ids: &[ProfileId]) -> Vec<(ProfileId, Profile)> {
        ids.iter().filter_map(|id| Some((*id, self.profiles.get(id)?.profile.as_ref().clone()))).collect()
    }

    pub(super) fn facts_of(&self, profile: ProfileId) -> impl Iterator<Item = (FactId, &HeldFact)> {
        let all = (profile, FactId(Uuid::nil()))..=(profile, FactId(Uuid::max()));
        self.facts.range(all).map(|((_, id), fact)| (*id, fact))
    }

    /// The profiles linked to one, each as often as a message says so.
    pub(super) fn live_links(&self, profile: ProfileId) -> impl Iterator<Item = ProfileId> {
        standing(&self.links, profile)
    }

    /// The profiles that messages name beside one, each as often as a message does.
    pub(super) fn named_beside(&self, profile: ProfileId) -> impl Iterator<Item = ProfileId> {
        standing(&self.beside, profile)
    }
}

fn first(block: &[ProfileId], limit: usize) -> Vec<ProfileId> {
    block.iter().take(limit).copied().collect()
}

/// The other ends of links whose message stands.
fn standing(links: &Table<ProfileId, Vec<Link>>, profile: ProfileId) -> impl Iterator<Item = ProfileId> {
    let links = links.get(&profile).into_iter().flatten();
    links.filter(|link| !link.withdrawn).map(|link| link.other)
}
