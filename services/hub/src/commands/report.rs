//! `liangdi report --level county --period 2026-10`: scorecards of answers, returns and requests passed on. Counts of jurisdictions, nothing of anybody.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, ensure};
use chrono::{DateTime, Months, NaiveDate, Utc};
use liangdi_domain::calendar::{Calendar, shanghai_midnight};
use liangdi_domain::case::{CardKey, Question, Scorecard, Scorecards};
use liangdi_domain::division::{Code, Divisions, Level};
use liangdi_domain::evidence::Outcome;
use liangdi_domain::procedure::{Opening, Procedures, Step};
use liangdi_store::postgres::PgStore;
use serde_json::json;

use crate::cli::{Report, ReportLevel};
use crate::context::Context;
use crate::{Found, say};

/// Answers read in one go.
const PAGE_ANSWERS: u32 = 10_000;

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
    let mut cards = Scorecards::new(level, as_of, Calendar::shipped());
    let mut after = None;
    loop {
        let page = store.owed(period, end_of_day, after, PAGE_ANSWERS).await?;
        let Some(last) = page.last() else { break };
        after = Some(last.notice);
        for row in &page {
            if let Ok(asked) = row.receiver.parse() {
                count(&mut cards, asked, &row.procedure, &row.question);
            }
        }
    }
    count_passed_on(&store, &context.procedures()?, period, end_of_day, &mut cards).await?;
    write(&cards.into_cards(), report)?;
    Ok(Found::Nothing)
}

/// Another province without a hub owes this one nothing that could be counted.
fn count(cards: &mut Scorecards, asked: Code, procedure: &str, question: &Question) {
    if asked.province() == Divisions::shipped().home() {
        cards.count(asked, procedure, question);
    }
}

/// Requests that whoever the person applied to passed on, in time or late; what was not passed on nobody knows of.
async fn count_passed_on(
    store: &PgStore,
    procedures: &Procedures,
    period: (DateTime<Utc>, DateTime<Utc>),
    end_of_day: DateTime<Utc>,
    cards: &mut Scorecards<'_>,
) -> Result<()> {
    let mut after = 0;
    loop {
        let page = store.passed_on(period, end_of_day, after, PAGE_ANSWERS).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after = last.no;
        for row in &page {
            for (name, _) in procedures.opened_by(Opening::VerificationRequested, row.on) {
                let Some(owed) = procedures.get(name).and_then(|procedure| procedure.owed.as_ref()) else { continue };
                if owed.step == Step::PassOn {
                    let due_on = Some(owed.within.after(row.applied_on, Calendar::shipped()).date);
                    let answer = Some((Outcome::Answered, row.on));
                    count(
                        cards,
                        row.requester,
                        name,
                        &Question { asked_on: row.applied_on, due_on, answer, stands: true },
                    );
                }
            }
        }
    }
}

fn month(text: &str) -> Result<NaiveDate> {
    format!("{text}-01").parse().with_context(|| format!("{text} is no month; write it like 2026-10"))
}

/// The beginning of a day.
fn midnight(day: NaiveDate) -> Result<DateTime<Utc>> {
    shanghai_midnight(day).context("a day that does not begin")
}

const HEADER: [&str; 10] = [
    "jurisdiction",
    "name",
    "procedure",
    "owed",
    "in_time",
    "late",
    "open",
    "overdue",
    "closed",
    "median_working_days",
];

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

fn cells(key: &CardKey, card: &Scorecard) -> Vec<String> {
    let counts = [card.owed, card.in_time, card.late, card.open, card.overdue, card.closed];
    let name = Divisions::shipped().full_name(key.jurisdiction);
    [key.jurisdiction.to_string(), name, key.procedure.clone()]
        .into_iter()
        .chain(counts.map(|count| count.to_string()))
        .chain([card.median_days().map(|days| days.to_string()).unwrap_or_default()])
        .collect()
}
