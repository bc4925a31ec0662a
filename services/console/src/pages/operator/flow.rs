//! Whether notices flow: feeds, the hub, and the levels of jurisdictions, with what is wrong first and in words. The page
//! asks for its middle again every few seconds, and for the last day every minute.

mod day;

use std::collections::HashMap;

use askama::Template;
use askama_web::WebTemplate;
use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use chrono::{DateTime, TimeDelta, Utc};
use liangdi_domain::notice::Receiver;
use liangdi_store::report::{Flow, Status};

use super::FIGURES;
use super::span::span;
use crate::access::Actor;
use crate::console::Console;
use crate::page::Page;
use crate::problem::Problem;
use crate::texts::Language;

pub(super) fn router() -> Router<Console> {
    Router::new().route("/flow", get(whole))
}

/// Outside the layer of roles: when the session is over, the page has to be led to the login as a whole.
pub(super) fn live() -> Router<Console> {
    Router::new().route("/flow/now", get(now)).route("/flow/day", get(last_day))
}

/// Something that is wrong, and where it is mended.
struct Wrong {
    words: String,
    leads_to: Option<&'static str>,
}

struct FeedRow {
    feed: &'static str,
    heard: Option<String>,
    is_silent: bool,
    per_minute: Option<i64>,
    received: i64,
    recorded: i64,
    duplicates: i64,
    quarantined: i64,
}

struct LevelRow {
    level: &'static str,
    per_minute: Option<i64>,
    sent: i64,
    waiting: i64,
}

/// What is shown and asked for again.
struct Now {
    wrong: Vec<Wrong>,
    feeds: Vec<FeedRow>,
    levels: Vec<LevelRow>,
    persons: i64,
    waiting: i64,
    oldest: Option<String>,
    open: i64,
    at: String,
}

#[derive(Template, WebTemplate)]
#[template(path = "operator/flow.html")]
struct Whole {
    page: Page,
    now: Now,
    day: day::Day,
}

#[derive(Template, WebTemplate)]
#[template(path = "operator/flow_day.html")]
struct DayFragment {
    page: Page,
    day: day::Day,
}

#[derive(Template, WebTemplate)]
#[template(path = "operator/flow_now.html")]
struct Fragment {
    page: Page,
    now: Now,
}

async fn whole(State(console): State<Console>, page: Page) -> Result<Whole, Problem> {
    let day = day::read(&console, page.language).await?;
    Ok(Whole { now: read(&console, page.language).await?, day, page })
}

async fn now(State(console): State<Console>, page: Page, actor: Result<Actor, Problem>) -> Result<Response, Problem> {
    let Ok(actor) = actor else { return Ok(to_login()) };
    actor.must_be(FIGURES)?;
    Ok(Fragment { now: read(&console, page.language).await?, page }.into_response())
}

async fn last_day(
    State(console): State<Console>,
    page: Page,
    actor: Result<Actor, Problem>,
) -> Result<Response, Problem> {
    let Ok(actor) = actor else { return Ok(to_login()) };
    actor.must_be(FIGURES)?;
    Ok(DayFragment { day: day::read(&console, page.language).await?, page }.into_response())
}

fn to_login() -> Response {
    [("HX-Redirect", "/login?next=/flow")].into_response()
}

async fn read(console: &Console, language: Language) -> Result<Now, Problem> {
    let (status, flow) = (console.store.status().await?, console.store.flow().await?);
    let now = console.now_utc();
    let rates = console.rates.note(now, counts(&status, &flow));
    let silent = TimeDelta::minutes(i64::try_from(console.limits.feed_silent_min).unwrap_or(i64::MAX / 60_000));
    let heard = |feed: &str| flow.heard.iter().find(|(name, _)| name == feed).map(|(_, at)| now - *at);
    let feeds: Vec<FeedRow> = status
        .feeds
        .iter()
        .map(|feed| FeedRow {
            feed: feed.feed.name(),
            heard: heard(feed.feed.name()).map(|age| span(language, age)),
            is_silent: heard(feed.feed.name()).is_some_and(|age| age > silent),
            per_minute: rates.get(feed.feed.name()).copied(),
            received: feed.received,
            recorded: feed.recorded,
            duplicates: feed.duplicates,
            quarantined: feed.quarantined,
        })
        .collect();
    let level = |level: &'static str| {
        let found = flow.levels.iter().find(|row| row.level == level);
        let (sent, waiting) = found.map_or((0, 0), |row| (row.sent, row.waiting));
        LevelRow { level, per_minute: rates.get(level).copied(), sent, waiting }
    };
    Ok(Now {
        wrong: wrong(console, language, &status, &feeds),
        levels: Receiver::LEVELS.map(level).into(),
        feeds,
        persons: status.persons,
        waiting: status.outbox_waiting,
        oldest: status.outbox_oldest_s.map(|age| span(language, TimeDelta::seconds(age))),
        open: status.quarantine_open.iter().map(|count| count.count).sum(),
        at: clock_time(console, now),
    })
}

/// The counters whose speed is shown: feeds and levels have names of their own.
fn counts(status: &Status, flow: &Flow) -> HashMap<String, i64> {
    let feeds = status.feeds.iter().map(|feed| (feed.feed.name().to_owned(), feed.received));
    feeds.chain(flow.levels.iter().map(|level| (level.level.clone(), level.sent))).collect()
}

/// What is wrong, the worst first.
fn wrong(console: &Console, language: Language, status: &Status, feeds: &[FeedRow]) -> Vec<Wrong> {
    let mut wrong = Vec::new();
    let mut say = |words: String, leads_to| wrong.push(Wrong { words, leads_to });
    for (part, ill) in console.probes.said() {
        if let Some(words) = ill {
            say(language.filled("operator.wrong.part", &[&part, &words]), None);
        }
    }
    for feed in status.feeds.iter().filter(|feed| !feed.adds_up()) {
        say(language.filled("operator.wrong.accounts", &[named(language, feed.feed.name())]), None);
    }
    let limit = i64::try_from(console.limits.notice_waits_s).unwrap_or(i64::MAX);
    if let Some(age) = status.outbox_oldest_s.filter(|age| *age > limit) {
        let (age, waiting) = (span(language, TimeDelta::seconds(age)), status.outbox_waiting.to_string());
        say(language.filled("operator.wrong.waits", &[&waiting, &age]), None);
    }
    for feed in feeds.iter().filter(|feed| feed.is_silent) {
        let heard = feed.heard.as_deref().unwrap_or_default();
        say(language.filled("operator.wrong.silent", &[named(language, feed.feed), heard]), None);
    }
    let open: i64 = status.quarantine_open.iter().map(|count| count.count).sum();
    if open > 0 {
        say(language.filled("operator.wrong.quarantine", &[&open.to_string()]), Some("/quarantine"));
    }
    wrong
}

/// A feed's name in the page's language.
fn named(language: Language, feed: &str) -> &str {
    language.text_if(&format!("operator.feed.{feed}")).unwrap_or(feed)
}

fn clock_time(console: &Console, now: DateTime<Utc>) -> String {
    now.with_timezone(console.now().offset()).format("%H:%M:%S").to_string()
}
