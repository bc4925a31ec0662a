//! Administrative divisions (行政区划, GB/T 2260 and GB/T 10114): codes, the table of those in force, their history.

mod code;
mod history;
mod table;

pub use code::{Code, Level, MalformedDivision};
pub use table::{Divisions, How, Kind, MalformedTable, Resolved, UnknownProvince};
