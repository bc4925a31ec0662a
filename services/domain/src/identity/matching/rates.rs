//! What a level is worth: its share among pairs of one human, of strangers and of kin.

use serde::Deserialize;

use super::level::Field;
use super::weight::Weight;

/// A level's shares.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rates {
    /// Among pairs of one human.
    pub m: f64,
    /// Among pairs of strangers.
    pub u: Share,
    /// Among pairs of two members of one family.
    pub kin: f64,
    /// Among pairs of namesakes with one birth date; none: as among strangers.
    pub namesake: Option<f64>,
}

/// A share, or that it is looked up.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum Share {
    /// A fixed share.
    Fixed(f64),
    /// The rarity of what agrees, from the table of names.
    Table(Table),
}

/// The word for a share that is looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Table {
    /// The table of names in `config/names/`.
    Frequency,
}

/// A level's weights, computed once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Weights {
    /// Against strangers; of a level by frequency, with a share of 1.
    pub(crate) stranger: Weight,
    /// Against kin.
    pub(crate) kin: Weight,
    /// Against namesakes.
    pub(crate) namesake: Weight,
    /// Whether the rarity of what agrees comes on top of `stranger`.
    pub(crate) by_frequency: bool,
}

impl Rates {
    pub(crate) fn weights(&self, field: Field) -> Weights {
        let (share, by_frequency) = match self.u {
            Share::Fixed(share) => (share, false),
            Share::Table(Table::Frequency) => (1.0, true),
        };
        let namesake = match field {
            Field::Name | Field::Birth | Field::Sex => 1.0,
            Field::Document | Field::Household | Field::Contact => self.m / self.namesake.unwrap_or(share),
        };
        Weights {
            stranger: Weight::of_ratio(self.m / share),
            kin: Weight::of_ratio(self.m / self.kin),
            namesake: Weight::of_ratio(namesake),
            by_frequency,
        }
    }

    /// The first of its shares that is none.
    pub(super) fn fault(&self) -> Option<&'static str> {
        let is_share = |share: f64| share > 0.0 && share <= 1.0;
        let fixed = match self.u {
            Share::Fixed(share) => share,
            Share::Table(_) => 1.0,
        };
        let namesake = self.namesake.unwrap_or(1.0);
        [("m", self.m), ("u", fixed), ("kin", self.kin), ("namesake", namesake)]
            .into_iter()
            .find(|(_, share)| !is_share(*share))
            .map(|at| at.0)
    }
}
