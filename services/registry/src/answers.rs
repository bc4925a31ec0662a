//! Whether an answer may be taken: it is about a notice there is, from an office that was told, under the notice's own case.

use liangdi_adapters::contract::Reason;
use liangdi_domain::division::{Code, Divisions};
use liangdi_domain::evidence::Answer;
use liangdi_store::port::{Batch, Quarantined, Result, Store};

use crate::ingest::Registry;
use crate::prepare::Taken;

impl<S: Store> Registry<S> {
    /// A reply or receipt must be about a notice that went to the sender (or above it).
    pub(crate) async fn refuse_strange_answers<B: Batch>(
        &self,
        batch: &mut B,
        taken: Vec<Taken>,
        table: &Divisions,
        refused: &mut Vec<Quarantined>,
    ) -> Result<Vec<Taken>> {
        let asked: Vec<_> =
            taken.iter().filter_map(|taken| taken.inbound.answer.as_ref()).map(|a| a.notice()).collect();
        if asked.is_empty() {
            return Ok(taken);
        }
        let sent = batch.sent(&asked).await?;
        let mut kept = Vec::with_capacity(taken.len());
        for mut message in taken {
            let Some(answer) = &message.inbound.answer else {
                kept.push(message);
                continue;
            };
            let Some(sent) = sent.get(&answer.notice()) else {
                refused.push(self.turn_away(message, Reason::UnknownNotice, "/data/notice_id"));
                continue;
            };
            if !answers_for(&message.inbound.key.source, &sent.receiver.0, table) {
                refused.push(self.turn_away(message, Reason::NotYours, "/data/notice_id"));
            } else if matches!(answer, Answer::Reply(reply) if sent.case != Some(reply.case)) {
                refused.push(self.turn_away(message, Reason::UnknownCase, "/data/case_id"));
            } else {
                message.inbound.answers = sent.statement;
                kept.push(message);
            }
        }
        Ok(kept)
    }
}

/// Whether an office is the receiver or lies below it, or hears for it since a boundary was moved.
fn answers_for(source: &str, receiver: &str, table: &Divisions) -> bool {
    let office = source.rsplit(':').next().and_then(|code| code.parse::<Code>().ok());
    match (office, receiver.parse::<Code>()) {
        (Some(office), Ok(receiver)) => {
            let heard_by = table.receiver(office).filter(|_| !table.is_unchanged());
            receiver.contains(&office) || heard_by.is_some_and(|heir| table.hands_over(receiver, heir))
        }
        _ => false,
    }
}
