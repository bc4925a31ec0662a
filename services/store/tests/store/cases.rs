//! What was answered to a statement, and when a person has to be looked at again.

use std::collections::BTreeMap;

use liangdi_domain::evidence::{Answer, Discrepancy, Fact, Outcome, Reply, RightKind, Verified};
use liangdi_domain::notice::NoticeDraft;
use liangdi_domain::person::PersonFile;
use liangdi_domain::statement::{Asked, Told, ToldState};
use liangdi_store::port::{Batch, Inbound, RightOutcome, RightSettled, Store};

use crate::support::sample::{appearance, day, inbound, notice, person, say, say_with, told, withdraw};
use crate::support::{Twin, for_both};

for_both!(
    a_reply_is_found_with_the_statement_it_answers_until_it_is_taken_back,
    a_statement_that_asked_nothing_has_no_replies,
    persons_are_due_on_their_day_the_longest_overdue_first,
    a_wake_that_is_not_committed_was_never_set,
    a_request_by_right_is_settled_once_somebody_says_so,
);

async fn a_request_by_right_is_settled_once_somebody_says_so<T: Twin>(store: T) {
    let fact = Fact::RightsRequested { right: RightKind::Deletion, filed_on: day("2026-03-09") };
    let row = appearance(1, fact);
    let request = row.fact_id;
    say_with(&store, "asked", 1, |evidence| evidence.appearances = vec![row]).await;
    let settled = async || store.begin().await.unwrap().person_files(&[person(1)]).await.unwrap().remove(0).settled;
    assert!(settled().await.is_empty());
    for (outcome, on) in [(RightOutcome::Refused, day("2026-03-10")), (RightOutcome::Partly, day("2026-03-12"))] {
        let (reason, who) = ("a law requires that it be kept".to_owned(), "operator".to_owned());
        let mut batch = store.begin().await.unwrap();
        batch.settle_right(&RightSettled { request, outcome, on, reason, who }).await.unwrap();
        batch.commit().await.unwrap();
        assert_eq!(settled().await.into_iter().collect::<Vec<_>>(), [(request, on)]);
    }
}

/// One person, told something that asks for an answer.
async fn asked<S: Store>(store: &S) -> (Told, NoticeDraft) {
    say(store, "m", 1).await;
    let question = notice(1, "341221");
    let asked = Some(Asked { notice: question.id, on: day("2026-03-09"), late_told: 2, answered: false });
    let statement = Told { asked, variant: Some("v".into()), ..told(1, "341221", ToldState::Open) };
    let question = NoticeDraft { statement: Some(statement.id), ..question };
    let mut batch = store.begin().await.unwrap();
    batch.tell(std::slice::from_ref(&statement), std::slice::from_ref(&question)).await.unwrap();
    batch.commit().await.unwrap();
    (statement, question)
}

async fn reply<S: Store>(store: &S, id: &str, statement: &Told, question: &NoticeDraft) {
    let reply = Reply {
        case: question.case.unwrap(),
        notice: question.id,
        outcome: Outcome::Disputed,
        division: Some("320583101".parse().unwrap()),
        facts: BTreeMap::from([("identity".to_owned(), Verified::NotConfirmed)]),
        discrepancies: vec![Discrepancy { field: "since".to_owned(), ours: "2026-02-01".to_owned() }],
    };
    let message = Inbound { answer: Some(Answer::Reply(reply)), answers: Some(statement.id), ..inbound(id) };
    let mut batch = store.begin().await.unwrap();
    batch.record(&[message]).await.unwrap();
    batch.commit().await.unwrap();
}

async fn file<S: Store>(store: &S) -> PersonFile {
    store.begin().await.unwrap().person_files(&[person(1)]).await.unwrap().remove(0)
}

async fn a_reply_is_found_with_the_statement_it_answers_until_it_is_taken_back<T: Twin>(store: T) {
    let (statement, question) = asked(&store).await;
    assert_eq!(file(&store).await.told, std::slice::from_ref(&statement));
    assert_eq!(
        store.begin().await.unwrap().sent(&[question.id]).await.unwrap()[&question.id].statement,
        Some(statement.id)
    );
    reply(&store, "reply", &statement, &question).await;
    let held = file(&store).await.replies.remove(0);
    assert_eq!((held.statement, held.notice, held.outcome), (statement.id, question.id, Outcome::Disputed));
    assert_eq!((held.division, held.differs), (Some("320583101".parse().unwrap()), vec!["since".to_owned()]));
    assert_eq!(held.facts["identity"], Verified::NotConfirmed);
    assert_eq!(held.time, inbound("reply").time);
    assert_eq!(store.begin().await.unwrap().subjects(&[statement.id]).await.unwrap(), [person(1)]);

    let touched = withdraw(&store, "w", "reply").await;
    assert_eq!(touched.statements, [statement.id]);
    assert_eq!(file(&store).await.replies, []);
}

async fn a_statement_that_asked_nothing_has_no_replies<T: Twin>(store: T) {
    say(&store, "m", 1).await;
    let mut batch = store.begin().await.unwrap();
    batch.tell(&[told(1, "341221", ToldState::Open)], &[]).await.unwrap();
    batch.commit().await.unwrap();
    assert_eq!(file(&store).await.told[0].asked, None);
    assert_eq!(store.begin().await.unwrap().subjects(&[]).await.unwrap(), []);
}

async fn persons_are_due_on_their_day_the_longest_overdue_first<T: Twin>(store: T) {
    let mut batch = store.begin().await.unwrap();
    let on = |text| Some(day(text));
    let wakes = [(1, on("2026-03-12")), (2, on("2026-03-10")), (3, on("2026-03-11")), (4, None)];
    batch.wake(&wakes.map(|(n, on)| (person(n), on))).await.unwrap();
    assert_eq!(batch.due(day("2026-03-09"), 10).await.unwrap(), []);
    assert_eq!(batch.due(day("2026-03-11"), 10).await.unwrap(), [person(2), person(3)]);
    assert_eq!(batch.due(day("2026-03-12"), 2).await.unwrap(), [person(2), person(3)]);
    // Another day takes the place of the first; none takes it away.
    batch.wake(&[(person(2), on("2026-03-20")), (person(3), None), (person(4), None)]).await.unwrap();
    assert_eq!(batch.due(day("2026-03-19"), 10).await.unwrap(), [person(1)]);
    batch.wake(&[]).await.unwrap();
    batch.commit().await.unwrap();
    assert_eq!(store.begin().await.unwrap().due(day("2026-03-20"), 10).await.unwrap(), [person(1), person(2)]);
}

async fn a_wake_that_is_not_committed_was_never_set<T: Twin>(store: T) {
    let mut batch = store.begin().await.unwrap();
    batch.wake(&[(person(1), Some(day("2026-03-12")))]).await.unwrap();
    drop(batch);
    assert_eq!(store.begin().await.unwrap().due(day("2026-12-31"), 10).await.unwrap(), []);
}
