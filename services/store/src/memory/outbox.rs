//! What the courier works on, in memory.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::MemoryStore;
use super::state::State;
use crate::port::{AHEAD_MAX_MS, HANDED_OUT_MS, Outbox, Outgoing, Result};

impl Outbox for MemoryStore {
    async fn lease(&self, holder: Uuid, lasts: Duration) -> Result<bool> {
        let mut state = self.state.lock().await;
        let now = Utc::now();
        let before = state.lease.map(|(holder, _)| holder);
        let ahead = now + TimeDelta::milliseconds(AHEAD_MAX_MS);
        if state.lease.is_some_and(|(other, until)| other != holder && (now..=ahead).contains(&until)) {
            return Ok(false);
        }
        let until = TimeDelta::from_std(lasts).ok().and_then(|lasts| now.checked_add_signed(lasts));
        state.lease = Some((holder, until.unwrap_or(ahead)));
        if before.is_some_and(|before| before != holder) {
            state.inherit();
        }
        Ok(true)
    }

    async fn resume(&self, holder: Uuid) -> Result<()> {
        let mut state = self.state.lock().await;
        if state.lease.is_some_and(|(held_by, _)| held_by == holder) {
            state.inherit();
        }
        Ok(())
    }

    async fn next(&self, now: DateTime<Utc>, limit: usize) -> Result<Vec<Outgoing>> {
        let mut state = self.state.lock().await;
        let ahead = now + TimeDelta::milliseconds(AHEAD_MAX_MS);
        let is_due = |due: Option<DateTime<Utc>>| due.is_none_or(|due| due <= now || due > ahead);
        let numbered = state.outbox.iter().filter(|(_, row)| row.seqno.is_some() && is_due(row.due));
        let mut due: Vec<_> = numbered.map(|(no, row)| (row.due, *no)).collect();
        due.sort_unstable();
        due.truncate(limit);
        let mut picked: Vec<i64> = due.into_iter().map(|(_, no)| no).collect();
        picked.sort_unstable();
        let fresh = state.outbox.iter().filter(|(_, row)| row.seqno.is_none()).map(|(no, _)| *no);
        let fresh: Vec<i64> = fresh.take(limit - picked.len()).collect();
        picked.extend(fresh);
        let outgoing = picked.into_iter().filter_map(|no| state.hand_out(no, now)).collect();
        state.settle();
        Ok(outgoing)
    }

    async fn published(&self, outbox_nos: &[i64]) -> Result<()> {
        let mut state = self.state.lock().await;
        for no in outbox_nos {
            if state.outbox.get(no).is_some_and(|row| row.seqno.is_some()) {
                state.outbox.remove(no);
            }
        }
        state.settle();
        Ok(())
    }

    async fn postpone(&self, retries: &[(i64, DateTime<Utc>)]) -> Result<()> {
        let mut state = self.state.lock().await;
        for (no, due) in retries {
            state.outbox.change(no, |row| {
                if row.seqno.is_some() {
                    row.attempts += 1;
                    row.due = Some(*due);
                }
            });
        }
        state.settle();
        Ok(())
    }

    async fn wait(&self, at_most: Duration) -> Result<()> {
        // Either is an answer: something was sent, or the time is over.
        let _ = tokio::time::timeout(at_most, self.sent.notified()).await;
        Ok(())
    }
}

impl State {
    /// Gives a row its number if it has none, and leaves it alone for a while.
    fn hand_out(&mut self, no: i64, now: DateTime<Utc>) -> Option<Outgoing> {
        let row = self.outbox.get(&no)?;
        let (notice, attempts, traceparent) = (row.notice.clone(), row.attempts, row.traceparent.clone());
        let seqno = match row.seqno {
            Some(seqno) => seqno,
            None => {
                let last = self.receivers.entry(notice.receiver.clone()).or_default();
                *last += 1;
                *last
            }
        };
        self.outbox.change(&no, |row| {
            row.seqno = Some(seqno);
            row.due = Some(now + TimeDelta::milliseconds(HANDED_OUT_MS));
        });
        Some(Outgoing { outbox_no: no, seqno, attempts, notice: notice.as_ref().clone(), traceparent })
    }

    /// Everything that was handed out is due at once.
    fn inherit(&mut self) {
        let nos: Vec<i64> = self.outbox.iter().map(|(no, _)| *no).collect();
        for no in nos {
            self.outbox.change(&no, |row| row.due = None);
        }
        self.settle();
    }
}
