//! How well messages find their persons: fictional feeds of a seed, all the way through a registry in memory, and what
//! came of it beside the truth. Equal options give equal results.
//!
//! - `sample`: the feeds, and the truth beside them; `pass`: the way through the registry, with its times
//! - `pairs`: precision, recall, false merges, splits
//! - `answered`: what review would add; `missed`: why pairs are missed that are one human
//! - `export`: the normalised table, for other programs; `report`: the table, the JSON line

mod answered;
mod export;
mod missed;
mod pairs;
mod pass;
mod report;
mod sample;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};
use liangdi_domain::identity::Matching;
use liangdi_domain::ids::{PersonId, ProfileId};
use liangdi_store::memory::MemoryStore;
use liangdi_store::port::Question;

pub use report::Report;

use super::memory;
use pairs::Pairs;
use pass::Passed;
use sample::{Key, Sample};

/// The register in memory holds them all: some 15 kilobytes a person.
const PERSONS_MAX: u32 = 1_000_000;
/// Assignments read in one go.
const PAGE: u32 = 10_000;

/// What to measure.
pub struct Options {
    /// People in the feeds.
    pub persons: u32,
    /// Which feeds.
    pub seed: u64,
    /// The weights that decide.
    pub matching: Matching,
    /// Where feeds, truth and normalised table are left; without it they are not kept.
    pub out: Option<PathBuf>,
    /// Where to say what is going on.
    pub note: fn(&str),
}

/// One person of one message that stands.
struct Appearance {
    key: Key,
    /// Who it truly is.
    human: u32,
    profile: ProfileId,
    /// Who it is held to be.
    person: PersonId,
}

/// How long the stages took.
#[derive(Debug, Clone, Copy, Default)]
struct Times {
    simulate: Duration,
    /// Parsing, validating, normalising, marking.
    normalise: Duration,
    /// Recording, resolving, deriving, reconciling, committing.
    decide: Duration,
    answer: Duration,
}

/// Measures.
pub async fn run(options: &Options) -> Result<Report> {
    ensure!((1..=PERSONS_MAX).contains(&options.persons), "persons must be 1 to {PERSONS_MAX}");
    (options.note)("making the feeds …");
    let before = Instant::now();
    let sample = Sample::make(options)?;
    let simulate = before.elapsed();

    (options.note)("through the registry …");
    let passed = pass::through(&sample, options).await?;
    // What follows is the measuring, not what is measured.
    let peak_mb = memory::peak_mb(std::process::id())?;
    let appearances = appearances(&passed, &sample).await?;
    let questions = passed.registry.store.open_questions().await?;
    let humans = humans(&appearances);
    let found = Pairs::of(appearances.iter().map(|one| (one.human, one.person)));
    (options.note)("looking for what was missed …");
    let missed = missed::missed(&passed.registry, &appearances, &questions).await?;
    let thin = export::thin(&passed.registry, humans.keys()).await?;
    if let Some(out) = &options.out {
        export::write(out, &passed.registry, &appearances, &missed).await?;
    }

    (options.note)("answering every question as the truth is …");
    let before = Instant::now();
    answered::answer(&passed.registry, &questions, &humans).await?;
    let times = Times { simulate, normalise: passed.normalise, decide: passed.decide, answer: before.elapsed() };
    let reviewed = Pairs::of(self::appearances(&passed, &sample).await?.iter().map(|one| (one.human, one.person)));
    Ok(Report {
        persons: options.persons,
        seed: options.seed,
        lines: passed.lines,
        refused: passed.refused,
        profiles: humans.len(),
        asked: asked(&questions).len(),
        right_questions: questions.iter().filter(|asked| humans.get(&asked.a) == humans.get(&asked.b)).count(),
        questions: questions.len(),
        thin: thin.len(),
        thin_appearances: appearances.iter().filter(|one| thin.contains(&one.profile)).count(),
        found,
        reviewed,
        missed: missed::by_reason(&missed),
        times,
        peak_mb,
    })
}

/// Everybody in the messages that stand.
async fn appearances(passed: &Passed, sample: &Sample) -> Result<Vec<Appearance>> {
    let store: &MemoryStore = &passed.registry.store;
    let mut appearances = Vec::new();
    let mut after = None;
    loop {
        let page = store.assignments(after, PAGE).await?;
        let Some(last) = page.last() else { return Ok(appearances) };
        after = Some((last.no, last.slot));
        for row in page {
            let key = (row.source, row.id, row.slot);
            match (sample.truth.get(&key), passed.profiles.get(&key)) {
                (Some(human), Some(profile)) => {
                    appearances.push(Appearance { human: *human, profile: *profile, person: row.person, key });
                }
                (None, Some(_)) => bail!("truth.csv has no {} {}", key.0, key.1),
                (Some(_), None) => bail!("nobody passed as {} {}", key.0, key.1),
                // An unsigned complaint.
                (None, None) => {}
            }
        }
    }
}

/// Whom each profile shows: who appears most under it, the first by number of several.
fn humans(appearances: &[Appearance]) -> HashMap<ProfileId, u32> {
    let mut counts: HashMap<ProfileId, BTreeMap<u32, usize>> = HashMap::new();
    for one in appearances {
        *counts.entry(one.profile).or_default().entry(one.human).or_default() += 1;
    }
    let most = |of: BTreeMap<u32, usize>| of.into_iter().rev().max_by_key(|(_, count)| *count).map(|(human, _)| human);
    counts.into_iter().filter_map(|(profile, of)| Some((profile, most(of)?))).collect()
}

/// The profiles that a person is asked about.
fn asked(questions: &[Question]) -> BTreeSet<ProfileId> {
    questions.iter().flat_map(|question| [question.a, question.b]).collect()
}
