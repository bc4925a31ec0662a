//! Every jurisdiction with what waits for it, what it was sent and what it said last: level by level, or by code or name,
//! those in trouble first. Out of the hub's own figures; the broker is never asked to list its queues.

use std::collections::HashMap;

use askama::Template;
use askama_web::WebTemplate;
use axum::Router;
use axum::extract::{Query, State};
use axum::routing::get;
use chrono::TimeDelta;
use liangdi_domain::division::{Code, Divisions, Level};
use liangdi_store::report::{QueueLast, QueueWaiting};
use serde::Deserialize;

use super::span::span;
use crate::console::Console;
use crate::page::Page;
use crate::problem::Problem;

/// Rows of one page.
const ROWS_MAX: usize = 50;

pub(super) fn router() -> Router<Console> {
    Router::new().route("/queues", get(list))
}

#[derive(Deserialize, Default)]
struct Asked {
    /// Code or part of a name.
    #[serde(default)]
    q: String,
    /// The division whose divisions are shown.
    of: Option<String>,
    #[serde(default)]
    page: usize,
}

/// What waits for a jurisdiction and for those below it.
#[derive(Clone, Copy, Default)]
struct Waiting {
    own: i64,
    with_below: i64,
}

struct Row {
    code: Code,
    name: String,
    has_below: bool,
    waiting: Waiting,
    oldest: Option<String>,
    is_late: bool,
    last: Option<QueueLast>,
}

#[derive(Template, WebTemplate)]
#[template(path = "operator/queues.html")]
struct List {
    page: Page,
    asked: Asked,
    /// From the province down to the division shown; empty in a search.
    above: Vec<(Code, String)>,
    /// Departments and provinces besides: receivers that are no jurisdiction of the tree.
    others: Vec<(String, i64, String)>,
    rows: Vec<Row>,
    found: usize,
    more: Option<usize>,
}

async fn list(State(console): State<Console>, page: Page, Query(asked): Query<Asked>) -> Result<List, Problem> {
    let divisions = console.divisions;
    let waiting = console.store.queues_waiting().await?;
    let sums = rolled_up(divisions, &waiting);
    let of = match asked.of.as_deref().unwrap_or_default() {
        "" => divisions.home(),
        of => of.parse().map_err(|_| Problem::unreadable())?,
    };
    let q = asked.q.trim();
    let mut codes = if q.is_empty() { below(divisions, of) } else { matching(divisions, q) };
    let sum = |code: &Code| sums.get(code).copied().unwrap_or_default();
    // Stable: those in equal trouble stay in the order of codes.
    codes.sort_by_key(|code| std::cmp::Reverse(sum(code).with_below));
    let found = codes.len();
    let first = asked.page.saturating_mul(ROWS_MAX);
    let shown: Vec<Code> = codes.into_iter().skip(first).take(ROWS_MAX).collect();
    let receivers: Vec<String> = shown.iter().map(ToString::to_string).collect();
    let mut last: HashMap<String, QueueLast> =
        console.store.queues_last(&receivers).await?.into_iter().map(|last| (last.receiver.clone(), last)).collect();
    let now = console.now_utc();
    let patience = i64::try_from(console.limits.notice_waits_s).unwrap_or(i64::MAX);
    let rows = shown.into_iter().map(|code| {
        let name = code.to_string();
        let age = waiting.iter().find(|waiting| waiting.receiver == name).map(|waiting| now - waiting.oldest);
        Row {
            code,
            name: divisions.name(code).unwrap_or_default().to_owned(),
            has_below: code.level() < Level::Township,
            waiting: sum(&code),
            is_late: age.is_some_and(|age| age.num_seconds() > patience),
            oldest: age.map(|age| span(page.language, age.max(TimeDelta::zero()))),
            last: last.remove(&name),
        }
    });
    let rows = rows.collect();
    let others = waiting.iter().filter(|waiting| waiting.receiver.parse::<Code>().is_err());
    let others =
        others.map(|waiting| (waiting.receiver.clone(), waiting.notices, span(page.language, now - waiting.oldest)));
    Ok(List {
        others: others.collect(),
        above: if q.is_empty() { path_to(divisions, of) } else { Vec::new() },
        more: Some(asked.page + 1).filter(|_| first.saturating_add(ROWS_MAX) < found),
        rows,
        found,
        asked,
        page,
    })
}

/// What waits, counted for whoever it waits for and for every division above.
fn rolled_up(divisions: &Divisions, waiting: &[QueueWaiting]) -> HashMap<Code, Waiting> {
    let mut sums: HashMap<Code, Waiting> = HashMap::new();
    for row in waiting {
        let Ok(code) = row.receiver.parse::<Code>() else { continue };
        sums.entry(code).or_default().own += row.notices;
        let mut at = Some(code);
        while let Some(code) = at {
            sums.entry(code).or_default().with_below += row.notices;
            at = divisions.parent(code);
        }
    }
    sums
}

/// A division's own divisions; of the home province, the other provinces as well.
fn below(divisions: &Divisions, of: Code) -> Vec<Code> {
    let is_root = of == divisions.home();
    let codes = divisions.jurisdictions().into_iter();
    codes.filter(|code| divisions.parent(*code) == Some(of) || (is_root && divisions.parent(*code).is_none())).collect()
}

fn matching(divisions: &Divisions, q: &str) -> Vec<Code> {
    let is_code = q.bytes().all(|byte| byte.is_ascii_digit());
    let fits = |code: &Code| match is_code {
        true => code.as_str().starts_with(q),
        false => divisions.name(*code).is_some_and(|name| name.contains(q)),
    };
    divisions.jurisdictions().into_iter().filter(fits).collect()
}

fn path_to(divisions: &Divisions, of: Code) -> Vec<(Code, String)> {
    let mut path = Vec::new();
    let mut at = Some(of);
    while let Some(code) = at {
        path.push((code, divisions.name(code).unwrap_or_default().to_owned()));
        at = divisions.parent(code);
    }
    path.reverse();
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> Code {
        text.parse().unwrap()
    }

    #[test]
    fn what_waits_counts_for_every_division_above() {
        let waiting = |receiver: &str, notices| QueueWaiting {
            receiver: receiver.to_owned(),
            notices,
            oldest: chrono::DateTime::UNIX_EPOCH,
        };
        let rows = [waiting("320583100", 3), waiting("320583", 2), waiting("police.320500", 9)];
        let sums = rolled_up(Divisions::shipped(), &rows);
        let of = |text| sums.get(&code(text)).map(|sum| (sum.own, sum.with_below));
        assert_eq!(of("320583100"), Some((3, 3)));
        assert_eq!(of("320583"), Some((2, 5)));
        assert_eq!(of("320000"), Some((0, 5)));
        assert_eq!(of("340000"), None);
    }

    #[test]
    fn the_tree_and_the_search_lead_to_the_same_jurisdictions() {
        let divisions = Divisions::shipped();
        let roots = below(divisions, divisions.home());
        assert!(roots.contains(&code("320500")) && roots.contains(&code("340000")));
        assert!(below(divisions, code("320583")).contains(&code("320583100")));
        let name = divisions.name(code("320583")).unwrap();
        assert!(matching(divisions, name).contains(&code("320583")));
        assert!(matching(divisions, "320583").iter().all(|found| code("320583").contains(found)));
        assert!(matching(divisions, "no such name").is_empty());
        assert_eq!(path_to(divisions, code("320583")).len(), 3);
    }
}
