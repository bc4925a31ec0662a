//! A village's desk: what came and went in a period (nothing is a report too), and a spreadsheet of arrivals, whose faults
//! are shown row by row.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::{Multipart, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Form, Router};
use chrono::{Datelike, Days, NaiveDate};
use liangdi_domain::division::{Code, Level};
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use super::entry::Entry;
use super::event::{event, hand_in};
use super::register::{label, office, send, words};
use super::sheet::{self, Sheet};
use crate::access::Actor;
use crate::console::Console;
use crate::intake::Answered;
use crate::page::Page;
use crate::problem::{Fault, Problem};

pub(super) fn router() -> Router<Console> {
    Router::new()
        .route("/village", get(desk))
        .route("/village/report", post(report))
        .route("/village/sheet", post(upload))
        .route("/village/sheet.csv", get(blank_sheet))
}

/// A row that could not be taken.
struct Faulty {
    row: usize,
    column: String,
    words: String,
}

#[derive(Template, WebTemplate)]
#[template(path = "clerk/village.html")]
struct Desk {
    page: Page,
    villages: Vec<Code>,
    from: NaiveDate,
    to: NaiveDate,
    report_id: Uuid,
    /// Key of what became of the report, and whether that is a fault.
    said: Option<(&'static str, bool)>,
    taken: Option<(usize, usize)>,
    faulty: Vec<Faulty>,
}

/// Whom a village report can be about: a village account's own.
fn villages(actor: &Actor) -> Vec<Code> {
    actor.jurisdictions.iter().copied().filter(|code| code.level() == Level::Village).collect()
}

impl Desk {
    fn new(console: &Console, page: Page, actor: &Actor) -> Self {
        let to = console.today();
        // The week so far: from its Monday.
        let from = to - Days::new(u64::from(to.weekday().num_days_from_monday()));
        let (said, taken, faulty) = (None, None, Vec::new());
        Desk { page, villages: villages(actor), from, to, report_id: Uuid::now_v7(), said, taken, faulty }
    }
}

async fn desk(State(console): State<Console>, page: Page, actor: Actor) -> Desk {
    Desk::new(&console, page, &actor)
}

#[derive(Deserialize)]
struct Report {
    report_id: Uuid,
    village: Code,
    from: String,
    to: String,
    #[serde(default)]
    arrivals: String,
    #[serde(default)]
    departures: String,
}

async fn report(
    State(console): State<Console>,
    page: Page,
    actor: Actor,
    Form(report): Form<Report>,
) -> Result<Response, Problem> {
    if !villages(&actor).contains(&report.village) {
        return Err(Problem::foreign_jurisdiction());
    }
    let mut desk = Desk::new(&console, page, &actor);
    let count = |text: &str| if text.trim().is_empty() { Some(0) } else { text.trim().parse::<u32>().ok() };
    let days = report.from.parse::<NaiveDate>().ok().zip(report.to.parse::<NaiveDate>().ok());
    let (Some(arrivals), Some(departures), Some(_)) =
        (count(&report.arrivals), count(&report.departures), days.filter(|(from, to)| from <= to))
    else {
        desk.said = Some(("entry.village.malformed", true));
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, desk).into_response());
    };
    let data = json!({
        "village": report.village.as_str(),
        "period": {"from": report.from, "to": report.to},
        "arrivals": arrivals,
        "departures": departures,
    });
    let id = format!("console-{}", report.report_id);
    let message = event(&console, report.village, "township.village-report.v1", &id, data);
    match hand_in(&console, &actor, report.village, message).await? {
        Answered::Recorded | Answered::Duplicate => {
            desk.said = Some(("entry.village.reported", false));
            Ok(desk.into_response())
        }
        Answered::Refused(refusal) => Err(Problem::refused(&refusal)),
    }
}

/// Row by row: what is right is recorded, what is not is named. The same file sent again records nothing twice.
async fn upload(
    State(console): State<Console>,
    page: Page,
    actor: Actor,
    mut form: Multipart,
) -> Result<Response, Problem> {
    let office = office(&actor, "").ok_or_else(Problem::other_role)?;
    let mut desk = Desk::new(&console, page, &actor);
    let mut bytes = Vec::new();
    while let Some(part) = form.next_field().await.map_err(|_| Problem::unreadable())? {
        if part.name() == Some("sheet") {
            bytes = part.bytes().await.map_err(|_| Problem::unreadable())?.to_vec();
        }
    }
    let rows = match tokio::task::spawn_blocking(move || sheet::read(&bytes)).await {
        Ok(Ok(Sheet { rows })) => rows,
        Ok(Err(said)) => {
            desk.said = Some((said, true));
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, desk).into_response());
        }
        // A file that makes its reader stumble is no spreadsheet.
        Err(_) => return Err(Problem::unreadable()),
    };
    let (mut recorded, mut before) = (0, 0);
    for (number, mut values) in rows {
        values.entry(Entry::Inflow.place().to_owned()).or_insert_with(|| office.to_string());
        values.entry("person.id_type".to_owned()).or_insert_with(|| "111".to_owned());
        let mut faults = Entry::Inflow.missing(&values);
        if faults.is_empty() {
            let content: Vec<&str> = values.iter().flat_map(|(path, value)| [path.as_str(), value.as_str()]).collect();
            let id = format!("console-row-{}", console.keys.token("spreadsheet-row", &content).0);
            match send(&console, &actor, Entry::Inflow, office, &id, &values).await? {
                Answered::Recorded => recorded += 1,
                // Sent again on another day it reads the same, but for when it was sent.
                Answered::Duplicate => before += 1,
                Answered::Refused(refusal) if refusal.reason.code() == "conflict" => before += 1,
                Answered::Refused(refusal) => faults.push((&refusal).into()),
            }
        }
        desk.faulty.extend(faults.iter().map(|fault| faulty(&desk.page, number, fault)));
    }
    desk.taken = Some((recorded, before));
    Ok(desk.into_response())
}

fn faulty(page: &Page, row: usize, fault: &Fault) -> Faulty {
    let path = fault.pointer.trim_start_matches("/data/").replace('/', ".");
    Faulty { row, column: label(page, &path), words: words(page, fault) }
}

/// The columns that are understood, as a file to fill in; with a byte order mark, or Excel reads it as another encoding.
async fn blank_sheet() -> Response {
    let disposition = (header::CONTENT_DISPOSITION, "attachment; filename=\"liangdi.csv\"");
    let kind = (header::CONTENT_TYPE, "text/csv; charset=utf-8");
    ([kind, disposition], format!("\u{feff}{}\r\n", sheet::HEADER.map(|(name, _)| name).join(","))).into_response()
}
