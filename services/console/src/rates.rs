//! How fast counters go up, seen from here: whoever shows them notes them, and the notes of the last minutes are the rate.
//! In memory: after a start there is no rate until they have been looked at for a while.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

/// Rates are of so long.
const WINDOW: TimeDelta = TimeDelta::minutes(5);
/// Notes are at least so far apart: many who look do not make more of them.
const NOTES_APART: TimeDelta = TimeDelta::seconds(5);
/// Sooner than this nothing can be said.
const SPAN_MIN: TimeDelta = TimeDelta::seconds(5);

type Counts = HashMap<String, i64>;

/// The notes of the last minutes.
#[derive(Default)]
pub(crate) struct Rates(Mutex<VecDeque<(DateTime<Utc>, Counts)>>);

impl Rates {
    /// Notes the counters; by how much each went up in a minute.
    pub(crate) fn note(&self, now: DateTime<Utc>, counts: Counts) -> HashMap<String, i64> {
        let mut notes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        while notes.front().is_some_and(|(at, _)| now - *at > WINDOW) {
            notes.pop_front();
        }
        let rates = notes.front().map(|(at, before)| per_minute(now - *at, before, &counts)).unwrap_or_default();
        if notes.back().is_none_or(|(at, _)| now - *at >= NOTES_APART) {
            notes.push_back((now, counts));
        }
        rates
    }
}

fn per_minute(span: TimeDelta, before: &Counts, now: &Counts) -> HashMap<String, i64> {
    if span < SPAN_MIN {
        return HashMap::new();
    }
    let rate = |(name, count): (&String, &i64)| {
        let more = (count - before.get(name).unwrap_or(&0)).max(0);
        (name.clone(), more * 60_000 / span.num_milliseconds())
    };
    now.iter().map(rate).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
    }

    fn counts(count: i64) -> Counts {
        HashMap::from([("police".to_owned(), count)])
    }

    #[test]
    fn a_rate_is_what_was_added_since_the_oldest_note_of_the_last_minutes() {
        let rates = Rates::default();
        assert!(rates.note(at(0), counts(100)).is_empty(), "one note is no rate");
        assert!(rates.note(at(2), counts(150)).is_empty(), "two seconds are too short");
        assert_eq!(rates.note(at(60), counts(700))["police"], 600);
        assert_eq!(rates.note(at(120), counts(700))["police"], 300);
        // Five minutes later the first notes are gone; only the last one is left.
        assert_eq!(rates.note(at(360), counts(820))["police"], 24);
        assert!(rates.note(at(1000), counts(900)).is_empty(), "nobody looked for too long");
    }
}
