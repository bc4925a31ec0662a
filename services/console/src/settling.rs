//! What operators and reviewers settle, by page or through the API: messages in quarantine, pairs under review. Whatever
//! somebody else settled in the meantime stays as it is.

use liangdi_store::port::{DecisionRow, HumanVerdict};
use liangdi_store::postgres::{Look, QuarantineFilter};
use liangdi_store::report::RefusedBody;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::console::Console;
use crate::mending::{Earnest, Replayed};
use crate::problem::Problem;

/// Longest reason for dropping a message, for a decision, for a correction, for what becomes of a request.
pub const REASON_CHARS_MAX: usize = 200;

/// What a reviewer says of two profiles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Verdict {
    /// One human.
    Same,
    /// Two.
    Different,
    /// To be asked again after all others.
    Later,
}

/// A reason, short enough; none where nothing was written.
pub(crate) fn reason(text: &str) -> Result<Option<&str>, Problem> {
    let text = text.trim();
    if text.chars().count() > REASON_CHARS_MAX {
        return Err(Problem::unreadable());
    }
    Ok((!text.is_empty()).then_some(text))
}

/// An open message of the quarantine with its content; none where no open one has the number, or nothing was kept of it.
pub(crate) async fn open_message(console: &Console, no: i64, look: Look<'_>) -> Result<Option<RefusedBody>, Problem> {
    let filter = QuarantineFilter { no: Some(no), ..QuarantineFilter::default() };
    Ok(console.store.quarantine_replayable(filter, 1, look).await?.pop())
}

/// Takes one message of the quarantine again, or tries it; none where there is none to take.
pub(crate) async fn replay(
    console: &Console,
    no: i64,
    look: Look<'_>,
    earnest: Earnest,
) -> Result<Option<Replayed>, Problem> {
    let Some(message) = open_message(console, no, look).await? else { return Ok(None) };
    Ok(Some(console.mending.replay(message, earnest).await?))
}

/// Decides on an open question; how many notices follow, none where it is not open any more.
pub(crate) async fn decide(
    console: &Console,
    no: i64,
    verdict: Verdict,
    reason: &str,
    who: String,
) -> Result<Option<usize>, Problem> {
    let question = console.store.questions(Some(no), 1).await?.pop();
    // Put off already, it stays where it is: nothing is gained by writing it down again.
    let Some(question) = question.filter(|asked| !(asked.put_off && verdict == Verdict::Later)) else {
        return Ok(None);
    };
    let verdict = match verdict {
        Verdict::Same => HumanVerdict::Same,
        Verdict::Different => HumanVerdict::Different,
        Verdict::Later => HumanVerdict::Later,
    };
    let decision = DecisionRow { a: question.a, b: question.b, verdict, reason: reason.to_owned(), who };
    Ok(Some(console.mending.decide(decision).await?))
}

/// Takes a decision back; how many notices follow, none where it does not stand any more.
pub(crate) async fn take_back(console: &Console, no: i64, reason: &str, who: String) -> Result<Option<usize>, Problem> {
    let made = console.store.decisions(Some(no), 1).await?.pop().ok_or_else(Problem::not_found)?;
    if !made.stands || made.verdict == "undone" {
        return Ok(None);
    }
    let decision = DecisionRow { a: made.a, b: made.b, verdict: HumanVerdict::Undone, reason: reason.to_owned(), who };
    Ok(Some(console.mending.decide(decision).await?))
}
