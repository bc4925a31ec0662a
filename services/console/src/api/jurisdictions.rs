//! Codes and names of divisions: for forms, and for whoever has to name a destination.

use axum::Json;
use axum::extract::{Query, State};
use liangdi_domain::division::Code;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::ProblemDetails;
use crate::access::Actor;
use crate::console::Console;
use crate::problem::Problem;

/// Jurisdictions a page.
const PAGE: usize = 50;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Search {
    /// What the code begins with, or what the full name contains; empty: all.
    #[serde(default)]
    search: String,
    /// The last code of the page before.
    after: Option<String>,
}

/// A jurisdiction.
#[derive(Serialize, ToSchema)]
pub(super) struct Jurisdiction {
    /// Division code.
    code: String,
    /// Its name with those above it.
    name: String,
    /// `province`, `prefecture`, `county`, `township`.
    level: String,
}

/// A page of jurisdictions.
#[derive(Serialize, ToSchema)]
pub(super) struct JurisdictionPage {
    /// By code.
    jurisdictions: Vec<Jurisdiction>,
    /// Where the next page begins, if there is one: the value for `after`.
    next: Option<String>,
}

/// Jurisdictions by code or name
#[utoipa::path(
    get, path = "/v1/jurisdictions", tag = "jurisdictions", params(Search),
    responses(
        (status = 200, body = JurisdictionPage),
        (status = 401, body = ProblemDetails, content_type = "application/problem+json"),
    )
)]
pub(super) async fn search(
    State(console): State<Console>,
    _: Actor,
    Query(asked): Query<Search>,
) -> Result<Json<JurisdictionPage>, Problem> {
    let wanted = asked.search.trim();
    let mut codes = console.divisions.jurisdictions();
    codes.sort();
    let after = asked.after.as_deref().unwrap_or_default();
    let fits = |code: &Code| {
        code.as_str() > after
            && (code.as_str().starts_with(wanted) || console.divisions.full_name(*code).contains(wanted))
    };
    let mut found: Vec<Code> = codes.into_iter().filter(fits).take(PAGE + 1).collect();
    let more = found.len() > PAGE;
    found.truncate(PAGE);
    let next = found.last().filter(|_| more).map(Code::to_string);
    let jurisdictions = found
        .into_iter()
        .map(|code| Jurisdiction {
            code: code.to_string(),
            name: console.divisions.full_name(code),
            level: code.level().name().to_owned(),
        })
        .collect();
    Ok(Json(JurisdictionPage { jurisdictions, next }))
}
