//! Why this is one person: which edges hold the profiles together, with level and weight of each field; what was decided;
//! who was whom before.

use liangdi_domain::identity::Resolver;
use liangdi_domain::ids::ProfileId;
use liangdi_domain::person::PersonFile;
use liangdi_store::report::{Bonds, DecisionMade, MoveMade};

use crate::bonds::{Bond, weighed};
use crate::console::Console;
use crate::page::Page;
use crate::pages::operator::words::bits;

/// An edge.
pub(super) struct EdgeWords {
    pub(super) ends: [String; 2],
    pub(super) bits: String,
    pub(super) is_against: bool,
    /// Field, how far the two agree, what that weighs; empty where one end is another person's.
    pub(super) parts: Vec<(&'static str, &'static str, String)>,
}

/// Everything that holds a person together.
pub(super) struct Why {
    pub(super) edges: Vec<EdgeWords>,
    pub(super) decisions: Vec<([String; 2], DecisionMade)>,
    pub(super) moves: Vec<(String, MoveMade)>,
}

impl Why {
    pub(super) fn of(page: &Page, console: &Console, file: &PersonFile, bonds: &Bonds) -> Self {
        let name = |id: ProfileId| match file.profiles.iter().position(|(of, _)| *of == id) {
            Some(index) => (index + 1).to_string(),
            None => page.t("subject.why.elsewhere").to_owned(),
        };
        let resolver = Resolver { matching: &console.matching, divisions: console.divisions };
        let edge = |Bond { edge, weighed }: Bond<'_>| EdgeWords {
            ends: [name(edge.a), name(edge.b)],
            bits: bits(&edge.weight),
            is_against: edge.against,
            parts: weighed.into_iter().flat_map(|weighed| weighed.parts).map(|part| part_words(&part)).collect(),
        };
        Why {
            edges: weighed(file, bonds, &resolver).into_iter().map(edge).collect(),
            decisions: bonds.decisions.iter().map(|made| ([name(made.a), name(made.b)], made.clone())).collect(),
            moves: bonds.moves.iter().map(|moved| (name(moved.profile), moved.clone())).collect(),
        }
    }
}

fn part_words(part: &liangdi_domain::identity::score::Part) -> (&'static str, &'static str, String) {
    (part.field.name(), part.level.name(), bits(&part.stranger.0))
}
