//! The digest of a township (摘要): what its villages reported, what is open, due soon, overdue.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{Held, Plan, Round, Seen};
use crate::notice::NoticeKind;

/// Due within so many working days is soon.
const SOON_WORKING_DAYS: u32 = 2;
/// Case ids under one heading, as the schema allows; the count is of all.
const CASES_MAX: usize = 1000;

pub(super) fn tell(plan: &Plan, held: &Held, seen: &Seen, round: &mut Round) {
    for digest in plan.digests.iter().filter(|digest| digest.is_due(held)) {
        // Said even where there was nothing to say: what opens later belongs to the next period.
        round.said.push(plan.said(held, digest.procedure));
        let villages = seen.villages.get(&digest.period).copied().unwrap_or_default();
        let (mut open, mut soon, mut overdue) = (Vec::new(), Vec::new(), Vec::new());
        for question in &seen.open {
            match question.due_on {
                Some(due) if due < plan.today => overdue.push(question.case),
                Some(due) if plan.calendar.working_days_between(plan.today, due) <= SOON_WORKING_DAYS => {
                    soon.push(question.case);
                    open.push(question.case);
                }
                _ => open.push(question.case),
            }
        }
        if villages.expected == 0 && open.is_empty() && overdue.is_empty() {
            continue;
        }
        let data = json!({
            "period": {"from": digest.period.from, "to": digest.period.to},
            "villages": {
                "expected": villages.expected, "reported": villages.reported,
                "arrivals": villages.arrivals, "departures": villages.departures,
            },
            "open": listed(open), "due_soon": listed(soon), "overdue": listed(overdue),
        });
        round.notices.push(plan.notice(NoticeKind::Digest, held.jurisdiction, digest.procedure, data));
    }
}

/// How many cases, and which; one case may hold several questions.
fn listed(mut cases: Vec<Uuid>) -> Value {
    cases.sort_unstable();
    cases.dedup();
    let count = cases.len();
    cases.truncate(CASES_MAX);
    json!({"count": count, "cases": cases})
}
