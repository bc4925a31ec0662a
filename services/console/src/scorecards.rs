//! How jurisdictions fared in a month: answers, returns, steps and requests that they owed, how complete and how far their own
//! registrations reach, as it all stood at the end of a day. For the page and for `liangdi report`; counts of jurisdictions,
//! nothing of anybody.

use chrono::{DateTime, NaiveDate, Utc};
use liangdi_domain::calendar::{Calendar, shanghai_midnight};
use liangdi_domain::case::{CardKey, Counts, Question, Scorecard, Scorecards, Share, ShareKey};
use liangdi_domain::division::{Code, Divisions, Level};
use liangdi_domain::evidence::Outcome;
use liangdi_domain::identity::Matching;
use liangdi_domain::notice::Receiver;
use liangdi_domain::procedure::{Opening, Procedures, Step};
use liangdi_domain::statement::{Setting, measure};
use liangdi_store::StoreError;
use liangdi_store::port::register;
use liangdi_store::postgres::PgStore;

/// Answers read in one go.
const PAGE_ANSWERS: u32 = 10_000;
/// Persons looked at in one go.
const PAGE_PERSONS: u32 = 1_000;

/// The columns of a table of cards. What is owed fills the ones in the middle, a share the last three; its measure stands under
/// `procedure`.
pub const HEADER: [&str; 13] = [
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
    "expected",
    "present",
    "percent",
];

/// From its beginning, up to and without its end.
type Period = (DateTime<Utc>, DateTime<Utc>);

/// The province's divisions, and the rules in force.
pub type Rules<'a> = (&'a Divisions, &'a Procedures);

/// What a report is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    /// One card per jurisdiction of this level.
    pub level: Level,
    /// The first day of the period.
    pub from: NaiveDate,
    /// The day after its last.
    pub until: NaiveDate,
    /// As it stood at the end of this day.
    pub as_of: NaiveDate,
}

impl Wanted {
    /// The period, and the end of the day as of which; none of days that do not begin.
    fn instants(&self) -> Option<(Period, DateTime<Utc>)> {
        let period = (shanghai_midnight(self.from)?, shanghai_midnight(self.until)?);
        Some((period, shanghai_midnight(self.as_of.succ_opt()?)?))
    }
}

/// Counts what was owed and registered in a period.
pub async fn count_all(store: &PgStore, rules: Rules<'_>, wanted: Wanted) -> Result<Counts, StoreError> {
    let home = rules.0.home();
    let mut cards = Scorecards::new(wanted.level, wanted.as_of, Calendar::shipped());
    let Some((period, end_of_day)) = wanted.instants() else { return Ok(cards.into_counts()) };
    let mut after = None;
    loop {
        let page = store.owed(period, end_of_day, after, PAGE_ANSWERS).await?;
        let Some(last) = page.last() else { break };
        after = Some(last.notice);
        for row in &page {
            // What a partner's office is asked counts where the office is.
            if let Some(asked) = Receiver(row.receiver.clone()).division() {
                count(&mut cards, home, asked, &row.procedure, &row.question);
            }
        }
    }
    count_passed_on(store, rules, period, end_of_day, &mut cards).await?;
    count_measured(store, rules, wanted, &mut cards).await?;
    Ok(cards.into_counts())
}

/// What follows from the files of everybody of whom something was recorded since the period began: whatever counts in a period
/// was first said in it, or later.
async fn count_measured(
    store: &PgStore,
    (tables, procedures): Rules<'_>,
    wanted: Wanted,
    cards: &mut Scorecards<'_>,
) -> Result<(), StoreError> {
    let Some(((from, _), end_of_day)) = wanted.instants() else { return Ok(()) };
    let divisions = register(tables, store.announced().await?).on(wanted.as_of);
    let setting = Setting {
        divisions: &divisions,
        calendar: Calendar::shipped(),
        procedures,
        trust: &Matching::shipped().trust,
        today: wanted.as_of,
    };
    let mut retrospect = store.retrospect(from, end_of_day).await?;
    loop {
        let files = retrospect.page(PAGE_PERSONS).await?;
        if files.is_empty() {
            return Ok(());
        }
        for counted in files.iter().flat_map(|file| measure(file, &setting)) {
            let (whose, on) = counted.whose_and_when();
            if whose.province() == tables.home() && wanted.from <= on && on < wanted.until {
                cards.add(&counted);
            }
        }
    }
}

/// A card as a row under [`HEADER`].
pub fn cells(key: &CardKey, card: &Scorecard) -> Vec<String> {
    let counts = [card.owed, card.in_time, card.late, card.open, card.overdue, card.closed];
    let name = Divisions::shipped().full_name(key.jurisdiction);
    [key.jurisdiction.to_string(), name, key.procedure.clone()]
        .into_iter()
        .chain(counts.map(|count| count.to_string()))
        .chain([card.median_days().map(|days| days.to_string()).unwrap_or_default()])
        .chain([const { String::new() }; 3])
        .collect()
}

/// A share as a row under [`HEADER`].
pub fn share_cells(key: &ShareKey, share: &Share) -> Vec<String> {
    let name = Divisions::shipped().full_name(key.jurisdiction);
    [key.jurisdiction.to_string(), name, key.measure.name().to_owned()]
        .into_iter()
        .chain([const { String::new() }; 7])
        .chain([share.expected.to_string(), share.present.to_string(), percent(*share)])
        .collect()
}

/// With one decimal place; nothing where nothing is expected.
pub fn percent(share: Share) -> String {
    share.permille().map(|permille| format!("{}.{}", permille / 10, permille % 10)).unwrap_or_default()
}

/// What another province owes is counted there, if at all.
fn count(cards: &mut Scorecards, home: Code, asked: Code, procedure: &str, question: &Question) {
    if asked.province() == home {
        cards.count(asked, procedure, question);
    }
}

/// Requests that whoever the person applied to passed on, in time or late; what was not passed on nobody knows of.
async fn count_passed_on(
    store: &PgStore,
    (tables, procedures): Rules<'_>,
    period: Period,
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
                        tables.home(),
                        row.requester,
                        name,
                        &Question { asked_on: row.applied_on, due_on, answer, stands: true },
                    );
                }
            }
        }
    }
}
