//! How jurisdictions fared in a month with what they owe: answers, returns and requests passed on, as they stood at the end
//! of a day. For the page and for `liangdi report`; counts of jurisdictions, nothing of anybody.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use liangdi_domain::calendar::Calendar;
use liangdi_domain::case::{CardKey, Question, Scorecard, Scorecards};
use liangdi_domain::division::{Code, Divisions};
use liangdi_domain::evidence::Outcome;
use liangdi_domain::notice::Receiver;
use liangdi_domain::procedure::{Opening, Procedures, Step};
use liangdi_store::StoreError;
use liangdi_store::postgres::PgStore;

/// Answers read in one go.
const PAGE_ANSWERS: u32 = 10_000;

/// The columns of a table of cards.
pub const HEADER: [&str; 10] = [
    "jurisdiction",
    "name",
    "procedure",
    "owed",
    "in_time",
    "late",
    "open",
    "overdue",
    "closed",
    "median_working_days",
];

/// Counts what was owed in a period (from its beginning, up to and without its end).
pub async fn count_all(
    store: &PgStore,
    procedures: &Procedures,
    period: (DateTime<Utc>, DateTime<Utc>),
    end_of_day: DateTime<Utc>,
    mut cards: Scorecards<'_>,
) -> Result<BTreeMap<CardKey, Scorecard>, StoreError> {
    let mut after = None;
    loop {
        let page = store.owed(period, end_of_day, after, PAGE_ANSWERS).await?;
        let Some(last) = page.last() else { break };
        after = Some(last.notice);
        for row in &page {
            // What a partner's office is asked counts where the office is.
            if let Some(asked) = Receiver(row.receiver.clone()).division() {
                count(&mut cards, asked, &row.procedure, &row.question);
            }
        }
    }
    count_passed_on(store, procedures, period, end_of_day, &mut cards).await?;
    Ok(cards.into_cards())
}

/// A card as a row under [`HEADER`].
pub fn cells(key: &CardKey, card: &Scorecard) -> Vec<String> {
    let counts = [card.owed, card.in_time, card.late, card.open, card.overdue, card.closed];
    let name = Divisions::shipped().full_name(key.jurisdiction);
    [key.jurisdiction.to_string(), name, key.procedure.clone()]
        .into_iter()
        .chain(counts.map(|count| count.to_string()))
        .chain([card.median_days().map(|days| days.to_string()).unwrap_or_default()])
        .collect()
}

/// Another province without a hub owes this one nothing that could be counted.
fn count(cards: &mut Scorecards, asked: Code, procedure: &str, question: &Question) {
    if asked.province() == Divisions::shipped().home() {
        cards.count(asked, procedure, question);
    }
}

/// Requests that whoever the person applied to passed on, in time or late; what was not passed on nobody knows of.
async fn count_passed_on(
    store: &PgStore,
    procedures: &Procedures,
    period: (DateTime<Utc>, DateTime<Utc>),
    end_of_day: DateTime<Utc>,
    cards: &mut Scorecards<'_>,
) -> Result<(), StoreError> {
    let mut after = 0;
    loop {
        let page = store.passed_on(period, end_of_day, after, PAGE_ANSWERS).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after = last.no;
        for row in &page {
            for (name, _) in procedures.opened_by(Opening::VerificationRequested, row.on) {
                let Some(owed) = procedures.get(name).and_then(|procedure| procedure.owed.as_ref()) else { continue };
                if owed.step == Step::PassOn {
                    let due_on = Some(owed.within.after(row.applied_on, Calendar::shipped()).date);
                    let answer = Some((Outcome::Answered, row.on));
                    count(
                        cards,
                        row.requester,
                        name,
                        &Question { asked_on: row.applied_on, due_on, answer, stands: true },
                    );
                }
            }
        }
    }
}
