//! `liangdi report --level county --period 2026-10`: scorecards of answers, returns and requests passed on. Counts of jurisdictions, nothing of anybody.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, ensure};
use chrono::{DateTime, Months, NaiveDate, Utc};
use liangdi_console::scorecards::{self, HEADER, cells};
use liangdi_domain::calendar::{Calendar, shanghai_midnight};
use liangdi_domain::case::{CardKey, Scorecard, Scorecards};
use liangdi_domain::division::Level;
use serde_json::json;

use crate::cli::{Report, ReportLevel};
use crate::context::Context;
use crate::{Found, say};

/// Computes the cards of a month from the ledger and the answers, as they stood at the end of a day.
pub async fn run(context: &Context, report: &Report) -> Result<Found> {
    let first = month(&report.period)?;
    let as_of = context.day(report.as_of);
    ensure!(first <= as_of, "the period begins after {as_of}: nothing can have been owed yet");
    let period = (midnight(first)?, midnight(first + Months::new(1))?);
    let end_of_day = midnight(as_of.succ_opt().context("the last day there is")?)?;
    let level = match report.level {
        ReportLevel::Province => Level::Province,
        ReportLevel::Prefecture => Level::Prefecture,
        ReportLevel::County => Level::County,
        ReportLevel::Township => Level::Township,
    };
    let store = context.store().await?;
    let cards = Scorecards::new(level, as_of, Calendar::shipped());
    let cards = scorecards::count_all(&store, &context.procedures()?, period, end_of_day, cards).await?;
    write(&cards, report)?;
    Ok(Found::Nothing)
}

fn month(text: &str) -> Result<NaiveDate> {
    format!("{text}-01").parse().with_context(|| format!("{text} is no month; write it like 2026-10"))
}

/// The beginning of a day.
fn midnight(day: NaiveDate) -> Result<DateTime<Utc>> {
    shanghai_midnight(day).context("a day that does not begin")
}

fn write(cards: &BTreeMap<CardKey, Scorecard>, report: &Report) -> Result<()> {
    if report.json {
        let row = |(key, card): (&CardKey, &Scorecard)| {
            json!({
                "jurisdiction": key.jurisdiction, "procedure": key.procedure, "owed": card.owed, "in_time": card.in_time,
                "late": card.late, "open": card.open, "overdue": card.overdue, "closed": card.closed,
                "median_working_days": card.median_days(),
            })
        };
        say::line(json!({"period": report.period, "cards": cards.iter().map(row).collect::<Vec<_>>()}).to_string());
        return Ok(());
    }
    let rows: Vec<Vec<String>> = cards.iter().map(|(key, card)| cells(key, card)).collect();
    if report.csv {
        let mut csv = csv::Writer::from_writer(std::io::stdout());
        csv.write_record(HEADER)?;
        rows.iter().try_for_each(|row| csv.write_record(row))?;
        csv.flush()?;
    } else if rows.is_empty() {
        say::line("nothing was owed in this period");
    } else {
        say::table(&HEADER, &rows);
    }
    Ok(())
}
