//! How jurisdictions get their notices.

use std::collections::BTreeMap;

use liangdi_domain::division::Code;

/// How a jurisdiction gets its notices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DeliveryMode {
    /// Its inbox queue is filled.
    #[default]
    Amqp,
    /// It reads in the console or over HTTP; its inbox stays unbound.
    Console,
    /// Nobody reads yet; its inbox stays unbound.
    None,
    /// Another province's hub: the link to it takes what the exchange brings, and there is no inbox.
    Hub,
}

impl DeliveryMode {
    /// Whether a queue has to take every notice. Elsewhere the ledger alone holds them, and those who listen in live have
    /// copies.
    pub const fn needs_queue(self) -> bool {
        matches!(self, DeliveryMode::Amqp | DeliveryMode::Hub)
    }
}

/// Who gets notices how, as a configuration says it: each entry is for a division and whatever lies below it.
#[derive(Debug, Clone, Default)]
pub struct DeliveryModes {
    entries: BTreeMap<Code, DeliveryMode>,
}

impl DeliveryModes {
    /// These entries, each division at most once.
    pub fn new(entries: impl IntoIterator<Item = (Code, DeliveryMode)>) -> Self {
        DeliveryModes { entries: entries.into_iter().collect() }
    }

    /// Of the entries that a division lies in, the nearest counts; where there is none, its inbox is filled.
    pub fn of(&self, code: Code) -> DeliveryMode {
        let mut up = std::iter::successors(Some(code), Code::parent);
        up.find_map(|code| self.entries.get(&code).copied()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_entry_counts_and_nobody_named_has_an_inbox() {
        let code = |text: &str| text.parse::<Code>().unwrap();
        let modes = DeliveryModes::new([
            (code("320583100"), DeliveryMode::Amqp),
            (code("320583"), DeliveryMode::Console),
            (code("340000"), DeliveryMode::None),
        ]);
        for (of, mode) in [
            ("320583", DeliveryMode::Console),
            ("320583101", DeliveryMode::Console),
            ("320583100", DeliveryMode::Amqp),
            ("320582100", DeliveryMode::Amqp),
            ("340000", DeliveryMode::None),
        ] {
            assert_eq!(modes.of(code(of)), mode, "{of}");
        }
    }
}
