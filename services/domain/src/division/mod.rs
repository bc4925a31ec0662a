//! Administrative divisions (行政区划, GB/T 2260 and GB/T 10114): codes, the tables behind them, their history.

mod code;

pub use code::{Code, Level, MalformedDivision};
