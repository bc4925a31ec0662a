//! How jurisdictions fared in a month: what they owed and what became of it, how complete and how far their registrations
//! reach. As a chart, as tables, and as CSV for a spreadsheet.

use std::collections::BTreeMap;

use askama::Template;
use askama_web::WebTemplate;
use axum::Router;
use axum::extract::{Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use chrono::{Months, NaiveDate};
use liangdi_domain::case::{CardKey, Counts, Scorecard, Share, ShareKey};
use liangdi_domain::division::{Code, Divisions, Level};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::console::Console;
use crate::page::Page;
use crate::pages::operator::persons::short;
use crate::problem::Problem;
use crate::scorecards::{HEADER, Wanted, cells, count_all, percent, share_cells};
use crate::texts::Language;

/// Cards that the page shows of each kind; the file has them all.
const CARDS_MAX: usize = 200;
/// Jurisdictions that the chart shows, those that owed most.
const BARS_MAX: usize = 20;

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

struct ShareRow {
    jurisdiction: String,
    measure: String,
    share: Share,
    percent: String,
}

#[derive(Template, WebTemplate)]
#[template(path = "operator/scorecards.html")]
struct Table {
    page: Page,
    level: CardLevel,
    levels: [CardLevel; 4],
    period: String,
    rows: Vec<Row>,
    shares: Vec<ShareRow>,
    left_out: usize,
    /// For the chart: of each jurisdiction what became of all that it owed.
    figures: String,
    bars_max: usize,
}

async fn table(State(console): State<Console>, page: Page, Query(asked): Query<Asked>) -> Result<Table, Problem> {
    let (period, counts) = count(&console, &asked).await?;
    let whose = |code: Code| format!("{} {code}", console.divisions.full_name(code));
    let row = |(key, card): (&CardKey, &Scorecard)| Row {
        jurisdiction: whose(key.jurisdiction),
        procedure: page.word(&key.procedure).to_owned(),
        median: card.median_days().map_or_else(|| "–".to_owned(), |days| days.to_string()),
        card: card.clone(),
    };
    let share = |(key, share): (&ShareKey, &Share)| ShareRow {
        jurisdiction: whose(key.jurisdiction),
        measure: page.t(&format!("cases.measure.{}", key.measure.name())).to_owned(),
        share: *share,
        percent: percent(*share),
    };
    let left_out = |all: usize| all.saturating_sub(CARDS_MAX);
    Ok(Table {
        level: asked.level,
        levels: CardLevel::ALL,
        rows: counts.cards.iter().take(CARDS_MAX).map(row).collect(),
        shares: counts.shares.iter().take(CARDS_MAX).map(share).collect(),
        left_out: left_out(counts.cards.len()) + left_out(counts.shares.len()),
        figures: figures(console.divisions, page.language, &counts.cards).to_string(),
        bars_max: BARS_MAX,
        period,
        page,
    })
}

/// What became of it, in the order of the bar's parts: key of its text, how it looks, and how much of a card it is.
type Part = (&'static str, &'static str, fn(&Scorecard) -> u32);
const PARTS: [Part; 5] = [
    ("cases.column.in-time", "good", |card| card.in_time),
    ("cases.column.late", "soon", |card| card.late),
    ("cases.column.overdue", "bad", |card| card.overdue),
    ("cases.column.open", "open", |card| card.open),
    ("cases.column.closed", "gone", |card| card.closed),
];

/// The jurisdictions that owed most, all procedures together.
fn figures(divisions: &Divisions, language: Language, cards: &BTreeMap<CardKey, Scorecard>) -> Value {
    let mut sums: BTreeMap<Code, [u64; PARTS.len()]> = BTreeMap::new();
    for (key, card) in cards {
        let sum = sums.entry(key.jurisdiction).or_default();
        for (sum, (.., of)) in sum.iter_mut().zip(PARTS) {
            *sum += u64::from(of(card));
        }
    }
    let mut bars: Vec<(Code, [u64; PARTS.len()])> = sums.into_iter().collect();
    bars.sort_by_key(|(code, sum)| (std::cmp::Reverse(sum.iter().sum::<u64>()), *code));
    bars.truncate(BARS_MAX);
    let part = |(at, (text, tone, _)): (usize, &Part)| {
        json!({
            "name": language.text(text), "tone": tone,
            "counts": bars.iter().map(|(_, sum)| sum[at]).collect::<Vec<_>>(),
        })
    };
    json!({
        "names": bars.iter().map(|(code, _)| short(divisions, *code)).collect::<Vec<_>>(),
        "series": PARTS.iter().enumerate().map(part).collect::<Vec<_>>(),
    })
}

async fn csv_file(State(console): State<Console>, Query(asked): Query<Asked>) -> Result<Response, Problem> {
    let (period, counts) = count(&console, &asked).await?;
    let unwritten = |_| Problem::unavailable();
    let mut csv = csv::Writer::from_writer(Vec::new());
    csv.write_record(HEADER).map_err(unwritten)?;
    let cards = counts.cards.iter().map(|(key, card)| cells(key, card));
    for row in cards.chain(counts.shares.iter().map(|(key, share)| share_cells(key, share))) {
        csv.write_record(row).map_err(unwritten)?;
    }
    let body = csv.into_inner().map_err(|_| Problem::unavailable())?;
    let name = format!("attachment; filename=\"scorecards-{}-{period}.csv\"", asked.level.name());
    // Spreadsheets of offices read a file as UTF-8 only behind this mark.
    let body = [b"\xef\xbb\xbf".as_slice(), &body].concat();
    let headers = [(header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()), (header::CONTENT_DISPOSITION, name)];
    Ok((headers, body).into_response())
}

/// The month, and what was counted as it stands today.
async fn count(console: &Console, asked: &Asked) -> Result<(String, Counts), Problem> {
    let today = console.today();
    let period = match asked.period.trim() {
        "" => today.format("%Y-%m").to_string(),
        period => period.to_owned(),
    };
    let from: NaiveDate = format!("{period}-01").parse().map_err(|_| Problem::unreadable())?;
    let until = from.checked_add_months(Months::new(1)).ok_or_else(Problem::unreadable)?;
    let wanted = Wanted { level: asked.level.level(), from, until, as_of: today };
    let counts = count_all(&console.store, (console.divisions, &console.procedures), wanted).await?;
    Ok((from.format("%Y-%m").to_string(), counts))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_chart_has_those_who_owed_most_with_all_procedures_together() {
        let card = |code: &str, procedure: &str, in_time, overdue| {
            let key = CardKey { jurisdiction: code.parse().unwrap(), procedure: procedure.to_owned() };
            let mut card = Scorecard::default();
            (card.owed, card.in_time, card.overdue) = (in_time + overdue, in_time, overdue);
            (key, card)
        };
        let cards = [card("320583", "inflow", 1, 0), card("321322", "inflow", 2, 1), card("321322", "record", 0, 4)];
        let figures = figures(Divisions::shipped(), Language::English, &cards.into_iter().collect());
        assert_eq!(figures["names"], json!(["宿迁市沭阳县", "苏州市昆山市"]));
        assert_eq!(figures["series"][0], json!({"name": "In time", "tone": "good", "counts": [2, 1]}));
        assert_eq!(figures["series"][2]["counts"], json!([5, 0]));
    }
}
