//! Searching before registering: by number, or by name and birth date, through the keyed tokens that persons are recorded
//! under. Every search is audited. Of a person who is not here, a clerk learns only that the hub knows one.

use std::collections::BTreeMap;

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::routing::get;
use axum::{Form, Router};
use chrono::NaiveDate;
use liangdi_domain::ids::PersonId;
use liangdi_domain::person::PersonFile;
use liangdi_domain::stay::Belonging;
use liangdi_store::postgres::Look;
use uuid::Uuid;

use crate::access::Actor;
use crate::console::Console;
use crate::page::Page;
use crate::pages::sought::{PERSONS_MAX, Sought};
use crate::problem::Problem;

pub(super) fn router() -> Router<Console> {
    Router::new().route("/search", get(blank).post(search))
}

/// Somebody who was found.
struct Found {
    /// Only of somebody who is here.
    here: Option<Here>,
}

/// A person with a stay or a household register in the clerk's reach.
pub(super) struct Here {
    pub(super) person: Uuid,
    pub(super) name: String,
    /// Place and first day of each stay that goes on.
    pub(super) stays: Vec<(String, NaiveDate)>,
    /// The household register, if it is in reach.
    pub(super) household: Option<String>,
}

#[derive(Template, WebTemplate)]
#[template(path = "clerk/search.html")]
struct SearchPage {
    page: Page,
    typed: Sought,
    fault: Option<&'static str>,
    found: Option<Vec<Found>>,
}

async fn blank(page: Page) -> SearchPage {
    SearchPage { page, typed: Sought::default(), fault: None, found: None }
}

async fn search(
    State(console): State<Console>,
    page: Page,
    actor: Actor,
    Form(typed): Form<Sought>,
) -> Result<SearchPage, Problem> {
    let Some(tokens) = typed.tokens(&console) else {
        return Ok(SearchPage { page, typed, fault: Some("entry.search.too-little"), found: None });
    };
    let look = Look { who: &actor.name, purpose: "searched before registering" };
    console.store.audit(look, "persons", false).await?;
    let mut found = Vec::new();
    for person in console.store.find_persons(&tokens).await?.into_iter().take(PERSONS_MAX) {
        let sheet = console.store.person_sheet(person, look).await?;
        found.extend(sheet.map(|sheet| Found { here: here(&console, &actor, &sheet.file) }));
    }
    Ok(SearchPage { page, typed, fault: None, found: Some(found) })
}

/// What of a person is the clerk's business; none if nothing is.
pub(super) fn here(console: &Console, actor: &Actor, file: &PersonFile) -> Option<Here> {
    let belonging = Belonging::of(file, console.divisions, console.calendar, console.today());
    let place = |code| format!("{} {code}", console.divisions.full_name(code));
    let stays: Vec<(String, NaiveDate)> = belonging
        .stays
        .iter()
        .filter(|stay| stay.end.is_none() && sees_around(actor, stay.township))
        .map(|stay| (place(stay.township), stay.since))
        .collect();
    let household = file.profiles.iter().filter_map(|(_, profile)| profile.household);
    let household = household.into_iter().find(|code| sees_around(actor, *code)).map(place);
    if stays.is_empty() && household.is_none() {
        return None;
    }
    let name = file.profiles.iter().find_map(|(_, profile)| profile.name.as_ref());
    let name = name.map(|name| name.shown().to_owned()).unwrap_or_default();
    Some(Here { person: file.person.0, name, stays, household })
}

/// Whether a township is the clerk's: theirs, below theirs, or the one that their village lies in.
fn sees_around(actor: &Actor, code: liangdi_domain::division::Code) -> bool {
    actor.may_see(code) || actor.jurisdictions.iter().any(|own| own.township() == Some(code))
}

/// The person, if they are here. Whoever is not is not found.
pub(super) async fn person_here(
    console: &Console,
    actor: &Actor,
    person: Uuid,
    purpose: &str,
) -> Result<(Here, PersonFile), Problem> {
    let look = Look { who: &actor.name, purpose };
    let sheet = console.store.person_sheet(PersonId(person), look).await?.ok_or_else(Problem::not_found)?;
    let here = here(console, actor, &sheet.file).ok_or_else(Problem::foreign_jurisdiction)?;
    Ok((here, sheet.file))
}

/// Hidden fields that carry what was typed into a form of registration.
impl SearchPage {
    fn carried(&self) -> BTreeMap<&'static str, &str> {
        let typed = &self.typed;
        BTreeMap::from([
            ("person.id_number", typed.id_number.trim()),
            ("person.name", typed.name.trim()),
            ("person.birth_date", typed.birth_date.trim()),
        ])
    }
}
