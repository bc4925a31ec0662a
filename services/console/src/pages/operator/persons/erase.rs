//! Erasing what is held of a person (Personal Information Protection Law, article 47): first only tried, so that everybody
//! sees what would go and who would be told; then done, by the mark of how the person stood and by a word that is typed.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Redirect;
use axum::routing::{get, post};
use axum::{Form, Router};
use liangdi_domain::feed::Feed;
use liangdi_domain::ids::PersonId;
use serde::Deserialize;
use uuid::Uuid;

use super::sheet_of;
use super::words::{place, place_if};
use crate::access::Actor;
use crate::console::Console;
use crate::erasing::{Ground, note, purpose};
use crate::mending::{Erased, Erasing};
use crate::page::Page;
use crate::problem::Problem;
use crate::settling::reason;

/// So many characters of a person's id are typed to confirm.
const TYPED_CHARS: usize = 8;

pub(super) fn router() -> Router<Console> {
    Router::new()
        .route("/rights/{id}/erase/try", post(tried))
        .route("/rights/{id}/erase", post(erase))
        .route("/rights/erased", get(erased))
}

/// What is to be erased, and why.
#[derive(Deserialize)]
struct Asked {
    /// Empty: everything.
    #[serde(default)]
    feed: String,
    ground: String,
    reason: String,
    /// How the person stood when it was tried.
    mark: Option<Uuid>,
    #[serde(default)]
    typed: String,
}

/// The same, read.
struct Wanted {
    feed: Option<Feed>,
    ground: Ground,
    reason: String,
}

impl Wanted {
    fn read(asked: &Asked) -> Result<Self, Problem> {
        let feed = match asked.feed.as_str() {
            "" => None,
            name => Some(Feed::named(name).ok_or_else(Problem::unreadable)?),
        };
        let ground = Ground::ALL.into_iter().find(|ground| ground.name() == asked.ground);
        let reason = reason(&asked.reason)?.ok_or_else(Problem::unreadable)?.to_owned();
        Ok(Wanted { feed, ground: ground.ok_or_else(Problem::unreadable)?, reason })
    }

    fn purpose(&self, for_good: bool) -> String {
        purpose(for_good, self.ground, &self.reason)
    }
}

/// What would be told: of what, and to whom.
struct Telling {
    kind: String,
    about: String,
    receiver: String,
}

#[derive(Template, WebTemplate)]
#[template(path = "operator/erase.html")]
struct Trial {
    page: Page,
    id: Uuid,
    wanted: Wanted,
    erasing: Option<Erasing>,
    stays: Vec<(String, String)>,
    tellings: Vec<Telling>,
    typed: String,
}

async fn tried(
    State(console): State<Console>,
    page: Page,
    actor: Actor,
    Path(id): Path<Uuid>,
    Form(asked): Form<Asked>,
) -> Result<Trial, Problem> {
    let wanted = Wanted::read(&asked)?;
    let person = sheet_of(&console, &actor, id, &wanted.purpose(false)).await?.file.person;
    let erasing = console.mending.would_erase(person, wanted.feed).await?;
    let (stays, tellings) = erasing.as_ref().map(|erasing| listed(&page, &console, erasing)).unwrap_or_default();
    Ok(Trial { page, id: person.0, wanted, erasing, stays, tellings, typed: typed(person) })
}

fn listed(page: &Page, console: &Console, erasing: &Erasing) -> (Vec<(String, String)>, Vec<Telling>) {
    let stays = erasing.stays.iter().map(|(code, since, until)| {
        let until = until.map_or_else(|| page.t("subject.column.now").to_owned(), |until| until.to_string());
        (place(console.divisions, *code), format!("{since} – {until}"))
    });
    let tellings = erasing.tellings.iter().map(|telling| Telling {
        kind: page.word(telling.kind.name()).to_owned(),
        about: telling.about.as_deref().map(|about| page.word(about).to_owned()).unwrap_or_default(),
        receiver: place_if(console.divisions, &telling.receiver),
    });
    (stays.collect(), tellings.collect())
}

/// What has to be typed.
fn typed(person: PersonId) -> String {
    person.0.to_string().chars().take(TYPED_CHARS).collect()
}

async fn erase(
    State(console): State<Console>,
    actor: Actor,
    Path(id): Path<Uuid>,
    Form(asked): Form<Asked>,
) -> Result<Redirect, Problem> {
    let wanted = Wanted::read(&asked)?;
    let mark = asked.mark.ok_or_else(Problem::unreadable)?;
    let person = PersonId(id);
    if asked.typed.trim() != typed(person) {
        return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "problem.erasing-unconfirmed"));
    }
    note(&console.store, &actor.name, (person, wanted.feed), &wanted.purpose(true)).await?;
    match console.mending.erase(person, wanted.feed, mark).await? {
        Erased::Done(Erasing { messages, facts, tellings, .. }) => {
            Ok(Redirect::to(&format!("/rights/erased?messages={messages}&facts={facts}&notices={}", tellings.len())))
        }
        Erased::Changed => Err(Problem::new(StatusCode::CONFLICT, "problem.erasing-changed")),
        // Erased already, by a double click or by somebody else.
        Erased::Nothing => Err(Problem::not_found()),
    }
}

/// What was erased.
#[derive(Deserialize)]
struct Done {
    messages: usize,
    facts: usize,
    notices: usize,
}

#[derive(Template, WebTemplate)]
#[template(path = "operator/erased.html")]
struct ErasedPage {
    page: Page,
    done: Done,
}

async fn erased(page: Page, Query(done): Query<Done>) -> ErasedPage {
    ErasedPage { page, done }
}
