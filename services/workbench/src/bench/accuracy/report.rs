//! The table for people and the JSON line for scripts. Ids, counts and shares; no identity.

use std::fmt;
use std::time::Duration;

use serde_json::{Value, json};

use super::Times;
use super::pairs::Pairs;

/// What was measured.
pub struct Report {
    pub(super) persons: u32,
    pub(super) seed: u64,
    pub(super) lines: usize,
    pub(super) refused: usize,
    pub(super) profiles: usize,
    pub(super) questions: usize,
    /// Questions about two profiles of one human.
    pub(super) right_questions: usize,
    /// Profiles that a person is asked about.
    pub(super) asked: usize,
    /// Profiles that say next to nothing by themselves.
    pub(super) thin: usize,
    pub(super) thin_appearances: usize,
    pub(super) found: Pairs,
    pub(super) reviewed: Pairs,
    /// Missed pairs by reason.
    pub(super) missed: Vec<(&'static str, u64)>,
    pub(super) times: Times,
    pub(super) peak_mb: f64,
}

impl Report {
    /// Share of profiles that a person is asked about.
    fn asked_share(&self) -> f64 {
        self.asked as f64 / self.profiles.max(1) as f64
    }

    /// Lines a second, all stages that a rehearsal has.
    fn lines_a_second(&self) -> f64 {
        self.lines as f64 / (self.times.normalise + self.times.decide).as_secs_f64()
    }

    /// The JSON line.
    pub fn json(&self) -> Value {
        let Times { simulate, normalise, decide, answer } = self.times;
        json!({
            "persons": self.persons, "seed": self.seed, "lines": self.lines, "refused": self.refused,
            "profiles": self.profiles,
            "found": pairs_json(&self.found),
            "reviewed": pairs_json(&self.reviewed),
            "questions": self.questions, "right_questions": self.right_questions,
            "asked_profiles": self.asked, "asked_share": self.asked_share(),
            "thin_profiles": self.thin, "thin_appearances": self.thin_appearances,
            "missed": self.missed.iter().map(|(reason, pairs)| json!({"reason": reason, "pairs": pairs})).collect::<Vec<_>>(),
            "simulate_s": seconds(simulate), "normalise_s": seconds(normalise), "decide_s": seconds(decide),
            "answer_s": seconds(answer), "lines_per_s": self.lines_a_second().round(), "peak_mb": self.peak_mb.round(),
        })
    }
}

fn pairs_json(pairs: &Pairs) -> Value {
    let merges = pairs.false_merges.iter().map(|(person, humans)| json!({"person": person, "humans": humans}));
    json!({
        "precision": pairs.precision(), "recall": pairs.recall(), "f1": pairs.f1(),
        "appearances": pairs.appearances, "humans": pairs.humans, "persons": pairs.persons,
        "pairs_true": pairs.true_pairs, "pairs_held": pairs.held_pairs, "pairs_right": pairs.right_pairs,
        "false_merges": pairs.false_merges.len(), "false_merges_are": merges.collect::<Vec<_>>(),
        "split_humans": pairs.split_humans,
    })
}

fn seconds(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1e3).round() / 1e3
}

/// A figure as the table shows it.
type Shown = fn(&Pairs) -> String;

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Report { persons, seed, lines, refused, profiles, .. } = self;
        writeln!(
            f,
            "{persons} persons, seed {seed}, high noise: {lines} lines ({refused} refused), {profiles} profiles\n"
        )?;
        writeln!(f, "{:42}{:>12}{:>16}", "", "found", "after review")?;
        let columns: [(&str, Shown); 8] = [
            ("pairwise precision", |pairs| format!("{:.6}", pairs.precision())),
            ("pairwise recall", |pairs| format!("{:.6}", pairs.recall())),
            ("pairwise F1", |pairs| format!("{:.6}", pairs.f1())),
            ("persons that hold two humans", |pairs| pairs.false_merges.len().to_string()),
            ("humans that are two persons", |pairs| pairs.split_humans.to_string()),
            ("persons", |pairs| pairs.persons.to_string()),
            ("humans", |pairs| pairs.humans.to_string()),
            ("appearances", |pairs| pairs.appearances.to_string()),
        ];
        for (name, of) in columns {
            writeln!(f, "{name:42}{:>12}{:>16}", of(&self.found), of(&self.reviewed))?;
        }
        writeln!(f)?;
        let asked = format!("{} ({:.2} %)", self.asked, self.asked_share() * 100.0);
        writeln!(f, "{:42}{asked:>12}", "profiles a person is asked about")?;
        writeln!(f, "{:42}{:>12}  of which {} are one human", "questions", self.questions, self.right_questions)?;
        let thin = format!("{} in {} appearances", self.thin, self.thin_appearances);
        writeln!(f, "{:42}{thin:>12}", "profiles that say next to nothing")?;
        for (person, humans) in &self.found.false_merges {
            let held: Vec<String> = humans.iter().map(|(human, times)| format!("{human} ({times} times)")).collect();
            writeln!(f, "  person {} holds humans {}", person.0, held.join(", "))?;
        }
        writeln!(f, "\npairs missed, by what the two nearest profiles of two persons say")?;
        for (reason, pairs) in &self.missed {
            writeln!(f, "  {reason:40}{pairs:>12}")?;
        }
        let Times { simulate, normalise, decide, answer } = self.times;
        writeln!(f)?;
        for (name, took) in [
            ("making the feeds, s", simulate),
            ("validating and normalising, s", normalise),
            ("recording, resolving, deriving, s", decide),
            ("answering every question, s", answer),
        ] {
            writeln!(f, "{name:42}{:>12.1}", took.as_secs_f64())?;
        }
        writeln!(f, "{:42}{:>12.0}", "lines a second, normalising to deriving", self.lines_a_second())?;
        writeln!(f, "{:42}{:>12.0}", "peak memory, MB", self.peak_mb)
    }
}
