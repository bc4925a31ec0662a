//! The directory: who to call in another jurisdiction. Clerks keep their own entry, operators any.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use axum::{Form, Router};
use liangdi_domain::division::Code;
use liangdi_store::access::DirectoryEntry;
use serde::Deserialize;

use crate::access::Actor;
use crate::console::Console;
use crate::page::Page;
use crate::problem::Problem;

/// Entries of one page.
const ENTRIES_MAX: u32 = 200;

/// Longest text of an entry.
const CHARS_MAX: usize = 100;

pub(super) fn router() -> Router<Console> {
    Router::new().route("/directory", get(directory).post(keep))
}

#[derive(Template, WebTemplate)]
#[template(path = "clerk/directory.html")]
struct DirectoryPage {
    page: Page,
    of: String,
    entries: Vec<(DirectoryEntry, String)>,
    /// The entry that may be changed here: the actor's own, or the one asked for.
    own: DirectoryEntry,
    fault: bool,
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    of: String,
}

async fn directory(
    State(console): State<Console>,
    page: Page,
    actor: Actor,
    Query(Asked { of }): Query<Asked>,
) -> Result<DirectoryPage, Problem> {
    show(&console, page, &actor, of, None).await
}

async fn show(
    console: &Console,
    page: Page,
    actor: &Actor,
    of: String,
    refused: Option<DirectoryEntry>,
) -> Result<DirectoryPage, Problem> {
    let digits: String = of.chars().filter(char::is_ascii_digit).collect();
    let found = console.store.directory(&digits, ENTRIES_MAX).await?;
    let own = actor.jurisdictions.first().copied().unwrap_or(console.divisions.home());
    let kept = console.store.directory(own.as_str(), 1).await?.into_iter().find(|entry| entry.jurisdiction == own);
    let fault = refused.is_some();
    let own = refused.or(kept).unwrap_or_else(|| DirectoryEntry {
        jurisdiction: own,
        office: String::new(),
        contact: String::new(),
        phone: String::new(),
        hours: String::new(),
        updated: console.now_utc(),
        updated_by: String::new(),
    });
    let entries = found.into_iter().map(|entry| {
        let place = console.divisions.full_name(entry.jurisdiction);
        (entry, place)
    });
    Ok(DirectoryPage { page, of, entries: entries.collect(), own, fault })
}

#[derive(Deserialize)]
struct Kept {
    jurisdiction: Code,
    office: String,
    contact: String,
    phone: String,
    hours: String,
}

async fn keep(
    State(console): State<Console>,
    page: Page,
    actor: Actor,
    Form(kept): Form<Kept>,
) -> Result<Response, Problem> {
    actor.must_see(kept.jurisdiction)?;
    let Kept { jurisdiction, office, contact, phone, hours } = kept;
    let (updated, updated_by) = (console.now_utc(), actor.name.clone());
    let entry = DirectoryEntry { jurisdiction, office, contact, phone, hours, updated, updated_by };
    let texts = [&entry.office, &entry.contact, &entry.phone, &entry.hours];
    let malformed = texts.iter().any(|text| text.chars().count() > CHARS_MAX || text.contains('\0'));
    if malformed || entry.phone.trim().is_empty() {
        let page = show(&console, page, &actor, String::new(), Some(entry)).await?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    }
    console.store.directory_set(&entry).await?;
    Ok(Redirect::to(&format!("/directory?of={jurisdiction}")).into_response())
}
