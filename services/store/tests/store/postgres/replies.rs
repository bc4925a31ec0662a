//! Which of several replies counts: the lists, the desk and the scorecards say what the domain goes by.

use std::collections::BTreeMap;

use chrono::Days;
use liangdi_domain::calendar::shanghai_date;
use liangdi_domain::case::Replies;
use liangdi_domain::evidence::{Answer, Outcome, Reply};
use liangdi_domain::notice::NoticeDraft;
use liangdi_domain::statement::{Asked, Told, ToldState};
use liangdi_store::port::{Batch, Inbound, Store};
use liangdi_store::postgres::{DeskTab, Look};
use uuid::Uuid;

use crate::support::database::with_store;
use crate::support::sample::{day, inbound, notice, person, say, time, token, told};

const OUTCOMES: [Outcome; 6] = [
    Outcome::Confirmed,
    Outcome::NotKnown,
    Outcome::Disputed,
    Outcome::BelongsElsewhere,
    Outcome::Answered,
    Outcome::Decided,
];
const DIVISIONS: [Option<&str>; 3] = [None, Some("320583"), Some("320583101")];
/// The same instant for most: then all else has to decide.
const TIMES: [&str; 4] =
    ["2026-03-11T10:00:00+08:00", "2026-03-11T10:00:00+08:00", "2026-03-11T02:00:00Z", "2026-03-12T09:00:00+08:00"];

/// An id of the notice that was the `n`-th of a case on 9 March 2026.
fn notice_id(case: u32, n: u16) -> Uuid {
    let at = time("2026-03-09T10:00:00+08:00").timestamp_millis();
    let rest = 0x8000_0000_0000_0000 | u64::from(case);
    Uuid::from_u64_pair(u64::try_from(at).unwrap() << 16 | 0x7000 | u64::from(n), rest)
}

#[tokio::test]
async fn whatever_replies_come_in_one_second_everybody_counts_the_same_one() {
    with_store(async |store| {
        say(&store, "m", 1).await;
        let mut cases = Vec::new();
        for case in 0..72_u32 {
            let receiver = format!("321322{}", 101 + case);
            let ids = [0, 1, 2].map(|n| notice_id(case, n));
            // Asked a second time: what was answered to the first notice is no answer to it.
            let asked = Asked { notice: ids[1], on: day("2026-03-09"), late_told: 0, answered: true };
            let case_id = token(&format!("case {case}")).0;
            let statement = Told { asked: Some(asked), case: Some(case_id), ..told(1, &receiver, ToldState::Open) };
            let sent =
                |id| NoticeDraft { id, statement: Some(statement.id), case: Some(case_id), ..notice(1, &receiver) };
            let mut batch = store.begin().await.unwrap();
            batch.tell(std::slice::from_ref(&statement), &ids.map(sent)).await.unwrap();
            let replies: Vec<Inbound> = (0..3)
                .map(|n| {
                    let draw = |of: &str, count: usize| {
                        (token(&format!("{of} {case} {n}")).0.as_u128() % count as u128) as usize
                    };
                    let reply = Reply {
                        case: case_id,
                        notice: ids[draw("notice", 3)],
                        outcome: OUTCOMES[draw("outcome", 6)],
                        division: DIVISIONS[draw("division", 3)].map(|code| code.parse().unwrap()),
                        facts: BTreeMap::new(),
                        discrepancies: Vec::new(),
                    };
                    let (answer, answers) = (Some(Answer::Reply(reply)), Some(statement.id));
                    Inbound { answer, answers, time: time(TIMES[draw("time", 4)]), ..inbound(&format!("{case} {n}")) }
                })
                .collect();
            batch.record(&replies).await.unwrap();
            batch.commit().await.unwrap();
            cases.push(statement);
        }
        let replies = store.begin().await.unwrap().person_files(&[person(1)]).await.unwrap().remove(0).replies;
        let period = [9_u64, 10].map(|dom| day("2026-03-01") + Days::new(dom - 1));
        let midnight = |on| liangdi_domain::calendar::shanghai_midnight(on).unwrap();
        let owed = store
            .owed((midnight(period[0]), midnight(period[1])), midnight(day("2026-04-01")), None, 1_000)
            .await
            .unwrap();
        let look = Look { who: "a clerk", purpose: "a fictional question" };
        let own = ["321322".parse().unwrap()];
        let desk = store.desk_list(&own, DeskTab::Answered, 1_000, look).await.unwrap();
        let mut contested = 0;
        for statement in &cases {
            let asked = statement.asked.unwrap();
            let counts = Replies(&replies).to_question(statement);
            let expected = counts.map(|reply| (reply.outcome, shanghai_date(reply.time)));
            let listed = store.case(statement.case.unwrap()).await.unwrap().remove(0);
            assert_eq!(listed.question.answer, expected, "in the list of {}", statement.receiver);
            let row = owed.iter().find(|row| row.notice == asked.notice).unwrap();
            assert_eq!(row.question.answer, expected, "in the scorecard of {}", statement.receiver);
            let row = desk.iter().find(|row| row.notice == asked.notice).unwrap();
            assert_eq!(row.question.unwrap().answer, expected, "on the desk of {}", statement.receiver);
            let same = |reply: &&liangdi_domain::case::StatementReply| {
                counts.is_some_and(|counts| {
                    reply.statement == statement.id && reply.time == counts.time && reply.notice == counts.notice
                })
            };
            contested += usize::from(replies.iter().filter(same).count() > 1);
        }
        assert!(contested > 5, "there was something to disagree about");
    })
    .await;
}
