//! `config/matching.toml`: the weights, thresholds, limits and trust that decide who is who. Read and checked whole
//! before anything uses it; [`Matching::write`] keeps the comments.

mod file;
mod level;
mod rates;
mod rewrite;
mod template;
mod weight;

use std::collections::BTreeMap;
use std::sync::OnceLock;

pub use level::{Field, Level};
pub use rates::{Rates, Share, Table};
pub use weight::Weight;

pub(crate) use level::LEVELS;
pub(crate) use rates::Weights;

use super::frequency::NAMES_TABLE;
use super::survive::{Trust, TrustFault};

/// What ships.
const SHIPPED: &str = include_str!("../../../../../config/matching.toml");

/// Everything that decides who is who.
#[derive(Debug, Clone, PartialEq)]
pub struct Matching {
    /// When pairs are linked, asked about or held apart.
    pub thresholds: Thresholds,
    /// How much is compared at once.
    pub limits: Limits,
    /// Whose word is shown.
    pub trust: Trust,
    rates: BTreeMap<Level, Rates>,
    weights: [Weights; LEVELS],
    priors: Priors,
}

/// The weights before anything is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Priors {
    pub(crate) stranger: Weight,
    pub(crate) kin: Weight,
    pub(crate) namesake: Weight,
}

/// When pairs are linked, asked about or held apart.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Thresholds {
    /// Chance that two profiles drawn blindly are one human.
    pub prior: f64,
    /// Pairs of one human per pair of kin within a household.
    pub kin_odds: f64,
    /// Pairs of one human per pair of namesakes with one birth date.
    pub namesake_odds: f64,
    /// From here on, two profiles are linked.
    pub link: Weight,
    /// From here up to `link`, a person is asked.
    pub review: Weight,
    /// How much more a profile without a number must be drawn to one number than to any other.
    pub ambiguity_margin: Weight,
}

/// How much is compared at once.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// A blocking key shared by more profiles is refined by a second field.
    pub block_profiles_max: usize,
    /// A component of more profiles is cut at a raised threshold.
    pub component_profiles_max: usize,
    /// By how much it is raised at a time.
    pub component_step: Weight,
    /// No name is held to be rarer.
    pub name_share_min: f64,
}

/// A matching file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum MatchingError {
    /// Not TOML, or not of this shape; the message names line and key.
    #[error("matching.toml: {0}")]
    Shape(#[from] toml::de::Error),
    /// A level that does not exist.
    #[error("matching.toml: [{0}] {1}: no such level")]
    UnknownLevel(Field, String),
    /// A level is missing.
    #[error("matching.toml: [{0}] {1} is missing")]
    MissingLevel(Field, &'static str),
    /// A share is none.
    #[error("matching.toml: [{0}] {1}: {2} must lie above 0 and not above 1")]
    NoShare(Field, &'static str, &'static str),
    /// A u from the table of names where it gives none, or a fixed one where it does.
    #[error("matching.toml: [{0}] {1}: u must {2}be \"frequency\"")]
    Frequency(Field, &'static str, &'static str),
    /// The m of a field do not add up.
    #[error("matching.toml: [{0}]: the m of all levels must add up to 1, and add up to {1:.4}")]
    Sum(Field, f64),
    /// A threshold or limit that makes no sense.
    #[error("matching.toml: {0}")]
    Range(&'static str),
    /// Made for another version of the table of names.
    #[error(
        "matching.toml: names_table is {0}, this hub ships {NAMES_TABLE}; train again, or check the weights of names"
    )]
    NamesTable(String),
    /// A trust table with a hole.
    #[error("matching.toml: {0}")]
    Trust(#[from] TrustFault),
    /// Other numbers do not come out as they went in.
    #[error("matching.toml: the weights cannot be written in its place; is a level written in an unusual way?")]
    Rewrite,
}

impl MatchingError {
    /// The line of the file that it is about, from 1; none where it is about none.
    pub fn line(&self, text: &str) -> Option<usize> {
        if let MatchingError::Shape(error) = self {
            return error.span().map(|span| 1 + text.bytes().take(span.start).filter(|byte| *byte == b'\n').count());
        }
        if let MatchingError::NamesTable(_) = self {
            return text.lines().position(|line| line.trim_start().starts_with("names_table")).map(|at| at + 1);
        }
        // Every other one begins with its section, and most go on with the key.
        let said = self.to_string();
        let (section, rest) = said.split_once('[')?.1.split_once(']')?;
        let heading = format!("[{section}]");
        let begins = 1 + text.lines().position(|line| line.trim_start().starts_with(&heading))?;
        let key = rest.split([' ', ':']).find(|word| !word.is_empty())?;
        let mut below = text.lines().skip(begins).take_while(|line| !line.trim_start().starts_with('['));
        Some(
            begins
                + below
                    .position(|line| line.split('=').next().is_some_and(|name| name.trim() == key))
                    .map_or(0, |at| at + 1),
        )
    }
}

impl Matching {
    /// The weights the hub ships with.
    pub fn shipped() -> &'static Matching {
        static MATCHING: OnceLock<Matching> = OnceLock::new();
        MATCHING.get_or_init(|| Matching::read(SHIPPED).expect("the shipped matching.toml is tested"))
    }

    /// Reads a matching file and checks all of it.
    pub fn read(text: &str) -> Result<Matching, MatchingError> {
        file::read(text)
    }

    /// The file with these numbers and the shipped comments.
    pub fn write(&self) -> String {
        template::write(SHIPPED, self)
    }

    /// The text of the weights the hub ships with.
    pub const fn shipped_text() -> &'static str {
        SHIPPED
    }

    /// The text of a matching file with the m and u of these weights; everything else in it stays as it is. These
    /// weights have to come from that file and to differ from it in m and u alone.
    pub fn rewrite(&self, text: &str) -> Result<String, MatchingError> {
        rewrite::rewrite(text, self)
    }

    /// What a level weighs against strangers; of a level by frequency, before the rarity of what agrees comes on top.
    /// None for a level that weighs nothing.
    pub fn bits(&self, level: Level) -> Option<Weight> {
        self.rates(level).map(|_| self.weights(level).stranger)
    }

    /// A level's rates; none for a level that weighs nothing.
    pub fn rates(&self, level: Level) -> Option<&Rates> {
        self.rates.get(&level)
    }

    /// The same with other rates.
    pub(crate) fn with_rates(&self, rates: BTreeMap<Level, Rates>) -> Matching {
        Matching::of(self.thresholds, self.limits, self.trust.clone(), rates)
    }

    pub(crate) fn all_rates(&self) -> &BTreeMap<Level, Rates> {
        &self.rates
    }

    /// Below this, nothing draws two profiles: neither as a link nor as a rival of one.
    pub fn draw_min(&self) -> Weight {
        self.thresholds.link - self.thresholds.ambiguity_margin
    }

    /// From here on, what others in two clusters look like does not keep an edge from joining them.
    pub fn decisive(&self) -> Weight {
        self.thresholds.link + self.thresholds.ambiguity_margin
    }

    /// The weights before anything is compared.
    pub(crate) fn priors(&self) -> Priors {
        self.priors
    }

    pub(crate) fn weights(&self, level: Level) -> Weights {
        self.weights[level as usize]
    }

    fn of(thresholds: Thresholds, limits: Limits, trust: Trust, rates: BTreeMap<Level, Rates>) -> Matching {
        let mut weights = [Weights::default(); LEVELS];
        for (level, rate) in &rates {
            weights[*level as usize] = rate.weights(level.field());
        }
        let priors = Priors {
            stranger: Weight::of_ratio(thresholds.prior / (1.0 - thresholds.prior)),
            kin: Weight::of_ratio(thresholds.kin_odds),
            namesake: Weight::of_ratio(thresholds.namesake_odds),
        };
        Matching { thresholds, limits, trust, rates, weights, priors }
    }
}

#[cfg(test)]
mod tests;
