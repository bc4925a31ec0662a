//! Silence: notices wait, and the township or county they wait for says nothing at all. Its superior gets a count, and
//! another one as often as the procedure says while it lasts.

use serde_json::json;
use uuid::Uuid;

use super::plan::last_said;
use super::{Held, Plan, Round};
use crate::case::clock::days_late;
use crate::division::Level;
use crate::notice::NoticeKind;

pub(super) fn tell(plan: &Plan, held: &Held, round: &mut Round) {
    let code = held.jurisdiction;
    let Some(waiting) = held.waiting.filter(|_| matches!(code.level(), Level::Township | Level::County)) else {
        return;
    };
    // A superior that nobody listens for hears nothing: the notice would wait for ever.
    let superior = plan.divisions.parent(code).filter(|superior| plan.listening.contains(superior));
    let Some(superior) = superior else { return };
    for (procedure, every, owed) in &plan.silences {
        let due = owed.within.after(waiting.since, plan.calendar).date;
        let Some(first) = owed.late.first().map(|late| late.after.after(due, plan.calendar).date) else { continue };
        // What was said before the first day of this silence was said of another one.
        let again = last_said(held, procedure).filter(|on| *on >= first).map(|on| every.after(on, plan.calendar).date);
        if plan.today < again.unwrap_or(first) {
            continue;
        }
        let data = json!({
            "procedure": procedure, "late": code, "cases": Vec::<Uuid>::new(), "count": waiting.count,
            "days_late": days_late(due, plan.today, plan.calendar),
        });
        round.said.push(plan.said(held, procedure));
        round.notices.push(plan.notice(NoticeKind::Escalation, superior, procedure, data));
    }
}
