//! What came in: inbox, withdrawals, filings. Answers: `answers`.

use std::collections::{HashMap, HashSet};

use liangdi_domain::evidence::MessageKey;
use liangdi_domain::ids::Token;
use uuid::Uuid;

use super::batch::PgBatch;
use super::convert::{split_keys, split_time};
use crate::port::{Inbound, Recorded, Result};
use crate::rows::{Found, first_of_each, verdicts};
use crate::seal::{Place, seal};

const INSERT: &str = "
INSERT INTO inbox (source, id, content, kind, publisher, time, time_offset, baseline, warnings)
SELECT source, id, content, kind, publisher, time, time_offset, baseline, warnings::jsonb
FROM unnest($1::text[], $2::text[], $3::uuid[], $4::text[], $5::text[], $6::timestamptz[], $7::smallint[], $8::boolean[], $9::text[])
    WITH ORDINALITY AS message (source, id, content, kind, publisher, time, time_offset, baseline, warnings, place)
ORDER BY place
ON CONFLICT (source, id) DO NOTHING
RETURNING no, source, id,
    EXISTS (SELECT FROM withdrawals w WHERE w.target_source = inbox.source AND w.target_id = inbox.id)";

const HELD: &str = "
SELECT inbox.source, inbox.id, content
FROM unnest($1::text[], $2::text[]) AS wanted (source, id)
JOIN inbox ON inbox.source = wanted.source AND inbox.id = wanted.id";

const INSERT_WITHDRAWALS: &str = "
INSERT INTO withdrawals (source, id, target_source, target_id)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[])";

const INSERT_FILINGS: &str = "
INSERT INTO filings (message, sealed) SELECT * FROM unnest($1::bigint[], $2::bytea[])";

impl PgBatch {
    pub(super) async fn write_inbox(&mut self, messages: &[Inbound]) -> Result<Vec<Recorded>> {
        if messages.is_empty() {
            return Ok(Vec::new());
        }
        let firsts = first_of_each(messages);
        let (mut found, mut named) = self.insert(&firsts).await?;
        if found.len() < firsts.len() {
            self.read_held(&firsts, &mut found).await?;
        }
        let new: Vec<(i64, &Inbound)> = firsts
            .iter()
            .filter_map(|message| match found[&message.key] {
                Found::New { no, .. } => Some((no, *message)),
                Found::Before(_) => None,
            })
            .collect();
        self.write_withdrawals(&new, &mut named).await?;
        self.mark_withdrawn(&named, &mut found).await?;
        self.write_answers(&new).await?;
        self.write_heard(&new).await?;
        self.write_filings(&new).await?;
        self.write_announcements(&new).await?;
        self.write_village_reports(&new).await?;
        let recorded = verdicts(messages, &found);
        self.count_recorded(messages, &recorded);
        Ok(recorded)
    }

    /// Writes the messages that are not there yet. Also returns those of them that a withdrawal names.
    async fn insert(&mut self, firsts: &[&Inbound]) -> Result<(HashMap<MessageKey, Found>, HashSet<MessageKey>)> {
        let (sources, ids) = split_keys(firsts.iter().map(|message| &message.key));
        let (times, offsets): (Vec<_>, Vec<_>) = firsts.iter().map(|message| split_time(message.time)).unzip();
        let warnings = firsts.iter().map(|message| {
            let odd = !message.warnings.is_empty();
            odd.then(|| serde_json::to_string(&message.warnings).expect("a warning is plain data"))
        });
        let statement = sqlx::query_as::<_, (i64, String, String, bool)>(INSERT)
            .bind(sources)
            .bind(ids)
            .bind(firsts.iter().map(|message| message.content.0).collect::<Vec<Uuid>>())
            .bind(firsts.iter().map(|message| message.kind.name()).collect::<Vec<_>>())
            .bind(firsts.iter().map(|message| message.publisher.as_str()).collect::<Vec<_>>())
            .bind(times)
            .bind(offsets)
            .bind(firsts.iter().map(|message| message.baseline).collect::<Vec<_>>())
            .bind(warnings.collect::<Vec<Option<String>>>());
        let mut found = HashMap::with_capacity(firsts.len());
        let mut named = HashSet::new();
        for (no, source, id, is_named) in self.transaction.rows(statement).await? {
            let key = MessageKey { source, id };
            if is_named {
                named.insert(key.clone());
            }
            found.insert(key, Found::New { no, withdrawn: false });
        }
        Ok((found, named))
    }

    /// Reads the content of those that were there before.
    async fn read_held(&mut self, firsts: &[&Inbound], found: &mut HashMap<MessageKey, Found>) -> Result<()> {
        let (sources, ids) =
            split_keys(firsts.iter().map(|message| &message.key).filter(|key| !found.contains_key(key)));
        let statement = sqlx::query_as::<_, (String, String, Uuid)>(HELD).bind(sources).bind(ids);
        for (source, id, content) in self.transaction.rows(statement).await? {
            found.insert(MessageKey { source, id }, Found::Before(Token(content)));
        }
        Ok(())
    }

    /// Writes the withdrawals; adds what they name to `named`.
    async fn write_withdrawals(&mut self, new: &[(i64, &Inbound)], named: &mut HashSet<MessageKey>) -> Result<()> {
        let withdrawals: Vec<(&MessageKey, &MessageKey)> =
            new.iter().filter_map(|(_, message)| Some((&message.key, message.withdraws.as_ref()?))).collect();
        if withdrawals.is_empty() {
            return Ok(());
        }
        named.extend(withdrawals.iter().map(|(_, target)| (*target).clone()));
        let (sources, ids) = split_keys(withdrawals.iter().map(|(key, _)| *key));
        let (target_sources, target_ids) = split_keys(withdrawals.iter().map(|(_, target)| *target));
        let statement = sqlx::query(INSERT_WITHDRAWALS).bind(sources).bind(ids).bind(target_sources).bind(target_ids);
        self.transaction.execute(statement).await.map(drop)
    }

    /// Marks new messages that are taken back from the start.
    async fn mark_withdrawn(
        &mut self,
        named: &HashSet<MessageKey>,
        found: &mut HashMap<MessageKey, Found>,
    ) -> Result<()> {
        if named.is_empty() {
            return Ok(());
        }
        let mut marked = Vec::new();
        for member in self.withdrawal_group(named).await? {
            if let Some(Found::New { no, withdrawn }) = found.get_mut(&member.key)
                && member.taken_back
            {
                *withdrawn = true;
                marked.push(*no);
            }
        }
        if marked.is_empty() {
            return Ok(());
        }
        let statement = sqlx::query("UPDATE inbox SET withdrawn = true WHERE no = ANY($1)").bind(marked);
        self.transaction.execute(statement).await.map(drop)
    }

    async fn write_filings(&mut self, new: &[(i64, &Inbound)]) -> Result<()> {
        let (nos, sealed): (Vec<i64>, Vec<Vec<u8>>) = new
            .iter()
            .filter_map(|(no, message)| {
                let place = Place { column: "filings.sealed", row: &no.to_be_bytes() };
                Some((*no, seal(&self.keys, place, message.filing.as_ref()?)))
            })
            .unzip();
        if nos.is_empty() {
            return Ok(());
        }
        self.transaction.execute(sqlx::query(INSERT_FILINGS).bind(nos).bind(sealed)).await.map(drop)
    }

    fn count_recorded(&mut self, messages: &[Inbound], recorded: &[Recorded]) {
        for (message, recorded) in messages.iter().zip(recorded) {
            let what = match recorded {
                Recorded::New { .. } => "recorded",
                Recorded::Duplicate => "duplicates",
                // The caller puts it into quarantine, and there it is counted.
                Recorded::Conflict => continue,
            };
            self.count(what, message.feed.name(), 1);
        }
    }
}
