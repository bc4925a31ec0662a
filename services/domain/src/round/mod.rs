//! What a jurisdiction hears of as a whole, once a day: digests, villages' reports, silence below it, returns to sign. A
//! second aggregate beside persons: a pure function of counts, calendar, procedures, what it was told last, and the day.
//!
//! - [`Plan`]: what a day may bring, and to each jurisdiction what it does bring
//! - [`Held`], [`Seen`]: what is known of a jurisdiction
//! - `rhythm`: periods of working days, and months
//! - `digest`, `villages`, `silence`, `returns`: one file per kind
//! - [`figures`]: a month's counts rolled up, small cells hidden

mod digest;
pub mod figures;
mod held;
mod plan;
mod returns;
mod rhythm;
mod silence;
#[cfg(test)]
mod tests;
mod villages;

pub use held::{Held, Open, Said, Seen, Villages, Waiting};
pub use plan::{Plan, Round, Wants};
pub use rhythm::{Month, Period};
