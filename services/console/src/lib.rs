//! The hub's HTTP side: probes, the pages of operators and clerks, and the API, in one server.
//!
//! - [`serve`], [`Door`]: the server, and the frame around every handler
//! - [`Console`]: what every handler works on; [`intake`]: the way into the registry; [`sending`]: what is
//!   said in an office's name
//! - [`access`]: who asks, and what they may do; [`Problem`]: what could not be done, in words
//! - [`mending`]: what operators and reviewers have the registry do; `settling`: what they settle
//! - [`rehearsing`]: other rules rehearsed on the register; `rehearsals`: those of this process
//! - [`topology`]: what the broker should hold, and what it holds
//! - [`rights`], [`erasing`]: what persons ask by right, and on which ground what is held of them is erased
//! - [`Page`], [`texts`], `assets`: what pages are drawn with
//! - [`sheet`]: a person as JSON, masked unless revealed; [`bonds`]: what holds its profiles together
//! - [`scorecards`]: how jurisdictions fare with what they owe; `queues`: what waits for each; `tree`: which there are
//! - `pages`: one module per part of the application; `api`: everything under `/v1/`
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod access;
pub mod api;
mod assets;
pub mod bonds;
mod console;
pub mod erasing;
pub mod first_start;
pub mod intake;
pub mod mending;
mod page;
mod pages;
mod probes;
mod problem;
mod queues;
mod rates;
mod rehearsals;
pub mod rehearsing;
pub mod rights;
pub mod scorecards;
pub mod sending;
mod serve;
mod settling;
pub mod sheet;
pub mod texts;
pub mod topology;
mod tree;

pub use console::{Console, Limits, Parts};
pub use page::{Link, Page};
pub use probes::Probes;
pub use problem::{Fault, Problem};
pub use serve::{Door, serve};
