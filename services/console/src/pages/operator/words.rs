//! Words of these pages for codes and times.

use chrono::{DateTime, TimeZone};
use liangdi_domain::calendar::SHANGHAI;

use crate::page::Page;

/// Hundredths of a bit as bits.
pub(super) fn bits(hundredths: &i32) -> String {
    format!("{:+.1}", f64::from(*hundredths) / 100.0)
}

impl Page {
    /// A time, as clocks in China show it.
    pub(super) fn moment<Z: TimeZone>(&self, at: &DateTime<Z>) -> String {
        at.with_timezone(&SHANGHAI).format("%Y-%m-%d %H:%M").to_string()
    }

    /// A text of `operator.<section>` for a code; a code without one stays as it is.
    fn of_section<'a>(&self, section: &str, code: &'a str) -> &'a str {
        self.language.text_if(&format!("operator.{section}.{code}")).unwrap_or(code)
    }

    /// A feed.
    pub(super) fn feed<'a>(&self, feed: &'a str) -> &'a str {
        self.of_section("feed", feed)
    }

    /// A level of receivers.
    pub(super) fn level<'a>(&self, level: &'a str) -> &'a str {
        self.of_section("level", level)
    }

    /// Why a message was refused, in a few words.
    pub(super) fn reason<'a>(&self, code: &'a str) -> &'a str {
        self.of_section("reason-short", code)
    }

    /// What became of a refused message.
    pub(super) fn refused_state<'a>(&self, state: &'a str) -> &'a str {
        self.of_section("state", state)
    }

    /// How far they agree.
    pub(super) fn agreement<'a>(&self, level: &'a str) -> &'a str {
        self.of_section("agreement", level)
    }

    /// A field of an identity.
    pub(super) fn identity<'a>(&self, field: &'a str) -> &'a str {
        self.of_section("identity", field)
    }

    /// What profiles are compared by.
    pub(super) fn compared<'a>(&self, field: &'a str) -> &'a str {
        self.of_section("compared", field)
    }

    /// What a person decided.
    pub(super) fn verdict<'a>(&self, verdict: &'a str) -> &'a str {
        self.of_section("verdict", verdict)
    }
}
