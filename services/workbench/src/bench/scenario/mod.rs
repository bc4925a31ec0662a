//! What is measured: one file per scenario. A new one is a variant, its name and its file.

mod feed_mix;

use anyhow::Result;

use super::ground::Ground;
use super::report::Measured;

/// A way of loading the hub.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scenario {
    /// All feeds as on a working day: about half the messages cause a notice.
    FeedMix,
}

impl Scenario {
    /// Every scenario, in the order in which they run.
    pub const ALL: [Scenario; 1] = [Scenario::FeedMix];

    /// Its name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Scenario::FeedMix => "feed-mix",
        }
    }

    pub(super) async fn measure(self, ground: &Ground) -> Result<Measured> {
        match self {
            Scenario::FeedMix => feed_mix::measure(ground).await,
        }
    }
}
