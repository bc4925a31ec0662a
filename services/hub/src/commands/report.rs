//! `liangdi report --level county --period 2026-10`: scorecards of what was owed in a month, and of what was registered in it.
//! Counts of jurisdictions, nothing of anybody.

use anyhow::{Context as _, Result, ensure};
use chrono::{Months, NaiveDate};
use liangdi_console::scorecards::{self, HEADER, Wanted, cells, share_cells};
use liangdi_domain::case::{CardKey, Counts, Scorecard, Share, ShareKey};
use liangdi_domain::division::Level;
use serde_json::json;

use crate::cli::{Report, ReportLevel};
use crate::context::Context;
use crate::{Found, say};

/// Computes the cards of a month from ledger, answers and facts, as they stood at the end of a day.
pub async fn run(context: &Context, report: &Report) -> Result<Found> {
    let first = month(&report.period)?;
    let as_of = context.day(report.as_of);
    ensure!(first <= as_of, "the period begins after {as_of}: nothing can have been owed yet");
    let level = match report.level {
        ReportLevel::Province => Level::Province,
        ReportLevel::Prefecture => Level::Prefecture,
        ReportLevel::County => Level::County,
        ReportLevel::Township => Level::Township,
    };
    let store = context.store().await?;
    let wanted = Wanted { level, from: first, until: first + Months::new(1), as_of };
    write(&scorecards::count_all(&store, (context.tables, &context.procedures()?), wanted).await?, report)?;
    Ok(Found::Nothing)
}

fn month(text: &str) -> Result<NaiveDate> {
    format!("{text}-01").parse().with_context(|| format!("{text} is no month; write it like 2026-10"))
}

fn write(counts: &Counts, report: &Report) -> Result<()> {
    if report.json {
        let card = |(key, card): (&CardKey, &Scorecard)| {
            json!({
                "jurisdiction": key.jurisdiction, "procedure": key.procedure, "owed": card.owed, "in_time": card.in_time,
                "late": card.late, "open": card.open, "overdue": card.overdue, "closed": card.closed,
                "median_working_days": card.median_days(),
            })
        };
        let share = |(key, share): (&ShareKey, &Share)| {
            json!({
                "jurisdiction": key.jurisdiction, "measure": key.measure, "expected": share.expected,
                "present": share.present, "percent": scorecards::percent(*share),
            })
        };
        let cards: Vec<_> = counts.cards.iter().map(card).collect();
        let shares: Vec<_> = counts.shares.iter().map(share).collect();
        say::line(json!({"period": report.period, "cards": cards, "shares": shares}).to_string());
        return Ok(());
    }
    let cards = counts.cards.iter().map(|(key, card)| cells(key, card));
    let rows: Vec<Vec<String>> =
        cards.chain(counts.shares.iter().map(|(key, share)| share_cells(key, share))).collect();
    if report.csv {
        let mut csv = csv::Writer::from_writer(std::io::stdout());
        csv.write_record(HEADER)?;
        rows.iter().try_for_each(|row| csv.write_record(row))?;
        csv.flush()?;
    } else if rows.is_empty() {
        say::line("nothing was owed or registered in this period");
    } else {
        say::table(&HEADER, &rows);
    }
    Ok(())
}
