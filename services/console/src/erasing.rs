//! Erasing what is held of a person: on which ground of article 47 of the Personal Information Protection Law, and what the
//! audit has of it.

use liangdi_domain::feed::Feed;
use liangdi_domain::ids::PersonId;
use liangdi_store::StoreError;
use liangdi_store::postgres::{Look, PgStore};

pub use crate::settling::REASON_CHARS_MAX;

/// Why what is held has to be erased: the cases of article 47, paragraph 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ground {
    /// The purpose is achieved, cannot be achieved, or no longer needs it (item 1).
    PurposeOver,
    /// The period of retention is over, or the service is (item 2).
    PeriodOver,
    /// The person withdrew the consent (item 3).
    ConsentWithdrawn,
    /// It was processed against the law or what was agreed (item 4).
    Unlawful,
    /// Another law or regulation demands it (item 5).
    OtherLaw,
}

impl Ground {
    /// Every ground.
    pub const ALL: [Ground; 5] =
        [Ground::PurposeOver, Ground::PeriodOver, Ground::ConsentWithdrawn, Ground::Unlawful, Ground::OtherLaw];

    /// The name in commands, forms and the audit.
    pub const fn name(self) -> &'static str {
        match self {
            Ground::PurposeOver => "purpose-over",
            Ground::PeriodOver => "period-over",
            Ground::ConsentWithdrawn => "consent-withdrawn",
            Ground::Unlawful => "unlawful",
            Ground::OtherLaw => "other-law",
        }
    }
}

/// What the audit says of it.
pub fn purpose(for_good: bool, ground: Ground, reason: &str) -> String {
    let what = if for_good { "erasing" } else { "a trial of erasing" };
    format!("{what}: {}; {reason}", ground.name())
}

/// Writes into the audit that somebody erases; before it is done, so that nothing is done unseen.
pub async fn note(
    store: &PgStore,
    who: &str,
    (person, feed): (PersonId, Option<Feed>),
    purpose: &str,
) -> Result<(), StoreError> {
    let of = feed.map(|feed| format!(", {feed} alone")).unwrap_or_default();
    store.audit(Look { who, purpose }, &format!("person {}{of}", person.0), false).await
}
