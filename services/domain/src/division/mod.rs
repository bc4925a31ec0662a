//! Administrative divisions (行政区划, GB/T 2260 and GB/T 10114): codes, the table of those in force, their history, and
//! boundary changes announced since.
//!
//! - [`Code`], [`Divisions`]: what there is, and who hears for it
//! - [`Announcement`], [`Register`]: what civil affairs announced, and what follows from all of it together
//! - [`Place`]: a code together with the day it was said, which says what it meant

mod change;
mod code;
mod history;
mod place;
mod register;
mod step;
mod table;

pub use change::{Announcement, Change, ChangeKind, Entry, Fault};
pub use code::{Code, Level, MalformedDivision};
pub use place::Place;
pub use register::{Register, Ruling};
pub use table::{Divisions, How, Kind, MalformedTable, Resolved, UnknownProvince};
