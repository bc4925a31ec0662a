//! What a training changed, for people to read before they take it.

use std::fmt;

use super::super::matching::{Field, Level, Matching, Rates, Share, Weight};

/// One number that changed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Change {
    /// In which field.
    pub field: Field,
    /// At which level.
    pub level: Level,
    /// Which of its rates.
    pub rate: Rate,
    /// The old share.
    pub before: f64,
    /// The new one.
    pub after: f64,
    /// By how much the level's weight against strangers moves, m and u together.
    pub moves: Weight,
}

/// Which rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rate {
    /// Among pairs of one human.
    M,
    /// Among strangers.
    U,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Change { field, level, before, after, moves, .. } = self;
        let (name, rate) = (level.name(), if self.rate == Rate::M { "m" } else { "u" });
        write!(f, "{field} {name}: {rate} {before} -> {after}, which moves the level by {moves} bits")
    }
}

/// Every difference in m and u, in the order of the file.
pub(super) fn between(old: &Matching, new: &Matching) -> Vec<Change> {
    let mut changes = Vec::new();
    for (field, level) in
        Field::ALL.into_iter().flat_map(|field| Level::of(field).iter().map(move |level| (field, level)))
    {
        let (Some(x), Some(y)) = (old.rates(*level), new.rates(*level)) else { continue };
        let moves = new.weights(*level).stranger - old.weights(*level).stranger;
        let change = |rate, before, after| Change { field, level: *level, rate, before, after, moves };
        let shares = [(Rate::M, x.m, y.m), (Rate::U, fixed(x), fixed(y))];
        let changed = shares.into_iter().filter(|(_, before, after)| before != after);
        changes.extend(changed.map(|(rate, before, after)| change(rate, before, after)));
    }
    changes
}

fn fixed(rates: &Rates) -> f64 {
    match rates.u {
        Share::Fixed(share) => share,
        Share::Table(_) => 1.0,
    }
}
