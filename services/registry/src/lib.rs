//! From a delivery to committed knowledge. [`ingest`] is the story, top to bottom; the other files are its verbs.
//!
//! - [`prepare`]: bytes -> evidence with its keyed marks, or a refusal; pure and parallel
//! - [`resolve`]: which person the evidence is about
//! - [`tell`]: derive, reconcile, write what follows
//! - [`together`]: batches of several feeds in one transaction
//! - [`hand_in`]: one message, from inside the process, with the answer at once
//! - [`replay`]: one message out of the quarantine, once
//! - [`clock`]: the same for persons whom nothing but the passing of time concerns
//! - `answers`: which answers may be taken; `stumble`: work that may end in a panic or a refusal
//! - [`boundaries`]: the divisions as they are; [`divide`]: whom a boundary change touches, looked at again
//! - [`erase`]: what is held of a person, taken away for good; [`retain`]: the same when its time is over
//! - [`rounds`]: once a day, jurisdictions as a whole
//! - [`pipeline`]: the same, fed by a queue
//! - [`offline`]: the same, in memory, fed by files
//! - `metrics`: what is counted and timed on the way; `trace`: its spans
//! - [`rematch`]: other weights for everybody; [`rehearse`]: what they would come to; [`regroup`]: who was whom before;
//!   [`learn`]: out of what weights are trained
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod answers;
pub mod boundaries;
pub mod clock;
pub mod divide;
pub mod erase;
pub mod hand_in;
pub mod ingest;
pub mod learn;
pub mod marks;
mod metrics;
pub mod offline;
pub mod pipeline;
pub mod prepare;
pub mod regroup;
pub mod rehearse;
pub mod rematch;
pub mod replay;
pub mod resolve;
pub mod retain;
pub mod rounds;
mod stumble;
pub mod tell;
pub mod together;
mod trace;
