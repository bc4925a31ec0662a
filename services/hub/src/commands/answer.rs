//! `liangdi case answer`: an operator answers for a jurisdiction that cannot. The reply is handed in as the receiver's own
//! message, under the same schema and checks; who did it and why is in the audit before it is.

use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use liangdi_broker::feed::CONTENT_TYPE;
use liangdi_console::sending::event;
use liangdi_domain::division::Code;
use liangdi_domain::feed::Feed;
use liangdi_registry::hand_in::HandedIn;
use liangdi_registry::ingest::now;
use liangdi_registry::prepare::Incoming;
use liangdi_store::postgres::{Look, PgStore};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::quarantine::operator;
use crate::cli::Answer;
use crate::context::Context;
use crate::{Found, say};

/// A note may have so many characters.
const NOTE_CHARS_MAX: usize = 200;

/// Hands the answer in. One that is refused is a fault that scripts can see.
pub async fn run(context: &Context, store: PgStore, answer: Answer) -> Result<Found> {
    let Answer { notice, outcome, note, .. } = &answer;
    let purpose = purpose(outcome, note.as_deref())?;
    // A registry that may not write is found out before anything is noted.
    let registry = context.settled_registry(store.clone()).await?;
    let look = Look { who: &operator(), purpose: &purpose };
    let Some(found) = store.notice(*notice, look).await? else {
        bail!("no notice has the id {notice}; it is the `id` of the notice itself, not its `caseid`");
    };
    let receiver = found.notice.receiver.0;
    let Ok(office) = receiver.parse::<Code>() else {
        bail!("notice {notice} went to {receiver}, which is no jurisdiction: only jurisdictions answer notices");
    };
    let case = found.notice.case.with_context(|| format!("notice {notice} asks nothing: it belongs to no case"))?;
    let incoming = Incoming {
        feed: Feed::Township,
        body: Arc::new(reply(context, office, case, &answer).to_string().into_bytes()),
        content_type: Some(CONTENT_TYPE.to_owned()),
        user: Some(format!("township.{office}")),
        baseline: false,
    };
    match registry.hand_in(incoming).await? {
        HandedIn::Recorded | HandedIn::Duplicate => {
            say::line(format!(
                "recorded for {office}: {outcome}; `liangdi case show {case}` says where the case stands"
            ));
            Ok(Found::Nothing)
        }
        HandedIn::Refused(refusal) => {
            let at = refusal.path.as_deref().filter(|path| !path.is_empty()).unwrap_or("the whole reply");
            let (code, why) = (refusal.reason.code(), refusal.reason.explain());
            say::note(format!("liangdi: refused ({code}) at {at}: {why}; nothing was recorded"));
            Ok(Found::Faults)
        }
    }
}

/// What the audit has of it.
fn purpose(outcome: &str, note: Option<&str>) -> Result<String> {
    let note = note.map(str::trim).filter(|note| !note.is_empty());
    if note.is_some_and(|note| note.chars().count() > NOTE_CHARS_MAX) {
        bail!("the note is longer than {NOTE_CHARS_MAX} characters; say in fewer on whose word you answer");
    }
    Ok(match note {
        Some(note) => format!("answers {outcome} for its receiver: {note}"),
        None => format!("answers {outcome} for its receiver"),
    })
}

/// The message that the receiver itself would send, dated like everything the hub does.
fn reply(context: &Context, office: Code, case: Uuid, answer: &Answer) -> Value {
    let now = now();
    let dated = context.day(None).and_time(now.time()).and_local_timezone(*now.offset()).single().unwrap_or(now);
    let mut data = Map::from_iter([
        ("case_id".to_owned(), json!(case)),
        ("notice_id".to_owned(), json!(answer.notice)),
        ("outcome".to_owned(), json!(answer.outcome)),
    ]);
    if let Some(division) = answer.division {
        data.insert("division".to_owned(), json!(division));
    }
    if !answer.facts.is_empty() {
        let facts = answer.facts.iter().map(|(fact, word)| (fact.replace('-', "_"), json!(word)));
        data.insert("facts".to_owned(), Value::Object(facts.collect()));
    }
    let (id, time) =
        (format!("operator-{}", Uuid::now_v7()), dated.to_rfc3339_opts(chrono::SecondsFormat::Micros, false));
    event(office, "township.case-reply.v1", &id, &time, data.into())
}
