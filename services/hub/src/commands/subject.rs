//! `liangdi subject report`: what a person may know of what the hub holds (Personal Information Protection Law, articles
//! 44, 45 and 48): every value, every fact with the offices that stated it, every notice with its receiver and basis. The
//! same sheet as `person show`, in an order and in words for the person; every report is audited.

use std::fmt::Write;

use anyhow::{Context as _, Result};
use chrono::{DateTime, FixedOffset};
use liangdi_console::sheet;
use liangdi_domain::division::{Code, Divisions};
use liangdi_domain::identity::survive::Shown;
use liangdi_domain::ids::PersonId;
use liangdi_store::postgres::Look;
use liangdi_store::report::PersonSheet;
use serde_json::{Value, json};
use uuid::Uuid;

use super::quarantine::operator;
use crate::cli::Subject;
use crate::context::Context;
use crate::{Found, say};

/// What the person may ask for next; said in every report.
const RIGHTS: &str = "\
The person may have this corrected (article 46) or deleted where nothing requires that it be kept (article 47), and have
the rules explained (article 48); a close relative may ask for a deceased person (article 49). A refusal gives its reason
(article 50). The township takes such a request: `township.rights-requested.v1`.";

/// Carries a command out.
pub async fn run(context: &Context, command: Subject) -> Result<Found> {
    match command {
        Subject::Report { id, reveal, purpose, json } => report(context, id, reveal, purpose, json).await,
        Subject::Delete(asked) => super::erase::run(context, asked).await,
        Subject::Requests { all, limit, json } => super::rights::list(context, all, limit, json).await,
        Subject::Settle { no, outcome, reason } => super::rights::settle(context, no, outcome, reason).await,
    }
}

async fn report(context: &Context, id: Uuid, reveal: bool, purpose: Option<String>, json: bool) -> Result<Found> {
    let store = context.store().await?;
    let (who, purpose) = (operator(), purpose.unwrap_or_else(|| "subject report, masked".to_owned()));
    let found = store.person_sheet(PersonId(id), Look { who: &who, purpose: &purpose }).await?;
    store.close().await;
    let found = found.with_context(|| format!("no person has the id {id}; `liangdi person find` finds people"))?;
    if json {
        say::line(document(&found, reveal).to_string());
    } else {
        say::line(text(&found, reveal)?);
    }
    Ok(Found::Nothing)
}

/// The sheet with the names of places and offices beside their codes.
fn document(found: &PersonSheet, reveal: bool) -> Value {
    let mut document = sheet::document(found, reveal);
    for message in document["messages"].as_array_mut().into_iter().flatten() {
        message["office"] = json!(office(message["source"].as_str().unwrap_or_default()));
    }
    for notice in document["notices"].as_array_mut().into_iter().flatten() {
        notice["receiver_name"] = json!(place(notice["receiver"].as_str().unwrap_or_default()));
    }
    document["corrected"] = json!(corrected(found));
    document["protected"] = json!(found.file.frozen.protected);
    document["masked"] = json!(!reveal);
    document["rights"] = json!(RIGHTS);
    document
}

fn text(found: &PersonSheet, reveal: bool) -> Result<String, std::fmt::Error> {
    let mut out = String::new();
    writeln!(out, "What Liangdi holds of person {}", found.file.person.0)?;
    if !reveal {
        writeln!(out, "(values are masked; --reveal --purpose WHY shows them)")?;
    }
    known(&mut out, found, reveal)?;
    heard(&mut out, found)?;
    told(&mut out, found)?;
    write!(out, "\n{RIGHTS}")?;
    Ok(out)
}

/// Values and facts, with the offices that stated them.
fn known(out: &mut String, found: &PersonSheet, reveal: bool) -> std::fmt::Result {
    for (number, (id, profile)) in found.file.profiles.iter().enumerate() {
        writeln!(out, "\nWritten in way {} of {}", number + 1, found.file.profiles.len())?;
        writeln!(out, "  {}", members(&sheet::identity(profile, reveal), None))?;
        for record in found.file.facts.iter().filter(|record| record.profile == *id) {
            let fact = json!(record.fact);
            writeln!(out, "  {}: {}", fact["fact"].as_str().unwrap_or_default(), members(&fact, Some("fact")))?;
            for source in &record.sources {
                writeln!(out, "    stated by {}, first on {}", office(&source.source), day(source.first))?;
            }
        }
    }
    let corrected = corrected(found);
    if !corrected.is_empty() {
        writeln!(out, "\nCorrected at the person's request, whatever departments write: {}", corrected.join(", "))?;
    }
    if found.file.frozen.protected {
        writeln!(
            out,
            "\nProtected: address and township leave the residence township for nobody, whatever departments write"
        )?;
    }
    Ok(())
}

fn heard(out: &mut String, found: &PersonSheet) -> std::fmt::Result {
    writeln!(out, "\nFrom whom: {} messages", found.messages.len())?;
    for message in &found.messages {
        let withdrawn = if message.withdrawn { ", taken back" } else { "" };
        let (day, office) = (day(message.time), office(&message.source));
        writeln!(out, "  {day}  {}  {office} (id {}{withdrawn})", message.kind, message.id)?;
    }
    Ok(())
}

fn told(out: &mut String, found: &PersonSheet) -> std::fmt::Result {
    writeln!(out, "\nWho was told: {} notices", found.notices.len())?;
    for sent in &found.notices {
        writeln!(out, "  {}  {}  to {}", day(sent.time), sent.kind, place(&sent.receiver))?;
        writeln!(out, "    on the basis of: {}", sent.basis)?;
        writeln!(out, "    what: {}", sent.fields.join(", "))?;
        if !sent.answers.is_empty() {
            writeln!(out, "    answered: {}", sent.answers.join(", "))?;
        }
    }
    Ok(())
}

/// The members of an object that say something; codes of places with their names.
fn members(object: &Value, but: Option<&str>) -> String {
    let shown = |(name, value): (&String, &Value)| {
        let value = match value {
            Value::Null | Value::Bool(false) => return None,
            Value::String(text) => place(text),
            other => other.to_string(),
        };
        (but != Some(name.as_str())).then(|| format!("{} {value}", name.replace('_', " ")))
    };
    object.as_object().into_iter().flatten().filter_map(shown).collect::<Vec<_>>().join(", ")
}

/// A division's full name after its code; anything else as it is.
pub(super) fn place(text: &str) -> String {
    match text.parse::<Code>() {
        Ok(code) => format!("{text} {}", Divisions::shipped().full_name(code)),
        Err(_) => text.to_owned(),
    }
}

/// `urn:liangdi:<feed>:<division>` in words.
pub(super) fn office(source: &str) -> String {
    match source.rsplitn(3, ':').collect::<Vec<_>>()[..] {
        [division, feed, _] => format!("{feed} {}", place(division)),
        _ => source.to_owned(),
    }
}

fn day(time: DateTime<FixedOffset>) -> String {
    time.format("%Y-%m-%d").to_string()
}

/// The names of the values that the person corrected.
fn corrected(found: &PersonSheet) -> Vec<&'static str> {
    let word = |field: Shown| if field == Shown::Birth { "birth date" } else { field.name() };
    found.file.frozen.held().into_iter().map(word).collect()
}
