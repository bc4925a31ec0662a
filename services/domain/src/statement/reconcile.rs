//! (told -> desired) -> notices. The kind of a notice follows from the pair, never from a message.
//!
//! | told \ desired | none | open | ended |
//! |---|---|---|---|
//! | none | – | opening notice | nothing: never told, nothing to end |
//! | open | `retract` | `supersede` where fields differ | the notice of the end |
//! | ended | `retract` | opening notice that supersedes | `supersede` where the day or the closing differs |
//!
//! A statement that a boundary change hands over goes on with its case and its clock: whoever hears for the division from
//! then on is told all of it, once, as a `supersede` (a question or a date once more as itself), and nobody is told that
//! anybody came or left.
//!
//! Then the clock of what is open and not answered: reminders to whoever owes, escalations to those above.

use std::cell::RefCell;
use std::collections::BTreeMap;

use chrono::{DateTime, FixedOffset, NaiveDate};
use serde_json::Value;
use uuid::Uuid;

use super::late::{self, Escalation};
use super::{
    Asked, Asks, Desired, DesiredState, EndKind, OnChange, Setting, Told, ToldState, Topic, matching, payload,
};
use crate::case::StatementReply;
use crate::division::Code;
use crate::ids::{ProfileId, Token};
use crate::notice::{NoticeDraft, NoticeKind, Urgency};
use crate::procedure::DayZero;

/// What reconciling needs beside the two sides.
pub struct Telling<'a> {
    /// The commit's time. Day 0 of the clocks is the setting's day.
    pub time: DateTime<FixedOffset>,
    /// Divisions, procedures, calendar, day.
    pub setting: Setting<'a>,
    /// What was answered.
    pub replies: &'a [StatementReply],
    /// A new UUIDv7.
    pub new_id: &'a dyn Fn() -> Uuid,
    /// The keyed fingerprint of a field.
    pub fingerprint: &'a dyn Fn(&str, &Value) -> Token,
    /// Whether live evidence speaks of a profile of this person.
    pub is_live: &'a dyn Fn(ProfileId) -> bool,
    /// Whether profiles left this person (or came out of another) just now.
    pub regrouped: bool,
    /// Whether evidence of this person is being erased: what is taken back is taken back for that.
    pub erasing: bool,
}

/// A told statement as it is from now on, and the notice that makes it so.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// What the receiver knows now.
    pub told: Told,
    /// What tells it; none where it is held as known, or needs no saying.
    pub notice: Option<NoticeDraft>,
    /// What goes out beside it: what reminds whoever owes the answer, or takes back the last answer to another hub.
    pub beside: Option<NoticeDraft>,
}

/// Everything that reconciling comes to.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Reconciled {
    /// What has to be written so that what was told becomes what should be known.
    pub changes: Vec<Change>,
    /// What those above have to hear; many become one notice.
    pub escalations: Vec<Escalation>,
    /// The next day on which a clock says something else; always after today.
    pub wake_on: Option<NaiveDate>,
}

/// Everything that has to be written so that what was told becomes what should be known, as of the setting's day.
/// Without any difference and any clock run out there is nothing to write.
pub fn reconcile(told: &[Told], desired: Vec<Desired>, telling: &Telling) -> Reconciled {
    let cases = Cases::of(told);
    let mut reconciled = Reconciled::default();
    for pair in matching::pairs(told, desired, telling.setting.divisions) {
        // A procedure that is switched off tells nothing, and takes nothing back either.
        let on = |topic| telling.setting.procedures.tells(topic, telling.setting.today);
        if !pair.0.is_none_or(|told| on(told.topic)) {
            continue;
        }
        let before = pair.0;
        let asks = pair.1.as_ref().map_or(Asks::Nothing, |desired| desired.asks);
        let change = change(pair, telling, &cases);
        late::follow(before, change, asks, telling, &mut reconciled);
    }
    reconciled
}

/// Case ids that several statements have in common.
struct Cases(RefCell<BTreeMap<CaseKey, Uuid>>);

/// What the legs of one case have in common.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum CaseKey {
    /// A dispute about a stay.
    Consultation(Code, NaiveDate),
    /// A person's request.
    Verification(Box<str>),
    /// A complaint.
    Complaint(Box<str>),
}

impl Cases {
    fn of(told: &[Told]) -> Self {
        let known = told.iter().filter_map(|told| {
            Some((case_key(told.topic, told.place, told.since, told.variant.as_deref())?, told.case?))
        });
        Cases(RefCell::new(known.collect()))
    }

    /// The case of a statement that is told for the first time, if it has one.
    fn open(&self, desired: &Desired, telling: &Telling) -> Option<Uuid> {
        let Desired { topic, place, since, variant, .. } = desired;
        match case_key(*topic, *place, *since, variant.as_deref()) {
            Some(key) => Some(*self.0.borrow_mut().entry(key).or_insert_with(|| (telling.new_id)())),
            None => {
                // Another province's hub tells by it what belongs together, also of what asks nothing.
                let receiver = desired.receiver.0.parse::<Code>().ok();
                let elsewhere = receiver.is_some_and(|code| code.province() != telling.setting.divisions.home());
                (desired.asks != Asks::Nothing || elsewhere).then(|| (telling.new_id)())
            }
        }
    }
}

fn case_key(topic: Topic, place: Code, since: NaiveDate, variant: Option<&str>) -> Option<CaseKey> {
    match topic {
        Topic::Consultation => Some(CaseKey::Consultation(place, since)),
        Topic::VerificationRequest | Topic::VerificationReply => Some(CaseKey::Verification(variant?.into())),
        Topic::Complaint | Topic::ComplaintDecision => Some(CaseKey::Complaint(variant?.into())),
        _ => None,
    }
}

fn change(pair: matching::Pair, telling: &Telling, cases: &Cases) -> Option<Change> {
    match pair {
        (None, None) => None,
        (None, Some(desired)) => match desired.state {
            DesiredState::Open => Some(telling.open(&desired, None, cases)),
            DesiredState::Ended { .. } => None,
        },
        (Some(told), None) => Some(telling.retract(told)),
        (Some(before), Some(desired)) => match (before.state, &desired.state, &telling.heir(before, &desired)) {
            (ToldState::Retracted, ..) => None,
            (ToldState::Open, DesiredState::Open, told) if told.receiver != before.receiver => {
                Some(telling.hand_over(told, &desired))
            }
            (ToldState::Open, DesiredState::Open, told) => {
                let moved = || (told.place != before.place).then(|| Change::silent(told.clone()));
                telling.refresh(told, &desired).or_else(moved)
            }
            (ToldState::Ended { .. }, DesiredState::Open, told) => Some(telling.open(&desired, Some(told), cases)),
            (ToldState::Open, DesiredState::Ended { on, how }, told) => Some(telling.end(told, &desired, *on, how)),
            (ToldState::Ended { on: was, by }, DesiredState::Ended { on, how }, told) => {
                telling.correct_end(told, &desired, (was, by), (*on, how))
            }
        },
    }
}

impl Telling<'_> {
    pub(super) fn today(&self) -> NaiveDate {
        self.setting.today
    }

    /// Tells a statement, for the first time or again after it had ended.
    fn open(&self, desired: &Desired, before: Option<&Told>, cases: &Cases) -> Change {
        let silent = desired.baseline && before.is_none();
        let mut told = Told {
            id: before.map_or_else(|| (self.new_id)(), |told| told.id),
            ground: desired.ground,
            receiver: desired.receiver.clone(),
            topic: desired.topic,
            place: desired.place,
            variant: desired.variant.clone(),
            since: desired.since,
            state: ToldState::Open,
            case: before.and_then(|told| told.case).or_else(|| cases.open(desired, self)),
            last_notice: None,
            asked: None,
            fields: self.fingerprints(desired),
        };
        if silent {
            return Change::silent(told);
        }
        let notice = self.asking(&mut told, desired, before.and_then(|told| told.last_notice));
        Change { told, notice: Some(notice), beside: None }
    }

    /// The opening notice, in the place of an earlier one if there was one; starts the clock.
    fn asking(&self, told: &mut Told, desired: &Desired, supersedes: Option<Uuid>) -> NoticeDraft {
        let data = payload::opening(desired, &self.setting);
        let mut notice = self.notice(desired.topic.opens_with(), told, data);
        let day_zero = self.day_zero(desired);
        if desired.asks == Asks::InTime {
            let due = self.setting.procedures.due_on(told.procedure(), day_zero, self.setting.calendar);
            notice.due_on = due.map(|due| due.date);
        }
        notice.supersedes = supersedes;
        let asks = desired.asks != Asks::Nothing;
        told.asked = asks.then_some(Asked { notice: notice.id, on: day_zero, late_told: 0, answered: false });
        told.last_notice = Some(notice.id);
        notice
    }

    /// The day from which the clock of a question counts: that of the notice, or of the filing.
    fn day_zero(&self, desired: &Desired) -> NaiveDate {
        let procedure = self.setting.procedures.get(desired.procedure()).and_then(|procedure| procedure.owed.as_ref());
        match procedure.map(|owed| owed.from) {
            Some(DayZero::Filing) => desired.since,
            _ => self.today(),
        }
    }

    /// What was told, as it belongs to whoever hears for the division now.
    fn heir(&self, before: &Told, desired: &Desired) -> Told {
        Told { receiver: desired.receiver.clone(), place: desired.place, ..before.clone() }
    }

    /// Tells whoever hears for a division now what the division was told before: all of it, under the same case.
    fn hand_over(&self, before: &Told, desired: &Desired) -> Change {
        let (fields, changed) = self.compared(before, desired);
        let mut told = Told { ground: desired.ground, since: desired.since, fields, ..before.clone() };
        let (kind, data) = (desired.topic.opens_with(), payload::opening(desired, &self.setting));
        let mut notice = match desired.topic.on_change() {
            OnChange::Supersede => {
                let changed = if changed.is_empty() { vec!["jurisdiction".to_owned()] } else { changed };
                self.notice(NoticeKind::Supersede, &told, payload::superseding(kind, data, &changed))
            }
            OnChange::Again | OnChange::Replace | OnChange::Nothing => self.notice(kind, &told, data),
        };
        // Whoever hears now was never sent what it replaces.
        if let Some(asked) = before.asked.filter(|asked| desired.asks == Asks::InTime && !asked.answered) {
            let due = self.setting.procedures.due_on(told.procedure(), asked.on, self.setting.calendar);
            notice.due_on = due.map(|due| due.date);
        }
        told.last_notice = Some(notice.id);
        Change { told, notice: Some(notice), beside: None }
    }

    /// The fields as they are now, and the names of those that differ from what was told.
    fn compared(&self, before: &Told, desired: &Desired) -> (BTreeMap<String, Token>, Vec<String>) {
        let fields = self.fingerprints(desired);
        let names = fields.keys().chain(before.fields.keys()).collect::<std::collections::BTreeSet<_>>();
        let changed = names.into_iter().filter(|name| fields.get(*name) != before.fields.get(*name)).cloned().collect();
        (fields, changed)
    }

    /// Same statement, perhaps other fields.
    fn refresh(&self, before: &Told, desired: &Desired) -> Option<Change> {
        let (fields, changed) = self.compared(before, desired);
        if changed.is_empty() && before.ground == desired.ground {
            return None;
        }
        let mut told = Told { ground: desired.ground, since: desired.since, fields, ..before.clone() };
        let on_change = if changed.is_empty() { OnChange::Nothing } else { desired.topic.on_change() };
        match on_change {
            OnChange::Supersede => {}
            OnChange::Again => {
                let notice = self.asking(&mut told, desired, before.last_notice);
                return Some(Change { told, notice: Some(notice), beside: None });
            }
            OnChange::Replace => {
                let beside = before.last_notice.map(|last| self.withdraw(&told, last, "superseded"));
                let notice = self.asking(&mut told, desired, before.last_notice);
                return Some(Change { told, notice: Some(notice), beside });
            }
            OnChange::Nothing => return Some(Change::silent(told)),
        }
        let data = payload::superseding(desired.topic.opens_with(), payload::opening(desired, &self.setting), &changed);
        let mut notice = self.notice(NoticeKind::Supersede, &told, data);
        notice.supersedes = before.last_notice;
        told.last_notice = Some(notice.id);
        Some(Change { told, notice: Some(notice), beside: None })
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
                let (kind, data) = (desired.topic.opens_with(), payload::opening(desired, &self.setting));
                let data = payload::superseding(kind, data, &["household".to_owned()]);
                let superseded = before.last_notice;
                Some(NoticeDraft { supersedes: superseded, ..self.notice(NoticeKind::Supersede, &told, data) })
            }
            None => None,
        };
        if let Some(notice) = &notice {
            told.last_notice = Some(notice.id);
        }
        Change { told, notice, beside: None }
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
        let reground = || (before.ground != ground).then(|| Change::silent(Told { ground, ..before.clone() }));
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
        Some(Change { told, notice: Some(notice), beside: None })
    }

    /// It never was so. Who was never sent a notice about it is sent none now.
    fn retract(&self, before: &Told) -> Change {
        let mut told = Told { state: ToldState::Retracted, ..before.clone() };
        // A reminder of a duty said nothing of anybody, and whoever withdrew a message need not hear that it was contradicted in vain.
        let needs_saying = match before.topic {
            Topic::Duty => false,
            Topic::Correction => (self.is_live)(before.ground),
            _ => true,
        };
        let Some(last) = before.last_notice.filter(|_| needs_saying) else { return Change::silent(told) };
        let reason = if !(self.is_live)(before.ground) {
            "withdrawn"
        } else if self.regrouped {
            "not-the-same-person"
        } else {
            "corrected"
        };
        if before.topic == Topic::CaseReply {
            let reason = if self.regrouped { "wrong-person" } else { "entered-in-error" };
            let notice = self.withdraw(&told, last, reason);
            told.last_notice = Some(notice.id);
            return Change { told, notice: Some(notice), beside: None };
        }
        let kind = match before.state {
            ToldState::Ended { by: Some(kind), .. } => kind,
            _ => before.topic.opens_with(),
        };
        let mut notice = self.notice(NoticeKind::Retract, &told, payload::retracting(kind, reason));
        let article = if self.erasing { 47 } else { 46 };
        notice.basis = format!("{}; PIPL art. {article}", before.procedure());
        notice.supersedes = Some(last);
        told.last_notice = Some(notice.id);
        Change { told, notice: Some(notice), beside: None }
    }

    /// Takes the last answer to another hub back.
    fn withdraw(&self, told: &Told, last: Uuid, reason: &str) -> NoticeDraft {
        let data = payload::withdrawing(self.setting.divisions.home(), last, reason);
        NoticeDraft { supersedes: Some(last), ..self.notice(NoticeKind::CaseReplyWithdrawn, told, data) }
    }

    pub(super) fn notice(&self, kind: NoticeKind, told: &Told, data: Value) -> NoticeDraft {
        NoticeDraft {
            id: (self.new_id)(),
            kind,
            urgency: urgency(kind),
            receiver: told.receiver.clone(),
            time: self.time,
            statement: Some(told.id),
            case: told.case,
            due_on: None,
            basis: self.setting.procedures.basis(told.procedure()),
            supersedes: None,
            data,
        }
    }

    fn fingerprints(&self, desired: &Desired) -> BTreeMap<String, Token> {
        desired.fields.iter().map(|(name, value)| ((*name).to_owned(), (self.fingerprint)(name, value))).collect()
    }
}

impl Change {
    /// Written, and told nobody.
    pub(super) fn silent(told: Told) -> Self {
        Change { told, notice: None, beside: None }
    }
}

/// How soon somebody should look at a notice of a kind.
pub(crate) fn urgency(kind: NoticeKind) -> Urgency {
    match kind {
        NoticeKind::Inflow
        | NoticeKind::Lead
        | NoticeKind::Rejected
        | NoticeKind::PermitDue
        | NoticeKind::Consultation
        | NoticeKind::VerificationRequest
        | NoticeKind::Complaint
        | NoticeKind::Correction
        | NoticeKind::StatisticsReturn => Urgency::Due,
        NoticeKind::Supersede | NoticeKind::Retract | NoticeKind::Reminder | NoticeKind::Escalation => Urgency::Urgent,
        NoticeKind::Outflow
        | NoticeKind::Workplace
        | NoticeKind::ResidenceChanged
        | NoticeKind::Departed
        | NoticeKind::Returned
        | NoticeKind::Closed
        | NoticeKind::HouseholdChanged
        | NoticeKind::VerificationReply
        | NoticeKind::CaseReply
        | NoticeKind::CaseReplyWithdrawn
        | NoticeKind::Digest => Urgency::Routine,
    }
}
