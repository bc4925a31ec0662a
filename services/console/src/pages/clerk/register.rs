//! Registering: inflow, outflow, return, service. A form per entry; what is refused comes back with its place marked.

use std::collections::BTreeMap;

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use axum::{Form, Router};
use liangdi_domain::division::{Code, Level};
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use super::entry::{Entry, Field, Input, pointer};
use super::event::{event, hand_in};
use crate::access::Actor;
use crate::console::Console;
use crate::intake::Answered;
use crate::page::Page;
use crate::problem::{Fault, Problem};

pub(super) fn router() -> Router<Console> {
    Router::new()
        .route("/register", get(|| async { Redirect::to("/register/inflow") }))
        .route("/register/{entry}", get(blank).post(register))
        .route("/register/{entry}/done", get(done))
}

/// A field as the form shows it.
struct Shown {
    field: &'static Field,
    label: String,
    value: String,
    fault: Option<String>,
}

#[derive(Template, WebTemplate)]
#[template(path = "clerk/register.html")]
pub(super) struct RegisterPage {
    page: Page,
    entry: Entry,
    offices: Vec<Code>,
    office: String,
    fields: Vec<Shown>,
    /// Faults that belong to no field.
    others: Vec<Fault>,
    faulty: bool,
    entry_id: Uuid,
}

/// What was typed: no `Debug`.
#[derive(Deserialize)]
pub(super) struct Typed {
    #[serde(default)]
    entry_id: Option<Uuid>,
    #[serde(default)]
    office: String,
    #[serde(flatten)]
    values: BTreeMap<String, String>,
}

async fn blank(
    State(console): State<Console>,
    page: Page,
    actor: Actor,
    Path(entry): Path<String>,
) -> Result<RegisterPage, Problem> {
    let entry = Entry::of(&entry).ok_or_else(Problem::not_found)?;
    Ok(form(
        &console,
        page,
        &actor,
        entry,
        Typed { entry_id: None, office: String::new(), values: BTreeMap::new() },
        Vec::new(),
    ))
}

/// The form with what was typed and what is wrong with it.
pub(super) fn form(
    console: &Console,
    page: Page,
    actor: &Actor,
    entry: Entry,
    mut typed: Typed,
    faults: Vec<Fault>,
) -> RegisterPage {
    let office = office(actor, &typed.office);
    if let Some(office) = office {
        typed.values.entry(entry.place().to_owned()).or_insert_with(|| office.to_string());
    }
    let day = || console.today().to_string();
    for field in entry.fields().filter(|field| field.input == Input::Date && field.path != "person.birth_date") {
        typed.values.entry(field.path.to_owned()).or_insert_with(day);
    }
    let fields: Vec<Shown> = entry
        .fields()
        .map(|field| Shown {
            field,
            label: label(&page, field.path),
            value: typed.values.get(field.path).cloned().unwrap_or_default(),
            fault: faults.iter().find(|fault| fault.pointer == pointer(field.path)).map(|fault| words(&page, fault)),
        })
        .collect();
    let belongs = |fault: &Fault| fields.iter().any(|shown| fault.pointer == pointer(shown.field.path));
    let (faulty, others) = (!faults.is_empty(), faults.iter().filter(|fault| !belongs(fault)).cloned().collect());
    RegisterPage {
        entry,
        offices: actor.jurisdictions.clone(),
        office: office.map(|code| code.to_string()).unwrap_or_default(),
        fields,
        others,
        faulty,
        entry_id: Uuid::now_v7(),
        page,
    }
}

async fn register(
    State(console): State<Console>,
    page: Page,
    actor: Actor,
    Path(name): Path<String>,
    Form(typed): Form<Typed>,
) -> Result<Response, Problem> {
    let entry = Entry::of(&name).ok_or_else(Problem::not_found)?;
    // From the search: what was typed there is filled in here.
    let Some(id) = typed.entry_id else {
        return Ok(form(&console, page, &actor, entry, typed, Vec::new()).into_response());
    };
    let office = office(&actor, &typed.office).ok_or_else(Problem::foreign_jurisdiction)?;
    let mut faults = entry.missing(&typed.values);
    if faults.is_empty() {
        match send(&console, &actor, entry, office, &format!("console-{id}"), &typed.values).await? {
            Answered::Recorded | Answered::Duplicate => {
                return Ok(Redirect::to(&format!("/register/{}/done", entry.name())).into_response());
            }
            Answered::Refused(refusal) => faults.push((&refusal).into()),
        }
    }
    let page = form(&console, page, &actor, entry, typed, faults);
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

/// Hands an entry in. A village's is a report: it says which village, and since when it knows.
pub(super) async fn send(
    console: &Console,
    actor: &Actor,
    entry: Entry,
    office: Code,
    id: &str,
    values: &BTreeMap<String, String>,
) -> Result<Answered, Problem> {
    let mut data = entry.data(values);
    if office.level() == Level::Village && matches!(entry, Entry::Inflow | Entry::Outflow) {
        data["village"] = Value::String(office.to_string());
        data["reported_on"] = Value::String(console.today().to_string());
    }
    hand_in(console, actor, office, event(console, office, entry.message(), id, data)).await
}

/// The office that a clerk acts for: the one chosen if it is theirs, else their first.
pub(super) fn office(actor: &Actor, chosen: &str) -> Option<Code> {
    let chosen = if chosen.is_empty() { None } else { Some(chosen.parse::<Code>().ok()?) };
    match chosen {
        Some(code) => actor.jurisdictions.contains(&code).then_some(code),
        None => actor.jurisdictions.first().copied(),
    }
}

/// The label of a field; a member has one text wherever it stands.
pub(super) fn label(page: &Page, path: &str) -> String {
    let key = format!("entry.field.{}", path.replace('.', "-"));
    page.language.text_if(&key).unwrap_or(path).to_owned()
}

/// What is wrong with a field, in the visitor's language.
pub(super) fn words(page: &Page, fault: &Fault) -> String {
    page.language.text_if(&format!("entry.fault.{}", fault.reason)).unwrap_or(&fault.detail).to_owned()
}

#[derive(Template, WebTemplate)]
#[template(path = "clerk/done.html")]
struct DonePage {
    page: Page,
    entry: Entry,
}

async fn done(page: Page, Path(entry): Path<String>) -> Result<DonePage, Problem> {
    Ok(DonePage { page, entry: Entry::of(&entry).ok_or_else(Problem::not_found)? })
}
