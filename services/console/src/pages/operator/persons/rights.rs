//! What a person may know of what the hub holds (Personal Information Protection Law, articles 44, 45 and 48), to be read
//! and printed; and what holds whatever departments write: corrections, and protection.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::{Path, Query, State};
use axum::routing::get;
use axum::{Form, Router};
use chrono::NaiveDate;
use liangdi_domain::feed::Feed;
use liangdi_domain::identity::survive::Shown;
use liangdi_store::report::PersonSheet;
use serde::Deserialize;
use uuid::Uuid;

use super::known::Values;
use super::sheet_of;
use super::words::{FactWords, SentWords, day, fact, office, sent};
use crate::access::Actor;
use crate::console::Console;
use crate::erasing::Ground;
use crate::page::Page;
use crate::pages::operator::Purpose;
use crate::problem::Problem;

pub(super) fn router() -> Router<Console> {
    Router::new().route("/rights/{id}", get(masked).post(revealed))
}

/// A message that speaks of the person.
struct Heard {
    day: String,
    kind: String,
    office: String,
    id: String,
    is_withdrawn: bool,
}

/// What was just done to a correction or a protection: how many notices followed.
#[derive(Deserialize, Default)]
struct Done {
    corrected: Option<usize>,
    lifted: Option<usize>,
    protected: Option<usize>,
    unprotected: Option<usize>,
    /// The request to erase that was granted just now.
    request: Option<i64>,
}

#[derive(Template, WebTemplate)]
#[template(path = "operator/rights.html")]
struct Report {
    page: Page,
    id: Uuid,
    values: Values,
    facts: Vec<FactWords>,
    heard: Vec<Heard>,
    notices: Vec<SentWords>,
    corrected: Vec<Shown>,
    /// Whether an operator protects the person; departments may do so besides.
    is_protected: bool,
    fields: [Shown; 6],
    feeds: [Feed; 6],
    grounds: [Ground; 5],
    done: Done,
    on: NaiveDate,
    is_revealed: bool,
}

async fn masked(
    State(console): State<Console>,
    page: Page,
    actor: Actor,
    Path(id): Path<Uuid>,
    Query(done): Query<Done>,
) -> Result<Report, Problem> {
    show(&console, page, &actor, id, None, done).await
}

async fn revealed(
    State(console): State<Console>,
    page: Page,
    actor: Actor,
    Path(id): Path<Uuid>,
    Form(purpose): Form<Purpose>,
) -> Result<Report, Problem> {
    show(&console, page, &actor, id, purpose.given(), Done::default()).await
}

async fn show(
    console: &Console,
    page: Page,
    actor: &Actor,
    id: Uuid,
    purpose: Option<&str>,
    done: Done,
) -> Result<Report, Problem> {
    let sheet = sheet_of(console, actor, id, purpose.unwrap_or("subject report, masked")).await?;
    let divisions = console.divisions;
    Ok(Report {
        id: sheet.file.person.0,
        values: Values::of(&page, divisions, &sheet.file, purpose.is_some()),
        facts: sheet.file.facts.iter().map(|record| fact(&page, divisions, record)).collect(),
        heard: heard(&page, console, &sheet),
        notices: sheet.notices.iter().map(|notice| sent(&page, divisions, notice)).collect(),
        corrected: sheet.file.frozen.held(),
        is_protected: sheet.file.frozen.protected,
        fields: Shown::ALL,
        feeds: Feed::COUNTED,
        grounds: Ground::ALL,
        done,
        on: console.today(),
        is_revealed: purpose.is_some(),
        page,
    })
}

fn heard(page: &Page, console: &Console, sheet: &PersonSheet) -> Vec<Heard> {
    let heard = sheet.messages.iter().map(|message| Heard {
        day: day(message.time),
        kind: page.message_kind(&message.kind).to_owned(),
        office: office(page, console.divisions, &message.source),
        id: message.id.clone(),
        is_withdrawn: message.withdrawn,
    });
    heard.collect()
}
