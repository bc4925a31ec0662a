//! `liangdi clock --dry-run`: what the clock would tell to whom, and nothing is written.

use anyhow::Result;
use chrono::NaiveDate;
use liangdi_domain::notice::NoticeDraft;
use serde_json::json;

use crate::context::Context;
use crate::{Found, say};

/// Lists what would fall due; of a notice its kind, receiver, case and date, and nobody's identity.
pub async fn run(context: &Context, as_of: Option<NaiveDate>, limit: usize, as_json: bool) -> Result<Found> {
    let mut registry = context.settled_registry(context.store().await?).await?;
    registry.as_of = Some(context.day(as_of));
    let (persons, mut notices) = registry.would_tell(limit).await?;
    notices.extend(registry.would_say(&context.listening()).await?);
    notices.sort_by(|a, b| (&a.receiver, a.kind, a.case).cmp(&(&b.receiver, b.kind, b.case)));
    if as_json {
        for notice in &notices {
            say::line(
                json!({
                    "receiver": notice.receiver, "kind": notice.kind, "case": notice.case, "due_on": notice.due_on,
                    "basis": notice.basis, "procedure": notice.data.get("procedure"),
                    "days_late": notice.data.get("days_late"), "count": notice.data.get("count"),
                })
                .to_string(),
            );
        }
    } else if !notices.is_empty() {
        say::table(
            &["receiver", "kind", "procedure", "days late", "case"],
            &notices.iter().map(row).collect::<Vec<_>>(),
        );
    }
    let erased = registry.would_expire(context.retention(), limit).await?;
    for person in &erased {
        say::line(if as_json {
            json!({"erases": person.0}).to_string()
        } else {
            format!("erases person {}", person.0)
        });
    }
    let cut = if persons == limit { format!(", cut off at {limit} persons") } else { String::new() };
    say::note(format!("as of {}: {persons} persons to look at, {} notices{cut}", registry.day(), notices.len()));
    if !erased.is_empty() {
        let cut = if erased.len() == limit { format!(", cut off at {limit}") } else { String::new() };
        say::note(format!("{} persons whose period of retention is over{cut}", erased.len()));
    }
    Ok(Found::Nothing)
}

fn row(notice: &NoticeDraft) -> Vec<String> {
    let field = |name: &str| notice.data.get(name).map(|value| value.to_string().trim_matches('"').to_owned());
    let procedure = field("procedure").unwrap_or_else(|| notice.basis.split(';').next().unwrap_or_default().to_owned());
    let case = notice.case.map(|case| case.to_string()).or_else(|| Some(format!("{} cases", field("count")?)));
    vec![
        notice.receiver.0.clone(),
        notice.kind.to_string(),
        procedure,
        field("days_late").unwrap_or_default(),
        case.unwrap_or_default(),
    ]
}
