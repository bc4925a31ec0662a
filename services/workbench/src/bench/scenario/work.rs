//! What a scenario publishes, and on what ground.

use std::sync::Arc;

use anyhow::Result;
use liangdi_domain::division::Code;

use super::Scenario;
use crate::bench::ground::Ground;
use crate::bench::mix::Mix;
use crate::bench::registrations;

/// The few inboxes of the scenario of that name.
const FEW: usize = 20;

/// What a scenario publishes.
pub(in crate::bench) struct Work {
    pub(in crate::bench) mix: Arc<Mix>,
    /// To whom the bare pipe sends its notices, one after the other.
    pub(in crate::bench) receivers: Vec<Code>,
    /// The hub takes everything once before the clock starts.
    pub(in crate::bench) primed: bool,
    /// Everything is in the queues before the hub starts.
    pub(in crate::bench) filled: bool,
    /// Notices can be traced to their messages: latency can be measured.
    pub(in crate::bench) traceable: bool,
}

impl Work {
    /// The feed mix and nothing special.
    pub(in crate::bench) fn plain(ground: &Ground) -> Work {
        Work {
            mix: ground.mix.clone(),
            receivers: ground.townships.clone(),
            primed: false,
            filled: false,
            traceable: true,
        }
    }

    pub(super) fn of(scenario: Scenario, ground: &Ground) -> Result<Work> {
        let all = ground.townships.as_slice();
        let work =
            |mix: Arc<Mix>, receivers: &[Code]| Work { mix, receivers: receivers.to_vec(), ..Work::plain(ground) };
        let one_notice = |receivers: &[Code]| {
            let messages = ground.mix.messages.len();
            Ok::<_, anyhow::Error>(Arc::new(registrations::make(messages, all, receivers, ground.as_of)?))
        };
        Ok(match scenario {
            Scenario::FeedMix => work(ground.mix.clone(), all),
            Scenario::OneNotice | Scenario::ManyInboxes => work(one_notice(all)?, all),
            Scenario::FewInboxes => work(one_notice(&all[..FEW])?, &all[..FEW]),
            Scenario::Duplicates => Work { primed: true, traceable: false, ..work(ground.mix.clone(), all) },
            Scenario::AllQuarantine => Work { traceable: false, ..work(Arc::new(ground.mix.spoiled()), all) },
            Scenario::Backlog => {
                let mix = Arc::new(ground.backlog()?);
                Work { filled: true, traceable: false, ..work(mix, all) }
            }
        })
    }
}
