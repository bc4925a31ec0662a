//! A message that somebody tries: what `liangdi check` says of it, for everybody; for operators also who would be told
//! what, by a transaction that is never committed. Nothing of the message is kept either way.

use std::net::SocketAddr;

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::{ConnectInfo, DefaultBodyLimit, Query, State};
use axum::response::Redirect;
use axum::routing::get;
use axum::{Form, Router};
use chrono::NaiveDate;
use liangdi_adapters::check::{Checked, check, words};
use liangdi_adapters::contract::{MESSAGE_BYTES_MAX, Refusal};
use liangdi_domain::evidence::{Warning, WarningKind};
use liangdi_store::access::Role;
use liangdi_store::postgres::Look;
use serde::Deserialize;

use super::files::examples;
use crate::access::Actor;
use crate::console::Console;
use crate::intake::{Handed, Tried, WouldTell};
use crate::page::Page;
use crate::pages::operator::{explained, place_if};
use crate::problem::Problem;

/// Longest form: every byte of a message may be written as three.
const FORM_BYTES_MAX: usize = 3 * MESSAGE_BYTES_MAX + 1024;

pub(super) fn router() -> Router<Console> {
    Router::new()
        .route("/docs/check", get(blank).post(checked))
        .route("/docs/try", get(async || Redirect::to("/docs/check")).post(tried))
        .layer(DefaultBodyLimit::max(FORM_BYTES_MAX))
}

/// Whether it would be taken.
enum Verdict {
    Valid { kind: &'static str, publisher: String, oddities: Vec<Oddity> },
    Refused { code: &'static str, words: String, pointer: String, schema_path: String },
}

/// A warning: where, and what it means.
struct Oddity {
    pointer: String,
    words: String,
}

/// Who would be told what.
struct Told {
    kind: String,
    receiver: String,
    due_on: Option<NaiveDate>,
    basis: String,
}

/// What would follow in the hub.
enum Outcome {
    /// By the message's own office, as new or as a duplicate.
    Taken {
        is_duplicate: bool,
        told: Vec<Told>,
    },
    Refused {
        code: &'static str,
        words: String,
        pointer: String,
    },
}

#[derive(Template, WebTemplate)]
#[template(path = "docs/check.html")]
struct Sandbox {
    page: Page,
    message: String,
    verdict: Option<Verdict>,
    outcome: Option<Outcome>,
    may_try: bool,
    checks_per_min: u32,
}

/// A message, as it was pasted: no `Debug`.
#[derive(Deserialize)]
struct Pasted {
    #[serde(default)]
    message: String,
}

#[derive(Deserialize)]
struct Asked {
    /// A message type whose example stands there to begin with.
    #[serde(default)]
    example: String,
}

async fn blank(State(console): State<Console>, page: Page, Query(asked): Query<Asked>) -> Sandbox {
    let example = if asked.example.is_empty() { None } else { examples(&asked.example).into_iter().next() };
    sandbox(&console, page, example.map(|(_, text)| text).unwrap_or_default())
}

fn sandbox(console: &Console, page: Page, message: String) -> Sandbox {
    let may_try = page.actor.as_ref().is_some_and(|actor| actor.role == Role::Operator && !actor.must_change);
    Sandbox { page, message, verdict: None, outcome: None, may_try, checks_per_min: console.limits.checks_per_min }
}

async fn checked(
    State(console): State<Console>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    page: Page,
    Form(pasted): Form<Pasted>,
) -> Result<Sandbox, Problem> {
    within_the_rate(&console, from)?;
    let said = check(pasted.message.as_bytes());
    let verdict = Some(verdict(&page, &said));
    Ok(Sandbox { verdict, ..sandbox(&console, page, pasted.message) })
}

async fn tried(
    State(console): State<Console>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    page: Page,
    actor: Actor,
    Form(pasted): Form<Pasted>,
) -> Result<Sandbox, Problem> {
    actor.must_be(&[Role::Operator])?;
    within_the_rate(&console, from)?;
    let said = check(pasted.message.as_bytes());
    let verdict = Some(verdict(&page, &said));
    let outcome = match said {
        Ok(checked) => Some(try_in(&console, &page, &actor, checked, &pasted.message).await?),
        Err(_) => None,
    };
    Ok(Sandbox { verdict, outcome, ..sandbox(&console, page, pasted.message) })
}

fn within_the_rate(console: &Console, from: SocketAddr) -> Result<(), Problem> {
    if console.check_rate.allows(from.ip()) { Ok(()) } else { Err(Problem::too_often()) }
}

fn verdict(page: &Page, said: &Result<Checked, Refusal>) -> Verdict {
    match said {
        Ok(checked) => Verdict::Valid {
            kind: checked.kind.name(),
            publisher: checked.publisher.clone(),
            oddities: checked.warnings.iter().map(|warning| oddity(page, warning)).collect(),
        },
        Err(refusal) => Verdict::Refused {
            code: refusal.reason.code(),
            words: explained(page, refusal.reason.code()),
            pointer: refusal.path.clone().unwrap_or_default(),
            schema_path: refusal.schema_path.clone().unwrap_or_default(),
        },
    }
}

fn oddity(page: &Page, warning: &Warning) -> Oddity {
    let words = page.language.text_if(warning_text(warning.kind)).unwrap_or_else(|| words(warning.kind));
    Oddity { pointer: warning.path.clone(), words: words.to_owned() }
}

const fn warning_text(kind: WarningKind) -> &'static str {
    match kind {
        WarningKind::CheckDigit => "docs.warning.check-digit",
        WarningKind::DocumentShape => "docs.warning.document-shape",
        WarningKind::Placeholder => "docs.warning.placeholder",
        WarningKind::BirthDate => "docs.warning.birth-date",
        WarningKind::BirthAgainstId => "docs.warning.birth-against-id",
        WarningKind::SexAgainstId => "docs.warning.sex-against-id",
        WarningKind::Phone => "docs.warning.phone",
        WarningKind::DivisionSuccessor => "docs.warning.division-successor",
        WarningKind::DivisionAncestor => "docs.warning.division-ancestor",
        WarningKind::EventAfterMessage => "docs.warning.event-after-message",
        WarningKind::AheadOfClock => "docs.warning.ahead-of-clock",
        WarningKind::Age => "docs.warning.age",
        WarningKind::PeriodReversed => "docs.warning.period-reversed",
        WarningKind::NameEmpty => "docs.warning.name-empty",
    }
}

/// As its own office would bring it.
async fn try_in(
    console: &Console,
    page: &Page,
    actor: &Actor,
    checked: Checked,
    message: &str,
) -> Result<Outcome, Problem> {
    let event = serde_json::from_str(message).map_err(|_| Problem::unreadable())?;
    // Who would be told says something of whoever the message is about: that somebody looked is written down first.
    let look = Look { who: &actor.name, purpose: "tried a message" };
    console.store.audit(look, checked.kind.name(), false).await?;
    let handed = Handed { feed: checked.kind.feed(), publisher: checked.publisher, event };
    Ok(match console.intake.try_in(handed).await? {
        Tried::Taken { duplicate, notices } => Outcome::Taken {
            is_duplicate: duplicate,
            told: notices.into_iter().map(|notice| told(console, page, notice)).collect(),
        },
        Tried::Refused(refusal) => Outcome::Refused {
            code: refusal.reason.code(),
            words: explained(page, refusal.reason.code()),
            pointer: refusal.path.unwrap_or_default(),
        },
    })
}

fn told(console: &Console, page: &Page, notice: WouldTell) -> Told {
    Told {
        kind: page.word(notice.kind.name()).to_owned(),
        receiver: place_if(console.divisions, &notice.receiver),
        due_on: notice.due_on,
        basis: notice.basis,
    }
}
