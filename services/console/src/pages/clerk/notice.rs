//! One notice: what it says in plain words, by when, what was answered, and the answers that are possible. Opening it
//! sends the receipt "opened", once.

use askama::Template;
use askama_web::WebTemplate;
use axum::Router;
use axum::extract::{Path, State};
use axum::routing::get;
use chrono::{DateTime, FixedOffset, NaiveDate};
use liangdi_domain::division::Code;
use liangdi_domain::notice::{NoticeDraft, NoticeKind};
use liangdi_store::postgres::Look;
use liangdi_store::report::DeskNotice;
use serde_json::json;
use uuid::Uuid;

use super::answer::{DISPUTABLE, REASONS};
use super::event::{event, hand_in};
use super::words::{Words, word_of, words};
use crate::access::Actor;
use crate::console::Console;
use crate::intake::Answered;
use crate::page::Page;
use crate::problem::{Fault, Problem};

pub(super) fn router() -> Router<Console> {
    Router::new().route("/notices/{id}", get(notice))
}

/// Which answers a notice takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asks {
    /// Nothing.
    Nothing,
    /// Confirmed, not known, disputed, belongs elsewhere.
    Stay,
    /// Registered (on a page of its own), not known, belongs elsewhere.
    Registration,
    /// This side's view: confirmed or disputed.
    View,
    /// A decision, with the division.
    Decision,
    /// A complaint: taken up, or ended with an answer.
    Complaint,
    /// A complaint that has to be ended.
    ComplaintEnd,
    /// Facts, each confirmed, not confirmed or unknown.
    Facts,
    /// That it was dealt with.
    Word,
}

/// What a notice asks; without a case nothing can be answered.
pub(super) fn asks(notice: &NoticeDraft) -> Asks {
    if notice.case.is_none() {
        return Asks::Nothing;
    }
    let kind = match notice.kind {
        NoticeKind::Supersede | NoticeKind::Retract => notice.data["kind"].as_str().unwrap_or_default(),
        kind => kind.name(),
    };
    match (notice.kind, kind) {
        (NoticeKind::Retract, _) => Asks::Nothing,
        (_, "inflow" | "residence-changed" | "household-changed") => Asks::Stay,
        (_, "lead") => Asks::Registration,
        (_, "consultation") if notice.data["asked_for"] == "decision" => Asks::Decision,
        (_, "consultation") => Asks::View,
        (_, "verification-request") => Asks::Facts,
        // A return is signed by confirming it.
        (_, "statistics-return") => Asks::View,
        (_, "complaint") if notice.data["step"] == "finish" => Asks::ComplaintEnd,
        (_, "complaint") => Asks::Complaint,
        (NoticeKind::Departed | NoticeKind::Returned | NoticeKind::Closed | NoticeKind::VerificationReply, _) => {
            Asks::Nothing
        }
        (NoticeKind::Reminder | NoticeKind::Escalation, _) => Asks::Nothing,
        _ => Asks::Word,
    }
}

/// An answer that was given.
struct Given {
    words: String,
    by: String,
    at: DateTime<FixedOffset>,
    withdrawn: bool,
}

#[derive(Template, WebTemplate)]
#[template(path = "clerk/notice.html")]
pub(super) struct NoticePage {
    page: Page,
    id: Uuid,
    kind: String,
    receiver: String,
    told_on: NaiveDate,
    due: Option<(NaiveDate, String, &'static str)>,
    basis: String,
    /// The other jurisdictions that it names.
    others: Vec<String>,
    /// The notice that this one reminds of.
    reminds_of: Option<String>,
    words: Words,
    asks: Asks,
    facts: Vec<String>,
    /// New for every page: an answer sent twice counts once.
    answer_id: Uuid,
    given: Vec<Given>,
    faults: Vec<Fault>,
    disputable: [&'static str; 7],
    reasons: [&'static str; 7],
}

async fn notice(
    State(console): State<Console>,
    page: Page,
    actor: Actor,
    Path(id): Path<Uuid>,
) -> Result<NoticePage, Problem> {
    show(&console, page, &actor, id, Vec::new()).await
}

/// The notice if the actor may see it; with whom it was told to.
pub(super) async fn seen(console: &Console, actor: &Actor, id: Uuid) -> Result<(DeskNotice, Code), Problem> {
    let receiver = console.store.notice_receiver(id).await?.ok_or_else(Problem::not_found)?;
    // A partner's notice is nobody's here.
    let receiver: Code = receiver.parse().map_err(|_| Problem::not_found())?;
    actor.must_see(receiver)?;
    let look = Look { who: &actor.name, purpose: "opened a notice" };
    let found = console.store.notice(id, look).await?.ok_or_else(Problem::not_found)?;
    Ok((found, receiver))
}

pub(super) async fn show(
    console: &Console,
    page: Page,
    actor: &Actor,
    id: Uuid,
    faults: Vec<Fault>,
) -> Result<NoticePage, Problem> {
    let (found, receiver) = seen(console, actor, id).await?;
    acknowledge(console, actor, &found, receiver).await?;
    let DeskNotice { notice, answers } = found;
    let language = page.language;
    let replied = answers.iter().any(|answer| answer.reply && !answer.withdrawn);
    let due = notice.due_on.map(|due| {
        let today = console.today();
        let standing = match () {
            () if replied => (language.text("clerk.standing.answered").to_owned(), "done"),
            () if due < today => {
                let late = console.calendar.working_days_between(due, today);
                (language.filled("clerk.standing.late", &[&late.to_string()]), "late")
            }
            () => {
                let left = console.calendar.working_days_between(today, due);
                (language.filled("clerk.standing.left", &[&left.to_string()]), "open")
            }
        };
        (due, standing.0, standing.1)
    });
    let given = answers
        .into_iter()
        .map(|answer| Given {
            words: word_of(language, &answer.answer),
            by: answer.source.rsplit(':').next().unwrap_or_default().to_owned(),
            at: answer.time,
            withdrawn: answer.withdrawn,
        })
        .collect();
    let facts = notice.data["facts"].as_array().into_iter().flatten();
    Ok(NoticePage {
        id,
        kind: word_of(language, notice.kind.name()),
        receiver: format!("{} {receiver}", console.divisions.full_name(receiver)),
        told_on: notice.time.date_naive(),
        due,
        basis: notice.basis.clone(),
        others: others(&notice, receiver),
        reminds_of: notice.data["notice"].as_str().map(str::to_owned),
        words: words(language, notice.kind, &notice.data),
        asks: if page.is_clerk() { asks(&notice) } else { Asks::Nothing },
        facts: facts.filter_map(|fact| fact.as_str().map(str::to_owned)).collect(),
        answer_id: Uuid::now_v7(),
        given,
        faults,
        disputable: DISPUTABLE,
        reasons: REASONS,
        page,
    })
}

/// The divisions of a notice that are not its receiver's.
fn others(notice: &NoticeDraft, receiver: Code) -> Vec<String> {
    let data = if notice.data["data"].is_object() { &notice.data["data"] } else { &notice.data };
    let named = data.as_object().into_iter().flat_map(|members| members.values());
    let codes = named.filter_map(|place| place["division"].as_str()?.parse::<Code>().ok());
    let mut others: Vec<String> = codes
        .filter(|code| !receiver.contains(code) && !code.contains(&receiver))
        .map(|code| code.to_string())
        .collect();
    others.sort();
    others.dedup();
    others
}

/// Tells the hub that a clerk has opened it, the first time one does. An operator's look is none.
async fn acknowledge(console: &Console, actor: &Actor, found: &DeskNotice, receiver: Code) -> Result<(), Problem> {
    let opened = found.answers.iter().any(|answer| !answer.reply && answer.answer == "opened");
    if opened || actor.role != liangdi_store::access::Role::Clerk {
        return Ok(());
    }
    let id = found.notice.id;
    let at = console.recorded_at().to_rfc3339_opts(chrono::SecondsFormat::Secs, false);
    let data = json!({"notice_id": id, "state": "opened", "at": at});
    let receipt = event(console, receiver, "township.receipt.v1", &format!("console-opened-{id}"), data);
    // Two clerks who open it in the same moment: the second's receipt is the first's, at another second.
    if let Answered::Refused(refusal) = hand_in(console, actor, receiver, receipt).await? {
        tracing::debug!(reason = refusal.reason.code(), "a receipt was not taken");
    }
    Ok(())
}
