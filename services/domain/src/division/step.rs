//! What boundary changes do to codes. A step is everything that changes on one day, all of it at once; steps in the order
//! of days take a code from what it meant to what it is called.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use chrono::NaiveDate;

use super::Code;
use super::table::Division;

/// Everything that changes on one day.
#[derive(Debug, Default)]
pub(super) struct Step {
    pub(super) on: NaiveDate,
    /// What becomes of divisions.
    pub(super) fates: BTreeMap<Code, Fate>,
    /// Divisions as they are called from then on.
    pub(super) entries: HashMap<Code, Division>,
    /// Of splits: the township each village comes to.
    pub(super) villages: HashMap<Code, Code>,
}

/// What becomes of a division.
#[derive(Debug, Clone)]
pub(super) enum Fate {
    /// It keeps its code.
    Stays,
    /// It is called otherwise, alone or with others; `carries`: what lies below it goes along under the new digits.
    Becomes { to: Code, carries: bool },
    /// It becomes several; what nobody can place among them goes to the division above. `settled`: it is long ago.
    Splits { to: Vec<Code>, over: Code, settled: bool },
}

/// Every step up to a day.
#[derive(Debug, Clone, Default)]
pub(super) struct Steps(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    list: Vec<Step>,
    /// Divisions at or below which something changes; all others take the short way.
    touched: HashSet<Code>,
    /// Codes that announcements out of force brought, each with those they came from.
    undone: HashMap<Code, Vec<Code>>,
}

impl Steps {
    pub(super) fn new(list: Vec<Step>, undone: HashMap<Code, Vec<Code>>) -> Self {
        let codes = list.iter().flat_map(|step| step.fates.keys().chain(step.entries.keys()));
        let touched = codes.copied().collect();
        Steps(Arc::new(Inner { list, touched, undone }))
    }

    /// Whether nothing ever changed.
    pub(super) fn is_idle(&self) -> bool {
        self.0.list.is_empty() && self.0.undone.is_empty()
    }

    pub(super) fn list(&self) -> &[Step] {
        &self.0.list
    }

    /// Whether any step may concern the code.
    pub(super) fn touch(&self, code: Code) -> bool {
        !self.0.touched.is_empty() && chain(code).any(|code| self.0.touched.contains(&code))
    }

    /// Codes that steps brought.
    pub(super) fn born(&self) -> impl Iterator<Item = Code> {
        self.0.list.iter().flat_map(|step| step.entries.keys().copied())
    }

    /// The codes that an announcement out of force once made this one of.
    pub(super) fn undone(&self, code: Code) -> &[Code] {
        self.0.undone.get(&code).map_or(&[], Vec::as_slice)
    }

    /// How many steps have been taken by a day.
    pub(super) fn taken_by(&self, on: NaiveDate) -> usize {
        self.0.list.partition_point(|step| step.on <= on)
    }

    /// Whether a division is in force after so many steps; of a village, whether its township is.
    pub(super) fn alive(&self, code: Code, taken: usize, shipped: &impl Fn(Code) -> bool) -> bool {
        let code = code.township().unwrap_or(code);
        let Some(step) = taken.checked_sub(1).map(|last| &self.0.list[last]) else { return shipped(code) };
        if step.entries.contains_key(&code) {
            return true;
        }
        if step.ends(code) {
            return false;
        }
        step.before_carried(code).is_some_and(|before| self.alive(before, taken - 1, shipped))
            || self.alive(code, taken - 1, shipped)
    }

    /// A division as it is called, or was called last.
    pub(super) fn division<'a>(
        &'a self,
        code: Code,
        shipped: impl Fn(Code) -> Option<&'a Division>,
    ) -> Option<&'a Division> {
        let mut code = code;
        for step in self.0.list.iter().rev() {
            if let Some(division) = step.entries.get(&code) {
                return Some(division);
            }
            if let Some(before) = step.before_carried(code).filter(|_| shipped(code).is_none()) {
                code = before;
            }
        }
        shipped(code)
    }
}

impl Step {
    /// What a code is called after this step.
    pub(super) fn carry(&self, code: Code) -> Code {
        if let Some(township) = self.villages.get(&code) {
            return if code.township() == Some(*township) { code } else { *township };
        }
        let Some((above, fate)) = chain(code).find_map(|above| Some((above, self.fates.get(&above)?))) else {
            return code;
        };
        let itself = above == code.township().unwrap_or(code);
        match fate {
            Fate::Stays => code,
            Fate::Becomes { to, .. } if *to == above => code,
            Fate::Becomes { to, .. } if itself => *to,
            Fate::Becomes { to, carries: true } => code.rebased(&above, to),
            Fate::Splits { over, .. } if itself => *over,
            Fate::Becomes { carries: false, .. } | Fate::Splits { .. } => code,
        }
    }

    /// Everything a code may be called after this step, where nobody knows more of it.
    pub(super) fn heirs(&self, code: Code) -> Vec<Code> {
        match self.fates.get(&code) {
            // Long after a split its continuing part is a township like any other.
            Some(Fate::Splits { to, settled: true, .. }) if to.contains(&code) => vec![code],
            Some(Fate::Splits { to, over, .. }) => to.iter().copied().chain([*over]).collect(),
            _ => vec![self.carry(code)],
        }
    }

    /// The parts a code was split into, if nobody can say which of them it is.
    pub(super) fn parts(&self, code: Code) -> Option<&[Code]> {
        match self.fates.get(&code.township()?)? {
            Fate::Splits { to, .. } if !self.villages.contains_key(&code) => Some(to),
            _ => None,
        }
    }

    /// What a code that this step brought was called before; the first of several.
    pub(super) fn origin(&self, code: Code) -> Option<Code> {
        let from = self.fates.iter().find(|(_, fate)| match fate {
            Fate::Stays => false,
            Fate::Becomes { to, .. } => *to == code,
            Fate::Splits { to, .. } => to.contains(&code),
        });
        from.map(|(from, _)| *from).or_else(|| self.before_carried(code))
    }

    /// Whether a code is no longer in force after this step.
    fn ends(&self, code: Code) -> bool {
        match self.fates.get(&code) {
            Some(Fate::Splits { to, .. }) => !to.contains(&code),
            _ => self.carry(code) != code,
        }
    }

    /// What a code was called whose division above was given other digits.
    fn before_carried(&self, code: Code) -> Option<Code> {
        self.fates.iter().find_map(|(from, fate)| match fate {
            Fate::Becomes { to, carries: true } if to != from && *to != code && to.contains(&code) => {
                Some(code.rebased(to, from))
            }
            _ => None,
        })
    }
}

/// The code (of a village: its township) and the divisions above it by the digits, deepest first.
pub(super) fn chain(code: Code) -> impl Iterator<Item = Code> {
    std::iter::successors(Some(code.township().unwrap_or(code)), Code::parent)
}
