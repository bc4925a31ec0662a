//! `liangdi case list|show|answer`: questions put to jurisdictions. Nobody's identity is shown: a case is known by its id.

use anyhow::{Result, bail};
use chrono::NaiveDate;
use liangdi_domain::calendar::Calendar;
use liangdi_domain::case::Standing;
use liangdi_domain::division::{Code, Divisions};
use liangdi_store::report::AskedRow;
use serde_json::json;

use crate::cli::Case;
use crate::context::Context;
use crate::{Found, say};

/// Carries a command out. Overdue cases are a fault that scripts can see.
pub async fn run(context: &Context, command: Case) -> Result<Found> {
    let store = context.store().await?;
    match command {
        Case::Answer(answer) => super::answer::run(context, store, answer).await,
        Case::List { of, overdue, as_of, limit, json } => {
            let today = context.day(as_of);
            let prefix = of.as_ref().map(Code::prefix).unwrap_or_default();
            let rows = store.open_cases(prefix, (None, overdue.then_some(today)), limit).await?;
            show(&rows, today, json);
            if rows.is_empty() && !json {
                say::line("nothing waits for an answer");
            }
            let late = |row: &AskedRow| matches!(standing(row, today), Standing::Overdue { .. });
            Ok(Found::faults_if(rows.iter().any(late)))
        }
        Case::Show { id, json } => {
            let rows = store.case(id).await?;
            if rows.is_empty() {
                bail!("no case has the id {id}; notices carry it as `caseid`");
            }
            show(&rows, context.day(None), json);
            Ok(Found::Nothing)
        }
    }
}

fn standing(row: &AskedRow, today: NaiveDate) -> Standing {
    row.question.standing(today, Calendar::shipped())
}

fn show(rows: &[AskedRow], today: NaiveDate, as_json: bool) {
    if as_json {
        for row in rows {
            let question = &row.question;
            say::line(
                json!({
                    "case": row.case, "notice": row.notice, "asked": row.receiver, "topic": row.topic, "place": row.place,
                    "asked_on": question.asked_on, "due_on": question.due_on, "late_steps_told": row.late_told,
                    "answered_on": question.answer.map(|(_, on)| on), "is": standing(row, today),
                })
                .to_string(),
            );
        }
        return;
    }
    let line = |row: &AskedRow| {
        let name = row.receiver.parse::<Code>().map(|code| Divisions::shipped().full_name(code)).unwrap_or_default();
        vec![
            row.case.map(|case| case.to_string()).unwrap_or_default(),
            row.notice.to_string(),
            row.receiver.clone(),
            row.topic.clone(),
            row.question.asked_on.to_string(),
            row.question.due_on.map(|due| due.to_string()).unwrap_or_default(),
            in_words(standing(row, today)),
            name,
        ]
    };
    if !rows.is_empty() {
        let header = ["case", "notice", "asked", "about", "on", "due", "stands", "name"];
        say::table(&header, &rows.iter().map(line).collect::<Vec<_>>());
    }
}

fn in_words(standing: Standing) -> String {
    match standing {
        Standing::Open { days_left: Some(days) } => format!("open, {days} working days left"),
        Standing::Open { days_left: None } => "open".to_owned(),
        Standing::Overdue { days_late } => format!("overdue by {days_late} working days"),
        Standing::Answered { outcome, after_days, late } => {
            let outcome = serde_json::to_value(outcome).ok();
            let outcome = outcome.as_ref().and_then(|word| word.as_str()).unwrap_or_default();
            format!("{outcome} after {after_days} working days{}", if late { ", late" } else { "" })
        }
        Standing::Closed => "closed".to_owned(),
    }
}
