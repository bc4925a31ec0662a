//! `liangdi subject requests|settle`: what persons ask by right, by when it has to be settled, and what was said to it.
//! Ids, codes and dates only: the person's sheet is a look of its own.

use anyhow::{Result, bail};
use chrono::NaiveDate;
use liangdi_console::rights::{REASON_CHARS_MAX, due_on, note};
use liangdi_domain::calendar::Calendar;
use liangdi_domain::evidence::RightKind;
use liangdi_domain::procedure::Procedures;
use liangdi_store::port::{RightOutcome, RightSettled};
use liangdi_store::report::RightRequest;
use serde_json::json;

use super::quarantine::operator;
use super::subject::office;
use crate::cli::Settlement;
use crate::context::Context;
use crate::{Found, say};

/// Lists requests. One that is late is a fault that scripts can see.
pub(super) async fn list(context: &Context, all: bool, limit: u32, as_json: bool) -> Result<Found> {
    let (today, procedures) = (context.day(None), context.procedures()?);
    let store = context.store().await?;
    let requests = store.rights_requests(all, limit).await?;
    store.close().await;
    let due = |request: &RightRequest| due_on(&procedures, request.filed_on, Calendar::shipped());
    let is_late = |request: &RightRequest| request.said.is_none() && due(request).is_some_and(|due| due < today);
    if as_json {
        requests.iter().for_each(|request| say::line(document(request, due(request)).to_string()));
    } else if requests.is_empty() {
        say::line("no request waits to be settled");
    } else {
        let header = ["no", "filed", "due", "right", "person", "stands", "taken by"];
        say::table(&header, &requests.iter().map(|request| line(request, &procedures, today)).collect::<Vec<_>>());
    }
    Ok(Found::faults_if(requests.iter().any(is_late)))
}

fn document(request: &RightRequest, due: Option<NaiveDate>) -> serde_json::Value {
    let said = request.said.as_ref();
    json!({
        "no": request.no, "person": request.person.0, "right": request.right, "office": request.source,
        "filed_on": request.filed_on, "due_on": due, "outcome": said.map(|said| said.outcome),
        "reason": said.map(|said| &said.reason), "by": said.map(|said| &said.who), "at": said.map(|said| said.at),
    })
}

fn line(request: &RightRequest, procedures: &Procedures, today: NaiveDate) -> Vec<String> {
    let due = due_on(procedures, request.filed_on, Calendar::shipped());
    let stands = match (&request.said, due) {
        (Some(said), _) => format!("{}: {}", said.outcome.name(), said.reason),
        (None, Some(due)) if due < today => {
            format!("late by {} working days", Calendar::shipped().working_days_between(due, today))
        }
        (None, _) => "waits".to_owned(),
    };
    let right = json!(request.right);
    vec![
        request.no.to_string(),
        request.filed_on.to_string(),
        due.map(|due| due.to_string()).unwrap_or_default(),
        right.as_str().unwrap_or_default().to_owned(),
        request.person.0.to_string(),
        stands,
        office(&request.source),
    ]
}

/// Writes what is said to a request.
pub(super) async fn settle(context: &Context, no: i64, outcome: Settlement, reason: String) -> Result<Found> {
    let reason = reason.trim().to_owned();
    if reason.is_empty() || reason.chars().count() > REASON_CHARS_MAX {
        bail!("the reason is empty, or longer than {REASON_CHARS_MAX} characters");
    }
    let store = context.store().await?;
    let Some(request) = store.rights_request(no).await? else {
        bail!("no request has the number {no}; `liangdi subject requests --all` lists them");
    };
    let outcome = match outcome {
        Settlement::Granted => RightOutcome::Granted,
        Settlement::Partly => RightOutcome::Partly,
        Settlement::Refused => RightOutcome::Refused,
    };
    let who = operator();
    note(&store, &who, no, outcome).await?;
    let settled = RightSettled { request: request.request, outcome, on: context.day(None), reason, who };
    context.settled_registry(store).await?.settle_right(request.person, &settled).await?;
    say::line(format!("request {no} is settled: {}", outcome.name()));
    if request.right == RightKind::Deletion && outcome != RightOutcome::Refused {
        let person = request.person.0;
        say::note(format!("`liangdi subject delete {person} --basis … --reason \"request {no}\"` erases what is held"));
    }
    Ok(Found::Nothing)
}
