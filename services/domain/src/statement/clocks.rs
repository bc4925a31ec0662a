//! The clocks that run about one person: questions that wait for an answer in time, and duties that nobody has fulfilled.
//! What other rules would do to them is seen by asking twice.

use chrono::NaiveDate;
use uuid::Uuid;

use super::{Asks, DesiredState, Setting, ToldState, Topic, derive, matching, measure};
use crate::case::{Counted, Replies};
use crate::division::Code;
use crate::notice::NoticeKind;
use crate::person::PersonFile;
use crate::procedure::Hears;

/// What tells one clock of a person from another, whatever the rules are.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ClockKey {
    /// The procedure that it follows.
    pub procedure: String,
    /// The notice that began it; of a duty, the one that says it is late.
    pub kind: NoticeKind,
    /// Who owes the step.
    pub owing: Code,
    /// Day 0.
    pub on: NaiveDate,
    /// The statement that asks; none of a duty.
    pub statement: Option<Uuid>,
    /// Tells duties apart that are alike in everything else.
    pub nth: u32,
}

/// How long a clock runs, and who hears after that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Running {
    /// The last day in time.
    pub due: NaiveDate,
    /// Who hears on which day that it is late, as long as it is not done.
    pub late: Vec<(NaiveDate, Hears)>,
}

impl Running {
    fn until(due: NaiveDate, procedure: &str, setting: &Setting) -> Self {
        let owed = setting.procedures.get(procedure).and_then(|procedure| procedure.owed.as_ref());
        let steps = owed.into_iter().flat_map(|owed| &owed.late);
        Running { due, late: steps.map(|late| (late.after.after(due, setting.calendar).date, late.tell)).collect() }
    }
}

/// Every clock that runs.
pub fn clocks(file: &PersonFile, setting: &Setting) -> Vec<(ClockKey, Running)> {
    let mut running = questions(file, setting);
    running.extend(duties(file, setting));
    running.sort_by(|(one, _), (other, _)| one.cmp(other));
    number(&mut running);
    running
}

/// As [`super::late`] reads them.
fn questions(file: &PersonFile, setting: &Setting) -> Vec<(ClockKey, Running)> {
    let desired = derive(file, setting).statements;
    let pairs = matching::pairs(&file.told, desired, setting.divisions).into_iter();
    let running = pairs.filter_map(|(told, desired)| {
        let (told, desired) = (told?, desired?);
        let stands = told.state == ToldState::Open && desired.state == DesiredState::Open;
        let waits = desired.asks == Asks::InTime && Replies(&file.replies).to_question(told).is_none();
        let owing = told.receiver.division().filter(|code| code.province() == setting.divisions.home())?;
        let (asked, procedure) = (told.asked?, told.procedure());
        let due = setting.procedures.due_on(procedure, asked.on, setting.calendar)?.date;
        let running = Running::until(due, procedure, setting);
        let (procedure, kind) = (procedure.to_owned(), told.topic.opens_with());
        let key = ClockKey { procedure, kind, owing, on: asked.on, statement: Some(told.id), nth: 0 };
        (stands && waits).then_some((key, running))
    });
    running.collect()
}

fn duties(file: &PersonFile, setting: &Setting) -> Vec<(ClockKey, Running)> {
    let owed = measure(file, setting).into_iter();
    let running = owed.filter_map(|counted| {
        let Counted::Owed { by: owing, procedure, question } = counted else { return None };
        let due = question.due_on.filter(|_| question.answer.is_none() && question.stands)?;
        let (kind, on) = (Topic::Duty.opens_with(), question.asked_on);
        let running = Running::until(due, &procedure, setting);
        Some((ClockKey { procedure, kind, owing, on, statement: None, nth: 0 }, running))
    });
    running.collect()
}

fn number(sorted: &mut [(ClockKey, Running)]) {
    for at in 1..sorted.len() {
        let (before, rest) = sorted.split_at_mut(at);
        let (before, (key, _)) = (&before[at - 1].0, &mut rest[0]);
        if (ClockKey { nth: 0, ..before.clone() }) == *key {
            key.nth = before.nth + 1;
        }
    }
}
