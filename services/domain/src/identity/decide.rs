//! What follows from a pair's weight: linked, asked about, or apart. Two different valid numbers are apart whatever
//! their weight; so are two profiles of which next to nothing is known.

use serde::{Deserialize, Serialize};

use super::matching::{Matching, Weight};
use super::score::Weighed;

/// What follows from a pair's weight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Held to be one human, unless others in the component speak against it.
    Link,
    /// Too near to say: a person is asked.
    Review,
    /// Held to be two.
    Apart,
}

/// What follows from a pair's weight.
pub fn decide(weighed: &Weighed, matching: &Matching) -> Verdict {
    match draw(weighed) {
        Some(weight) if weight >= matching.thresholds.link => Verdict::Link,
        Some(weight) if weight >= matching.thresholds.review => Verdict::Review,
        _ => Verdict::Apart,
    }
}

/// The weight by which two profiles are drawn together; none where nothing draws them.
pub(crate) fn draw(weighed: &Weighed) -> Option<Weight> {
    let pattern = weighed.pattern();
    (!pattern.conflicts() && !pattern.is_thin()).then_some(weighed.total)
}

/// Whether two profiles look like two humans who are easily taken for one: chance does not make strangers so alike, but
/// what is known of both is what namesakes or kin have in common, and what they do not. Below the review threshold they do so
/// plainly.
pub(crate) fn speaks_against(weighed: &Weighed, matching: &Matching) -> bool {
    weighed.stranger >= matching.thresholds.link && weighed.total < matching.thresholds.link
}
