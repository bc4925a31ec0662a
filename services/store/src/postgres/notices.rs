//! What receivers know, the ledger of what told them, and the notices' place in the outbox.

use std::collections::HashMap;

use liangdi_domain::notice::{NoticeDraft, Receiver};
use liangdi_domain::statement::{Told, ToldState};
use serde_json::Value;
use uuid::Uuid;

use super::batch::PgBatch;
use super::convert::split_time;
use crate::keys::Keys;
use crate::port::{Result, Sent};
use crate::rows::field_paths;
use crate::seal::{Place, seal};

const TELL: &str = "
INSERT INTO told (id, ground, receiver, topic, place, since, state, ended_on, ended_by, case_id, last_notice, fields, variant, asked_notice, asked_on, late_told, answered)
SELECT id, ground, receiver, topic, place, since, state, ended_on, ended_by, case_id, last_notice, fields::json, variant, asked_notice, asked_on, late_told, answered
FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::date[], $7::text[], $8::date[], $9::text[], $10::uuid[], $11::uuid[], $12::text[], $13::text[], $14::uuid[], $15::date[], $16::smallint[], $17::boolean[])
    AS told (id, ground, receiver, topic, place, since, state, ended_on, ended_by, case_id, last_notice, fields, variant, asked_notice, asked_on, late_told, answered)
ON CONFLICT (id) DO UPDATE SET ground = excluded.ground, receiver = excluded.receiver, topic = excluded.topic,
    place = excluded.place, since = excluded.since, state = excluded.state, ended_on = excluded.ended_on,
    ended_by = excluded.ended_by, case_id = excluded.case_id, last_notice = excluded.last_notice, fields = excluded.fields,
    variant = excluded.variant, asked_notice = excluded.asked_notice, asked_on = excluded.asked_on, late_told = excluded.late_told,
    answered = excluded.answered";

const SEND: &str = "
WITH entered AS (
    INSERT INTO ledger (id, statement, receiver, kind, urgency, time, time_offset, case_id, due_on, basis, supersedes, fields, sealed)
    SELECT id, statement, receiver, kind, urgency, time, time_offset, case_id, due_on, basis, supersedes, string_to_array(fields, ' '), sealed
    FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::smallint[], $8::uuid[], $9::date[], $10::text[], $11::uuid[], $12::text[], $13::bytea[])
        AS notice (id, statement, receiver, kind, urgency, time, time_offset, case_id, due_on, basis, supersedes, fields, sealed)
), waits AS (
    INSERT INTO waiting (receiver, since, count)
    SELECT receiver, min((time AT TIME ZONE 'Asia/Shanghai')::date), count(*)
    FROM unnest($3::text[], $6::timestamptz[]) AS notice (receiver, time)
    WHERE receiver ~ '^[0-9]+$' GROUP BY receiver ORDER BY receiver
    ON CONFLICT (receiver) DO UPDATE SET count = waiting.count + excluded.count,
        since = CASE WHEN waiting.count = 0 THEN excluded.since ELSE waiting.since END
)
INSERT INTO outbox (notice, receiver, traceparent)
SELECT id, receiver, $14 FROM unnest($1::uuid[], $3::text[]) WITH ORDINALITY AS notice (id, receiver, place) ORDER BY place";

const SENT: &str = "SELECT id, receiver, statement, case_id FROM ledger WHERE id = ANY($1)";

impl PgBatch {
    pub(super) async fn write_notices(&mut self, told: &[Told], notices: &[NoticeDraft]) -> Result<()> {
        if !told.is_empty() {
            self.write_told(told).await?;
        }
        if notices.is_empty() {
            return Ok(());
        }
        self.send(notices).await?;
        for notice in notices {
            self.count("notices", notice.kind.name(), 1);
        }
        self.sends = true;
        Ok(())
    }

    async fn write_told(&mut self, told: &[Told]) -> Result<()> {
        let ended = |told: &Told| match told.state {
            ToldState::Ended { on, by } => (Some(on), by.map(|kind| kind.name())),
            ToldState::Open | ToldState::Retracted => (None, None),
        };
        let (ended_on, ended_by): (Vec<_>, Vec<_>) = told.iter().map(ended).unzip();
        let fields = |told: &Told| serde_json::to_string(&told.fields).expect("names and tokens are plain data");
        let statement = sqlx::query(TELL)
            .bind(told.iter().map(|told| told.id).collect::<Vec<_>>())
            .bind(told.iter().map(|told| told.ground.0).collect::<Vec<_>>())
            .bind(told.iter().map(|told| told.receiver.0.as_str()).collect::<Vec<_>>())
            .bind(told.iter().map(|told| told.topic.name()).collect::<Vec<_>>())
            .bind(told.iter().map(|told| told.place.as_str()).collect::<Vec<_>>())
            .bind(told.iter().map(|told| told.since).collect::<Vec<_>>())
            .bind(told.iter().map(|told| state_word(told.state)).collect::<Vec<_>>())
            .bind(ended_on)
            .bind(ended_by)
            .bind(told.iter().map(|told| told.case).collect::<Vec<_>>())
            .bind(told.iter().map(|told| told.last_notice).collect::<Vec<_>>())
            .bind(told.iter().map(fields).collect::<Vec<_>>())
            .bind(told.iter().map(|told| told.variant.as_deref()).collect::<Vec<_>>())
            .bind(told.iter().map(|told| told.asked.map(|asked| asked.notice)).collect::<Vec<_>>())
            .bind(told.iter().map(|told| told.asked.map(|asked| asked.on)).collect::<Vec<_>>())
            .bind(told.iter().map(|told| told.asked.map(|asked| i16::from(asked.late_told))).collect::<Vec<_>>())
            .bind(told.iter().map(|told| told.asked.map(|asked| asked.answered)).collect::<Vec<_>>());
        self.transaction.execute(statement).await.map(drop)
    }

    async fn send(&mut self, notices: &[NoticeDraft]) -> Result<()> {
        let (times, offsets): (Vec<_>, Vec<_>) = notices.iter().map(|notice| split_time(notice.time)).unzip();
        let statement = sqlx::query(SEND)
            .bind(notices.iter().map(|notice| notice.id).collect::<Vec<_>>())
            .bind(notices.iter().map(|notice| notice.statement).collect::<Vec<_>>())
            .bind(notices.iter().map(|notice| notice.receiver.0.as_str()).collect::<Vec<_>>())
            .bind(notices.iter().map(|notice| notice.kind.name()).collect::<Vec<_>>())
            .bind(notices.iter().map(|notice| notice.urgency.name()).collect::<Vec<_>>())
            .bind(times)
            .bind(offsets)
            .bind(notices.iter().map(|notice| notice.case).collect::<Vec<_>>())
            .bind(notices.iter().map(|notice| notice.due_on).collect::<Vec<_>>())
            .bind(notices.iter().map(|notice| notice.basis.as_str()).collect::<Vec<_>>())
            .bind(notices.iter().map(|notice| notice.supersedes).collect::<Vec<_>>())
            // Arrays of arrays cannot be unnested row by row; no member's name holds a blank.
            .bind(notices.iter().map(|notice| field_paths(&notice.data).join(" ")).collect::<Vec<_>>())
            .bind(notices.iter().map(|notice| seal_data(&self.keys, &notice.id, &notice.data)).collect::<Vec<_>>())
            .bind(self.traceparent.as_deref());
        self.transaction.execute(statement).await.map(drop)
    }

    pub(super) async fn read_sent(&mut self, notices: &[Uuid]) -> Result<HashMap<Uuid, Sent>> {
        let statement = sqlx::query_as::<_, (Uuid, String, Option<Uuid>, Option<Uuid>)>(SENT).bind(notices);
        let rows = self.transaction.rows(statement).await?;
        let sent = |(id, receiver, statement, case)| (id, Sent { receiver: Receiver(receiver), statement, case });
        Ok(rows.into_iter().map(sent).collect())
    }
}

fn state_word(state: ToldState) -> &'static str {
    match state {
        ToldState::Open => "open",
        ToldState::Ended { .. } => "ended",
        ToldState::Retracted => "retracted",
    }
}

pub(super) fn seal_data(keys: &Keys, id: &Uuid, data: &Value) -> Vec<u8> {
    let content = secrecy::zeroize::Zeroizing::new(data.to_string().into_bytes());
    seal(keys, notice_place(id), &content)
}

pub(super) fn notice_place(id: &Uuid) -> Place<'_> {
    Place { column: "ledger.sealed", row: id.as_bytes() }
}
