//! From which county people come and in which they live, as far as both sides know of it: the greatest twenty.

use askama::Template;
use askama_web::WebTemplate;
use axum::Router;
use axum::extract::State;
use axum::routing::get;
use liangdi_store::report::Movement;

use crate::console::Console;
use crate::page::Page;
use crate::pages::operator::persons::place_if;
use crate::problem::Problem;

/// Rows shown.
const MOVEMENTS_MAX: u32 = 20;

pub(super) fn router() -> Router<Console> {
    Router::new().route("/cases/movements", get(list))
}

struct Row {
    from: String,
    to: String,
    stays: i64,
}

#[derive(Template, WebTemplate)]
#[template(path = "operator/movements.html")]
struct List {
    page: Page,
    rows: Vec<Row>,
    /// The longest bar.
    most: i64,
}

async fn list(State(console): State<Console>, page: Page) -> Result<List, Problem> {
    let found = console.store.movements(MOVEMENTS_MAX).await?;
    let most = found.first().map(|row| row.stays).unwrap_or_default();
    let row = |found: &Movement| Row {
        from: place_if(console.divisions, &found.from),
        to: place_if(console.divisions, &found.to),
        stays: found.stays,
    };
    Ok(List { rows: found.iter().map(row).collect(), most, page })
}
