//! Codes and names of divisions: for forms, and for whoever has to name a destination.

use axum::Json;
use axum::extract::{Query, State};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::ProblemDetails;
use crate::access::Actor;
use crate::console::Console;
use crate::problem::Problem;
use crate::tree;

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
    let fits = |one: &&tree::Jurisdiction| one.code.as_str().starts_with(wanted) || one.full_name.contains(wanted);
    let after = console.tree.after(asked.after.as_deref().unwrap_or_default());
    let mut found: Vec<&tree::Jurisdiction> = after.iter().filter(fits).take(PAGE + 1).collect();
    let more = found.len() > PAGE;
    found.truncate(PAGE);
    let next = found.last().filter(|_| more).map(|one| one.code.to_string());
    let jurisdiction = |one: &tree::Jurisdiction| Jurisdiction {
        code: one.code.to_string(),
        name: one.full_name.to_string(),
        level: one.code.level().name().to_owned(),
    };
    Ok(Json(JurisdictionPage { jurisdictions: found.into_iter().map(jurisdiction).collect(), next }))
}
