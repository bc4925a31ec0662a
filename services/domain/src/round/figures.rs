//! A month's figures: counts of townships rolled up to every level, with small cells hidden, and as many others as it
//! takes that none of them can be worked out: a total shown with all its parts but one tells that one.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::division::{Code, Divisions};
use crate::notice::NoticeKind;
use crate::statement::Topic;

/// What is counted in a jurisdiction in a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Indicator {
    /// Stays of people living here that their household side was told of.
    StaysRegistered,
    /// Such stays that ended.
    StaysEnded,
    /// Stays elsewhere of people whose household is here.
    AwayRegistered,
    /// Such stays that ended.
    AwayEnded,
    /// People living here whom departments know and nobody has registered.
    Leads,
}

impl Indicator {
    /// All, in the order of returns.
    pub const ALL: [Indicator; 5] = [
        Indicator::StaysRegistered,
        Indicator::StaysEnded,
        Indicator::AwayRegistered,
        Indicator::AwayEnded,
        Indicator::Leads,
    ];

    /// The name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Indicator::StaysRegistered => "stays-registered",
            Indicator::StaysEnded => "stays-ended",
            Indicator::AwayRegistered => "away-registered",
            Indicator::AwayEnded => "away-ended",
            Indicator::Leads => "leads",
        }
    }
}

/// What a notice counts as, and where: of a stay at the place, and at the household's side, which was told.
pub fn counted(kind: NoticeKind, topic: Topic, place: Code, receiver: Code) -> Vec<(Indicator, Code)> {
    let place = place.township().unwrap_or(place);
    match (topic, kind) {
        (Topic::Inflow, NoticeKind::Inflow) => {
            vec![(Indicator::StaysRegistered, place), (Indicator::AwayRegistered, receiver)]
        }
        (
            Topic::Inflow,
            NoticeKind::Departed | NoticeKind::ResidenceChanged | NoticeKind::Returned | NoticeKind::Closed,
        ) => vec![(Indicator::StaysEnded, place), (Indicator::AwayEnded, receiver)],
        (Topic::Lead, NoticeKind::Lead) => vec![(Indicator::Leads, receiver)],
        _ => Vec::new(),
    }
}

/// A figure as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Figure {
    /// Name of the indicator.
    pub indicator: String,
    /// How many; none where it is not shown.
    pub count: Option<u32>,
}

/// Counts by jurisdiction, before anything is hidden.
pub type Counts = BTreeMap<(Indicator, Code), u32>;

/// The figures of every jurisdiction given: its own counts and those of all below it. Counts outside them are left out.
pub fn compile(
    counts: &Counts,
    jurisdictions: &[Code],
    small_cells_below: u32,
    divisions: &Divisions,
) -> BTreeMap<Code, Vec<Figure>> {
    let listed: BTreeSet<Code> = jurisdictions.iter().copied().collect();
    // The nearest division above that gets a return, whatever the digits say: a cut may leave levels out.
    let above = |code: Code| {
        std::iter::successors(divisions.parent(code), |code| divisions.parent(*code)).find(|code| listed.contains(code))
    };
    let parents: BTreeMap<Code, Option<Code>> = listed.iter().map(|code| (*code, above(*code))).collect();
    let mut shown: BTreeMap<Code, Vec<Figure>> = BTreeMap::new();
    for indicator in Indicator::ALL {
        let mut totals: BTreeMap<Code, u32> = listed.iter().map(|code| (*code, 0)).collect();
        for ((_, code), count) in counts.iter().filter(|((counted, _), _)| *counted == indicator) {
            let first = if listed.contains(code) { Some(*code) } else { above(*code) };
            for code in std::iter::successors(first, |code| parents[code]) {
                totals.entry(code).and_modify(|total| *total += count);
            }
        }
        let hidden = hide(&totals, &parents, small_cells_below);
        for (code, total) in totals {
            let count = (!hidden.contains(&code)).then_some(total);
            shown.entry(code).or_default().push(Figure { indicator: indicator.name().to_owned(), count });
        }
    }
    shown
}

/// Which cells are not shown. A hidden cell is safe when every total around it lacks another cell too: either a second part,
/// or the total itself. And the hidden parts of a shown total are together no small cell.
fn hide(totals: &BTreeMap<Code, u32>, parents: &BTreeMap<Code, Option<Code>>, below: u32) -> BTreeSet<Code> {
    let mut hidden: BTreeSet<Code> =
        totals.iter().filter(|(_, count)| (1..below).contains(*count)).map(|(code, _)| *code).collect();
    let mut parts: BTreeMap<Code, Vec<Code>> = BTreeMap::new();
    for (code, parent) in parents {
        parts.entry(parent.unwrap_or(*code)).or_default().extend(parent.map(|_| *code));
    }
    parts.retain(|_, parts| !parts.is_empty());
    loop {
        let before = hidden.len();
        for (total, parts) in &parts {
            while let Some(next) = lacks(*total, parts, totals, &hidden, below) {
                hidden.insert(next);
            }
        }
        if hidden.len() == before {
            return hidden;
        }
    }
}

/// The cell to hide next around one total: the smallest part that is more than nothing, else any part, else the total.
fn lacks(
    total: Code,
    parts: &[Code],
    totals: &BTreeMap<Code, u32>,
    hidden: &BTreeSet<Code>,
    below: u32,
) -> Option<Code> {
    let is_shown = !hidden.contains(&total);
    let gone = parts.iter().filter(|part| hidden.contains(*part));
    let (cells, sum) = gone.fold((0, 0), |(cells, sum), part| (cells + 1, sum + totals[part]));
    let alone = cells + usize::from(!is_shown) == 1;
    let small = is_shown && cells > 0 && sum < below;
    if !(alone || small) {
        return None;
    }
    let left = parts.iter().filter(|part| !hidden.contains(*part));
    let next = left.min_by_key(|part| (totals[*part] == 0, totals[*part], **part)).copied();
    match next {
        // Nothing that is hidden beside makes a small sum larger.
        Some(part) if small && totals[&part] == 0 => Some(total),
        Some(part) => Some(part),
        None => is_shown.then_some(total),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TOWNSHIPS: [&str; 5] = ["320583100", "320583101", "320583102", "320582100", "320582101"];
    const ABOVE: [&str; 4] = ["320583", "320582", "320500", "320000"];

    fn code(text: &str) -> Code {
        text.parse().unwrap()
    }

    /// What is shown of one indicator, by jurisdiction.
    fn shown(counts: &[(&str, u32)]) -> BTreeMap<Code, Option<u32>> {
        let codes: Vec<Code> = TOWNSHIPS.into_iter().chain(ABOVE).map(code).collect();
        let counts = counts.iter().map(|(of, count)| ((Indicator::Leads, code(of)), *count)).collect();
        let compiled = compile(&counts, &codes, 5, Divisions::shipped());
        let leads = |figures: &Vec<Figure>| figures.iter().find(|figure| figure.indicator == "leads").unwrap().count;
        compiled.iter().map(|(code, figures)| (*code, leads(figures))).collect()
    }

    #[test]
    fn counts_are_rolled_up_and_none_and_five_are_shown() {
        let shown = shown(&[("320583100", 5), ("320583101", 20), ("320582100", 7)]);
        let of = |text| shown[&code(text)];
        assert_eq!((of("320583100"), of("320583102")), (Some(5), Some(0)));
        assert_eq!((of("320583"), of("320582"), of("320000")), (Some(25), Some(7), Some(32)));
    }

    #[test]
    fn a_small_cell_takes_its_smallest_neighbour_along() {
        let shown = shown(&[("320583100", 3), ("320583101", 20), ("320583102", 9), ("320582100", 7)]);
        let of = |text| shown[&code(text)];
        assert_eq!((of("320583100"), of("320583102")), (None, None), "32 - 20 - 9 would tell");
        assert_eq!((of("320583101"), of("320583")), (Some(20), Some(32)));
    }

    #[test]
    fn two_small_cells_whose_sum_is_small_take_a_third_along() {
        let shown = shown(&[("320583100", 1), ("320583101", 1), ("320583102", 9)]);
        assert_eq!(shown[&code("320583102")], None, "a sum of 2 would tell both");
    }

    /// Whether a hidden cell follows from all that is shown and from every total being the sum of its parts: by
    /// elimination, independent of how cells were chosen.
    fn follows(shown: &BTreeMap<Code, Option<u32>>) -> Vec<Code> {
        let hidden: Vec<Code> = shown.iter().filter(|(_, count)| count.is_none()).map(|(code, _)| *code).collect();
        let column = |of: &Code| hidden.iter().position(|code| code == of);
        let mut rows: Vec<Vec<f64>> = Vec::new();
        for total in ABOVE.map(code) {
            let mut row = vec![0.0; hidden.len()];
            let parts = shown.keys().filter(|part| Divisions::shipped().parent(**part) == Some(total));
            for (cell, sign) in parts.map(|part| (*part, -1.0)).chain([(total, 1.0)]) {
                if let Some(at) = column(&cell) {
                    row[at] += sign;
                }
            }
            rows.push(row);
        }
        let mut pivot = 0;
        for at in 0..hidden.len() {
            let Some(found) = (pivot..rows.len()).find(|row| rows[*row][at].abs() > 1e-9) else { continue };
            rows.swap(pivot, found);
            let lead = rows[pivot].clone();
            for (index, row) in rows.iter_mut().enumerate() {
                let factor = if index == pivot { 0.0 } else { row[at] / lead[at] };
                row.iter_mut().zip(&lead).for_each(|(cell, lead)| *cell -= factor * lead);
            }
            pivot += 1;
        }
        let alone = |row: &Vec<f64>| {
            let cells: Vec<usize> = (0..row.len()).filter(|at| row[*at].abs() > 1e-9).collect();
            if let [only] = cells[..] { Some(hidden[only]) } else { None }
        };
        rows.iter().filter_map(alone).collect()
    }

    #[test]
    fn the_check_finds_a_cell_that_follows() {
        let mut shown = shown(&[("320583100", 30), ("320583101", 20)]);
        shown.insert(code("320583100"), None);
        assert_eq!(follows(&shown), [code("320583100")]);
    }

    proptest! {
        #[test]
        fn no_hidden_cell_can_be_worked_out(counts in prop::collection::vec(prop_oneof![Just(0_u32), 1_u32..8, 5_u32..50], 5)) {
            let counts: Vec<(&str, u32)> = TOWNSHIPS.into_iter().zip(counts).collect();
            let shown = shown(&counts);
            prop_assert_eq!(follows(&shown), vec![], "{:?}", shown);
            for (of, count) in counts {
                prop_assert_eq!(shown[&code(of)].is_none() || !(1..5).contains(&count), true);
            }
        }
    }
}
