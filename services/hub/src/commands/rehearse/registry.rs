//! `liangdi rehearse --from-registry --matching FILE`: what `rematch` with these weights would come to. Reads only.
//! What rehearsals of procedures say alike (kinds in a line, townships, the file) stands here as well.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use chrono::NaiveDate;
use liangdi_domain::division::{Code, Level};
use liangdi_domain::identity::Matching;
use liangdi_domain::ids::PersonId;
use liangdi_domain::notice::{NoticeKind, Receiver};
use liangdi_registry::ingest::Registry;
use liangdi_registry::rehearse::{Difference, Notices, Reason, Rehearsal};
use liangdi_store::postgres::PgStore;
use serde_json::{Value, json};

use super::progress;
use crate::context::{Context, matching_mark};
use crate::{Found, say};

/// Differences and receivers shown; diff.json has more.
const SHOWN_MAX: usize = 20;

/// Rehearses and reports.
pub async fn run(context: &Context, matching: Matching, out: Option<&Path>, as_of: NaiveDate) -> Result<Found> {
    let store = context.store().await?;
    let before = context.matching()?;
    let registry: Registry<PgStore> =
        Registry { matching: Arc::new(matching), as_of: Some(as_of), ..context.registry(store.clone())? };
    note_marks(&registry, &before).await?;
    let bar = progress(store.status().await?.profiles.unsigned_abs(), "weighing");
    let rehearsal = registry.rehearse(&before, &|weighed| bar.inc(weighed as u64)).await?;
    bar.finish();
    show(&rehearsal, as_of);
    if let Some(out) = out {
        write(out, &document(&rehearsal, as_of))?;
    }
    Ok(Found::Nothing)
}

/// Keeps all of it in a file.
pub(super) fn write(out: &Path, document: &Value) -> Result<()> {
    let path = out.join("diff.json");
    std::fs::write(&path, format!("{document:#}\n")).with_context(|| path.display().to_string())?;
    say::note(format!("all of it is in {}", path.display()));
    Ok(())
}

/// Says where what is compared is not what an operator may expect.
async fn note_marks(registry: &Registry<PgStore>, before: &Matching) -> Result<()> {
    let Some(held) = registry.store.matching_mark().await? else { return Ok(()) };
    if held == matching_mark(&registry.matching, &registry.keys) {
        say::note("these weights have decided who is who so far");
    } else if held != matching_mark(before, &registry.keys) {
        say::note("matching.file holds other weights than those that decided so far: \"before\" is what it would say");
    }
    Ok(())
}

fn show(rehearsal: &Rehearsal, as_of: NaiveDate) {
    let Rehearsal { profiles, persons_before, persons_after, merges, splits, questions, .. } = rehearsal;
    say::line(format!("rehearsed on {profiles} profiles as of {as_of}; nothing was changed"));
    say::line(format!("persons {persons_before} -> {persons_after}: {merges} merges, {splits} splits"));
    say::line(format!("pairs that would wait for a decision: {questions}"));
    let kinds = rehearsal.kinds();
    let notices: usize = kinds.values().sum();
    say::line(format!("notices {notices}: {}", list(&kinds)));
    say::line(format!("in {} townships, {} receivers in all", townships(&rehearsal.notices), rehearsal.notices.len()));
    if !rehearsal.notices.is_empty() {
        say::line("");
        show_receivers(&rehearsal.notices);
    }
    if !rehearsal.differences.is_empty() {
        say::line("");
    }
    rehearsal.differences.iter().take(SHOWN_MAX).for_each(show_difference);
    let more = (merges + splits).saturating_sub(SHOWN_MAX);
    if more > 0 {
        say::line(format!("and {more} more"));
    }
}

fn show_receivers(notices: &BTreeMap<Receiver, BTreeMap<NoticeKind, usize>>) {
    let mut busiest: Vec<(usize, &Receiver, &BTreeMap<NoticeKind, usize>)> =
        notices.iter().map(|(receiver, kinds)| (kinds.values().sum(), receiver, kinds)).collect();
    busiest.sort_by(|x, y| y.0.cmp(&x.0).then_with(|| x.1.cmp(y.1)));
    let row = |(sum, receiver, kinds): &(usize, &Receiver, &BTreeMap<NoticeKind, usize>)| {
        vec![receiver.to_string(), sum.to_string(), list(kinds)]
    };
    let rows: Vec<Vec<String>> = busiest.iter().take(SHOWN_MAX).map(row).collect();
    say::table(&["receiver", "notices", "of which"], &rows);
    if busiest.len() > SHOWN_MAX {
        say::line(format!("and {} more receivers", busiest.len() - SHOWN_MAX));
    }
}

fn show_difference(difference: &Difference) {
    let because = match difference {
        Difference::Merge { into, from, because } => {
            let from: Vec<String> = from.iter().map(|person| person.0.to_string()).collect();
            say::line(format!("merge: {} become {}", from.join(", "), person(into)));
            because
        }
        Difference::Split { person: of, into, because } => {
            let into: Vec<String> = into.iter().map(person).collect();
            say::line(format!("split: {} becomes {}", of.0, into.join(", ")));
            because
        }
    };
    because.iter().for_each(show_reason);
}

fn show_reason(reason: &Reason) {
    let Reason { a, b, bits_before, bits_now, verdict_before, verdict_now, outcome, fields } = reason;
    let [before, now] = [verdict_before, verdict_now].map(word);
    let beside = outcome.as_ref().map(|outcome| format!("; beside the others: {}", word(outcome))).unwrap_or_default();
    say::line(format!(
        "  profiles {} and {}: {bits_before:+.2} bits ({before}) -> {bits_now:+.2} bits ({now}){beside}",
        a.0, b.0
    ));
    let moved = fields.iter().filter(|field| field.bits_before != field.bits_now);
    let moved: Vec<String> = moved
        .map(|field| {
            let agreement = field.agreement.name();
            format!("{} {agreement} {:+.2} -> {:+.2}", field.field, field.bits_before, field.bits_now)
        })
        .collect();
    if !moved.is_empty() {
        say::line(format!("    {}", moved.join(", ")));
    }
}

/// A closed enum's value as the word it is written with.
fn word(value: &impl serde::Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

fn person(person: &Option<PersonId>) -> String {
    person.map_or_else(|| "a new person".to_owned(), |person| person.0.to_string())
}

/// `inflow 12, lead 3`, or `none`.
pub(super) fn list(kinds: &BTreeMap<NoticeKind, usize>) -> String {
    if kinds.is_empty() {
        return "none".to_owned();
    }
    kinds.iter().map(|(kind, count)| format!("{kind} {count}")).collect::<Vec<_>>().join(", ")
}

/// How many of those that hear anything are townships.
pub fn townships(notices: &Notices) -> usize {
    let is_township =
        |receiver: &&Receiver| receiver.0.parse::<Code>().is_ok_and(|code| code.level() == Level::Township);
    notices.keys().filter(is_township).count()
}

/// All of it for a machine; ids, codes and counts.
pub fn document(rehearsal: &Rehearsal, as_of: NaiveDate) -> Value {
    json!({
        "as_of": as_of,
        "profiles": rehearsal.profiles,
        "persons": {"before": rehearsal.persons_before, "after": rehearsal.persons_after},
        "merges": rehearsal.merges,
        "splits": rehearsal.splits,
        "questions": rehearsal.questions,
        "notices": rehearsal.kinds(),
        "townships": townships(&rehearsal.notices),
        "receivers": rehearsal.notices,
        "differences": rehearsal.differences,
    })
}
