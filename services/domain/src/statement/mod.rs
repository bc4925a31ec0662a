//! Statements: what a jurisdiction should know, what it was told, and the notice that closes the gap.
//!
//! - [`Topic`], [`Desired`], [`Told`]: the two sides
//! - [`derive`](derive()): all facts of a person -> what everybody should know
//! - [`reconcile`](reconcile()): (told -> desired) -> notices

mod derive;
mod desired;
mod matching;
mod payload;
mod reconcile;
mod told;

pub use derive::derive;
pub use desired::{Desired, DesiredState, EndKind, Topic};
pub use reconcile::{Change, Telling, reconcile};
pub use told::{Told, ToldState};
