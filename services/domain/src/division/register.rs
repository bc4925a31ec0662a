//! All announced boundary changes together: which of them are followed, and the table in force on a day. A function of
//! the set of announcements that stand, whatever the order in which they came.
//!
//! Changes of one day happen at once: `from` names divisions as they are on the day before, `to` as they are from then
//! on. Of two announcements that cannot both be followed the earlier one is (by day, level, the office's time, its key).

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::{DateTime, FixedOffset, NaiveDate};

use super::change::{Announcement, Change, ChangeKind, Entry, Fault};
use super::step::{Fate, Step, Steps, chain};
use super::table::Division;
use super::{Code, Divisions, Kind, Level};
use crate::evidence::MessageKey;

/// Every announcement that stands, with what became of it.
#[derive(Debug, Clone)]
pub struct Register {
    tables: Divisions,
    rulings: Vec<(Announcement, Ruling)>,
    withdrawn: Vec<Change>,
}

/// What becomes of an announcement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ruling {
    /// It holds from its day on.
    Followed,
    /// The same office announced other content under the same number later.
    Superseded,
    /// It cannot be followed.
    Refused(Fault),
}

impl Register {
    /// Rules on announcements against the tables that ship. Withdrawn ones are not followed; they only say who may have
    /// been told by them.
    pub fn of(tables: &Divisions, mut announcements: Vec<Announcement>, withdrawn: Vec<Change>) -> Register {
        let tables = tables.under(Steps::default());
        announcements.sort_by(|a, b| order(a).cmp(&order(b)));
        let last = last_words(&announcements);
        let mut followed: Vec<Announcement> = Vec::new();
        let mut rulings = Vec::with_capacity(announcements.len());
        let mut before = (NaiveDate::MIN, tables.clone());
        for announcement in &announcements {
            let change = &announcement.change;
            let ruling = if !last.contains(&announcement.key) {
                Ruling::Superseded
            } else {
                if before.0 != change.effective_on {
                    before = (change.effective_on, under(&tables, &followed, change.effective_on.pred_opt()));
                }
                let day: Vec<&Change> = followed.iter().map(|other| &other.change).filter(same_day(change)).collect();
                let coming: Vec<&Change> =
                    announcements.iter().map(|other| &other.change).filter(same_day(change)).collect();
                match check(change, &before.1, &day, &coming) {
                    Ok(()) => Ruling::Followed,
                    Err(fault) => Ruling::Refused(fault),
                }
            };
            if ruling == Ruling::Followed {
                followed.push(announcement.clone());
            }
            rulings.push((announcement.clone(), ruling));
        }
        Register { tables, rulings, withdrawn }
    }

    /// Every announcement with its ruling, in the order of days.
    pub fn rulings(&self) -> &[(Announcement, Ruling)] {
        &self.rulings
    }

    /// What becomes of one message's announcement.
    pub fn ruling(&self, key: &MessageKey) -> Option<&Ruling> {
        self.rulings.iter().find(|(announcement, _)| announcement.key == *key).map(|(_, ruling)| ruling)
    }

    /// Announcements that are followed, also those whose day is to come.
    pub fn followed(&self) -> impl Iterator<Item = &Announcement> {
        self.rulings.iter().filter(|(_, ruling)| *ruling == Ruling::Followed).map(|(announcement, _)| announcement)
    }

    /// Announcements in force on a day.
    pub fn in_force(&self, on: NaiveDate) -> impl Iterator<Item = &Announcement> {
        self.followed().filter(move |announcement| announcement.change.effective_on <= on)
    }

    /// The divisions as they are on a day.
    pub fn on(&self, on: NaiveDate) -> Divisions {
        let in_force: Vec<Announcement> = self.in_force(on).cloned().collect();
        let mut undone: HashMap<Code, Vec<Code>> = HashMap::new();
        for (announcement, _) in &self.rulings {
            if !in_force.iter().any(|other| other.key == announcement.key) {
                undo(&announcement.change, &mut undone);
            }
        }
        self.withdrawn.iter().for_each(|change| undo(change, &mut undone));
        self.tables.under(Steps::new(steps(&self.tables, &in_force), undone))
    }
}

/// Of each office and number the last word.
fn last_words(announcements: &[Announcement]) -> HashSet<MessageKey> {
    let mut last: HashMap<(&str, &str), (DateTime<FixedOffset>, &MessageKey)> = HashMap::new();
    for Announcement { key, time, change, .. } in announcements {
        let word = (*time, key);
        let held = last.entry((&key.source, &change.number)).or_insert(word);
        *held = (*held).max(word);
    }
    last.into_values().map(|(_, key)| key.clone()).collect()
}

fn order(announcement: &Announcement) -> (NaiveDate, Reverse<Option<Level>>, DateTime<FixedOffset>, &MessageKey) {
    let level = announcement.change.from.first().map(|entry| entry.code.level());
    (announcement.change.effective_on, Reverse(level), announcement.time, &announcement.key)
}

fn same_day(change: &Change) -> impl Fn(&&Change) -> bool {
    let on = change.effective_on;
    move |other| other.effective_on == on
}

fn under(tables: &Divisions, followed: &[Announcement], until: Option<NaiveDate>) -> Divisions {
    let before = |announcement: &&Announcement| until.is_some_and(|until| announcement.change.effective_on <= until);
    let in_force: Vec<Announcement> = followed.iter().filter(before).cloned().collect();
    tables.under(Steps::new(steps(tables, &in_force), HashMap::new()))
}

/// One step for each day.
fn steps(tables: &Divisions, in_force: &[Announcement]) -> Vec<Step> {
    let mut by_day: BTreeMap<NaiveDate, Step> = BTreeMap::new();
    for Announcement { change, settled, .. } in in_force {
        let step = by_day.entry(change.effective_on).or_default();
        step.on = change.effective_on;
        step.villages.extend(change.villages.iter().map(|(village, township)| (*village, *township)));
        for (index, from) in change.from.iter().enumerate() {
            step.fates.insert(from.code, fate(change, index, *settled));
        }
        for (index, entry) in change.to.iter().enumerate() {
            let like = change.from.get(index).or(change.from.first()).map_or(entry.code, |from| from.code);
            let kind = kind(entry, tables.kind(like));
            let (name, parent) = (entry.name.as_str().into(), Some(entry.parent));
            step.entries.insert(entry.code, Division { name, kind, parent });
        }
    }
    by_day.into_values().collect()
}

fn fate(change: &Change, index: usize, settled: bool) -> Fate {
    let from = &change.from[index];
    let becomes = |to: &Entry, carries| match to.code == from.code {
        true => Fate::Stays,
        false => Fate::Becomes { to: to.code, carries },
    };
    match change.kind {
        ChangeKind::Rename | ChangeKind::Recode | ChangeKind::Transfer => becomes(&change.to[index], true),
        ChangeKind::Merge => becomes(&change.to[0], false),
        ChangeKind::Split => Fate::Splits {
            to: change.to.iter().map(|to| to.code).collect(),
            over: from.code.parent().unwrap_or(from.code),
            settled,
        },
    }
}

/// A county's name says whether it is a district; anything else stays what it was.
fn kind(entry: &Entry, before: Option<Kind>) -> Kind {
    match (entry.code.level(), before) {
        (_, Some(Kind::Zone)) => Kind::Zone,
        (Level::County, _) if entry.name.ends_with('区') => Kind::District,
        (_, Some(Kind::Virtual)) => Kind::Virtual,
        _ => Kind::Plain,
    }
}

fn undo(change: &Change, undone: &mut HashMap<Code, Vec<Code>>) {
    for to in &change.to {
        undone.entry(to.code).or_default().extend(change.from.iter().map(|from| from.code));
        undone.entry(to.code).or_default().extend(change.from.iter().filter_map(|from| from.code.parent()));
    }
}

/// Whether a change can be followed on top of the table of the day before, beside what else is followed on its day.
fn check(change: &Change, before: &Divisions, day: &[&Change], coming: &[&Change]) -> Result<(), Fault> {
    shape(change)?;
    for (index, from) in change.from.iter().enumerate() {
        let path = || format!("/from/{index}/code");
        if day.iter().any(|other| other.from.iter().any(|entry| entry.code == from.code)) {
            return Err(Fault::Conflict(path()));
        }
        if leads_back(change, day, from.code) {
            return Err(Fault::Cycle(path()));
        }
        if !before.is_in_force(from.code) {
            return Err(Fault::Unknown(path()));
        }
    }
    for (index, to) in change.to.iter().enumerate() {
        let path = || format!("/to/{index}/code");
        let own = |code: Code| change.from.iter().any(|from| from.code == code);
        if day.iter().any(|other| other.to.iter().any(|entry| entry.code == to.code)) {
            return Err(Fault::Conflict(path()));
        }
        let alive = before.is_in_force(to.code);
        // A merge may come to a division that goes on; it must not be changed the same day.
        let joins = alive && change.kind == ChangeKind::Merge;
        // There and back: a code may come again for the same place.
        let returns = before.was_in_force(to.code) && own(before.resolve(to.code).map_or(to.code, |was| was.code));
        let free = !alive && !before.was_in_force(to.code);
        if !(own(to.code) || joins || (!alive && returns) || free) {
            return Err(Fault::Taken(path()));
        }
        let brought = coming.iter().any(|other| other.to.iter().any(|entry| entry.code == to.parent));
        if !(before.is_in_force(to.parent) || brought) {
            return Err(Fault::Unknown(format!("/to/{index}/parent")));
        }
    }
    Ok(())
}

/// Numbers, levels and villages.
fn shape(change: &Change) -> Result<(), Fault> {
    let wrong = |path: String| Err(Fault::Shape(path));
    let Change { kind, from, to, villages, .. } = change;
    let (Some(first), Some(_)) = (from.first(), to.first()) else { return wrong("/from".to_owned()) };
    let level = first.code.level();
    if level == Level::Province || level == Level::Village {
        return wrong("/from/0/code".to_owned());
    }
    for (name, entries) in [("from", from), ("to", to)] {
        let mut seen = HashSet::new();
        for (index, entry) in entries.iter().enumerate() {
            if entry.code.level() != level || !seen.insert(entry.code) {
                return wrong(format!("/{name}/{index}/code"));
            }
            let below = entry.parent.level() < level && entry.parent.contains(&entry.code);
            if name == "to" && !below {
                return wrong(format!("/{name}/{index}/parent"));
            }
        }
    }
    let fits = match kind {
        ChangeKind::Rename => from.len() == to.len() && from.iter().zip(to).all(|(from, to)| from.code == to.code),
        ChangeKind::Recode | ChangeKind::Transfer => {
            from.len() == to.len() && from.iter().zip(to).all(|(from, to)| from.code != to.code)
        }
        ChangeKind::Merge => to.len() == 1 && from.iter().any(|from| from.code != to[0].code),
        ChangeKind::Split => from.len() == 1 && to.len() > 1,
    };
    if !fits {
        return wrong("/to".to_owned());
    }
    let comes_to = |township: &Code| to.iter().any(|to| to.code == *township);
    let in_place = |(village, township): (&Code, &Code)| {
        village.level() == Level::Village && from.iter().any(|from| from.code.contains(village)) && comes_to(township)
    };
    if !villages.iter().all(in_place) {
        return wrong("/villages".to_owned());
    }
    Ok(())
}

/// Whether what becomes of `start` on that day comes back to it by way of another code.
fn leads_back(change: &Change, day: &[&Change], start: Code) -> bool {
    let moves = |change: &Change, code: Code| -> Vec<Code> {
        let mut next: Vec<Code> = Vec::new();
        for (index, _) in change.from.iter().enumerate().filter(|(_, from)| from.code == code) {
            match fate(change, index, false) {
                Fate::Stays => {}
                Fate::Becomes { to, .. } => next.push(to),
                Fate::Splits { to, .. } => next.extend(to.iter().filter(|to| **to != code)),
            }
        }
        next
    };
    let (mut ahead, mut seen) = (moves(change, start), HashSet::new());
    while let Some(code) = ahead.pop() {
        if code == start {
            return true;
        }
        if seen.insert(code) {
            ahead.extend(day.iter().copied().chain([change]).flat_map(|change| moves(change, code)));
        }
    }
    false
}

impl Divisions {
    /// Whether a division is in force, after every step.
    pub fn is_in_force(&self, code: Code) -> bool {
        self.steps.alive(code, self.steps.list().len(), &|code| self.is_shipped(code))
    }

    /// Whether it ever was.
    fn was_in_force(&self, code: Code) -> bool {
        self.is_shipped(code) || (self.steps.touch(code) && self.any_step_has(code))
    }

    fn any_step_has(&self, code: Code) -> bool {
        (1..=self.steps.list().len()).any(|taken| self.steps.alive(code, taken, &|code| self.is_shipped(code)))
    }
}

impl Change {
    /// Every division at or below which somebody's affairs may read otherwise once this holds, or no longer holds.
    pub fn concerns(&self) -> Vec<Code> {
        let ends = self.from.iter().chain(&self.to).map(|entry| entry.code);
        let mut codes: Vec<Code> = ends.collect();
        codes.sort_unstable();
        codes.dedup();
        // What lies below another one of them is found by that one.
        let all = codes.clone();
        codes.retain(|code| !chain(*code).skip(1).any(|above| all.contains(&above)));
        codes
    }
}
