//! (told -> desired) -> notices. The kind of a notice follows from the pair, never from a message.
//!
//! | told \ desired | none | open | ended |
//! |---|---|---|---|
//! | none | – | opening notice | nothing: never told, nothing to end |
//! | open | `retract` | `supersede` where fields differ | the notice of the end |
//! | ended | `retract` | opening notice that supersedes | `supersede` where the day or the closing differs |

use std::collections::BTreeMap;

use chrono::{DateTime, FixedOffset, NaiveDate};
use serde_json::Value;
use uuid::Uuid;

use super::{Desired, DesiredState, EndKind, Told, ToldState, Topic, matching, payload};
use crate::calendar::Calendar;
use crate::ids::{ProfileId, Token};
use crate::notice::{NoticeDraft, NoticeKind, Urgency};
use crate::procedure::Procedures;

/// What reconciling needs beside the two sides.
pub struct Telling<'a> {
    /// The commit's time; its date is day 0 of the clocks.
    pub time: DateTime<FixedOffset>,
    /// The rules notices cite.
    pub procedures: &'a Procedures,
    /// Working days.
    pub calendar: &'a Calendar,
    /// A new UUIDv7.
    pub new_id: &'a dyn Fn() -> Uuid,
    /// The keyed fingerprint of a field.
    pub fingerprint: &'a dyn Fn(&str, &Value) -> Token,
    /// Whether live evidence speaks of a profile of this person.
    pub is_live: &'a dyn Fn(ProfileId) -> bool,
    /// Whether profiles left this person (or came out of another) just now.
    pub regrouped: bool,
}

/// A told statement as it is from now on, and the notice that makes it so.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// What the receiver knows now.
    pub told: Told,
    /// What tells it; none where it is held as known, or needs no saying.
    pub notice: Option<NoticeDraft>,
}

/// Everything that has to be written so that what was told becomes what should be known. Empty if it is so already.
pub fn reconcile(told: &[Told], desired: Vec<Desired>, telling: &Telling) -> Vec<Change> {
    matching::pairs(told, desired).into_iter().filter_map(|pair| change(pair, telling)).collect()
}

fn change(pair: matching::Pair, telling: &Telling) -> Option<Change> {
    match pair {
        (None, None) => None,
        (None, Some(desired)) => match desired.state {
            DesiredState::Open => Some(telling.open(&desired, None)),
            DesiredState::Ended { .. } => None,
        },
        (Some(told), None) => Some(telling.retract(told)),
        (Some(told), Some(desired)) => match (told.state, &desired.state) {
            (ToldState::Retracted, _) => None,
            (ToldState::Open, DesiredState::Open) => telling.refresh(told, &desired),
            (ToldState::Ended { .. }, DesiredState::Open) => Some(telling.open(&desired, Some(told))),
            (ToldState::Open, DesiredState::Ended { on, how }) => Some(telling.end(told, &desired, *on, how)),
            (ToldState::Ended { on: was, by }, DesiredState::Ended { on, how }) => {
                telling.correct_end(told, &desired, (was, by), (*on, how))
            }
        },
    }
}

impl Telling<'_> {
    fn today(&self) -> NaiveDate {
        self.time.date_naive()
    }

    /// Tells a statement, for the first time or again after it had ended.
    fn open(&self, desired: &Desired, before: Option<&Told>) -> Change {
        let case = match before {
            Some(told) => told.case,
            None => opens_case(desired.topic).then(|| (self.new_id)()),
        };
        let silent = desired.baseline && before.is_none();
        let mut told = Told {
            id: before.map_or_else(|| (self.new_id)(), |told| told.id),
            ground: desired.ground,
            receiver: desired.receiver.clone(),
            topic: desired.topic,
            place: desired.place,
            since: desired.since,
            state: ToldState::Open,
            case,
            last_notice: None,
            fields: self.fingerprints(desired),
        };
        if silent {
            return Change { told, notice: None };
        }
        let mut notice = self.notice(desired.topic.opens_with(), &told, payload::opening(desired, self.today()));
        notice.due_on = self.procedures.due_on(desired.topic, self.today(), self.calendar);
        notice.supersedes = before.and_then(|told| told.last_notice);
        told.last_notice = Some(notice.id);
        Change { told, notice: Some(notice) }
    }

    /// Same statement, perhaps other fields.
    fn refresh(&self, before: &Told, desired: &Desired) -> Option<Change> {
        let fields = self.fingerprints(desired);
        let changed: Vec<String> = fields
            .keys()
            .chain(before.fields.keys())
            .filter(|name| fields.get(*name) != before.fields.get(*name))
            .cloned()
            .collect::<std::collections::BTreeSet<_>>()
            .into_iter()
            .collect();
        if changed.is_empty() && before.ground == desired.ground {
            return None;
        }
        let mut told = Told { ground: desired.ground, since: desired.since, fields, ..before.clone() };
        if changed.is_empty() {
            return Some(Change { told, notice: None });
        }
        let data = payload::superseding(desired.topic.opens_with(), payload::opening(desired, self.today()), &changed);
        let mut notice = self.notice(NoticeKind::Supersede, &told, data);
        notice.supersedes = before.last_notice;
        told.last_notice = Some(notice.id);
        Some(Change { told, notice: Some(notice) })
    }

    /// The world changed: what was told stays true for its period.
    fn end(&self, before: &Told, desired: &Desired, on: NaiveDate, how: &EndKind) -> Change {
        let by = how.notice();
        let mut told = Told {
            ground: desired.ground,
            since: desired.since,
            state: ToldState::Ended { on, by },
            fields: self.fingerprints(desired),
            ..before.clone()
        };
        let notice = match by {
            Some(kind) => Some(self.notice(kind, &told, payload::ending(desired, on, how, self.today()))),
            None if *how == EndKind::Forwarded => {
                let (kind, data) = (desired.topic.opens_with(), payload::opening(desired, self.today()));
                let data = payload::superseding(kind, data, &["household".to_owned()]);
                let superseded = before.last_notice;
                Some(NoticeDraft { supersedes: superseded, ..self.notice(NoticeKind::Supersede, &told, data) })
            }
            None => None,
        };
        if let Some(notice) = &notice {
            told.last_notice = Some(notice.id);
        }
        Change { told, notice }
    }

    /// The end was told with another day, or as a departure where it was a closing (or the other way round).
    fn correct_end(
        &self,
        before: &Told,
        desired: &Desired,
        (was, by): (NaiveDate, Option<NoticeKind>),
        (on, how): (NaiveDate, &EndKind),
    ) -> Option<Change> {
        let ground = desired.ground;
        let reground =
            || (before.ground != ground).then(|| Change { told: Told { ground, ..before.clone() }, notice: None });
        // An end that needed no saying needs no correcting.
        let (Some(by), Some(kind)) = (by, how.notice()) else { return reground() };
        let closing = (by == NoticeKind::Closed) != (kind == NoticeKind::Closed);
        let mut changed = Vec::new();
        if was != on {
            changed.push(if kind == NoticeKind::HouseholdChanged { "changed_on" } else { "ended_on" }.to_owned());
        }
        if closing {
            changed.push("kind".to_owned());
        }
        if changed.is_empty() {
            return reground();
        }
        let mut told = Told { ground, state: ToldState::Ended { on, by: Some(kind) }, ..before.clone() };
        let data = payload::superseding(kind, payload::ending(desired, on, how, self.today()), &changed);
        let mut notice = self.notice(NoticeKind::Supersede, &told, data);
        notice.supersedes = before.last_notice;
        told.last_notice = Some(notice.id);
        Some(Change { told, notice: Some(notice) })
    }

    /// It never was so. Who was never sent a notice about it is sent none now.
    fn retract(&self, before: &Told) -> Change {
        let mut told = Told { state: ToldState::Retracted, ..before.clone() };
        let Some(last) = before.last_notice else { return Change { told, notice: None } };
        let reason = if !(self.is_live)(before.ground) {
            "withdrawn"
        } else if self.regrouped {
            "not-the-same-person"
        } else {
            "corrected"
        };
        let kind = match before.state {
            ToldState::Ended { by: Some(kind), .. } => kind,
            _ => before.topic.opens_with(),
        };
        let mut notice = self.notice(NoticeKind::Retract, &told, payload::retracting(kind, reason));
        notice.basis = format!("{}; PIPL art. 46", before.topic.procedure());
        notice.supersedes = Some(last);
        told.last_notice = Some(notice.id);
        Change { told, notice: Some(notice) }
    }

    fn notice(&self, kind: NoticeKind, told: &Told, data: Value) -> NoticeDraft {
        NoticeDraft {
            id: (self.new_id)(),
            kind,
            urgency: urgency(kind),
            receiver: told.receiver.clone(),
            time: self.time,
            case: told.case,
            due_on: None,
            basis: self.procedures.basis(told.topic),
            supersedes: None,
            data,
        }
    }

    fn fingerprints(&self, desired: &Desired) -> BTreeMap<String, Token> {
        desired.fields.iter().map(|(name, value)| ((*name).to_owned(), (self.fingerprint)(name, value))).collect()
    }
}

/// Topics whose opening notice asks for an answer.
fn opens_case(topic: Topic) -> bool {
    matches!(topic, Topic::Inflow | Topic::Lead)
}

fn urgency(kind: NoticeKind) -> Urgency {
    match kind {
        NoticeKind::Inflow | NoticeKind::Lead | NoticeKind::Rejected => Urgency::Due,
        NoticeKind::Supersede | NoticeKind::Retract => Urgency::Urgent,
        NoticeKind::Outflow
        | NoticeKind::Workplace
        | NoticeKind::ResidenceChanged
        | NoticeKind::Departed
        | NoticeKind::Returned
        | NoticeKind::Closed
        | NoticeKind::HouseholdChanged => Urgency::Routine,
    }
}
