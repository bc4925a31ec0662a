//! Transcribed and foreign names: own part, dot, father's part. Offices leave the father's part out and spell both
//! parts in several ways; brothers and sisters share the father's part.

use super::super::matching::Level;
use super::super::prepared::{NameForm, NameShape};
use super::name::character_agrees;

/// Characters per difference that is still the same word spelt another way.
const CHARS_PER_DIFFERENCE: usize = 4;

pub(super) fn compare(a: &NameForm, b: &NameForm) -> Level {
    let (whole_a, whole_b) = (Part::whole(a), Part::whole(b));
    if whole_a.len() == whole_b.len() && distance(whole_a, whole_b) == 0 {
        return Level::NameTone;
    }
    match (own(a), own(b)) {
        (Some(x), Some(y)) => {
            let fathers = near(Part { from: x, ..whole_a }, Part { from: y, ..whole_b });
            match (near(Part { to: x, ..whole_a }, Part { to: y, ..whole_b }), fathers) {
                (true, true) => Level::NameTranscribed,
                (false, true) => Level::NameSurname,
                _ => Level::NameDifferent,
            }
        }
        (Some(x), None) => one_part(Part { to: x, ..whole_a }, whole_a, whole_b),
        (None, Some(y)) => one_part(Part { to: y, ..whole_b }, whole_b, whole_a),
        (None, None) if near(whole_a, whole_b) => Level::NameTranscribed,
        (None, None) => Level::NameDifferent,
    }
}

/// A name of two parts against one that may be its own part, or both without a dot.
fn one_part(own: Part<'_>, whole: Part<'_>, other: Part<'_>) -> Level {
    if near(own, other) || near(whole, other) { Level::NameTranscribed } else { Level::NameDifferent }
}

fn own(name: &NameForm) -> Option<usize> {
    match name.shape {
        NameShape::Transcribed { own } => own,
        NameShape::Chinese { .. } | NameShape::Foreign => None,
    }
}

/// A run of characters of a name.
#[derive(Clone, Copy)]
struct Part<'n> {
    name: &'n NameForm,
    from: usize,
    to: usize,
}

impl<'n> Part<'n> {
    fn whole(name: &'n NameForm) -> Self {
        Part { name, from: 0, to: name.chars.len() }
    }

    fn len(&self) -> usize {
        self.to - self.from
    }
}

fn near(a: Part<'_>, b: Part<'_>) -> bool {
    let shorter = a.len().min(b.len());
    shorter > 0 && a.len().abs_diff(b.len()) <= 1 && distance(a, b) <= (shorter + 1) / CHARS_PER_DIFFERENCE
}

/// Characters to replace, drop or add, where those of one sound are the same.
fn distance(a: Part<'_>, b: Part<'_>) -> usize {
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for at in 0..a.len() {
        let mut row = Vec::with_capacity(above.len());
        row.push(at + 1);
        for there in 0..b.len() {
            let same = character_agrees(a.name, a.from + at, b.name, b.from + there).is_some();
            let replaced = above[there] + usize::from(!same);
            row.push(replaced.min(above[there + 1] + 1).min(row[there] + 1));
        }
        above = row;
    }
    above.last().copied().unwrap_or_default()
}
