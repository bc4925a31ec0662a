//! `liangdi rehearse --from-registry --procedures FILE`: what a clock that follows this file from today on would come to.
//! Reads only.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use anyhow::Result;
use chrono::NaiveDate;
use liangdi_domain::notice::{NoticeKind, Receiver};
use liangdi_domain::procedure::Procedures;
use liangdi_registry::ingest::Registry;
use liangdi_registry::rehearse::procedures::{Clocks, OtherRules};
use liangdi_registry::rehearse::{Notices, kinds};
use liangdi_store::postgres::PgStore;
use serde_json::{Value, json};

use super::progress;
use super::registry::{list, townships, write};
use crate::context::Context;
use crate::{Found, say};

/// Receivers shown; diff.json has more.
const SHOWN_MAX: usize = 20;

/// Rehearses and reports.
pub async fn run(context: &Context, new: Procedures, out: Option<&Path>, as_of: NaiveDate) -> Result<Found> {
    let store = context.store().await?;
    let before = Arc::new(context.procedures()?);
    let registry: Registry<PgStore> =
        Registry { procedures: Arc::new(new), as_of: Some(as_of), ..context.registry(store.clone())? };
    let bar = progress(store.status().await?.profiles.unsigned_abs(), "looking");
    let looked = |looked: usize| bar.inc(looked as u64);
    let rehearsed = registry.rehearse_procedures(&before, &context.listening(), &looked).await?;
    bar.finish();
    show(&rehearsed, as_of);
    if let Some(out) = out {
        write(out, &document(&rehearsed, as_of))?;
    }
    Ok(Found::Nothing)
}

fn show(rehearsed: &OtherRules, as_of: NaiveDate) {
    let OtherRules { profiles, persons, persons_concerned, jurisdictions, before, now, clocks } = rehearsed;
    say::line(format!("rehearsed on {profiles} profiles as of {as_of}; nothing was changed"));
    say::line(format!("persons {persons}, of whom concerned {persons_concerned}; jurisdictions {jurisdictions}"));
    say::line(format!("notices today by the rules so far: {}", list(&kinds(before))));
    say::line(format!("notices today by the new rules: {}", list(&kinds(now))));
    say::line(format!("in {} townships, {} receivers in all", townships(now), now.len()));
    let differing = differing(before, now);
    if !differing.is_empty() {
        say::line("");
        show_receivers(&differing);
    }
    if !clocks.is_empty() {
        say::line("");
        show_clocks(clocks);
    }
}

/// What one receiver hears by the rules so far, and by the new ones.
type Both<'n> = [Option<&'n BTreeMap<NoticeKind, usize>>; 2];

/// Those that hear something else by the new rules, the ones with the greatest difference first.
fn differing<'n>(before: &'n Notices, now: &'n Notices) -> Vec<(&'n Receiver, Both<'n>)> {
    let receivers: BTreeSet<&Receiver> = before.keys().chain(now.keys()).collect();
    let both = receivers.into_iter().map(|receiver| (receiver, [before.get(receiver), now.get(receiver)]));
    let mut differing: Vec<_> = both.filter(|(_, [before, now])| before != now).collect();
    differing.sort_by_key(|(_, [before, now])| std::cmp::Reverse(sum(*before).abs_diff(sum(*now))));
    differing
}

fn sum(kinds: Option<&BTreeMap<NoticeKind, usize>>) -> usize {
    kinds.map_or(0, |kinds| kinds.values().sum())
}

fn show_receivers(differing: &[(&Receiver, Both<'_>)]) {
    let said = |kinds: Option<&BTreeMap<NoticeKind, usize>>| kinds.map_or_else(|| "none".to_owned(), list);
    let row = |(receiver, [before, now]): &(&Receiver, Both<'_>)| vec![receiver.to_string(), said(*before), said(*now)];
    let rows: Vec<Vec<String>> = differing.iter().take(SHOWN_MAX).map(row).collect();
    say::table(&["receiver", "so far", "by the new rules"], &rows);
    if differing.len() > SHOWN_MAX {
        say::line(format!("and {} more receivers", differing.len() - SHOWN_MAX));
    }
}

fn show_clocks(clocks: &BTreeMap<(String, NoticeKind), Clocks>) {
    let row = |((procedure, kind), clocks): (&(String, NoticeKind), &Clocks)| {
        let arrow = |before: usize, now: usize| format!("{before} -> {now}");
        let Clocks { sooner, later, other_steps, stopped, begun, townships, .. } = clocks;
        let mut row = vec![procedure.clone(), kind.to_string(), arrow(clocks.open_before, clocks.open_now)];
        row.extend([*sooner, *later, *other_steps, *stopped, *begun].map(|count| count.to_string()));
        row.extend([arrow(clocks.overdue_before, clocks.overdue_now), townships.len().to_string()]);
        row
    };
    let days = ["due sooner", "due later", "other reminders", "stopped", "begun"];
    let header = [&["procedure", "begun by", "open"][..], &days, &["overdue", "townships"]].concat();
    say::table(&header, &clocks.iter().map(row).collect::<Vec<_>>());
}

/// All of it for a machine; codes and counts.
pub fn document(rehearsed: &OtherRules, as_of: NaiveDate) -> Value {
    let OtherRules { profiles, persons, persons_concerned, jurisdictions, before, now, clocks } = rehearsed;
    let clock = |((procedure, kind), clocks): (&(String, NoticeKind), &Clocks)| {
        json!({
            "procedure": procedure,
            "kind": kind,
            "open": {"before": clocks.open_before, "after": clocks.open_now},
            "overdue": {"before": clocks.overdue_before, "after": clocks.overdue_now},
            "sooner": clocks.sooner,
            "later": clocks.later,
            "other_steps": clocks.other_steps,
            "stopped": clocks.stopped,
            "begun": clocks.begun,
            "townships": clocks.townships.len(),
        })
    };
    json!({
        "as_of": as_of,
        "profiles": profiles,
        "persons": persons,
        "persons_concerned": persons_concerned,
        "jurisdictions": jurisdictions,
        "notices": {"before": kinds(before), "after": kinds(now)},
        "townships": {"before": townships(before), "after": townships(now)},
        "receivers": {"before": before, "after": now},
        "clocks": clocks.iter().map(clock).collect::<Vec<_>>(),
    })
}
