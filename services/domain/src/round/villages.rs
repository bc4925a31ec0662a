//! Villages' reports (村级报告): every village that ever reported owes one in each period; its township is reminded.

use serde_json::json;

use super::{Held, Plan, Round, Seen};
use crate::case::clock::days_late;
use crate::notice::NoticeKind;

pub(super) fn tell(plan: &Plan, held: &Held, seen: &Seen, round: &mut Round) {
    for (report, owed) in plan.reports.iter().filter(|(report, _)| report.is_due(held)) {
        round.said.push(plan.said(held, report.procedure));
        let villages = seen.villages.get(&report.period).copied().unwrap_or_default();
        if villages.reported >= villages.expected {
            continue;
        }
        let due_on = report.period.to;
        let data = json!({
            "procedure": report.procedure, "step": owed.step.name(), "due_on": due_on,
            "days_late": days_late(due_on, plan.today, plan.calendar),
        });
        round.notices.push(plan.notice(NoticeKind::Reminder, held.jurisdiction, report.procedure, data));
    }
}
