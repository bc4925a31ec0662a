//! How a batch writes the tables in memory.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use chrono::NaiveDate;
use liangdi_domain::case::StatementReply;
use liangdi_domain::division::Announcement;
use liangdi_domain::evidence::{Answer, MessageKey};
use liangdi_domain::ids::{PersonId, ProfileId, Token};
use liangdi_domain::notice::NoticeDraft;
use liangdi_domain::statement::Told;
use uuid::Uuid;

use super::state::{HeldEnding, HeldFact, HeldProfile, HeldRefusal, Link, Message, SaidBy, Source, State, Waiting};
use crate::port::{AppearanceRow, EndingRow, Inbound, MessageEvidence, NewProfile, Quarantined, Sent, named_beside};
use crate::rows::reply_to;
use crate::withdrawal::taken_back;

impl State {
    pub(super) fn enter(&mut self, message: &Inbound) -> i64 {
        self.last_message += 1;
        let (content, publisher) = (message.content, message.publisher.as_str().into());
        let row = Message { no: self.last_message, content, publisher, withdrawn: false };
        self.inbox.put(message.key.clone(), row);
        self.keys.put(self.last_message, message.key.clone());
        if let Some(target) = &message.withdraws {
            self.target.put(message.key.clone(), target.clone());
            self.withdrawals.upsert(target.clone(), |withdrawals| withdrawals.push(message.key.clone()));
        }
        if let (Some(statement), Some(Answer::Reply(reply))) = (message.answers, &message.answer) {
            let reply = reply_to(statement, reply, message.time);
            self.replies.upsert(statement, |replies| replies.push((self.last_message, reply)));
            self.answered.put(self.last_message, statement);
        }
        if let Some(change) = &message.division {
            let (key, time, change) = (message.key.clone(), message.time, change.clone());
            self.announced.put(self.last_message, Announcement { key, time, change, settled: false });
            self.count_up_divisions();
        }
        self.note_for_rounds(message);
        self.last_message
    }

    /// The replies to a statement whose messages stand.
    pub(super) fn standing_replies(&self, statement: Uuid) -> impl Iterator<Item = StatementReply> {
        let stands = |no: &i64| {
            let message = self.keys.get(no).and_then(|key| self.inbox.get(key));
            message.is_some_and(|message| !message.withdrawn)
        };
        let replies = self.replies.get(&statement).into_iter().flatten();
        replies.filter(move |(no, _)| stands(no)).map(|(_, reply)| reply.clone())
    }

    pub(super) fn wake(&mut self, person: PersonId, on: Option<NaiveDate>) {
        if let Some(before) = self.wakes.remove(&person) {
            self.wakes_on.remove(&(before, person));
        }
        if let Some(on) = on {
            self.wakes.put(person, on);
            self.wakes_on.put((on, person), ());
        }
    }

    pub(super) fn due(&self, today: NaiveDate, limit: usize) -> Vec<PersonId> {
        let until = (today, PersonId(Uuid::max()));
        let first = (NaiveDate::MIN, PersonId(Uuid::nil()));
        self.wakes_on.range(first..=until).take(limit).map(|((_, person), ())| *person).collect()
    }

    /// The messages that withdrawals connect with the given ones, and those of them that are taken back.
    pub(super) fn group(&self, keys: &[MessageKey]) -> (BTreeSet<MessageKey>, HashSet<MessageKey>) {
        let mut members: BTreeSet<MessageKey> = keys.iter().cloned().collect();
        let mut ahead: Vec<MessageKey> = members.iter().cloned().collect();
        let mut withdrawals = Vec::new();
        while let Some(key) = ahead.pop() {
            let target = self.target.get(&key);
            withdrawals.extend(target.map(|target| (key.clone(), target.clone())));
            for next in self.withdrawals.get(&key).into_iter().flatten().chain(target) {
                if members.insert(next.clone()) {
                    ahead.push(next.clone());
                }
            }
        }
        let gone = taken_back(&withdrawals);
        (members, gone)
    }

    pub(super) fn add_profile(&mut self, new: &NewProfile) {
        let held = HeldProfile { profile: Arc::new(new.profile.clone()), person: new.person, live: false };
        self.profiles.put(new.id, held);
        self.of_person.upsert(new.person, |profiles| {
            profiles.insert(new.id);
        });
        for key in new.keys.iter().collect::<BTreeSet<_>>() {
            self.by_token.upsert(key.token, |profiles| profiles.push(new.id));
            if let Some(refined) = key.refined {
                self.by_refined.upsert((key.token, refined), |profiles| profiles.push(new.id));
            }
        }
    }

    pub(super) fn add_evidence(&mut self, message: &MessageEvidence) {
        let MessageEvidence { no, withdrawn, .. } = *message;
        let source: Arc<str> = message.source.as_str().into();
        let mut linked = Vec::new();
        for row in &message.appearances {
            self.add_appearance(row, message, &source);
            if let Some(next) = row.becomes.filter(|next| *next != row.profile) {
                for (profile, other) in [(row.profile, next), (next, row.profile)] {
                    self.links.upsert(profile, |links| links.push(Link { other, no, withdrawn }));
                    linked.push(profile);
                }
            }
            if !withdrawn {
                for profile in std::iter::once(row.profile).chain(row.becomes) {
                    self.profiles.change(&profile, |held| held.live = true);
                }
            }
        }
        for (a, b) in named_beside(&message.appearances) {
            for (profile, other) in [(a, b), (b, a)] {
                self.beside.upsert(profile, |beside| beside.push(Link { other, no, withdrawn }));
            }
        }
        if let Some(ending) = &message.ending {
            let EndingRow { on, reason, number, .. } = *ending;
            let held = HeldEnding { no, on, reason, number, withdrawn };
            self.endings.upsert(ending.key, |endings| endings.push(held));
        }
        let rows = message.appearances.iter().map(|row| (row.slot, row.profile, row.fact_id)).collect();
        let ending = message.ending.as_ref().map(|ending| ending.key);
        self.said.put(no, Arc::new(SaidBy { rows, linked, ending }));
    }

    fn add_appearance(&mut self, row: &AppearanceRow, message: &MessageEvidence, source: &Arc<str>) {
        let id = (row.profile, row.fact_id);
        let said = Source {
            no: message.no,
            source: source.clone(),
            time: message.time,
            baseline: message.baseline,
            withdrawn: message.withdrawn,
        };
        if self.facts.get(&id).is_some() {
            return self.facts.change(&id, |fact| fact.sources.push(said));
        }
        self.facts.put(id, HeldFact { fact: Arc::new(row.fact.clone()), key: row.key, sources: vec![said] });
        if let Some(key) = row.key {
            self.by_key.upsert(key, |facts| facts.push(id));
        }
    }

    /// Marks everything a message said; adds what that touches.
    pub(super) fn mark(
        &mut self,
        no: i64,
        withdrawn: bool,
        profiles: &mut BTreeSet<ProfileId>,
        keys: &mut BTreeSet<Token>,
    ) {
        let Some(said) = self.said.get(&no).cloned() else { return };
        for (_, profile, fact) in &said.rows {
            self.facts.change(&(*profile, *fact), |fact| {
                fact.sources
                    .iter_mut()
                    .filter(|source| source.no == no)
                    .for_each(|source| source.withdrawn = withdrawn);
            });
            self.beside.change(profile, |beside| mark_links(beside, no, withdrawn));
            profiles.insert(*profile);
        }
        for profile in &said.linked {
            self.links.change(profile, |links| mark_links(links, no, withdrawn));
            profiles.insert(*profile);
        }
        if let Some(key) = said.ending {
            self.endings.change(&key, |endings| {
                endings.iter_mut().filter(|ending| ending.no == no).for_each(|ending| ending.withdrawn = withdrawn);
            });
            keys.insert(key);
        }
    }

    pub(super) fn put_told(&mut self, told: &Told) {
        if let Some(ground) = self.told.get(&told.id).map(|before| before.ground) {
            self.told_on.change(&ground, |ids| {
                ids.remove(&told.id);
            });
        }
        self.told_on.upsert(told.ground, |ids| {
            ids.insert(told.id);
        });
        self.told.put(told.id, told.clone());
    }

    pub(super) fn send(&mut self, notice: &NoticeDraft, traceparent: Option<&str>) {
        self.last_outbox += 1;
        let sent = Sent { receiver: notice.receiver.clone(), statement: notice.statement, case: notice.case };
        self.ledger.put(notice.id, sent);
        self.note_issued(notice);
        let (notice_kept, traceparent) = (Arc::new(notice.clone()), traceparent.map(str::to_owned));
        let waiting = Waiting { notice: notice_kept, seqno: None, attempts: 0, due: None, traceparent };
        self.outbox.put(self.last_outbox, waiting);
        self.count("notices", notice.kind.name(), 1);
    }

    /// True if it was not there before, or was replayed since.
    pub(super) fn set_aside(&mut self, message: &Quarantined) -> bool {
        let key = (message.publisher.clone(), message.body_mac);
        let first = self.quarantine.get(&key).is_none_or(|held| held.replayed);
        let (feed, reason, baseline) = (message.feed, message.reason.clone(), message.baseline);
        let body = message.body.clone().map(Arc::new);
        let of = (message.source.clone(), message.id.clone());
        let held = HeldRefusal { feed, reason, of, baseline, body, replayed: false };
        self.quarantine.put(key, held);
        self.count(if first { "refused" } else { "quarantined-again" }, message.feed.name(), 1);
        first
    }
}

/// Marks the links that one message made.
fn mark_links(links: &mut [Link], no: i64, withdrawn: bool) {
    links.iter_mut().filter(|link| link.no == no).for_each(|link| link.withdrawn = withdrawn);
}
