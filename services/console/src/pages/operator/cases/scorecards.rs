//! How jurisdictions fared in a month: what they owed, and what became of it. As a table, and as CSV for a spreadsheet.

use std::collections::BTreeMap;

use askama::Template;
use askama_web::WebTemplate;
use axum::Router;
use axum::extract::{Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use chrono::{Months, NaiveDate};
use liangdi_domain::calendar::shanghai_midnight;
use liangdi_domain::case::{CardKey, Scorecard, Scorecards};
use liangdi_domain::division::Level;
use serde::Deserialize;

use crate::console::Console;
use crate::page::Page;
use crate::problem::Problem;
use crate::scorecards::{HEADER, cells, count_all};

/// Cards that the page shows; the file has them all.
const CARDS_MAX: usize = 200;

pub(super) fn router() -> Router<Console> {
    Router::new().route("/cases/scorecards", get(table)).route("/cases/scorecards.csv", get(csv_file))
}

#[derive(Deserialize, Default)]
struct Asked {
    #[serde(default)]
    level: CardLevel,
    /// `2026-03`; this month where nothing is asked.
    #[serde(default)]
    period: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum CardLevel {
    Province,
    Prefecture,
    #[default]
    County,
    Township,
}

impl CardLevel {
    const ALL: [CardLevel; 4] = [CardLevel::Province, CardLevel::Prefecture, CardLevel::County, CardLevel::Township];

    const fn name(self) -> &'static str {
        self.level().name()
    }

    const fn level(self) -> Level {
        match self {
            CardLevel::Province => Level::Province,
            CardLevel::Prefecture => Level::Prefecture,
            CardLevel::County => Level::County,
            CardLevel::Township => Level::Township,
        }
    }
}

struct Row {
    jurisdiction: String,
    procedure: String,
    card: Scorecard,
    median: String,
}

#[derive(Template, WebTemplate)]
#[template(path = "operator/scorecards.html")]
struct Table {
    page: Page,
    level: CardLevel,
    levels: [CardLevel; 4],
    period: String,
    rows: Vec<Row>,
    left_out: usize,
}

async fn table(State(console): State<Console>, page: Page, Query(asked): Query<Asked>) -> Result<Table, Problem> {
    let (period, cards) = cards(&console, &asked).await?;
    let row = |(key, card): (&CardKey, &Scorecard)| Row {
        jurisdiction: format!("{} {}", console.divisions.full_name(key.jurisdiction), key.jurisdiction),
        procedure: page.word(&key.procedure).to_owned(),
        median: card.median_days().map_or_else(|| "–".to_owned(), |days| days.to_string()),
        card: card.clone(),
    };
    Ok(Table {
        level: asked.level,
        levels: CardLevel::ALL,
        rows: cards.iter().take(CARDS_MAX).map(row).collect(),
        left_out: cards.len().saturating_sub(CARDS_MAX),
        period,
        page,
    })
}

async fn csv_file(State(console): State<Console>, Query(asked): Query<Asked>) -> Result<Response, Problem> {
    let (period, cards) = cards(&console, &asked).await?;
    let unwritten = |_| Problem::unavailable();
    let mut csv = csv::Writer::from_writer(Vec::new());
    csv.write_record(HEADER).map_err(unwritten)?;
    for (key, card) in &cards {
        csv.write_record(cells(key, card)).map_err(unwritten)?;
    }
    let body = csv.into_inner().map_err(|_| Problem::unavailable())?;
    let name = format!("attachment; filename=\"scorecards-{}-{period}.csv\"", asked.level.name());
    // Spreadsheets of offices read a file as UTF-8 only behind this mark.
    let body = [b"\xef\xbb\xbf".as_slice(), &body].concat();
    let headers = [(header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()), (header::CONTENT_DISPOSITION, name)];
    Ok((headers, body).into_response())
}

/// The month, and the cards as they stand today.
async fn cards(console: &Console, asked: &Asked) -> Result<(String, BTreeMap<CardKey, Scorecard>), Problem> {
    let today = console.today();
    let period = match asked.period.trim() {
        "" => today.format("%Y-%m").to_string(),
        period => period.to_owned(),
    };
    let days = || {
        let first: NaiveDate = format!("{period}-01").parse().ok()?;
        let next = first.checked_add_months(Months::new(1))?;
        Some((first, (shanghai_midnight(first)?, shanghai_midnight(next)?), shanghai_midnight(today.succ_opt()?)?))
    };
    let (first, from_to, end_of_day) = days().ok_or_else(Problem::unreadable)?;
    let cards = Scorecards::new(asked.level.level(), today, console.calendar);
    let cards = count_all(&console.store, &console.procedures, from_to, end_of_day, cards).await?;
    Ok((first.format("%Y-%m").to_string(), cards))
}
