//! Fellegi–Sunter weights of a pair: per field and in sum, in hundredths of a bit, against three rivals of "one human".
//! Strangers agree by chance, kin in all that a family shares, namesakes in name and birth date. The smallest sum is the
//! pair's weight: twins never pass for one human on what their household has in common, nor namesakes on their name.

use serde::{Deserialize, Serialize};

use super::compare::{Compared, Pattern, compare};
use super::matching::{Field, Level, Matching, Weight};
use super::prepared::Prepared;

/// What one field says of a pair. No identity value in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Which field.
    pub field: Field,
    /// How far the two agree.
    pub level: Level,
    /// Weight of evidence against two strangers.
    pub stranger: Weight,
    /// Weight of evidence against two members of one family.
    pub kin: Weight,
    /// Weight of evidence against two namesakes.
    pub namesake: Weight,
}

/// A pair's weight and where it comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Weighed {
    /// The smallest of the sums: the evidence that the two are one human.
    pub total: Weight,
    /// Sum against strangers, the prior included.
    pub stranger: Weight,
    /// Sum against kin, their odds included.
    pub kin: Weight,
    /// Sum against namesakes, their odds included.
    pub namesake: Weight,
    /// Field by field.
    pub parts: [Part; Field::ALL.len()],
}

impl Weighed {
    /// The levels alone.
    pub fn pattern(&self) -> Pattern {
        Pattern(self.parts.map(|part| part.level))
    }
}

/// Compares and weighs two profiles.
pub fn weigh(a: &Prepared<'_>, b: &Prepared<'_>, matching: &Matching) -> Weighed {
    weigh_compared(&compare(a, b), matching)
}

/// Weighs what was compared.
pub fn weigh_compared(compared: &Compared, matching: &Matching) -> Weighed {
    let parts = Field::ALL.map(|field| {
        let level = compared.pattern.level(field);
        let weights = matching.weights(level);
        let rarity = if weights.by_frequency { rarity(compared.name_share, matching) } else { Weight::default() };
        Part { field, level, stranger: weights.stranger + rarity, kin: weights.kin, namesake: weights.namesake }
    });
    let priors = matching.priors();
    let stranger = priors.stranger + parts.iter().map(|part| part.stranger).sum();
    let kin = priors.kin + parts.iter().map(|part| part.kin).sum();
    let namesake = priors.namesake + parts.iter().map(|part| part.namesake).sum();
    Weighed { total: stranger.min(kin).min(namesake), stranger, kin, namesake, parts }
}

/// Evidence in how rare the name is.
fn rarity(share: f64, matching: &Matching) -> Weight {
    Weight::of_ratio(1.0 / share.clamp(matching.limits.name_share_min, 1.0))
}
