//! One person: values masked until somebody says what for, where they belong, what was heard and told, and why all of it
//! is held to be about one human.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use axum::{Form, Router};
use chrono::NaiveDate;
use liangdi_domain::division::Divisions;
use liangdi_domain::statement::{Told, ToldState};
use liangdi_store::report::{PersonSheet, Protected};
use uuid::Uuid;

use super::known::{BelongingWords, Values};
use super::sheet_of;
use super::timeline::{Entry, entries};
use super::why::Why;
use super::words::{FactWords, SentWords, fact, place, place_if, sent};
use crate::access::Actor;
use crate::console::Console;
use crate::page::Page;
use crate::pages::operator::Purpose;
use crate::pages::operator::words::bits;
use crate::problem::Problem;

pub(super) fn router() -> Router<Console> {
    Router::new().route("/persons/{id}", get(masked).post(revealed))
}

/// What somebody is held to know.
struct Statement {
    receiver: String,
    topic: String,
    place: String,
    since: NaiveDate,
    until: Option<NaiveDate>,
    case: Option<Uuid>,
}

#[derive(Template, WebTemplate)]
#[template(path = "operator/person.html")]
struct Person {
    page: Page,
    id: Uuid,
    values: Values,
    facts: Vec<FactWords>,
    belonging: BelongingWords,
    /// Why, by whom and since when an operator protects the person.
    protections: Vec<Protected>,
    statements: Vec<Statement>,
    notices: Vec<SentWords>,
    entries: Vec<Entry>,
    left_out: usize,
    why: Why,
    link: String,
    review: String,
    is_revealed: bool,
}

async fn masked(
    State(console): State<Console>,
    page: Page,
    actor: Actor,
    Path(id): Path<Uuid>,
) -> Result<Response, Problem> {
    show(&console, page, &actor, id, None).await
}

async fn revealed(
    State(console): State<Console>,
    page: Page,
    actor: Actor,
    Path(id): Path<Uuid>,
    Form(purpose): Form<Purpose>,
) -> Result<Response, Problem> {
    show(&console, page, &actor, id, purpose.given()).await
}

async fn show(
    console: &Console,
    page: Page,
    actor: &Actor,
    id: Uuid,
    purpose: Option<&str>,
) -> Result<Response, Problem> {
    let sheet = sheet_of(console, actor, id, purpose.unwrap_or("masked look")).await?;
    // Who was merged into somebody is found under the id of that one.
    if sheet.file.person.0 != id {
        return Ok(Redirect::to(&format!("/persons/{}", sheet.file.person.0)).into_response());
    }
    let bonds = console.store.bonds(sheet.file.person).await?;
    let divisions = console.divisions;
    let (entries, left_out) = entries(&page, divisions, &sheet);
    Ok(Person {
        id,
        values: Values::of(&page, divisions, &sheet.file, purpose.is_some()),
        facts: sheet.file.facts.iter().map(|record| fact(&page, divisions, record)).collect(),
        belonging: BelongingWords::of(&page, console, &sheet.file),
        protections: console.store.protections(sheet.file.person).await?,
        statements: statements(&page, divisions, &sheet),
        notices: sheet.notices.iter().map(|notice| sent(&page, divisions, notice)).collect(),
        entries,
        left_out,
        why: Why::of(&page, console, &sheet.file, &bonds),
        link: bits(&console.matching.thresholds.link.0),
        review: bits(&console.matching.thresholds.review.0),
        is_revealed: purpose.is_some(),
        page,
    }
    .into_response())
}

/// What is open comes first.
fn statements(page: &Page, divisions: &Divisions, sheet: &PersonSheet) -> Vec<Statement> {
    let statement = |told: &Told| Statement {
        receiver: place_if(divisions, &told.receiver.0),
        topic: page.person_text("topic", told.topic.name()).to_owned(),
        place: place(divisions, told.place),
        since: told.since,
        until: match told.state {
            ToldState::Ended { on, .. } => Some(on),
            ToldState::Open | ToldState::Retracted => None,
        },
        case: told.case,
    };
    let mut statements: Vec<Statement> = sheet.file.told.iter().map(statement).collect();
    statements.sort_by_key(|statement| (statement.until.is_some(), std::cmp::Reverse(statement.since)));
    statements
}
