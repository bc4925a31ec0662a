//! Statistics returns (统计报表): each level gets a month's figures, checks, signs and submits them by the reply `confirmed`.

use serde_json::json;

use super::{Held, Plan, Round, Said, Seen};
use crate::case::clock;
use crate::notice::NoticeKind;
use crate::procedure::{Hears, Owed};

/// Whether a return of the plan's month has to go out.
pub(super) fn is_due(plan: &Plan, held: &Held) -> bool {
    plan.returns.iter().any(|(procedure, _)| is_new(plan, held, procedure))
}

fn is_new(plan: &Plan, held: &Held, procedure: &str) -> bool {
    let month = plan.month();
    let said = held.said.iter().any(|said| said.procedure == procedure && said.month == Some(month.first()));
    held.begun_on <= month.last() && !said
}

pub(super) fn tell(plan: &Plan, held: &Held, seen: &Seen, round: &mut Round) {
    for (procedure, owed) in &plan.returns {
        if is_new(plan, held, procedure) && !seen.figures.is_empty() {
            send(plan, held, seen, (procedure, owed), round);
        }
        let waiting = held.said.iter().filter(|said| said.procedure == *procedure && !said.answered);
        for said in waiting {
            remind(plan, said, owed, round);
        }
    }
}

fn send(plan: &Plan, held: &Held, seen: &Seen, (procedure, owed): (&str, &Owed), round: &mut Round) {
    let month = plan.month();
    let data = json!({"period": month.to_string(), "figures": seen.figures});
    let mut notice = plan.notice(NoticeKind::StatisticsReturn, held.jurisdiction, procedure, data);
    let case = plan.new_case();
    notice.case = Some(case);
    notice.due_on = Some(owed.within.after(plan.today, plan.calendar).date);
    round.said.push(Said { month: Some(month.first()), asked: Some((notice.id, case)), ..plan.said(held, procedure) });
    round.notices.push(notice);
}

fn remind(plan: &Plan, said: &Said, owed: &Owed, round: &mut Round) {
    let Some((asked, case)) = said.asked else { return };
    let reading = clock::read(owed, said.on, said.late_told, plan.today, plan.calendar);
    if reading.late_told == said.late_told {
        return;
    }
    round.said.push(Said { late_told: reading.late_told, ..said.clone() });
    if reading.hear.contains(&Hears::Owing) {
        let data = json!({
            "procedure": said.procedure, "step": owed.step.name(), "notice": asked, "due_on": reading.due.date,
            "days_late": clock::days_late(reading.due.date, plan.today, plan.calendar),
        });
        let mut notice = plan.notice(NoticeKind::Reminder, said.jurisdiction, &said.procedure, data);
        notice.case = Some(case);
        round.notices.push(notice);
    }
}
