//! The last day by quarters of an hour: what each feed brought, notices that went out, messages that were refused. A chart,
//! and a table of the same figures.

use chrono::{DateTime, TimeDelta, Timelike, Utc};
use liangdi_domain::feed::Feed;
use liangdi_store::report::QuarterCount;
use serde_json::json;

use super::named;
use crate::console::Console;
use crate::problem::Problem;
use crate::texts::Language;

/// Quarters of an hour in a day: as many as the store keeps.
const QUARTERS: usize = 96;
const QUARTER: TimeDelta = TimeDelta::minutes(15);

/// A column: what is counted, and how much of it in each quarter.
pub(super) struct Column {
    pub(super) name: String,
    counts: [i64; QUARTERS],
}

/// A quarter of an hour in which something went through.
pub(super) struct QuarterRow {
    pub(super) time: String,
    pub(super) counts: Vec<i64>,
}

/// What is shown of the last day.
pub(super) struct Day {
    /// The feeds, then notices out, then messages refused.
    pub(super) columns: Vec<Column>,
    /// Newest first; quarters without anything are left out.
    pub(super) rows: Vec<QuarterRow>,
    /// The same figures for the chart.
    pub(super) figures: String,
}

pub(super) async fn read(console: &Console, language: Language) -> Result<Day, Problem> {
    let first = quarter_of(console.now_utc()) - QUARTER * (QUARTERS as i32 - 1);
    let counts = console.store.quarters(first - TimeDelta::seconds(1)).await?;
    let offset = *console.now().offset();
    let time = |slot: usize| (first + QUARTER * slot as i32).with_timezone(&offset).format("%H:%M").to_string();
    Ok(day(language, first, &counts, time))
}

fn day(language: Language, first: DateTime<Utc>, counts: &[QuarterCount], time: impl Fn(usize) -> String) -> Day {
    let column = |name: &str, is_counted: &dyn Fn(&QuarterCount) -> bool| {
        let mut column = Column { name: name.to_owned(), counts: [0; QUARTERS] };
        for count in counts.iter().filter(|count| is_counted(count)) {
            let slot = usize::try_from((count.begins - first).num_seconds() / QUARTER.num_seconds());
            if let Some(sum) = slot.ok().and_then(|slot| column.counts.get_mut(slot)) {
                *sum += count.count;
            }
        }
        column
    };
    let received = |feed: Feed| column(named(language, feed.name()), &|c| c.what == "received" && c.of == feed.name());
    let mut columns: Vec<Column> = Feed::ALL.into_iter().map(received).collect();
    columns.push(column(language.text("operator.day.out"), &|count| count.what == "published"));
    columns.push(column(language.text("operator.day.refused"), &|count| count.what == "refused"));
    let row = |slot: usize| QuarterRow {
        time: time(slot),
        counts: columns.iter().map(|column| column.counts[slot]).collect(),
    };
    let rows = (0..QUARTERS).rev().map(row).filter(|row| row.counts.iter().any(|count| *count > 0)).collect();
    let figures = json!({
        "times": (0..QUARTERS).map(&time).collect::<Vec<_>>(),
        "series": columns.iter().map(|column| json!({"name": column.name, "counts": &column.counts[..]})).collect::<Vec<_>>(),
    });
    Day { rows, figures: figures.to_string(), columns }
}

/// When the quarter of an hour began.
fn quarter_of(at: DateTime<Utc>) -> DateTime<Utc> {
    let minutes = at.minute() % 15;
    let past = TimeDelta::minutes(minutes.into()) + TimeDelta::seconds(at.second().into());
    at - past - TimeDelta::nanoseconds(at.nanosecond().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn a_quarter_begins_four_times_an_hour() {
        assert_eq!(quarter_of(at("2026-03-09T10:14:59.999Z")), at("2026-03-09T10:00:00Z"));
        assert_eq!(quarter_of(at("2026-03-09T10:15:00Z")), at("2026-03-09T10:15:00Z"));
    }

    #[test]
    fn what_went_through_stands_in_its_quarter_and_what_is_older_nowhere() {
        let count = |begins: &str, what: &str, of: &str, count| QuarterCount {
            begins: at(begins),
            what: what.to_owned(),
            of: of.to_owned(),
            count,
        };
        let first = at("2026-03-08T10:15:00Z");
        let counts = [
            count("2026-03-08T10:00:00Z", "received", "police", 7),
            count("2026-03-08T10:15:00Z", "received", "police", 5),
            count("2026-03-09T10:00:00Z", "received", "hr", 4),
            count("2026-03-09T10:00:00Z", "published", "", 3),
            count("2026-03-09T10:00:00Z", "refused", "hr", 1),
            count("2026-03-09T10:00:00Z", "refused", "police", 1),
            count("2026-03-09T10:15:00Z", "received", "police", 9),
        ];
        let day = day(Language::English, first, &counts, |slot| slot.to_string());
        let rows: Vec<(&str, &[i64])> = day.rows.iter().map(|row| (row.time.as_str(), &row.counts[..])).collect();
        assert_eq!(rows, [("95", &[0, 0, 4, 0, 0, 3, 2][..]), ("0", &[5, 0, 0, 0, 0, 0, 0][..])]);
        let figures: serde_json::Value = serde_json::from_str(&day.figures).unwrap();
        assert_eq!(figures["series"][5]["counts"][95], 3);
        assert_eq!(figures["times"].as_array().unwrap().len(), QUARTERS);
    }
}
