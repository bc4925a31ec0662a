//! The inbox: what waits, what is due soon or overdue, what was answered, and what was only told.

use askama::Template;
use askama_web::WebTemplate;
use axum::Router;
use axum::extract::{Query, State};
use axum::routing::get;
use chrono::{Days, NaiveDate};
use liangdi_domain::case::Standing;
use liangdi_store::postgres::{DeskTab, Look};
use liangdi_store::report::{DeskCounts, DeskQuestion};
use serde::Deserialize;
use uuid::Uuid;

use super::own;
use super::words::{masked_name, word_of};
use crate::access::Actor;
use crate::console::Console;
use crate::page::Page;
use crate::problem::Problem;
use crate::texts::Language;

/// Rows of one page. The longest due come first: whoever has more to do than this begins there.
const ROWS_MAX: u32 = 100;

/// What is due within so many working days is soon.
const SOON_WORKING_DAYS: u32 = 3;

pub(super) fn router() -> Router<Console> {
    Router::new().route("/inbox", get(inbox))
}

/// The tabs, by their name in the address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Tab {
    #[default]
    Open,
    Soon,
    Overdue,
    Answered,
    Told,
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    tab: Tab,
}

/// A row of the list.
struct Row {
    notice: Uuid,
    kind: String,
    person: String,
    place: String,
    told_on: NaiveDate,
    due_on: Option<NaiveDate>,
    standing: String,
    /// CSS class: how pressing it is.
    mark: &'static str,
}

/// A tab with its number.
struct Counted {
    address: &'static str,
    text: &'static str,
    count: Option<i64>,
    is_shown: bool,
}

#[derive(Template, WebTemplate)]
#[template(path = "clerk/inbox.html")]
struct Inbox {
    page: Page,
    tabs: Vec<Counted>,
    rows: Vec<Row>,
    full: bool,
    rows_max: u32,
}

async fn inbox(
    State(console): State<Console>,
    page: Page,
    actor: Actor,
    Query(Asked { tab }): Query<Asked>,
) -> Result<Inbox, Problem> {
    let (own, today) = (own(&console, &actor), console.today());
    let soon = console.calendar.add_working_days(today, SOON_WORKING_DAYS).date + Days::new(1);
    let counts = console.store.desk_counts(&own, today, soon).await?;
    let wanted = match tab {
        Tab::Open => DeskTab::Waiting,
        Tab::Soon => DeskTab::DueBetween(today, soon),
        Tab::Overdue => DeskTab::DueBefore(today),
        Tab::Answered => DeskTab::Answered,
        Tab::Told => DeskTab::News,
    };
    let look = Look { who: &actor.name, purpose: "looked at the inbox" };
    let found = console.store.desk_list(&own, wanted, ROWS_MAX, look).await?;
    let full = found.len() == ROWS_MAX as usize;
    let rows = found.iter().map(|question| row(&console, page.language, question)).collect();
    Ok(Inbox { page, tabs: tabs(tab, counts), rows, full, rows_max: ROWS_MAX })
}

fn tabs(shown: Tab, counts: DeskCounts) -> Vec<Counted> {
    let tab = |tab, address, text, count| Counted { address, text, count, is_shown: tab == shown };
    vec![
        tab(Tab::Open, "/inbox", "clerk.inbox.open", Some(counts.open)),
        tab(Tab::Soon, "/inbox?tab=soon", "clerk.inbox.soon", Some(counts.due_soon)),
        tab(Tab::Overdue, "/inbox?tab=overdue", "clerk.inbox.overdue", Some(counts.overdue)),
        tab(Tab::Answered, "/inbox?tab=answered", "clerk.inbox.answered", Some(counts.answered)),
        tab(Tab::Told, "/inbox?tab=told", "clerk.inbox.told", None),
    ]
}

fn row(console: &Console, language: Language, question: &DeskQuestion) -> Row {
    let standing = question.question.map(|asked| asked.standing(console.today(), console.calendar));
    let (standing, mark) = standing_words(language, standing);
    let place = question.receiver.parse().map(|code| console.divisions.full_name(code)).unwrap_or_default();
    Row {
        notice: question.notice,
        kind: word_of(language, question.kind.name()),
        person: masked_name(&question.data),
        place: if place.is_empty() { question.receiver.clone() } else { place },
        told_on: question.time.date_naive(),
        due_on: question.question.and_then(|asked| asked.due_on),
        standing,
        mark,
    }
}

/// Where a question stands, in words and as a mark.
pub(super) fn standing_words(language: Language, standing: Option<Standing>) -> (String, &'static str) {
    let days = |key: &str, days: u32| language.filled(key, &[&days.to_string()]);
    match standing {
        None => (language.text("clerk.standing.told").to_owned(), "told"),
        Some(Standing::Open { days_left: None }) => (language.text("clerk.standing.open").to_owned(), "open"),
        Some(Standing::Open { days_left: Some(0) }) => (language.text("clerk.standing.today").to_owned(), "soon"),
        Some(Standing::Open { days_left: Some(left) }) if left <= SOON_WORKING_DAYS => {
            (days("clerk.standing.left", left), "soon")
        }
        Some(Standing::Open { days_left: Some(left) }) => (days("clerk.standing.left", left), "open"),
        Some(Standing::Overdue { days_late }) => (days("clerk.standing.late", days_late), "late"),
        Some(Standing::Answered { outcome, .. }) => {
            let outcome = serde_json::to_value(outcome).ok();
            let outcome = outcome.as_ref().and_then(|outcome| outcome.as_str()).unwrap_or_default();
            (word_of(language, outcome), "done")
        }
        Some(Standing::Closed) => (language.text("clerk.standing.closed").to_owned(), "done"),
    }
}
