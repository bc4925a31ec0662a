//! Every jurisdiction with what waits for it, what it was sent and what it said last: level by level, or by code or name,
//! those in trouble first.

use askama::Template;
use askama_web::WebTemplate;
use axum::Router;
use axum::extract::{Query, State};
use axum::routing::get;
use chrono::{DateTime, TimeDelta, Utc};
use liangdi_domain::division::Code;
use serde::Deserialize;

use super::span::span;
use crate::console::Console;
use crate::page::Page;
use crate::problem::Problem;
use crate::queues::{Order, Queue, Wanted, list as queues};

pub(super) fn router() -> Router<Console> {
    Router::new().route("/queues", get(list))
}

#[derive(Deserialize, Default)]
struct Asked {
    /// Code or part of a name.
    #[serde(default)]
    q: String,
    /// The division whose divisions are shown.
    #[serde(default)]
    of: String,
    #[serde(default)]
    order: Order,
    #[serde(default)]
    page: usize,
}

struct Row {
    queue: Queue,
    /// How long the oldest has waited.
    oldest: Option<String>,
    is_late: bool,
}

#[derive(Template, WebTemplate)]
#[template(path = "operator/queues.html")]
struct List {
    page: Page,
    asked: Asked,
    /// From the province down to the division shown; empty in a search.
    above: Vec<(Code, String)>,
    /// Departments besides: receivers that are no jurisdiction of the tree.
    others: Vec<(String, i64, String)>,
    rows: Vec<Row>,
    found: usize,
    more: Option<usize>,
}

impl List {
    fn is_chosen(&self, order: &Order) -> bool {
        self.asked.order == *order
    }
}

impl Page {
    /// What comes first.
    fn queue_order(&self, order: &Order) -> &str {
        self.t(match order {
            Order::Waiting => "operator.queues.by-waiting",
            Order::Oldest => "operator.queues.by-oldest",
            Order::Code => "operator.queues.by-code",
        })
    }
}

async fn list(State(console): State<Console>, page: Page, Query(asked): Query<Asked>) -> Result<List, Problem> {
    let of = match asked.of.trim() {
        "" => console.divisions.home(),
        of => of.parse().map_err(|_| Problem::unreadable())?,
    };
    let wanted = Wanted { search: &asked.q, of, order: asked.order, page: asked.page };
    let found = queues(&console, wanted).await?;
    let now = console.now_utc();
    let patience = TimeDelta::seconds(i64::try_from(console.limits.notice_waits_s).unwrap_or(i64::MAX / 1_000));
    let row = |queue: Queue| {
        let age = queue.oldest.map(|oldest| now - oldest);
        Row { oldest: age.map(|age| span(page.language, age)), is_late: age.is_some_and(|age| age > patience), queue }
    };
    let other = |(receiver, notices, oldest): (String, i64, Option<DateTime<Utc>>)| {
        let age = oldest.map_or(TimeDelta::zero(), |oldest| now - oldest);
        (receiver, notices, span(page.language, age))
    };
    let above = if asked.q.trim().is_empty() { console.tree.path(of.as_str()) } else { Vec::new() };
    Ok(List {
        above: above.into_iter().map(|one| (one.code, one.name.to_string())).collect(),
        others: found.others.into_iter().map(other).collect(),
        rows: found.rows.into_iter().map(row).collect(),
        found: found.found,
        more: found.next,
        asked,
        page,
    })
}
