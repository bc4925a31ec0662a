//! What is measured: a way of loading the hub, and the bare pipe under the same load right before it, so that both meet
//! the same machine. A new one is a variant, its name and its arm in `work`.

mod work;

use anyhow::Result;

use super::ground::Ground;
use super::report::Measured;
use super::{latency, rate};

pub(super) use work::Work;

/// A way of loading the hub.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scenario {
    /// All feeds as on a working day: about half the messages cause a notice.
    FeedMix,
    /// Registrations that cause one notice each.
    OneNotice,
    /// The feed mix once more, on a register that has it.
    Duplicates,
    /// Messages that are refused, every one.
    AllQuarantine,
    /// A queue that was filled while no hub ran.
    Backlog,
    /// One notice each, to every township of the province.
    ManyInboxes,
    /// One notice each, to twenty townships.
    FewInboxes,
}

impl Scenario {
    /// Every scenario, in the order in which they run.
    pub const ALL: [Scenario; 7] = [
        Scenario::FeedMix,
        Scenario::OneNotice,
        Scenario::Duplicates,
        Scenario::AllQuarantine,
        Scenario::Backlog,
        Scenario::ManyInboxes,
        Scenario::FewInboxes,
    ];

    /// Its name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Scenario::FeedMix => "feed-mix",
            Scenario::OneNotice => "one-notice",
            Scenario::Duplicates => "duplicates",
            Scenario::AllQuarantine => "all-quarantine",
            Scenario::Backlog => "backlog",
            Scenario::ManyInboxes => "many-inboxes",
            Scenario::FewInboxes => "few-inboxes",
        }
    }

    pub(super) async fn measure(self, ground: &Ground) -> Result<Measured> {
        let work = Work::of(self, ground)?;
        let (bare_alone, alone) = rate::of_bare_pipe_alone(ground, &work).await?;
        // A filled queue has nobody publishing beside it: that is what was just measured.
        let bare = if work.filled { alone } else { rate::of_bare_pipe(ground, &work).await? };
        let hub = rate::of_hub(ground, &work).await?;
        let latency = if work.traceable {
            let bare = latency::of_bare_pipe(ground, &work, bare.messages_a_second).await?;
            Some((latency::of_hub(ground, &work, hub.messages_a_second).await?, bare))
        } else {
            None
        };
        Ok(Measured { messages: work.mix.messages.len(), hub, bare, bare_alone, latency })
    }
}
