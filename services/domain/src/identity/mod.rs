//! Who is who: from profiles to persons. All of it is a function of the set of profiles, links, decisions and weights;
//! nothing depends on the order in which they came.
//!
//! ```text
//! profile ─ Prepared ─ blocking_keys ─ pairs that share a key ─ weigh ─ edges ─ cluster ─ persons, ties, questions
//! ```
//!
//! - [`Prepared`]: a profile with everything a comparison needs, computed once
//! - [`block`]: the keys under which profiles meet
//! - [`compare`]: two profiles into graded levels, field by field
//! - [`matching`]: what the levels are worth, and the thresholds: `config/matching.toml`
//! - [`score`]: a pair's weight against strangers and against kin
//! - [`decide`]: link, review or apart
//! - [`cluster`]: a component of profiles into persons, each tie with its reason
//! - [`resolver`]: the steps together
//! - [`train`]: weights from messages, by expectation maximisation
//! - [`survive`]: which of a person's values is shown

pub mod block;
pub mod cluster;
pub mod compare;
pub mod decide;
mod frequency;
pub mod matching;
mod prepared;
pub mod resolver;
#[cfg(test)]
mod samples;
pub mod score;
mod sound;
pub mod survive;
#[cfg(test)]
mod tests;
pub mod train;

pub use cluster::{Decision, Edge, Node, Outcome, Partition, Tie};
pub use matching::Matching;
pub use prepared::Prepared;
pub use resolver::{Appearing, Resolver};
pub use score::Weighed;
