//! The matching file as it is written, and every check before it is taken.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::super::frequency::NAMES_TABLE;
use super::super::survive::Trust;
use super::{Field, Level, Limits, Matching, MatchingError, Rates, Share, Thresholds, Weight};

/// How far the m of a field may be from adding up to 1.
const SUM_TOLERANCE: f64 = 2e-3;

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

/// Reads a matching file and checks all of it.
pub(super) fn read(text: &str) -> Result<Matching, MatchingError> {
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
