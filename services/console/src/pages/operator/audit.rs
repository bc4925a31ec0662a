//! Who looked at or did what, when and why; by user and by day, newest first.

use askama::Template;
use askama_web::WebTemplate;
use axum::Router;
use axum::extract::{Query, State};
use axum::routing::get;
use chrono::{Days, NaiveDate};
use liangdi_domain::calendar::shanghai_midnight;
use liangdi_store::postgres::AuditFilter;
use liangdi_store::report::Looked;
use serde::Deserialize;

use crate::console::Console;
use crate::page::Page;
use crate::problem::Problem;

/// Entries of one page.
const ROWS_MAX: u32 = 100;

pub(super) fn router() -> Router<Console> {
    Router::new().route("/audit", get(list))
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    who: String,
    /// `YYYY-MM-DD`; an empty field is none.
    #[serde(default)]
    day: String,
    before: Option<i64>,
}

#[derive(Template, WebTemplate)]
#[template(path = "operator/audit.html")]
struct List {
    page: Page,
    asked: Asked,
    rows: Vec<Looked>,
    /// The next page ends before this number.
    more: Option<i64>,
}

async fn list(State(console): State<Console>, page: Page, Query(asked): Query<Asked>) -> Result<List, Problem> {
    let day = match asked.day.trim() {
        "" => None,
        day => Some(day.parse::<NaiveDate>().map_err(|_| Problem::unreadable())?),
    };
    let filter = AuditFilter {
        who: Some(asked.who.trim()).filter(|who| !who.is_empty()),
        from: day.and_then(shanghai_midnight),
        to: day.and_then(|day| shanghai_midnight(day.checked_add_days(Days::new(1))?)),
        before: asked.before,
    };
    let rows = console.store.audit_list(filter, ROWS_MAX).await?;
    let more = rows.last().filter(|_| rows.len() == ROWS_MAX as usize).map(|row| row.no);
    Ok(List { page, asked, rows, more })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_eight_hours_before_utc() {
        let begins = shanghai_midnight("2026-03-09".parse().unwrap()).unwrap();
        assert_eq!(begins.to_rfc3339(), "2026-03-08T16:00:00+00:00");
    }
}
