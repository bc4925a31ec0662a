//! `liangdi quarantine`: what could not be taken, why, and what is done about it.

use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use liangdi_broker::feed::CONTENT_TYPE;
use liangdi_registry::prepare::Incoming;
use liangdi_registry::replay::Replayed;
use liangdi_store::postgres::{Look, QuarantineFilter};
use liangdi_store::report::{Refused, RefusedBody};

use crate::cli::Quarantine;
use crate::context::Context;
use crate::{Found, say};

/// At most so many messages in one replay by reason.
const REPLAY_MESSAGES_MAX: u32 = 10_000;

/// Carries a command out.
pub async fn run(context: &Context, command: Quarantine) -> Result<Found> {
    match command {
        Quarantine::List { reason, publisher, limit, json } => {
            let store = context.store().await?;
            let (reason, publisher) = (reason.as_deref(), publisher.as_deref());
            let filter = QuarantineFilter { reason, publisher, ..QuarantineFilter::default() };
            let rows = store.quarantine_list(filter, limit).await?;
            list(&rows, json)?;
            Ok(Found::Nothing)
        }
        Quarantine::Show { no, purpose } => show(context, no, &purpose).await,
        Quarantine::Replay { numbers, reason } => replay(context, numbers, reason.as_deref()).await,
        Quarantine::Drop { numbers, reason } => {
            let store = context.store().await?;
            let mut dropped = 0;
            for no in &numbers {
                if store.quarantine_drop(*no, &reason, &operator()).await? {
                    dropped += 1;
                } else {
                    say::note(format!("{no}: no open message has this number"));
                }
            }
            say::line(format!("{dropped} put away; they stay in the accounts"));
            Ok(Found::faults_if(dropped < numbers.len()))
        }
    }
}

fn list(rows: &[Refused], json: bool) -> Result<()> {
    if json {
        for row in rows {
            say::line(serde_json::to_string(row)?);
        }
        return Ok(());
    }
    if rows.is_empty() {
        say::line("nothing is in quarantine");
        return Ok(());
    }
    let rows: Vec<Vec<String>> = rows
        .iter()
        .map(|row| {
            vec![
                row.no.to_string(),
                row.last_seen.format("%Y-%m-%d %H:%M").to_string(),
                row.publisher.clone(),
                row.reason.clone(),
                row.path.clone().unwrap_or_default(),
                row.id.clone().unwrap_or_default(),
                row.times_seen.to_string(),
                if row.body_kept { "kept" } else { "not kept" }.to_owned(),
            ]
        })
        .collect();
    say::table(&["no", "last seen (UTC)", "publisher", "reason", "at", "message id", "times", "content"], &rows);
    Ok(())
}

async fn show(context: &Context, no: i64, purpose: &str) -> Result<Found> {
    let store = context.store().await?;
    let who = operator();
    let Some(found) = store.quarantine_show(no, Look { who: &who, purpose }).await? else {
        bail!("no message in quarantine has the number {no}; `liangdi quarantine list` shows them");
    };
    say::line(serde_json::to_string_pretty(&found.refused)?);
    match found.body {
        Some(body) => say::line(String::from_utf8_lossy(&body)),
        None => say::line("nothing of its content was kept; its publisher was told and has it"),
    }
    Ok(Found::Nothing)
}

async fn replay(context: &Context, numbers: Vec<i64>, reason: Option<&str>) -> Result<Found> {
    let store = context.store().await?;
    let who = operator();
    let look = Look { who: &who, purpose: "replay" };
    let mut waiting = Vec::new();
    if reason.is_some() {
        let filter = QuarantineFilter { reason, ..QuarantineFilter::default() };
        waiting = store.quarantine_replayable(filter, REPLAY_MESSAGES_MAX, look).await?;
    }
    let (mut taken, mut refused) = (0, 0);
    for no in numbers {
        let filter = QuarantineFilter { no: Some(no), ..QuarantineFilter::default() };
        let found = store.quarantine_replayable(filter, 1, look).await?;
        if found.is_empty() {
            say::note(format!("{no}: nothing to replay; it is settled already, or its content was not kept"));
            refused += 1;
        }
        waiting.extend(found);
    }
    let registry = context.settled_registry(store.clone()).await?;
    for RefusedBody { refused: row, body } in waiting {
        let no = row.no;
        let Some(incoming) = again(RefusedBody { refused: row, body }) else { continue };
        match registry.replay(incoming).await.with_context(|| format!("message {no}"))? {
            Replayed::Taken { .. } => taken += 1,
            Replayed::Refused(refusal) => {
                say::note(format!("{no}: refused again ({})", refusal.reason.code()));
                refused += 1;
            }
            Replayed::Settled => {
                say::note(format!("{no}: somebody settled it in the meantime"));
                refused += 1;
            }
        }
    }
    say::line(format!("{taken} taken, {refused} not"));
    Ok(Found::faults_if(refused > 0))
}

/// A quarantined message as its publisher sent it; none if its content was not kept.
pub fn again(RefusedBody { refused, body }: RefusedBody) -> Option<Incoming> {
    Some(Incoming {
        feed: refused.feed,
        body: Arc::new(body?),
        content_type: Some(CONTENT_TYPE.to_owned()),
        user: Some(refused.publisher).filter(|user| !user.is_empty()),
        baseline: refused.baseline,
    })
}

/// Who types, for the audit.
pub fn operator() -> String {
    std::env::var("SUDO_USER").or_else(|_| std::env::var("USER")).unwrap_or_else(|_| "unknown".to_owned())
}
