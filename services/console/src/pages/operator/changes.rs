//! What changes, or may. Boundary changes as they were announced, whether they are followed, and how far the hub has come to
//! look at everybody they touch; other weights and procedures, rehearsed; what the broker lacks.

mod rules;
mod topology;

use askama::Template;
use askama_web::WebTemplate;
use axum::Router;
use axum::extract::State;
use axum::routing::get;
use chrono::NaiveDate;
use liangdi_domain::division::{Announcement, Entry, Fault, Ruling};
use liangdi_store::port::register;
use serde_json::json;

use super::persons::{office, place_if};
use crate::console::Console;
use crate::page::Page;
use crate::problem::Problem;

pub(super) fn router() -> Router<Console> {
    Router::new().route("/changes", get(list)).merge(rules::router()).merge(topology::router())
}

/// Outside the layer of roles: when the session is over, the page has to be led to the login as a whole.
pub(super) fn live() -> Router<Console> {
    rules::live().merge(topology::live())
}

/// An announcement.
struct Row {
    from_day: NaiveDate,
    number: String,
    kind: String,
    from: Vec<String>,
    to: Vec<String>,
    office: String,
    stands: String,
    /// `open`, `done` or `late`, as marks are called.
    mark: &'static str,
}

/// How far it has come.
struct Progress {
    percent: String,
    done: f64,
    codes: Vec<String>,
    profiles: i64,
    persons: i64,
    since: String,
}

#[derive(Template, WebTemplate)]
#[template(path = "operator/changes.html")]
struct List {
    page: Page,
    rows: Vec<Row>,
    progress: Option<Progress>,
    /// Changes in force that nobody has begun to work off.
    waiting: usize,
}

async fn list(State(console): State<Console>, page: Page) -> Result<List, Problem> {
    let register = register(console.divisions, console.store.announced().await?);
    let today = console.today();
    let waiting = register.in_force(today).filter(|announcement| !announcement.settled).count();
    let progress = console.store.division_progress().await?.map(|progress| Progress {
        percent: format!("{:.1}", progress.done() * 100.0),
        done: progress.done(),
        codes: progress.work.codes.iter().map(|code| place_if(console.divisions, code.as_str())).collect(),
        profiles: progress.work.looked_at,
        persons: progress.work.touched,
        since: page.moment(&progress.since),
    });
    let mut rows: Vec<Row> = register.rulings().iter().map(|ruled| row(&console, &page, ruled, today)).collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.from_day));
    Ok(List { page, rows, progress, waiting })
}

fn row(console: &Console, page: &Page, (announcement, ruling): &(Announcement, Ruling), today: NaiveDate) -> Row {
    let Announcement { key, change, settled, .. } = announcement;
    let named = |entries: &[Entry]| entries.iter().map(|entry| format!("{} {}", entry.name, entry.code)).collect();
    let (stands, mark) = match ruling {
        Ruling::Followed if change.effective_on > today => ("changes.stands.announced", "told"),
        Ruling::Followed if *settled => ("changes.stands.in-force", "done"),
        Ruling::Followed => ("changes.stands.worked-off", "open"),
        Ruling::Superseded => ("changes.stands.superseded", "told"),
        Ruling::Refused(fault) => (fault_text(fault), "late"),
    };
    let kind = json!(change.kind);
    let kind = kind.as_str().unwrap_or_default();
    Row {
        from_day: change.effective_on,
        number: change.number.clone(),
        kind: page.language.text_if(&format!("changes.kind.{kind}")).unwrap_or(kind).to_owned(),
        from: named(&change.from),
        to: named(&change.to),
        office: office(page, console.divisions, &key.source),
        stands: page.t(stands).to_owned(),
        mark,
    }
}

const fn fault_text(fault: &Fault) -> &'static str {
    match fault {
        Fault::Shape(_) => "changes.fault.shape",
        Fault::Unknown(_) => "changes.fault.unknown",
        Fault::Taken(_) => "changes.fault.taken",
        Fault::Conflict(_) => "changes.fault.conflict",
        Fault::Cycle(_) => "changes.fault.cycle",
    }
}
