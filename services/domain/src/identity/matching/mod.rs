//! `config/matching.toml`: the weights, thresholds, limits and trust that decide who is who. Read and checked whole
//! before anything uses it; [`Matching::write`] keeps the comments.

mod level;
mod rates;
mod template;
mod weight;

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;

pub use level::{Field, Level};
pub use rates::{Rates, Share, Table};
pub use weight::Weight;

pub(crate) use level::LEVELS;
pub(crate) use rates::Weights;

use super::frequency::NAMES_TABLE;
use super::survive::{Trust, TrustFault};

/// What ships.
const SHIPPED: &str = include_str!("../../../../../config/matching.toml");
/// How far the m of a field may be from adding up to 1.
const SUM_TOLERANCE: f64 = 2e-3;

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
}

/// The file as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    names_table: String,
    thresholds: ThresholdsFile,
    limits: LimitsFile,
    document: BTreeMap<String, Rates>,
    name: BTreeMap<String, Rates>,
    birth: BTreeMap<String, Rates>,
    sex: BTreeMap<String, Rates>,
    household: BTreeMap<String, Rates>,
    contact: BTreeMap<String, Rates>,
    trust: Trust,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ThresholdsFile {
    prior: f64,
    kin_odds: f64,
    namesake_odds: f64,
    link: f64,
    review: f64,
    ambiguity_margin: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LimitsFile {
    block_profiles_max: usize,
    component_profiles_max: usize,
    component_step: f64,
    name_share_min: f64,
}

impl Matching {
    /// The weights the hub ships with.
    pub fn shipped() -> &'static Matching {
        static MATCHING: OnceLock<Matching> = OnceLock::new();
        MATCHING.get_or_init(|| Matching::read(SHIPPED).expect("the shipped matching.toml is tested"))
    }

    /// Reads a matching file and checks all of it.
    pub fn read(text: &str) -> Result<Matching, MatchingError> {
        let file: File = toml::from_str(text)?;
        if file.names_table != NAMES_TABLE {
            return Err(MatchingError::NamesTable(file.names_table));
        }
        file.trust.check()?;
        let (thresholds, limits) = (file.thresholds.checked()?, file.limits.checked()?);
        let mut rates = BTreeMap::new();
        let sections = [file.document, file.name, file.birth, file.sex, file.household, file.contact];
        for (field, section) in Field::ALL.into_iter().zip(sections) {
            read_field(field, section, &mut rates)?;
        }
        Ok(Matching::of(thresholds, limits, file.trust, rates))
    }

    /// The file with these numbers and the shipped comments.
    pub fn write(&self) -> String {
        template::write(SHIPPED, self)
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

fn read_field(
    field: Field,
    mut section: BTreeMap<String, Rates>,
    rates: &mut BTreeMap<Level, Rates>,
) -> Result<(), MatchingError> {
    let mut sum = 0.0;
    for level in Level::of(field) {
        let rate = section.remove(level.name()).ok_or(MatchingError::MissingLevel(field, level.name()))?;
        if let Some(share) = rate.fault() {
            return Err(MatchingError::NoShare(field, level.name(), share));
        }
        let by_table = matches!(rate.u, Share::Table(_));
        if by_table != level.by_frequency() {
            let not = if by_table { "not " } else { "" };
            return Err(MatchingError::Frequency(field, level.name(), not));
        }
        sum += rate.m;
        rates.insert(*level, rate);
    }
    if let Some((name, _)) = section.pop_first() {
        return Err(MatchingError::UnknownLevel(field, name));
    }
    if (sum - 1.0).abs() > SUM_TOLERANCE {
        return Err(MatchingError::Sum(field, sum));
    }
    Ok(())
}

impl ThresholdsFile {
    fn checked(self) -> Result<Thresholds, MatchingError> {
        let fault = |what| Err(MatchingError::Range(what));
        if !(self.prior > 0.0 && self.prior < 1.0) {
            return fault("[thresholds] prior must lie between 0 and 1");
        }
        if !(self.kin_odds > 0.0 && self.kin_odds.is_finite()) {
            return fault("[thresholds] kin_odds must be positive");
        }
        if !(self.namesake_odds > 0.0 && self.namesake_odds.is_finite()) {
            return fault("[thresholds] namesake_odds must be positive");
        }
        if !(self.link.abs() <= 1000.0 && self.review.abs() <= 1000.0 && self.review <= self.link) {
            return fault("[thresholds] review must not lie above link, and both within 1000 bits");
        }
        if !(0.0..=1000.0).contains(&self.ambiguity_margin) {
            return fault("[thresholds] ambiguity_margin must lie between 0 and 1000 bits");
        }
        Ok(Thresholds {
            prior: self.prior,
            kin_odds: self.kin_odds,
            namesake_odds: self.namesake_odds,
            link: Weight::of_bits(self.link),
            review: Weight::of_bits(self.review),
            ambiguity_margin: Weight::of_bits(self.ambiguity_margin),
        })
    }
}

impl LimitsFile {
    fn checked(self) -> Result<Limits, MatchingError> {
        let fault = |what| Err(MatchingError::Range(what));
        if self.block_profiles_max < 2 {
            return fault("[limits] block_profiles_max must be 2 or more");
        }
        if self.component_profiles_max < 2 {
            return fault("[limits] component_profiles_max must be 2 or more");
        }
        if !(0.01..=1000.0).contains(&self.component_step) {
            return fault("[limits] component_step must lie between 0.01 and 1000 bits");
        }
        if !(self.name_share_min > 0.0 && self.name_share_min <= 1.0) {
            return fault("[limits] name_share_min must lie above 0 and not above 1");
        }
        Ok(Limits {
            block_profiles_max: self.block_profiles_max,
            component_profiles_max: self.component_profiles_max,
            component_step: Weight::of_bits(self.component_step),
            name_share_min: self.name_share_min,
        })
    }
}

#[cfg(test)]
mod tests;
