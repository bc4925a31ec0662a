//! A boundary change as civil affairs announce it (`civil-affairs.division-changed`), and what can be wrong with one.

use std::collections::BTreeMap;

use chrono::{DateTime, FixedOffset, NaiveDate};
use serde::{Deserialize, Serialize};

use super::Code;
use crate::evidence::MessageKey;

/// An announced change. Codes and names of places only: nothing in it is about a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The office's own number: announced again under it, the latest word counts.
    pub number: String,
    /// What happens.
    pub kind: ChangeKind,
    /// Divisions as they are on the day before.
    pub from: Vec<Entry>,
    /// Divisions as they are from the day on.
    pub to: Vec<Entry>,
    /// The first day on which it is so.
    pub effective_on: NaiveDate,
    /// Of a split: which township each village comes to.
    pub villages: BTreeMap<Code, Code>,
}

/// What happens to divisions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChangeKind {
    /// 更名: same code, another name.
    Rename,
    /// 变更代码: another code.
    Recode,
    /// 合并: several become one.
    Merge,
    /// 拆分、析置: one becomes several.
    Split,
    /// 划转: it comes under another division, and so gets another code.
    Transfer,
}

/// A division in an announcement.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its code.
    pub code: Code,
    /// Its own name.
    pub name: String,
    /// The division above it.
    pub parent: Code,
}

impl std::fmt::Debug for Entry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Entry({} of {})", self.code, self.parent)
    }
}

/// A change with the message that announced it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Announcement {
    /// The message.
    pub key: MessageKey,
    /// When the office recorded it.
    pub time: DateTime<FixedOffset>,
    /// What it announces.
    pub change: Change,
    /// Whether everybody it touches has been looked at since it took effect.
    pub settled: bool,
}

/// Why an announcement is not followed. `path` of each is a member of the message's `data`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// The numbers, levels or villages do not fit what is said to happen.
    Shape(String),
    /// A division that does not exist on the day before (or, of a parent, on the day itself).
    Unknown(String),
    /// The code is in use, or was another place's.
    Taken(String),
    /// Another announcement changes the same division on the same day.
    Conflict(String),
    /// The changes of one day lead back to where they began.
    Cycle(String),
}

impl Fault {
    /// Where in `data`.
    pub fn path(&self) -> &str {
        match self {
            Fault::Shape(path)
            | Fault::Unknown(path)
            | Fault::Taken(path)
            | Fault::Conflict(path)
            | Fault::Cycle(path) => path,
        }
    }

    /// Whether a further announcement may cure it: then it is worth trying again.
    pub fn is_curable(&self) -> bool {
        !matches!(self, Fault::Shape(_))
    }
}
