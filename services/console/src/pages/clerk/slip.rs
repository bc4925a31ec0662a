//! The slip that a person takes along: that they are registered here, and since when. Free of charge, and without more
//! data than it needs.

use askama::Template;
use askama_web::WebTemplate;
use axum::Router;
use axum::extract::{Path, State};
use axum::routing::get;
use chrono::NaiveDate;
use uuid::Uuid;

use super::search::{Here, person_here};
use crate::access::Actor;
use crate::console::Console;
use crate::page::Page;
use crate::problem::Problem;

pub(super) fn router() -> Router<Console> {
    Router::new().route("/persons/{id}/slip", get(slip))
}

#[derive(Template, WebTemplate)]
#[template(path = "clerk/slip.html")]
struct Slip {
    page: Page,
    here: Here,
    /// The number's last four characters: enough to tell whose it is.
    number_end: String,
    today: NaiveDate,
    by: String,
}

async fn slip(
    State(console): State<Console>,
    page: Page,
    actor: Actor,
    Path(person): Path<Uuid>,
) -> Result<Slip, Problem> {
    let (here, file) = person_here(&console, &actor, person, "printed a slip").await?;
    if here.stays.is_empty() {
        return Err(Problem::not_found());
    }
    let number = file.profiles.iter().find_map(|(_, profile)| profile.document.number()).unwrap_or_default();
    let hidden = number.chars().count().saturating_sub(4);
    let number_end = number.chars().skip(hidden).collect();
    let office = actor.jurisdictions.first().copied();
    let by = office.map(|code| format!("{} {code}", console.divisions.full_name(code))).unwrap_or_default();
    Ok(Slip { page, here, number_end, today: console.today(), by })
}
