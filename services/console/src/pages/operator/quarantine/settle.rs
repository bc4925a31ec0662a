//! Settling refused messages: first a dry run, which says what would happen; then for good; or away with them, with a
//! reason. What somebody else settled in the meantime is left as it is.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::response::Redirect;
use axum::routing::post;
use axum::{Form, Router};
use liangdi_store::postgres::{Look, QuarantineFilter};
use liangdi_store::report::RefusedBody;

use super::message::explained;
use crate::access::Actor;
use crate::console::Console;
use crate::mending::{Earnest, Replayed};
use crate::page::Page;
use crate::problem::Problem;
use crate::settling::{self, reason};

/// Messages of one dry run or replay: each is a transaction of its own, and a page answers within a minute.
const MESSAGES_MAX: u32 = 100;

pub(super) fn router() -> Router<Console> {
    Router::new()
        .route("/quarantine/try", post(tried))
        .route("/quarantine/replay", post(replay))
        .route("/quarantine/drop", post(drop_them))
}

/// A form with one `no` for each message; or a filter, where `all` is there.
type Fields = Vec<(String, String)>;

fn field<'a>(fields: &'a Fields, name: &str) -> Option<&'a str> {
    let found = fields.iter().find(|(field, _)| field == name);
    found.map(|(_, value)| value.trim()).filter(|value| !value.is_empty())
}

fn numbers(fields: &Fields) -> Result<Vec<i64>, Problem> {
    let numbers = fields.iter().filter(|(field, _)| field == "no").map(|(_, value)| value.parse());
    let mut numbers: Vec<i64> = numbers.collect::<Result<_, _>>().map_err(|_| Problem::unreadable())?;
    numbers.sort_unstable();
    numbers.dedup();
    numbers.truncate(MESSAGES_MAX as usize);
    Ok(numbers)
}

/// What would become of one message.
struct Tried {
    no: i64,
    id: String,
    publisher: String,
    words: String,
    takes: bool,
}

#[derive(Template, WebTemplate)]
#[template(path = "operator/quarantine_try.html")]
struct TryPage {
    page: Page,
    rows: Vec<Tried>,
    takes: usize,
    full: bool,
    messages_max: u32,
}

async fn tried(
    State(console): State<Console>,
    page: Page,
    actor: Actor,
    Form(fields): Form<Fields>,
) -> Result<TryPage, Problem> {
    let look = Look { who: &actor.name, purpose: "tried a replay" };
    let mut rows = Vec::new();
    for message in wanted(&console, &fields, look).await? {
        let (no, id, publisher) =
            (message.refused.no, message.refused.id.clone().unwrap_or_default(), message.refused.publisher.clone());
        let became = console.mending.replay(message, Earnest::Try).await?;
        let takes = matches!(became, Replayed::Taken { .. });
        rows.push(Tried { no, id, publisher, words: words(&page, &became), takes });
    }
    let takes = rows.iter().filter(|row| row.takes).count();
    Ok(TryPage { page, takes, full: rows.len() == MESSAGES_MAX as usize, rows, messages_max: MESSAGES_MAX })
}

/// The messages that are meant and still open, with their bodies.
async fn wanted(console: &Console, fields: &Fields, look: Look<'_>) -> Result<Vec<RefusedBody>, Problem> {
    if field(fields, "all").is_some() {
        let (reason, publisher) = (field(fields, "reason"), field(fields, "publisher"));
        let filter = QuarantineFilter { reason, publisher, ..QuarantineFilter::default() };
        return Ok(console.store.quarantine_replayable(filter, MESSAGES_MAX, look).await?);
    }
    let mut found = Vec::new();
    for no in numbers(fields)? {
        found.extend(settling::open_message(console, no, look).await?);
    }
    Ok(found)
}

fn words(page: &Page, became: &Replayed) -> String {
    match became {
        Replayed::Taken { duplicate: true, .. } => page.t("operator.try.duplicate").to_owned(),
        Replayed::Taken { notices, .. } => page.t1("operator.try.taken", notices),
        Replayed::Refused(refusal) => {
            let place = refusal.path.as_deref().unwrap_or_default();
            let why = format!("{} {place}", explained(page, refusal.reason.code()));
            page.t1("operator.try.refused", why.trim())
        }
        Replayed::Settled => page.t("operator.try.settled").to_owned(),
        Replayed::NotKept => page.t("operator.try.not-kept").to_owned(),
    }
}

async fn replay(State(console): State<Console>, actor: Actor, Form(fields): Form<Fields>) -> Result<Redirect, Problem> {
    let look = Look { who: &actor.name, purpose: "replay" };
    let asked = numbers(&fields)?;
    let mut taken = 0;
    for no in &asked {
        let became = settling::replay(&console, *no, look, Earnest::Do).await?;
        taken += usize::from(matches!(became, Some(Replayed::Taken { .. })));
    }
    Ok(Redirect::to(&format!("/quarantine?taken={taken}&left={}", asked.len() - taken)))
}

async fn drop_them(
    State(console): State<Console>,
    actor: Actor,
    Form(fields): Form<Fields>,
) -> Result<Redirect, Problem> {
    let reason = reason(field(&fields, "why").unwrap_or_default())?.ok_or_else(Problem::unreadable)?;
    let asked = numbers(&fields)?;
    let mut dropped = 0;
    for no in &asked {
        dropped += usize::from(console.store.quarantine_drop(*no, reason, &actor.name).await?);
    }
    Ok(Redirect::to(&format!("/quarantine?dropped={dropped}&left={}", asked.len() - dropped)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_names_each_message_once_and_no_more_than_a_page_can_settle() {
        let fields =
            |numbers: &[&str]| numbers.iter().map(|no| ("no".to_owned(), (*no).to_owned())).collect::<Fields>();
        assert_eq!(numbers(&fields(&["3", "1", "3"])).unwrap(), [1, 3]);
        assert!(numbers(&fields(&["1; DROP"])).is_err());
        let many: Vec<String> = (0..1000).map(|no| no.to_string()).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert_eq!(numbers(&fields(&many)).unwrap().len(), MESSAGES_MAX as usize);
    }
}
