//! `belongs-elsewhere`: whoever was asked names the division that is concerned. Their own statement is closed (it was
//! right, as far as it went), and the division named hears in their place. Chains end where somebody is named twice.

use super::Subject;
use crate::calendar::shanghai_date;
use crate::case::Replies;
use crate::division::{Code, Place};
use crate::evidence::Outcome;
use crate::notice::Receiver;
use crate::statement::{Desired, DesiredState, EndKind, Topic, pairs};

/// A question passed on more often goes round in circles.
const HOPS_MAX: usize = 8;

/// Closes what was passed on, and adds what follows from it.
pub(super) fn apply(subject: &Subject, mut desired: Vec<Desired>) -> Vec<Desired> {
    if !subject.file.replies.iter().any(|reply| reply.outcome == Outcome::BelongsElsewhere) {
        return desired;
    }
    for _ in 0..HOPS_MAX {
        let mut passed_on = Vec::new();
        desired = pairs(&subject.file.told, desired, subject.divisions)
            .into_iter()
            .filter_map(|(told, desired)| {
                let mut desired = desired?;
                let next = told.and_then(|told| named(subject, told, &desired));
                if let Some(receiver) = next {
                    let on = desired.since;
                    passed_on.push(Desired { receiver, ..desired.clone() });
                    desired.state = DesiredState::Ended { on, how: EndKind::Forwarded };
                }
                Some(desired)
            })
            .collect();
        passed_on.retain(|new| !desired.iter().any(|held| is_same(held, new)));
        if passed_on.is_empty() {
            break;
        }
        desired.extend(passed_on);
    }
    desired
}

/// Who the receiver says is concerned, of a statement that is open.
fn named(subject: &Subject, told: &crate::statement::Told, desired: &Desired) -> Option<Receiver> {
    let open = desired.state == DesiredState::Open && matches!(desired.topic, Topic::Inflow | Topic::Lead);
    let reply = Replies(&subject.file.replies).latest(told).filter(|_| open)?;
    let division: Code = reply.division.filter(|_| reply.outcome == Outcome::BelongsElsewhere)?;
    let place = Place { code: division, said: shanghai_date(reply.time) };
    let receiver = subject.receiver(place)?;
    (receiver != desired.receiver).then_some(receiver)
}

fn is_same(a: &Desired, b: &Desired) -> bool {
    (&a.receiver, a.topic, a.place, a.since) == (&b.receiver, b.topic, b.place, b.since)
}
