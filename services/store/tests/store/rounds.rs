//! Jurisdictions as a whole: what waits, what villages reported, what was said last; alike in both stores.

use liangdi_domain::division::Code;
use liangdi_domain::evidence::{Answer, Outcome, ReceiptState, Reply, VillageReport};
use liangdi_domain::notice::{NoticeDraft, NoticeKind};
use liangdi_domain::round::figures::{Figure, Indicator};
use liangdi_domain::round::{Month, Open, Period, Said, Villages, Waiting};
use liangdi_domain::statement::{Asked, Told, ToldState};
use liangdi_store::port::{Batch, Inbound, Rounds, Store};

use crate::support::for_both;
use crate::support::sample::{day, inbound, notice, record_one, send, time, token, told, withdraw};

for_both!(
    what_waits_is_counted_since_the_receiver_last_said_anything,
    villages_are_expected_once_they_reported_and_a_withdrawn_report_is_none,
    a_jurisdiction_is_looked_at_once_a_day_and_begins_with_the_first_look,
    what_was_said_takes_the_place_of_what_was_said_before_and_knows_its_answer,
    questions_without_an_answer_are_open,
    a_month_is_counted_by_place_and_receiver_and_compiled_once,
);

const HOUSEHOLD: &str = "321322101";

fn code(text: &str) -> Code {
    text.parse().unwrap()
}

fn on(day: &str, n: u32) -> NoticeDraft {
    NoticeDraft { time: time(&format!("{day}T23:30:00+08:00")), ..notice(n, HOUSEHOLD) }
}

async fn answer<S: Store>(store: &S, id: &str, answer: Answer) {
    let mut batch = store.begin().await.unwrap();
    record_one(&mut batch, Inbound { answer: Some(answer), ..inbound(id) }).await;
    batch.commit().await.unwrap();
}

fn receipt(of: &NoticeDraft) -> Answer {
    Answer::Receipt { notice: of.id, state: ReceiptState::Received, at: time("2026-03-12T10:00:00+08:00") }
}

fn signed(notice: &NoticeDraft) -> Answer {
    Answer::Reply(Reply {
        case: notice.case.unwrap(),
        notice: notice.id,
        outcome: Outcome::Confirmed,
        division: None,
        facts: Default::default(),
        discrepancies: Vec::new(),
    })
}

async fn waiting<S: Store>(store: &S) -> Option<Waiting> {
    let held = store.begin().await.unwrap().held(&[code(HOUSEHOLD)], day("2026-03-20")).await.unwrap();
    held[0].waiting
}

async fn what_waits_is_counted_since_the_receiver_last_said_anything<S: Store>(store: S) {
    assert_eq!(waiting(&store).await, None);
    let first = on("2026-03-09", 1);
    send(&store, &[first.clone(), on("2026-03-09", 2)]).await;
    send(&store, &[on("2026-03-11", 3), NoticeDraft { ..notice(4, "321322102") }]).await;
    assert_eq!(
        waiting(&store).await,
        Some(Waiting { since: day("2026-03-09"), count: 3 }),
        "days are days in Shanghai"
    );
    answer(&store, "r1", receipt(&first)).await;
    assert_eq!(waiting(&store).await, None);
    send(&store, &[on("2026-03-13", 5)]).await;
    assert_eq!(waiting(&store).await, Some(Waiting { since: day("2026-03-13"), count: 1 }));
}

async fn villages_are_expected_once_they_reported_and_a_withdrawn_report_is_none<S: Store>(store: S) {
    let mut batch = store.begin().await.unwrap();
    for (id, village, at, arrivals) in [
        ("v1", "320583100001", "2026-02-25T10:00:00+08:00", 9),
        ("v2", "320583100002", "2026-03-06T23:59:00+08:00", 2),
        ("v3", "320583100002", "2026-03-03T10:00:00+08:00", 3),
        ("v4", "320583100003", "2026-03-07T00:01:00+08:00", 4),
        ("v5", "320583101001", "2026-03-04T10:00:00+08:00", 5),
    ] {
        let report = VillageReport { village: code(village), arrivals, departures: 1 };
        record_one(&mut batch, Inbound { report: Some(report), time: time(at), ..inbound(id) }).await;
    }
    batch.commit().await.unwrap();
    let period = Period { from: day("2026-03-02"), to: day("2026-03-06") };
    let asked = [code("320583100"), code("320583102")];
    let villages = store.begin().await.unwrap().villages(&asked, period).await.unwrap();
    let expected = Villages { expected: 2, reported: 1, arrivals: 5, departures: 2 };
    assert_eq!(villages.into_iter().collect::<Vec<_>>(), [(code("320583100"), expected)]);
    withdraw(&store, "w1", "v3").await;
    withdraw(&store, "w2", "v1").await;
    let villages = store.begin().await.unwrap().villages(&asked, period).await.unwrap();
    assert_eq!(villages[&code("320583100")], Villages { expected: 1, reported: 1, arrivals: 2, departures: 1 });
}

async fn a_jurisdiction_is_looked_at_once_a_day_and_begins_with_the_first_look<S: Store>(store: S) {
    let all = ["320583101", "320583", "320583100"].map(code);
    let (first, next) = (day("2026-03-09"), day("2026-03-10"));
    let mut batch = store.begin().await.unwrap();
    let some = batch.unlooked(&all, first, 2).await.unwrap();
    assert_eq!(some, ["320583", "320583100"].map(code));
    batch.looked(&some, first, &[]).await.unwrap();
    batch.commit().await.unwrap();
    // Looked at and not committed is not looked at.
    let mut dropped = store.begin().await.unwrap();
    dropped.looked(&all, first, &[]).await.unwrap();
    drop(dropped);
    let mut batch = store.begin().await.unwrap();
    assert_eq!(batch.unlooked(&all, first, 9).await.unwrap(), [code("320583101")]);
    assert_eq!(batch.unlooked(&all, next, 9).await.unwrap().len(), 3);
    batch.looked(&all, next, &[]).await.unwrap();
    let begun = batch.held(&all, next).await.unwrap().into_iter().map(|held| held.begun_on).collect::<Vec<_>>();
    assert_eq!(begun, [next, first, first]);
}

async fn what_was_said_takes_the_place_of_what_was_said_before_and_knows_its_answer<S: Store>(store: S) {
    let asked = on("2026-04-01", 1);
    let said = |month: Option<&str>, on: &str, late_told| Said {
        procedure: if month.is_some() { "statistics-return" } else { "digest" }.to_owned(),
        jurisdiction: code(HOUSEHOLD),
        month: month.map(day),
        on: day(on),
        asked: month.map(|_| (asked.id, asked.case.unwrap())),
        late_told,
        answered: false,
    };
    send(&store, std::slice::from_ref(&asked)).await;
    for now in [
        [said(None, "2026-03-09", 0), said(Some("2026-03-01"), "2026-04-01", 0)],
        [said(None, "2026-03-16", 0), said(Some("2026-03-01"), "2026-04-01", 1)],
    ] {
        let mut batch = store.begin().await.unwrap();
        batch.looked(&[code(HOUSEHOLD)], day("2026-04-10"), &now).await.unwrap();
        batch.commit().await.unwrap();
    }
    let held = async || {
        let mut held = store.begin().await.unwrap().held(&[code(HOUSEHOLD)], day("2026-04-10")).await.unwrap();
        let mut said = held.remove(0).said;
        said.sort_by_key(|said| said.month);
        said
    };
    let latest = [said(None, "2026-03-16", 0), said(Some("2026-03-01"), "2026-04-01", 1)];
    assert_eq!(held().await, latest);
    answer(&store, "receipt", receipt(&asked)).await;
    assert_eq!(held().await, latest, "a receipt signs nothing");
    answer(&store, "signed", signed(&asked)).await;
    assert!(held().await[1].answered);
    withdraw(&store, "back", "signed").await;
    assert_eq!(held().await, latest);
}

async fn questions_without_an_answer_are_open<S: Store>(store: S) {
    let asks = |n: u32, answered, state| {
        let asked = on("2026-03-09", n);
        let question = Asked { notice: asked.id, on: day("2026-03-09"), late_told: 0, answered };
        (Told { asked: Some(question), case: Some(token(&n.to_string()).0), ..told(n, HOUSEHOLD, state) }, asked)
    };
    let ended = ToldState::Ended { on: day("2026-03-10"), by: None };
    let questions = [asks(1, false, ToldState::Open), asks(2, true, ToldState::Open), asks(3, false, ended)];
    let (told, notices): (Vec<_>, Vec<_>) = questions.into_iter().unzip();
    let mut batch = store.begin().await.unwrap();
    batch.tell(&told, &notices).await.unwrap();
    batch.commit().await.unwrap();
    let open = store.begin().await.unwrap().open_questions(&[code(HOUSEHOLD), code("321322")]).await.unwrap();
    let only = Open { due_on: Some(day("2026-03-23")), case: token("1").0 };
    assert_eq!(open.into_iter().collect::<Vec<_>>(), [(code(HOUSEHOLD), vec![only])]);
}

async fn a_month_is_counted_by_place_and_receiver_and_compiled_once<S: Store>(store: S) {
    // Ids say when: counted are notices whose id is of the month as well.
    let at = |text: &str, n: u32, kind| {
        let statement = told(n, HOUSEHOLD, ToldState::Open);
        let time = time(text);
        let id =
            uuid::Uuid::from_u64_pair(time.timestamp_millis().unsigned_abs() << 16 | 0x7000, 1 << 63 | u64::from(n));
        let notice = NoticeDraft { id, kind, time, statement: Some(statement.id), ..notice(n, HOUSEHOLD) };
        (statement, notice)
    };
    let rows = [
        at("2026-02-28T23:59:00+08:00", 1, NoticeKind::Inflow),
        at("2026-03-01T00:01:00+08:00", 2, NoticeKind::Inflow),
        at("2026-03-31T23:59:00+08:00", 3, NoticeKind::Inflow),
        at("2026-03-09T10:00:00+08:00", 4, NoticeKind::Departed),
        at("2026-03-09T10:00:00+08:00", 5, NoticeKind::Reminder),
        at("2026-04-01T00:01:00+08:00", 6, NoticeKind::Inflow),
    ];
    let (mut told, notices): (Vec<_>, Vec<_>) = rows.into_iter().unzip();
    let mut batch = store.begin().await.unwrap();
    batch.tell(&told, &notices).await.unwrap();
    let month = Month::of(day("2026-03-15"));
    let counts = batch.counts(month).await.unwrap();
    let (here, there) = (code("320583101"), code(HOUSEHOLD));
    let cells = [
        ((Indicator::StaysRegistered, here), 2),
        ((Indicator::StaysEnded, here), 1),
        ((Indicator::AwayRegistered, there), 2),
        ((Indicator::AwayEnded, there), 1),
    ];
    assert_eq!(counts.into_iter().collect::<Vec<_>>(), cells);
    told[2].state = ToldState::Retracted;
    batch.tell(&told[2..3], &[]).await.unwrap();
    assert_eq!(batch.counts(month).await.unwrap()[&(Indicator::StaysRegistered, here)], 1, "it never was so");

    assert!(batch.is_compiled(month).await.unwrap(), "nobody looked before it ended");
    batch.looked(&[here], day("2026-03-31"), &[]).await.unwrap();
    assert!(!batch.is_compiled(month).await.unwrap());
    let figure = |indicator: &str, count| Figure { indicator: indicator.to_owned(), count };
    let figures = vec![figure("stays-registered", Some(7)), figure("leads", None)];
    batch.compile(month, &[(here, figures.clone())].into()).await.unwrap();
    assert!(batch.is_compiled(month).await.unwrap());
    let read = batch.figures(month, &[there, here]).await.unwrap();
    assert_eq!(read.into_iter().collect::<Vec<_>>(), [(here, figures)]);
}
