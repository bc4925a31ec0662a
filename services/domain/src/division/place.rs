//! A code means what it meant when it was said. Together with that day it can be read as of any other day: onwards
//! through what it became, backwards through what it came of. A code that meant nothing any more is read as what it had
//! become by then, so that old codes stay readable for ever.

use chrono::NaiveDate;

use super::table::{Resolved, UnknownProvince};
use super::{Code, Divisions, How, Level};

/// A code, and the day it was said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// As it was said.
    pub code: Code,
    /// When.
    pub said: NaiveDate,
}

/// Announcements that each were taken back after the next had been worked off: more in a row is nobody's practice.
const ORIGINS_MAX: usize = 8;

/// After every step there is.
const NOW: NaiveDate = NaiveDate::MAX;

impl Divisions {
    /// The code as it is called today, said today: exact; else its successor; else the nearest known division above it.
    pub fn resolve(&self, code: Code) -> Result<Resolved, UnknownProvince> {
        self.reading(Place { code, said: NOW }, NOW)
    }

    /// What a place was, or is, called on a day; the code itself where its province is unknown.
    pub fn at(&self, place: Place, on: NaiveDate) -> Code {
        self.reading(place, on).map_or(place.code, |resolved| resolved.code)
    }

    /// What a place is called today.
    pub fn now(&self, place: Place) -> Code {
        self.at(place, NOW)
    }

    /// The township (or the deepest known division above it) that a place lay in when it was said.
    pub fn then_township(&self, place: Place) -> Code {
        let (code, _) = self.meant(place);
        code.township().unwrap_or(code)
    }

    /// What a place is called in statements about it: as it was when it was said, whatever it is called later.
    pub fn then(&self, place: Place) -> Code {
        self.meant(place).0
    }

    /// Which jurisdiction hears of a place today.
    pub fn hears_of(&self, place: Place) -> Option<Code> {
        self.receiver_of(self.reading(place, NOW).ok()?.code)
    }

    /// Whether two places are one township, as far as the later of their two days can tell: a boundary change after
    /// that makes neither one of two nor two of one.
    pub fn same_township(&self, a: Place, b: Place) -> bool {
        let (a, b) = (self.meant(a), self.meant(b));
        let ((code, taken), (target, until)) = if a.1 <= b.1 { (a, b) } else { (b, a) };
        self.reaches(code, taken, until, target.township().unwrap_or(target))
    }

    /// Whether a place is the township of another, or a division above it, as far as the later of their two days can tell.
    pub fn holds(&self, place: Place, other: Place) -> bool {
        let (above, below) = self.side_by_side(place, other);
        self.same_township(place, other) || (above.level() < Level::Township && above.contains(&below))
    }

    /// Both places as they were called on the later of their two days.
    pub fn side_by_side(&self, a: Place, b: Place) -> (Code, Code) {
        let on = a.said.max(b.said);
        (self.at(a, on), self.at(b, on))
    }

    /// Whether living at `place` with the household register at `household` was no move on a day, by the boundaries of
    /// that day.
    pub fn same_living_area_on(&self, household: Place, place: Place, on: NaiveDate) -> bool {
        self.one_area(self.at(household, on), self.at(place, on), on)
    }

    /// Whether a division that was told of something is `receiver` under another name or in part: what it was told is
    /// handed over then, and not taken back.
    pub fn hands_over(&self, told: Code, receiver: Code) -> bool {
        self.passes_on(told, receiver, ORIGINS_MAX)
    }

    fn passes_on(&self, told: Code, receiver: Code, origins_max: usize) -> bool {
        if !self.steps.touch(told) && self.steps.undone(told).is_empty() {
            return false;
        }
        let shipped = |code| self.is_shipped(code);
        let born = (0..=self.steps.list().len()).find(|taken| self.steps.alive(told, *taken, &shipped));
        let Some(born) = born else {
            // It never was, as far as is known today: whoever it was to come of has it back, or its heirs.
            let origins = self.steps.list().iter().filter_map(|step| step.origin(told));
            let mut origins = origins.chain(self.steps.undone(told).iter().copied());
            return origins_max > 0
                && origins.any(|origin| {
                    self.receiver(origin) == Some(receiver) || self.passes_on(origin, receiver, origins_max - 1)
                });
        };
        let mut codes = vec![told];
        for step in &self.steps.list()[born..] {
            codes = codes.into_iter().flat_map(|code| step.heirs(code)).collect();
            codes.sort_unstable();
            codes.dedup();
        }
        codes.iter().any(|code| self.receiver_of(*code) == Some(receiver))
    }

    /// Whether no boundary change is known that anything could follow from.
    pub fn is_unchanged(&self) -> bool {
        self.steps.is_idle()
    }

    /// Whether two codes are called the same today.
    pub fn one_today(&self, a: Code, b: Code) -> bool {
        let today = |code| self.resolve(code).ok().map(|resolved| resolved.code);
        today(a).is_some() && today(a) == today(b)
    }

    fn reaches(&self, code: Code, taken: usize, until: usize, target: Code) -> bool {
        let Some(step) = self.steps.list()[..until].get(taken) else {
            return code.township().unwrap_or(code) == target;
        };
        match step.parts(code) {
            Some(parts) => parts.iter().any(|part| self.reaches(*part, taken + 1, until, target)),
            None => self.reaches(step.carry(code), taken + 1, until, target),
        }
    }

    /// What a place meant, and after how many steps it did.
    fn meant(&self, place: Place) -> (Code, usize) {
        let Ok(shipped) = self.resolve_shipped(place.code) else { return (place.code, 0) };
        let said = self.steps.taken_by(place.said);
        if !(self.steps.touch(place.code) || self.steps.touch(shipped.code)) {
            return (shipped.code, said);
        }
        let (mut code, mut taken) = self.meant_by(place.code, said, shipped.code);
        while taken < said {
            code = self.steps.list()[taken].carry(code);
            taken += 1;
        }
        (code, taken)
    }

    /// The steps after which a code was in force: when it was said; else when it last was before; else when it was
    /// later. One that never was is read by the tables.
    fn meant_by(&self, code: Code, said: usize, shipped: Code) -> (Code, usize) {
        let alive = |taken: &usize| self.steps.alive(code, *taken, &|code| self.is_shipped(code));
        let before = || (0..said).rev().find(alive);
        let later = || (said + 1..=self.steps.list().len()).find(alive);
        let known = Some(said).filter(alive).or_else(before).or_else(later);
        known.map_or((shipped, 0), |taken| (code, taken))
    }

    fn reading(&self, place: Place, on: NaiveDate) -> Result<Resolved, UnknownProvince> {
        let Place { code, said } = place;
        let shipped = self.resolve_shipped(code)?;
        if !(self.steps.touch(code) || self.steps.touch(shipped.code)) {
            return Ok(shipped);
        }
        let (steps, until) = (self.steps.list(), self.steps.taken_by(on));
        let (mut current, mut taken) = self.meant_by(code, self.steps.taken_by(said), shipped.code);
        while taken < until {
            current = steps[taken].carry(current);
            taken += 1;
        }
        while taken > until {
            taken -= 1;
            if !self.steps.alive(current, taken, &|code| self.is_shipped(code)) {
                let Some(origin) = steps[taken].origin(current.township().unwrap_or(current)) else { break };
                current = origin;
            }
        }
        let how = match () {
            () if current == code => How::Exact,
            () if current.level() == code.level() || current.level() == code.township().unwrap_or(code).level() => {
                How::Successor
            }
            () => How::Ancestor,
        };
        Ok(Resolved { code: current, how })
    }
}
