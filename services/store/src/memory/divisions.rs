//! Announced boundary changes, and whom they touch.

use std::ops::Bound;
use std::sync::Arc;

use liangdi_domain::division::Code;
use liangdi_domain::ids::ProfileId;
use liangdi_domain::notice::{NoticeDraft, Receiver};
use liangdi_domain::statement::ToldState;

use super::state::State;
use crate::port::{Announced, Named};

impl State {
    pub(super) fn count_up_divisions(&mut self) {
        self.divisions_version.upsert((), |version| *version += 1);
    }

    pub(super) fn announcements(&self) -> Vec<Announced> {
        let announced = self.announced.iter().map(|(no, announcement)| Announced {
            no: *no,
            withdrawn: self.inbox.get(&announcement.key).is_some_and(|message| message.withdrawn),
            announcement: announcement.clone(),
        });
        announced.collect()
    }

    pub(super) fn naming(&self, codes: &[Code], after: Option<ProfileId>, limit: usize) -> Vec<Named> {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let page = self.profiles.range((from, Bound::Unbounded)).take(limit);
        page.map(|(id, held)| Named { profile: *id, person: held.person, named: self.names(*id, codes) }).collect()
    }

    fn names(&self, profile: ProfileId, codes: &[Code]) -> bool {
        let said = self.facts_of(profile).any(|(_, held)| {
            let content = serde_json::to_string(&*held.fact).expect("a fact is plain data");
            codes.iter().any(|code| content.contains(&format!("\"{}", code.prefix())))
        });
        let told = self.told_on.get(&profile).into_iter().flatten().filter_map(|id| self.told.get(id));
        let mut standing = told.filter(|told| told.state != ToldState::Retracted);
        said || standing.any(|told| {
            let of = |text: &str| codes.iter().any(|code| text.starts_with(code.prefix()));
            of(&told.receiver.0) || of(told.place.as_str())
        })
    }

    /// Sends notices without a number to whom `heir` says.
    pub(super) fn reroute(&mut self, heir: impl Fn(&NoticeDraft) -> Option<Receiver>) {
        let waiting = self.outbox.iter().filter(|(_, row)| row.seqno.is_none());
        let moved: Vec<(i64, Receiver)> = waiting.filter_map(|(no, row)| Some((*no, heir(&row.notice)?))).collect();
        for (no, receiver) in moved {
            let Some(notice) = self.outbox.get(&no).map(|row| row.notice.id) else { continue };
            self.outbox.change(&no, |row| Arc::make_mut(&mut row.notice).receiver = receiver.clone());
            self.ledger.change(&notice, |sent| sent.receiver = receiver.clone());
        }
    }
}
