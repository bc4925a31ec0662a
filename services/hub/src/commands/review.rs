//! `liangdi review`: pairs between the thresholds, and pairs with a rival. A decision beats every weight; it is kept,
//! survives other weights, and can be taken back.

use anyhow::{Context as _, Result, bail};
use liangdi_console::sheet::identity;
use liangdi_domain::division::Divisions;
use liangdi_domain::identity::Resolver;
use liangdi_domain::identity::score::Part;
use liangdi_domain::ids::ProfileId;
use liangdi_domain::person::Profile;
use liangdi_store::port::{DecisionRow, HumanVerdict};
use liangdi_store::postgres::{Look, PgStore};
use liangdi_store::report::OpenQuestion;
use serde_json::{Value, json};

use super::quarantine::operator;
use crate::cli::{Review, ReviewVerdict};
use crate::context::Context;
use crate::{Found, say};

/// Carries a command out.
pub async fn run(context: &Context, command: Review) -> Result<Found> {
    let store = context.store().await?;
    match command {
        Review::List { limit, json } => list(&store, limit, json).await,
        Review::Show { no, reveal } => show(context, &store, no, reveal.as_deref()).await,
        Review::Decide { no, verdict, reason } => {
            let question = question(&store, no).await?;
            let verdict = match verdict {
                ReviewVerdict::Same => HumanVerdict::Same,
                ReviewVerdict::Different => HumanVerdict::Different,
                ReviewVerdict::Later => HumanVerdict::Later,
            };
            decide(context, store, (question.a, question.b), verdict, reason).await
        }
        Review::Decisions { limit } => decisions(&store, limit).await,
        Review::Undo { no, reason } => {
            let Some(made) = store.decisions(Some(no), 1).await?.pop() else {
                bail!("no decision has the number {no}; `liangdi review decisions` shows them");
            };
            if !made.stands || made.verdict == "undone" {
                bail!("decision {no} does not stand any more; there is nothing to take back");
            }
            decide(context, store, (made.a, made.b), HumanVerdict::Undone, reason).await
        }
    }
}

async fn list(store: &PgStore, limit: u32, as_json: bool) -> Result<Found> {
    let questions = store.questions(None, limit).await?;
    if as_json {
        for question in &questions {
            say::line(serde_json::to_string(question)?);
        }
        return Ok(Found::Nothing);
    }
    if questions.is_empty() {
        say::line("nothing waits for a decision");
        return Ok(Found::Nothing);
    }
    let row = |question: &OpenQuestion| {
        let why = if question.ambiguous { "has a rival" } else { "between the thresholds" };
        vec![
            question.no.to_string(),
            question.statements.to_string(),
            bits(question.weight),
            why.to_owned(),
            question.since.format("%Y-%m-%d %H:%M").to_string(),
            if question.put_off { "later".to_owned() } else { String::new() },
        ]
    };
    let rows: Vec<Vec<String>> = questions.iter().map(row).collect();
    say::table(&["no", "statements", "bits", "why", "since (UTC)", "put off"], &rows);
    say::note("`liangdi review show NO` shows both sides; `liangdi review decide NO same|different|later --reason …`");
    Ok(Found::Nothing)
}

async fn question(store: &PgStore, no: i64) -> Result<OpenQuestion> {
    let found = store.questions(Some(no), 1).await?.pop();
    found.with_context(|| format!("no question has the number {no}; `liangdi review list` shows them"))
}

async fn show(context: &Context, store: &PgStore, no: i64, reveal: Option<&str>) -> Result<Found> {
    let question = question(store, no).await?;
    let who = operator();
    let look = Look { who: &who, purpose: reveal.unwrap_or("review, masked") };
    let profiles = store.profiles_shown(&[question.a, question.b], look).await?;
    let of = |id: ProfileId| profiles.iter().find(|(held, _)| *held == id).map(|(_, profile)| profile);
    let (Some(a), Some(b)) = (of(question.a), of(question.b)) else {
        bail!("question {no} is about profiles that are gone");
    };
    let matching = context.matching()?;
    let resolver = Resolver { matching: &matching, divisions: Divisions::shipped() };
    let weighed = resolver.weigh(&resolver.prepare(a), &resolver.prepare(b));
    say::line(format!("question {no}: persons {} and {}", question.persons[0].0, question.persons[1].0));
    sides(a, b, reveal.is_some());
    say::line("");
    let rows: Vec<Vec<String>> = weighed
        .parts
        .iter()
        .map(|part| vec![part.field.to_string(), part.level.name().to_owned(), bits(part.stranger.0), bits(part.kin.0)])
        .collect();
    say::table(&["field", "agreement", "bits against strangers", "against kin"], &rows);
    say::line(format!(
        "\nin sum {} bits; linked from {}, asked from {}",
        bits(weighed.total.0),
        bits(matching.thresholds.link.0),
        bits(matching.thresholds.review.0)
    ));
    Ok(Found::Nothing)
}

/// Both sides, value beside value.
fn sides(a: &Profile, b: &Profile, reveal: bool) {
    let (a, b) = (identity(a, reveal), identity(b, reveal));
    let text = |value: &Value| value.as_str().map_or_else(|| "–".to_owned(), str::to_owned);
    let rows: Vec<Vec<String>> = a
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, value)| vec![name.clone(), text(value), text(&b[name.as_str()])])
        .collect();
    say::table(&["", "one", "the other"], &rows);
}

async fn decide(
    context: &Context,
    store: PgStore,
    (a, b): (ProfileId, ProfileId),
    verdict: HumanVerdict,
    reason: String,
) -> Result<Found> {
    let decision = DecisionRow { a, b, verdict, reason, who: operator() };
    let outcome = context.settled_registry(store).await?.decide(&decision).await?;
    say::line(format!("decided; {} notices follow from it", outcome.notices));
    Ok(Found::Nothing)
}

async fn decisions(store: &PgStore, limit: u32) -> Result<Found> {
    let made = store.decisions(None, limit).await?;
    if made.is_empty() {
        say::line("nothing was decided yet");
        return Ok(Found::Nothing);
    }
    let rows: Vec<Vec<String>> = made
        .into_iter()
        .map(|made| {
            let at = made.at.format("%Y-%m-%d %H:%M").to_string();
            let stands = if made.stands { "stands" } else { "" }.to_owned();
            vec![made.no.to_string(), at, made.who, made.verdict, stands, made.reason]
        })
        .collect();
    say::table(&["no", "at (UTC)", "who", "verdict", "", "reason"], &rows);
    Ok(Found::Nothing)
}

/// What one field says, for a machine.
pub fn part(part: &Part) -> Value {
    json!({
        "field": part.field.name(), "agreement": part.level.name(),
        "bits_against_strangers": part.stranger.bits(), "bits_against_kin": part.kin.bits(),
    })
}

/// Hundredths of a bit as bits.
fn bits(hundredths: i32) -> String {
    format!("{:.1}", f64::from(hundredths) / 100.0)
}
