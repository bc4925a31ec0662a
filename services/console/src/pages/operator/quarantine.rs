//! What could not be taken: by reason and publisher, one message, a dry run, replay, drop. A message is settled once,
//! however often its form is sent.

mod body;
mod message;
mod settle;

pub(in crate::pages) use message::explained;

use askama::Template;
use askama_web::WebTemplate;
use axum::Router;
use axum::extract::{Query, State};
use axum::routing::get;
use liangdi_store::postgres::QuarantineFilter;
use liangdi_store::report::{Refused, RefusedGroup};
use serde::Deserialize;

use crate::console::Console;
use crate::page::Page;
use crate::problem::Problem;

/// Rows of one page.
const ROWS_MAX: u32 = 50;

pub(super) fn router() -> Router<Console> {
    Router::new().route("/quarantine", get(list)).merge(message::router()).merge(settle::router())
}

/// Which messages are shown, and what was just done.
#[derive(Deserialize, Default)]
struct Asked {
    #[serde(default)]
    reason: String,
    #[serde(default)]
    publisher: String,
    #[serde(default)]
    after: i64,
    /// `1`: those that were settled too.
    #[serde(default)]
    settled: String,
    taken: Option<usize>,
    dropped: Option<usize>,
    left: Option<usize>,
}

impl Asked {
    fn filter(&self) -> QuarantineFilter<'_> {
        let some = |text: &'_ str| !text.is_empty();
        QuarantineFilter {
            reason: Some(self.reason.as_str()).filter(|text| some(text)),
            publisher: Some(self.publisher.as_str()).filter(|text| some(text)),
            no: None,
            after: self.after,
            settled_too: self.settled_too(),
        }
    }

    fn settled_too(&self) -> bool {
        self.settled == "1"
    }
}

#[derive(Template, WebTemplate)]
#[template(path = "operator/quarantine.html")]
struct List {
    page: Page,
    asked: Asked,
    groups: Vec<RefusedGroup>,
    rows: Vec<Refused>,
    /// The next page begins after this number.
    more: Option<i64>,
}

async fn list(State(console): State<Console>, page: Page, Query(asked): Query<Asked>) -> Result<List, Problem> {
    let groups = console.store.quarantine_open().await?;
    let rows = console.store.quarantine_list(asked.filter(), ROWS_MAX).await?;
    let more = rows.last().filter(|_| rows.len() == ROWS_MAX as usize).map(|row| row.no);
    Ok(List { page, asked, groups, rows, more })
}
