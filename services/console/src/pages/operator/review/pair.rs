//! Two profiles side by side: field beside field, with what each weighs. Values are masked until somebody says what for;
//! how far they agree is never a secret.

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::{Path, State};
use axum::routing::get;
use axum::{Form, Router};
use liangdi_domain::division::Divisions;
use liangdi_domain::identity::matching::Field;
use liangdi_domain::identity::score::Part;
use liangdi_domain::identity::{Resolver, Weighed};
use liangdi_domain::person::Profile;
use liangdi_store::postgres::Look;
use liangdi_store::report::OpenQuestion;

use super::bits;
use crate::access::Actor;
use crate::console::Console;
use crate::page::Page;
use crate::pages::operator::Purpose;
use crate::pages::operator::persons::value;
use crate::problem::Problem;
use crate::sheet::identity;

/// The identity's fields in the order of the page, each beside what it is compared by; a field of several has its weight
/// once, with the first of them.
const FIELDS: [(&str, Option<Field>); 10] = [
    ("id_number", Some(Field::Document)),
    ("id_type", None),
    ("name", Some(Field::Name)),
    ("birth_date", Some(Field::Birth)),
    ("sex", Some(Field::Sex)),
    ("household", Some(Field::Household)),
    ("phone", Some(Field::Contact)),
    ("living", None),
    ("address", None),
    ("guardian", None),
];

/// The bars' length, in bits: what weighs more fills its bar.
const BAR_BITS: f64 = 12.0;

pub(super) fn router() -> Router<Console> {
    Router::new().route("/review/{no}", get(masked).post(revealed))
}

struct Row {
    field: &'static str,
    one: String,
    other: String,
    weight: Option<Bar>,
}

/// What a field weighs.
struct Bar {
    level: &'static str,
    bits: String,
    /// Length, for `<meter>`.
    length: String,
    /// Whether it speaks against one human.
    against: bool,
}

#[derive(Template, WebTemplate)]
#[template(path = "operator/review_pair.html")]
struct Pair {
    page: Page,
    question: OpenQuestion,
    rows: Vec<Row>,
    total: String,
    link: String,
    review: String,
    bar_bits: f64,
    is_revealed: bool,
}

async fn masked(
    State(console): State<Console>,
    page: Page,
    actor: Actor,
    Path(no): Path<i64>,
) -> Result<Pair, Problem> {
    show(&console, page, &actor, no, None).await
}

async fn revealed(
    State(console): State<Console>,
    page: Page,
    actor: Actor,
    Path(no): Path<i64>,
    Form(purpose): Form<Purpose>,
) -> Result<Pair, Problem> {
    show(&console, page, &actor, no, purpose.given()).await
}

async fn show(console: &Console, page: Page, actor: &Actor, no: i64, purpose: Option<&str>) -> Result<Pair, Problem> {
    let question = console.store.questions(Some(no), 1).await?.pop().ok_or_else(Problem::not_found)?;
    let look = Look { who: &actor.name, purpose: purpose.unwrap_or("review, masked") };
    let profiles = console.store.profiles_shown(&[question.a, question.b], look).await?;
    let of = |id| profiles.iter().find(|(held, _)| *held == id).map(|(_, profile)| profile);
    let (Some(a), Some(b)) = (of(question.a), of(question.b)) else { return Err(Problem::not_found()) };
    let resolver = Resolver { matching: &console.matching, divisions: console.divisions };
    let weighed = resolver.weigh(&resolver.prepare(a), &resolver.prepare(b));
    Ok(Pair {
        rows: rows(&page, console.divisions, [a, b], &weighed, purpose.is_some()),
        total: bits(&weighed.total.0),
        link: bits(&console.matching.thresholds.link.0),
        review: bits(&console.matching.thresholds.review.0),
        bar_bits: BAR_BITS,
        is_revealed: purpose.is_some(),
        page,
        question,
    })
}

fn rows(page: &Page, divisions: &Divisions, pair: [&Profile; 2], weighed: &Weighed, reveal: bool) -> Vec<Row> {
    let [a, b] = pair.map(|profile| identity(profile, reveal));
    let bar = |field| weighed.parts.iter().find(|part| part.field == field).map(bar);
    FIELDS
        .into_iter()
        .map(|(field, compared)| Row {
            field,
            one: value(page, divisions, field, &a[field]),
            other: value(page, divisions, field, &b[field]),
            weight: compared.and_then(bar),
        })
        .collect()
}

/// Against strangers: what a field says by itself.
fn bar(part: &Part) -> Bar {
    let weight = part.stranger.bits();
    Bar {
        level: part.level.name(),
        bits: bits(&part.stranger.0),
        length: format!("{:.1}", weight.abs().min(BAR_BITS)),
        against: weight < 0.0,
    }
}
