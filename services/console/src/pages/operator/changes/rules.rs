//! Other weights or procedures, rehearsed before anybody follows them: a file is sent, checked, and tried on one state of the
//! register, in the background. Following it stays with whoever runs the machine: the file is theirs.

mod run;
mod sums;

use std::sync::Arc;

use askama::Template;
use askama_web::WebTemplate;
use axum::Router;
use axum::extract::{Extension, Multipart, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use liangdi_domain::identity::Matching;
use liangdi_domain::procedure::Procedures;
use liangdi_store::postgres::Look;
use tokio_util::sync::CancellationToken;

use super::super::OPERATORS;
use crate::access::Actor;
use crate::console::Console;
use crate::page::Page;
use crate::problem::Problem;
use crate::rehearsals::{Ending, KEPT_MAX, Of, Order, Run, sha256};
use crate::rehearsing::Rules;

/// Longest file. The shipped ones have some 10 KB.
const FILE_BYTES_MAX: usize = 256 * 1024;

pub(super) fn router() -> Router<Console> {
    Router::new().route("/changes/rules", get(blank).post(begin)).merge(run::router())
}

pub(super) fn live() -> Router<Console> {
    run::live()
}

/// Why nothing is rehearsed.
enum Fault {
    /// Nothing was sent.
    Empty,
    /// More than a file of rules can be.
    TooLong,
    /// Not a text.
    NoText,
    /// A mistake in it: where, and in which words.
    Mistake { line: Option<usize>, words: String },
    /// Another one goes on.
    Busy(Arc<Run>),
}

impl Fault {
    fn status(&self) -> StatusCode {
        match self {
            Fault::Busy(_) => StatusCode::CONFLICT,
            _ => StatusCode::UNPROCESSABLE_ENTITY,
        }
    }
}

#[derive(Template, WebTemplate)]
#[template(path = "operator/rules.html")]
struct Form {
    page: Page,
    of: Of,
    text: String,
    fault: Option<Fault>,
    runs: Vec<Arc<Run>>,
    may_begin: bool,
    minutes_max: u64,
}

impl Form {
    fn new(console: &Console, page: Page, actor: &Actor) -> Self {
        let minutes_max = console.limits.rehearsal_max.as_secs() / 60;
        let (runs, may_begin) = (console.rehearsals.kept(), actor.must_be(OPERATORS).is_ok());
        Form { page, of: Of::default(), text: String::new(), fault: None, runs, may_begin, minutes_max }
    }

    fn is_chosen(&self, of: &Of) -> bool {
        self.of == *of
    }
}

async fn blank(State(console): State<Console>, page: Page, actor: Actor) -> Form {
    Form::new(&console, page, &actor)
}

async fn begin(
    State(console): State<Console>,
    Extension(shutdown): Extension<CancellationToken>,
    page: Page,
    actor: Actor,
    form: Multipart,
) -> Result<Response, Problem> {
    actor.must_be(OPERATORS)?;
    let (of, sent) = sent(form).await?;
    let refuse = |text: String, fault: Fault| {
        let status = fault.status();
        let form = Form { of, text, fault: Some(fault), ..Form::new(&console, page.clone(), &actor) };
        Ok((status, form).into_response())
    };
    let text = match as_text(sent) {
        Ok(text) => text,
        Err(fault) => return refuse(String::new(), fault),
    };
    let rules = match read(of, &text) {
        Ok(rules) => rules,
        Err(fault) => return refuse(text, fault),
    };
    if let Some(busy) = console.rehearsals.under_way() {
        return refuse(text, Fault::Busy(busy));
    }
    let profiles = usize::try_from(console.store.status().await?.profiles).unwrap_or_default();
    let mark = sha256(text.as_bytes());
    let look = Look { who: &actor.name, purpose: purpose(of) };
    console.store.audit(look, &mark, false).await?;
    let order = Order { of, text, sha256: mark, who: actor.name.clone(), begun: console.now_utc(), profiles };
    let limit = console.limits.rehearsal_max;
    match console.rehearsals.begin(order.clone(), rules, &console.rehearsing, limit, &shutdown) {
        Ok(run) => Ok(Redirect::to(&format!("/changes/rules/{}", run.id)).into_response()),
        Err(busy) => refuse(order.text, Fault::Busy(busy)),
    }
}

const fn purpose(of: Of) -> &'static str {
    match of {
        Of::Weights => "rehearsed other weights",
        Of::Procedures => "rehearsed other procedures",
    }
}

/// What the form brought: a file counts before what was pasted.
struct Sent {
    pasted: Vec<u8>,
    file: Vec<u8>,
}

async fn sent(mut form: Multipart) -> Result<(Of, Sent), Problem> {
    let (mut of, mut sent) = (Of::default(), Sent { pasted: Vec::new(), file: Vec::new() });
    while let Some(part) = form.next_field().await.map_err(|_| Problem::unreadable())? {
        let name = part.name().unwrap_or_default().to_owned();
        let bytes = part.bytes().await.map_err(|_| Problem::unreadable())?.to_vec();
        match name.as_str() {
            "of" => {
                let chosen = Of::ALL.into_iter().find(|of| of.name().as_bytes() == bytes);
                of = chosen.ok_or_else(Problem::unreadable)?;
            }
            "text" => sent.pasted = bytes,
            "file" => sent.file = bytes,
            _ => return Err(Problem::unreadable()),
        }
    }
    Ok((of, sent))
}

fn as_text(sent: Sent) -> Result<String, Fault> {
    let is_file = !sent.file.is_empty();
    let bytes = if is_file { sent.file } else { sent.pasted };
    if bytes.len() > FILE_BYTES_MAX {
        return Err(Fault::TooLong);
    }
    let text = String::from_utf8(bytes).map_err(|_| Fault::NoText)?;
    if text.trim().is_empty() {
        return Err(Fault::Empty);
    }
    // Browsers write a form's lines as no file has them.
    Ok(if is_file { text } else { text.replace("\r\n", "\n") })
}

fn read(of: Of, text: &str) -> Result<Rules, Fault> {
    match of {
        Of::Weights => Matching::read(text)
            .map(|matching| Rules::Weights(Box::new(matching)))
            .map_err(|mistake| Fault::Mistake { line: mistake.line(text), words: mistake.to_string() }),
        // These name their line themselves.
        Of::Procedures => Procedures::read(text)
            .map(Rules::Procedures)
            .map_err(|mistake| Fault::Mistake { line: None, words: mistake.to_string() }),
    }
}

impl Page {
    /// What is rehearsed.
    fn rehearsed(&self, of: &Of) -> &str {
        match of {
            Of::Weights => self.t("changes.rules.weights"),
            Of::Procedures => self.t("changes.rules.procedures"),
        }
    }

    /// How a rehearsal stands, and how that looks.
    fn standing(&self, run: &Run) -> (&str, &'static str) {
        match run.ending() {
            None => (self.t("changes.run.under-way"), "open"),
            Some(Ending::Done(_)) => (self.t("changes.run.done"), "done"),
            Some(Ending::Cancelled) => (self.t("changes.run.cancelled"), "told"),
            Some(Ending::OutOfTime) => (self.t("changes.run.out-of-time"), "late"),
            Some(Ending::Away) => (self.t("changes.run.away"), "late"),
            Some(Ending::Failed) => (self.t("changes.run.failed"), "late"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(pasted: &str, file: &str) -> Sent {
        Sent { pasted: pasted.as_bytes().to_vec(), file: file.as_bytes().to_vec() }
    }

    #[test]
    fn a_file_counts_before_what_was_pasted_and_keeps_its_lines() {
        let text = |sent| as_text(sent).ok();
        assert_eq!(text(sent("a\r\nb", "")).as_deref(), Some("a\nb"));
        assert_eq!(text(sent("a", "c\r\nd")).as_deref(), Some("c\r\nd"));
        assert!(matches!(as_text(sent(" \r\n", "")), Err(Fault::Empty)));
        assert!(matches!(as_text(sent(&"a".repeat(FILE_BYTES_MAX + 1), "")), Err(Fault::TooLong)));
        assert!(matches!(as_text(Sent { pasted: Vec::new(), file: vec![0xff] }), Err(Fault::NoText)));
    }

    #[test]
    fn a_mistake_names_its_line() {
        let shipped = Matching::shipped_text();
        let line = 1 + shipped.lines().position(|line| line.starts_with("link =")).unwrap();
        let wrong = shipped.replacen("link = 6.0", "link = 2000.0", 1);
        let Err(Fault::Mistake { line: found, words }) = read(Of::Weights, &wrong) else { panic!("it is wrong") };
        assert!(words.contains("review must not lie above link"), "{words}");
        let review = 1 + shipped.lines().position(|line| line.starts_with("review =")).unwrap();
        assert_eq!(found, Some(review), "a mistake of sense names its key's line as well");
        let typo = shipped.replacen("link = 6.0", "lnik = 6.0", 1);
        let Err(Fault::Mistake { line: found, .. }) = read(Of::Weights, &typo) else { panic!("it is wrong") };
        assert_eq!(found, Some(line));
        let Err(Fault::Mistake { words, .. }) = read(Of::Procedures, "[inflow]\nsauce = 1") else { panic!("wrong") };
        assert!(words.contains("line 2"), "{words}");
    }
}
