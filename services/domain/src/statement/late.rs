//! What follows when nobody answers: the clock of every open question is read, and what it says is told. Clocks run
//! against jurisdictions of the hub's own province: another province has no clock, or one of its own.

use serde_json::json;
use uuid::Uuid;

use super::reconcile::{Change, Reconciled, Telling};
use super::{Asked, Asks, Told, ToldState};
use crate::case::{Replies, clock};
use crate::division::Code;
use crate::notice::{NoticeDraft, NoticeKind, Receiver};
use crate::procedure::{Hears, Owed};

/// A step that ran out, for whoever stands above the one that owes it. Neither names nor facts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Escalation {
    /// Who hears.
    pub receiver: Receiver,
    /// Which procedure.
    pub procedure: String,
    /// Who is late.
    pub late: Code,
    /// By how many working days.
    pub days_late: u32,
    /// Which case.
    pub case: Uuid,
}

/// Puts a pair's change among the others, with what its clock adds.
pub(super) fn follow(
    before: Option<&Told>,
    change: Option<Change>,
    asks: Asks,
    telling: &Telling,
    reconciled: &mut Reconciled,
) {
    let now = change.as_ref().map(|change| &change.told).or(before).cloned();
    let open = now.filter(|told| told.state == ToldState::Open);
    let Some((asked, told)) = open.and_then(|told| Some((told.asked?, told))) else {
        return reconciled.changes.extend(change);
    };
    let answered = Replies(telling.replies).to_question(&told).is_some();
    let (mut later, mut reminder) = (Asked { answered, ..asked }, None);
    if asks == Asks::InTime && !answered {
        (later.late_told, reminder) = run(&told, asked, telling, reconciled);
    }
    if later == asked {
        return reconciled.changes.extend(change);
    }
    let notice = change.and_then(|change| change.notice);
    reconciled.changes.push(Change { told: Told { asked: Some(later), ..told }, notice, beside: reminder });
}

/// Reads the clock of a question that nobody answered: how many late steps are told from now on, and the reminder that
/// tells one of them.
fn run(told: &Told, asked: Asked, telling: &Telling, reconciled: &mut Reconciled) -> (u8, Option<NoticeDraft>) {
    let (setting, before) = (&telling.setting, (asked.late_told, None));
    let Some(late) = told.receiver.division() else { return before };
    let Some(owed) = setting.procedures.get(told.procedure()).and_then(|procedure| procedure.owed.as_ref()) else {
        return before;
    };
    if late.province() != setting.divisions.home() {
        return before;
    }
    let reading = clock::read(owed, asked.on, asked.late_told, setting.today, setting.calendar);
    if let Some(wake) = reading.wake_on {
        reconciled.wake_on = Some(reconciled.wake_on.map_or(wake, |earlier| earlier.min(wake)));
    }
    let days_late = clock::days_late(reading.due.date, setting.today, setting.calendar);
    let mut reminder = None;
    for hears in reading.hear {
        let above = match hears {
            Hears::Owing => {
                reminder = Some(remind(told, asked, owed, &reading.due, days_late, telling));
                continue;
            }
            Hears::Superior => setting.divisions.parent(late),
            Hears::Prefecture => late.prefecture().filter(|prefecture| *prefecture != late),
        };
        let (Some(above), Some(case)) = (above, told.case) else { continue };
        let (receiver, procedure) = (Receiver::jurisdiction(above), told.procedure().to_owned());
        let escalation = Escalation { receiver, procedure, late, days_late, case };
        // Superior and prefecture may be one: it hears once.
        if !reconciled.escalations.contains(&escalation) {
            reconciled.escalations.push(escalation);
        }
    }
    (reading.late_told, reminder)
}

fn remind(
    told: &Told,
    asked: Asked,
    owed: &Owed,
    due: &crate::calendar::Due,
    days_late: u32,
    telling: &Telling,
) -> NoticeDraft {
    let data = json!({
        "procedure": told.procedure(), "step": owed.step.name(), "notice": asked.notice,
        "due_on": due.date, "days_late": days_late,
    });
    telling.notice(NoticeKind::Reminder, told, data)
}
