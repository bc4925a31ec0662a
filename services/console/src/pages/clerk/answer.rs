//! Answering a notice: `township.case-reply.v1`, with exactly what that schema allows.

use axum::Form;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::post;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use uuid::Uuid;

use super::event::{event, hand_in};
use super::notice::{seen, show};
use crate::access::Actor;
use crate::console::Console;
use crate::intake::Answered;
use crate::page::Page;
use crate::problem::Problem;

/// Fields that a receiver may know otherwise.
pub(super) const DISPUTABLE: [&str; 7] = ["name", "id_number", "sex", "birth_date", "household", "residence", "since"];

/// Why, where a clerk wants to say it.
pub(super) const REASONS: [&str; 7] =
    ["moved-on", "deceased", "never-here", "other-township", "duplicate", "collective-household", "other"];

pub(super) fn router() -> Router<Console> {
    Router::new().route("/notices/{id}/answer", post(answer))
}

/// The form: an outcome, and what belongs to it. `ours-<field>` are the receiver's own values of disputed fields,
/// `fact-<fact>` what became of a fact.
#[derive(Deserialize)]
struct Typed {
    answer_id: Uuid,
    outcome: String,
    #[serde(default)]
    division: String,
    #[serde(default)]
    reason_code: String,
    #[serde(flatten)]
    more: BTreeMap<String, String>,
}

async fn answer(
    State(console): State<Console>,
    page: Page,
    actor: Actor,
    Path(id): Path<Uuid>,
    Form(typed): Form<Typed>,
) -> Result<Response, Problem> {
    let (found, receiver) = seen(&console, &actor, id).await?;
    let case = found.notice.case.ok_or_else(Problem::unreadable)?;
    let kind = "township.case-reply.v1";
    let reply = event(&console, receiver, kind, &format!("console-{}", typed.answer_id), data(id, case, &typed));
    match hand_in(&console, &actor, receiver, reply).await? {
        Answered::Recorded | Answered::Duplicate => Ok(Redirect::to(&format!("/notices/{id}")).into_response()),
        Answered::Refused(refusal) => {
            let page = show(&console, page, &actor, id, vec![(&refusal).into()]).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

fn data(notice: Uuid, case: Uuid, typed: &Typed) -> Value {
    let mut data = Map::new();
    let mut put = |name: &str, value: Value| data.insert(name.to_owned(), value);
    put("case_id", json!(case));
    put("notice_id", json!(notice));
    put("outcome", json!(typed.outcome));
    if !typed.division.trim().is_empty() {
        put("division", json!(typed.division.trim()));
    }
    if !typed.reason_code.is_empty() {
        put("reason_code", json!(typed.reason_code));
    }
    let filled = |prefix: &'static str| {
        let named = move |(name, value): (&String, &String)| {
            let value = value.trim();
            Some((name.strip_prefix(prefix)?.to_owned(), value.to_owned())).filter(|(_, value)| !value.is_empty())
        };
        typed.more.iter().filter_map(named)
    };
    let discrepancies: Vec<Value> =
        filled("ours-").map(|(field, ours)| json!({"field": field, "ours": ours})).collect();
    if typed.outcome == "disputed" && !discrepancies.is_empty() {
        put("discrepancies", json!(discrepancies));
    }
    let facts: Map<String, Value> = filled("fact-").map(|(fact, word)| (fact.replace('-', "_"), json!(word))).collect();
    if !facts.is_empty() {
        put("facts", Value::Object(facts));
    }
    Value::Object(data)
}

#[cfg(test)]
mod tests {
    use liangdi_adapters::contract::read_unattended;

    use super::*;

    fn typed(outcome: &str, more: &[(&str, &str)]) -> Typed {
        let more = more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let (division, reason_code) = (String::new(), String::new());
        Typed { answer_id: Uuid::now_v7(), outcome: outcome.to_owned(), division, reason_code, more }
    }

    fn is_taken(data: &Value) -> bool {
        let event = json!({
            "specversion": "1.0", "id": "test-1", "source": "urn:liangdi:township:321322101",
            "type": "township.case-reply.v1", "time": "2026-03-09T09:00:00+08:00",
            "datacontenttype": "application/json", "data": data,
        });
        read_unattended(event.to_string().as_bytes()).is_ok()
    }

    #[test]
    fn every_answer_that_the_form_gives_obeys_the_schema() {
        let (notice, case) = (Uuid::now_v7(), Uuid::now_v7());
        for outcome in ["confirmed", "not-known", "disputed", "belongs-elsewhere", "answered", "decided"] {
            let mut typed = typed(outcome, &[("ours-since", "2026-03-01"), ("fact-marital-status", "unknown")]);
            typed.division = " 321322102 ".to_owned();
            for reason in REASONS {
                typed.reason_code = reason.to_owned();
                let data = data(notice, case, &typed);
                assert!(is_taken(&data), "{data}");
            }
        }
        let every: Vec<(String, &str)> = DISPUTABLE.iter().map(|field| (format!("ours-{field}"), "x")).collect();
        let every: Vec<(&str, &str)> = every.iter().map(|(name, value)| (name.as_str(), *value)).collect();
        let data = data(notice, case, &typed("disputed", &every));
        assert_eq!(data["discrepancies"].as_array().unwrap().len(), DISPUTABLE.len());
        assert!(is_taken(&data));
        assert!(!is_taken(&self::data(notice, case, &typed("invented", &[]))));
    }

    #[test]
    fn own_values_go_with_a_dispute_alone_and_blanks_with_nothing() {
        let (notice, case) = (Uuid::now_v7(), Uuid::now_v7());
        let confirmed = data(notice, case, &typed("confirmed", &[("ours-name", "a fictional name")]));
        assert!(confirmed.get("discrepancies").is_none() && confirmed.get("division").is_none());
        let blank = data(notice, case, &typed("disputed", &[("ours-name", "  ")]));
        assert!(blank.get("discrepancies").is_none());
    }
}
