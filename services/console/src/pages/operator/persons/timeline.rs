//! What was heard of a person and what was told, in one list by time, the latest first.

use chrono::{DateTime, FixedOffset};
use liangdi_domain::division::Divisions;
use liangdi_store::report::PersonSheet;

use super::words::{office, place_if};
use crate::page::Page;

/// Entries shown: of somebody with more, the latest.
pub(super) const ENTRIES_MAX: usize = 200;

/// One message or notice.
pub(super) struct Entry {
    pub(super) at: DateTime<FixedOffset>,
    pub(super) is_told: bool,
    pub(super) what: String,
    /// The office that said it, or who was told.
    pub(super) who: String,
    /// The profile that a message shows, counted from 1.
    pub(super) profile: Option<usize>,
    /// Message or notice.
    pub(super) id: String,
    pub(super) is_withdrawn: bool,
    pub(super) answers: String,
}

/// All of it, and how many are left out.
pub(super) fn entries(page: &Page, divisions: &Divisions, sheet: &PersonSheet) -> (Vec<Entry>, usize) {
    let profile = |id| sheet.file.profiles.iter().position(|(of, _)| *of == id).map(|index| index + 1);
    let heard = sheet.messages.iter().map(|message| Entry {
        at: message.time,
        is_told: false,
        what: page.message_kind(&message.kind).to_owned(),
        who: office(page, divisions, &message.source),
        profile: profile(message.profile),
        id: message.id.clone(),
        is_withdrawn: message.withdrawn,
        answers: String::new(),
    });
    let told = sheet.notices.iter().map(|sent| Entry {
        at: sent.time,
        is_told: true,
        what: page.word(&sent.kind).to_owned(),
        who: place_if(divisions, &sent.receiver),
        profile: None,
        id: sent.id.to_string(),
        is_withdrawn: false,
        answers: sent
            .answers
            .iter()
            .map(|answer| page.word(answer))
            .collect::<Vec<_>>()
            .join(page.t("subject.list.and")),
    });
    let mut entries: Vec<Entry> = heard.chain(told).collect();
    entries.sort_by_key(|entry| entry.at);
    entries.reverse();
    let left_out = entries.len().saturating_sub(ENTRIES_MAX);
    entries.truncate(ENTRIES_MAX);
    (entries, left_out)
}
