//! Cases: what is due today, who is late, one case as a conversation, how jurisdictions fare, and who lives where. Codes,
//! ids, counts and dates: nobody's identity.

mod conversation;
mod movements;
mod scorecards;

use std::collections::BTreeMap;

use askama::Template;
use askama_web::WebTemplate;
use axum::Router;
use axum::extract::{Query, State};
use axum::routing::get;
use chrono::{Days, NaiveDate};
use liangdi_domain::case::Standing;
use liangdi_domain::division::{Code, Divisions};
use liangdi_store::report::AskedRow;
use serde::Deserialize;
use uuid::Uuid;

use super::persons::{place, place_if};
use crate::console::Console;
use crate::page::Page;
use crate::problem::Problem;

/// Questions that a list shows, the longest due first.
const CASES_MAX: u32 = 100;
/// Jurisdictions that the overview shows, those that are late most often first.
const LATE_MAX: usize = 50;

pub(super) fn router() -> Router<Console> {
    Router::new()
        .route("/cases", get(list))
        .merge(conversation::router())
        .merge(scorecards::router())
        .merge(movements::router())
}

#[derive(Deserialize, Default)]
struct Asked {
    /// Only of this division and those below it.
    #[serde(default)]
    of: String,
}

/// A jurisdiction that owes answers.
struct Late {
    code: String,
    name: String,
    questions: i64,
    oldest: NaiveDate,
}

/// A question that waits.
struct Question {
    case: Option<Uuid>,
    receiver: String,
    topic: String,
    place: String,
    asked_on: NaiveDate,
    due_on: Option<NaiveDate>,
    stands: String,
    is_late: bool,
    late_told: u32,
}

#[derive(Template, WebTemplate)]
#[template(path = "operator/cases.html")]
struct List {
    page: Page,
    asked: Asked,
    /// Name of the division that is asked about.
    of: String,
    today: NaiveDate,
    due: Vec<Question>,
    overdue: Vec<Question>,
    late: Vec<Late>,
    cases_max: u32,
}

impl List {
    fn is_full(&self) -> bool {
        self.overdue.len() == CASES_MAX as usize
    }
}

async fn list(State(console): State<Console>, page: Page, Query(asked): Query<Asked>) -> Result<List, Problem> {
    let of = match asked.of.trim() {
        "" => None,
        of => Some(of.parse::<Code>().map_err(|_| Problem::unreadable())?),
    };
    let prefix = of.as_ref().map(Code::prefix).unwrap_or_default();
    let today = console.today();
    let tomorrow = today.checked_add_days(Days::new(1));
    let due = console.store.open_cases(prefix, (Some(today), tomorrow), CASES_MAX).await?;
    let overdue = console.store.open_cases(prefix, (None, Some(today)), CASES_MAX).await?;
    let late = late(console.divisions, console.store.overdue(today).await?, of);
    let words = |rows: Vec<AskedRow>| rows.iter().map(|row| question(&console, &page, row)).collect();
    Ok(List {
        of: of.map(|of| place(console.divisions, of)).unwrap_or_default(),
        due: words(due),
        overdue: words(overdue),
        late,
        today,
        cases_max: CASES_MAX,
        asked,
        page,
    })
}

fn question(console: &Console, page: &Page, row: &AskedRow) -> Question {
    let standing = row.question.standing(console.today(), console.calendar);
    Question {
        case: row.case,
        receiver: place_if(console.divisions, &row.receiver),
        topic: page.person_text("topic", &row.topic).to_owned(),
        place: place_if(console.divisions, &row.place),
        asked_on: row.question.asked_on,
        due_on: row.question.due_on,
        stands: stands(page, standing),
        is_late: matches!(standing, Standing::Overdue { .. } | Standing::Answered { late: true, .. }),
        late_told: row.late_told,
    }
}

/// Where a question stands, in words.
fn stands(page: &Page, standing: Standing) -> String {
    match standing {
        Standing::Open { days_left: Some(days) } => page.t1("cases.stands.days-left", days),
        Standing::Open { days_left: None } => page.t("cases.stands.open").to_owned(),
        Standing::Overdue { days_late } => page.t1("cases.stands.days-late", days_late),
        Standing::Answered { outcome, after_days, late } => {
            let outcome = serde_json::to_value(outcome).unwrap_or_default();
            let key = if late { "cases.stands.answered-late" } else { "cases.stands.answered" };
            page.t2(key, page.word(outcome.as_str().unwrap_or_default()), after_days)
        }
        Standing::Closed => page.t("cases.stands.closed").to_owned(),
    }
}

/// Who is late, by county, or inside a county by whoever was asked; most often late first.
fn late(divisions: &Divisions, rows: Vec<(String, i64, NaiveDate)>, of: Option<Code>) -> Vec<Late> {
    let mut sums: BTreeMap<String, (i64, NaiveDate)> = BTreeMap::new();
    for (receiver, questions, oldest) in rows {
        let code = receiver.parse::<Code>().ok();
        if of.is_some_and(|of| !code.is_some_and(|code| of.contains(&code))) {
            continue;
        }
        let county = code.and_then(|code| code.county()).filter(|county| of != Some(*county));
        let whose = county.map_or(receiver, |county| county.to_string());
        let sum = sums.entry(whose).or_insert((0, oldest));
        *sum = (sum.0 + questions, sum.1.min(oldest));
    }
    let row = |(code, (questions, oldest)): (String, (i64, NaiveDate))| {
        let name = code.parse().map(|code| divisions.full_name(code)).unwrap_or_default();
        Late { name, code, questions, oldest }
    };
    let mut late: Vec<Late> = sums.into_iter().map(row).collect();
    late.sort_by_key(|late| (std::cmp::Reverse(late.questions), late.oldest));
    late.truncate(LATE_MAX);
    late
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_late_is_counted_by_county_and_inside_a_county_by_township() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let rows = || {
            let row = |receiver: &str, questions, oldest| (receiver.to_owned(), questions, day(oldest));
            vec![
                row("321322101", 2, "2026-03-09"),
                row("321322102", 3, "2026-03-02"),
                row("340000", 1, "2026-03-01"),
                row("320583100", 6, "2026-03-10"),
            ]
        };
        let told = |of: Option<&str>| {
            let late = late(Divisions::shipped(), rows(), of.map(|of| of.parse().unwrap()));
            late.into_iter().map(|late| (late.code, late.questions, late.oldest.to_string())).collect::<Vec<_>>()
        };
        let row = |code: &str, questions, oldest: &str| (code.to_owned(), questions, oldest.to_owned());
        let all = [row("320583", 6, "2026-03-10"), row("321322", 5, "2026-03-02"), row("340000", 1, "2026-03-01")];
        assert_eq!(told(None), all);
        assert_eq!(told(Some("321322")), [row("321322102", 3, "2026-03-02"), row("321322101", 2, "2026-03-09")]);
    }
}
