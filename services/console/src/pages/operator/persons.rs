//! Persons: found by number, or by name and birth date, with a purpose that the audit keeps; then all that the hub holds of
//! one, and what the person may be told of it.

mod correct;
mod erase;
mod known;
mod protect;
mod rights;
mod sheet;
mod timeline;
mod why;
mod words;

pub(super) use known::value;
pub(in crate::pages) use words::place_if;
pub(super) use words::{office, place, short};

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::routing::get;
use axum::{Form, Router};
use liangdi_domain::ids::PersonId;
use liangdi_domain::stay::Belonging;
use liangdi_store::postgres::Look;
use liangdi_store::report::PersonSheet;
use serde::Deserialize;
use uuid::Uuid;

use crate::access::Actor;
use crate::console::Console;
use crate::page::Page;
use crate::pages::sought::{PERSONS_MAX, Sought};
use crate::problem::Problem;

pub(super) fn router() -> Router<Console> {
    Router::new()
        .route("/persons", get(async |page: Page| blank(page, Part::Persons)).post(find_person))
        .route("/rights", get(async |page: Page| blank(page, Part::Rights)).post(find_for_rights))
        .merge(sheet::router())
        .merge(rights::router())
        .merge(correct::router())
        .merge(protect::router())
        .merge(erase::router())
}

/// Where a search leads.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Persons,
    Rights,
}

/// Who is looked for, and what for.
#[derive(Deserialize, Default)]
struct Asked {
    #[serde(flatten)]
    sought: Sought,
    #[serde(default)]
    purpose: String,
}

/// Somebody who was found, without any value of the identity.
struct Found {
    person: Uuid,
    profiles: usize,
    household: String,
    stays: Vec<String>,
    messages: usize,
    notices: usize,
}

#[derive(Template, WebTemplate)]
#[template(path = "operator/persons.html")]
struct List {
    page: Page,
    asked: Asked,
    fault: Option<&'static str>,
    found: Option<Vec<Found>>,
    persons_max: usize,
    /// `/persons` or `/rights`.
    root: &'static str,
    title: &'static str,
    about: &'static str,
}

impl List {
    fn new(page: Page, part: Part, asked: Asked) -> Self {
        let (root, title, about) = match part {
            Part::Persons => ("/persons", "operator.persons.title", "operator.persons.how"),
            Part::Rights => ("/rights", "operator.rights.title", "operator.rights.how"),
        };
        List { page, asked, fault: None, found: None, persons_max: PERSONS_MAX, root, title, about }
    }

    fn is_full(&self) -> bool {
        self.found.as_ref().is_some_and(|found| found.len() == PERSONS_MAX)
    }
}

fn blank(page: Page, part: Part) -> List {
    List::new(page, part, Asked::default())
}

async fn find_person(
    State(console): State<Console>,
    page: Page,
    actor: Actor,
    Form(asked): Form<Asked>,
) -> Result<List, Problem> {
    find(&console, &actor, List::new(page, Part::Persons, asked)).await
}

async fn find_for_rights(
    State(console): State<Console>,
    page: Page,
    actor: Actor,
    Form(asked): Form<Asked>,
) -> Result<List, Problem> {
    find(&console, &actor, List::new(page, Part::Rights, asked)).await
}

async fn find(console: &Console, actor: &Actor, list: List) -> Result<List, Problem> {
    let purpose = list.asked.purpose.trim();
    if purpose.is_empty() {
        return Ok(List { fault: Some("operator.persons.no-purpose"), ..list });
    }
    let Some(tokens) = list.asked.sought.tokens(console) else {
        return Ok(List { fault: Some("operator.persons.too-little"), ..list });
    };
    let look = Look { who: &actor.name, purpose };
    console.store.audit(look, "persons", false).await?;
    let mut found = Vec::new();
    for person in console.store.find_persons(&tokens).await?.into_iter().take(PERSONS_MAX) {
        found.extend(console.store.person_sheet(person, look).await?.map(|sheet| summary(console, &sheet)));
    }
    Ok(List { found: Some(found), ..list })
}

/// All that is held of a person, with who asked and what for in the audit.
async fn sheet_of(console: &Console, actor: &Actor, id: Uuid, purpose: &str) -> Result<PersonSheet, Problem> {
    let look = Look { who: &actor.name, purpose };
    console.store.person_sheet(PersonId(id), look).await?.ok_or_else(Problem::not_found)
}

/// What tells people of one name and birth date apart.
fn summary(console: &Console, sheet: &PersonSheet) -> Found {
    let belonging = Belonging::of(&sheet.file, console.divisions, console.calendar, console.today());
    let place = |code| words::place(console.divisions, code);
    let household = belonging.household.segments().last().and_then(|segment| segment.place);
    let open = belonging.stays.iter().filter(|stay| stay.end.is_none());
    Found {
        person: sheet.file.person.0,
        profiles: sheet.file.profiles.len(),
        household: household.map(|household| place(household.code)).unwrap_or_default(),
        stays: open.map(|stay| place(stay.township)).collect(),
        messages: sheet.messages.len(),
        notices: sheet.notices.len(),
    }
}
