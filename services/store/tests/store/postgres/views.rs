//! What the command line asks.

use std::collections::BTreeMap;

use liangdi_domain::evidence::{Answer, Fact, Outcome, ReceiptState, Reply};
use liangdi_domain::feed::{Feed, MessageType};
use liangdi_domain::notice::{NoticeDraft, NoticeKind, Receiver};
use liangdi_domain::person::Profile;
use liangdi_domain::statement::{Asked, Told, ToldState};
use liangdi_store::port::{Batch, Inbound, Move, NewProfile, Outbox, Quarantined, Store};
use liangdi_store::postgres::{Look, PgStore, QuarantineFilter, WaitingFor};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::quarantine::refused;
use crate::support::database::{with_database, with_store};
use crate::support::sample::{
    HERE, appearance, day, inbound, new_profile, notice, person, profile, profile_id, record_one, residence, said, say,
    time, token, told, withdraw,
};

const LOOK: Look = Look { who: "operator", purpose: "a fictional question" };

async fn audited(connection: &mut PgConnection) -> Vec<(String, String, bool)> {
    let rows = "SELECT who, object, of_minor FROM audit WHERE purpose = 'a fictional question' ORDER BY no";
    sqlx::query_as(rows).fetch_all(connection).await.unwrap()
}

#[tokio::test]
async fn a_person_is_found_by_token_and_shown_with_everything_even_under_an_old_id() {
    with_database(async |database| {
        PgStore::migrate(&database.options(), &database.keys).await.unwrap();
        let store = database.store().await;
        say(&store, "a", 1).await;
        say(&store, "b", 2).await;
        withdraw(&store, "w", "b").await;
        let sent = notice(1, "341221");
        let receipt =
            Answer::Receipt { notice: sent.id, state: ReceiptState::Opened, at: time("2026-03-10T08:00:00+08:00") };
        let mut batch = store.begin().await.unwrap();
        let told = Told { last_notice: Some(sent.id), ..told(1, "341221", ToldState::Open) };
        let sent = NoticeDraft { statement: Some(told.id), ..sent };
        batch.tell(&[told], std::slice::from_ref(&sent)).await.unwrap();
        batch.record(&[Inbound { answer: Some(receipt), ..inbound("r") }]).await.unwrap();
        batch.assign(&[Move { profile: profile_id(1), from: person(1), to: person(2) }]).await.unwrap();
        batch.commit().await.unwrap();
        let mut batch = store.begin().await.unwrap();
        let moves = [1, 2].map(|n| Move { profile: profile_id(n), from: person(2), to: person(3) });
        batch.assign(&moves).await.unwrap();
        batch.commit().await.unwrap();
        let outgoing = store.next(chrono::Utc::now(), 10).await.unwrap();
        store.published(&[outgoing[0].outbox_no]).await.unwrap();

        assert_eq!(store.find_persons(&[token("number 1"), token("number 2")]).await.unwrap(), [person(3)]);
        for old in [1, 2, 3] {
            let sheet = store.person_sheet(person(old), LOOK).await.unwrap().unwrap();
            assert_eq!(sheet.file.person, person(3));
            assert!(sheet.file.profiles[0].1 == profile(1));
            let messages: Vec<_> = sheet.messages.iter().map(|row| (row.id.as_str(), row.withdrawn)).collect();
            assert_eq!(messages, [("a", false), ("b", true)]);
            let [sent_row] = &sheet.notices[..] else { panic!("one notice") };
            assert_eq!((sent_row.id, sent_row.seqno, sent_row.published.is_some()), (sent.id, Some(1), true));
            assert_eq!(sent_row.fields, ["person.birth_date", "person.id_number", "person.name", "since"]);
            assert_eq!(sent_row.answers, ["opened"]);
        }
        assert!(store.person_sheet(person(9), LOOK).await.unwrap().is_none());
        let object = format!("person {}", person(3).0);
        let expected = (LOOK.who.to_owned(), object, false);
        assert_eq!(audited(&mut database.connection().await).await, vec![expected; 3]);
    })
    .await;
}

#[tokio::test]
async fn unanswered_is_what_was_asked_and_has_no_answer() {
    with_store(async |store| {
        say(&store, "a", 1).await;
        let statement = |receiver: &str, answered: Option<bool>| {
            let sent = notice(1, receiver);
            let asked =
                answered.map(|answered| Asked { notice: sent.id, on: day("2026-03-09"), late_told: 0, answered });
            (Told { last_notice: Some(sent.id), asked, ..told(1, receiver, ToldState::Open) }, sent)
        };
        let (told, notices): (Vec<_>, Vec<_>) = [
            statement("341221", Some(false)),
            statement("341222", Some(true)),
            // Told without a question: nobody owes anything.
            statement("341223", None),
        ]
        .into_iter()
        .unzip();
        let mut batch = store.begin().await.unwrap();
        batch.tell(&told, &notices).await.unwrap();
        batch.commit().await.unwrap();
        let waiting = store.waiting(day("2026-03-11")).await.unwrap().unanswered;
        let two_days = WaitingFor { receiver: Receiver("341221".into()), count: 1, oldest_s: 2.0 * 86_400.0 };
        assert_eq!(waiting, [two_days]);
    })
    .await;
}

#[tokio::test]
async fn a_look_at_a_minor_is_noted_as_one() {
    with_database(async |database| {
        PgStore::migrate(&database.options(), &database.keys).await.unwrap();
        let store = database.store().await;
        let birth = Some(chrono::Utc::now().date_naive() - chrono::Days::new(3000));
        let mut batch = store.begin().await.unwrap();
        let (no, _) = record_one(&mut batch, inbound("m")).await;
        let child = NewProfile { profile: Profile { birth, ..profile(1) }, ..new_profile(1) };
        batch.save(&[child], &[said(no, vec![appearance(1, residence(HERE))])]).await.unwrap();
        batch.commit().await.unwrap();
        store.person_sheet(person(1), LOOK).await.unwrap().unwrap();
        store.audit(LOOK, "elsewhere", false).await.unwrap();
        let looks = audited(&mut database.connection().await).await;
        assert_eq!(looks.iter().map(|look| look.2).collect::<Vec<_>>(), [true, false]);
    })
    .await;
}

#[tokio::test]
async fn the_quarantine_is_listed_shown_replayed_and_dropped() {
    with_store(|store| async move {
        let mut batch = store.begin().await.unwrap();
        let unknown = Quarantined { reason: "unknown-field".to_owned(), body: None, ..refused("hr.320500", "b") };
        batch.quarantine(&[refused("police.320500", "a"), unknown, refused("hr.320500", "c")]).await.unwrap();
        batch.commit().await.unwrap();

        let all = QuarantineFilter::default();
        let listed = store.quarantine_list(all, 10).await.unwrap();
        assert_eq!(listed.len(), 3);
        let of = |filter| store.quarantine_list(filter, 10);
        assert!(!of(QuarantineFilter { reason: Some("unknown-field"), ..all }).await.unwrap()[0].body_kept);
        assert_eq!(of(QuarantineFilter { publisher: Some("hr.320500"), ..all }).await.unwrap().len(), 2);
        assert_eq!(store.quarantine_list(QuarantineFilter { after: listed[0].no, ..all }, 1).await.unwrap().len(), 1);

        let shown = store.quarantine_show(listed[0].no, LOOK).await.unwrap().unwrap();
        assert_eq!(shown.refused, listed[0]);
        assert_eq!(shown.body.as_deref(), Some(&b"a"[..]));
        assert!(store.quarantine_show(4711, LOOK).await.unwrap().is_none());

        let replayable = store.quarantine_replayable(all, 10, LOOK).await.unwrap();
        assert_eq!(replayable.iter().map(|row| row.refused.no).collect::<Vec<_>>(), [listed[0].no, listed[2].no]);
        assert!(store.quarantine_drop(listed[0].no, "sent by mistake", "operator").await.unwrap());
        assert!(!store.quarantine_drop(listed[0].no, "again", "operator").await.unwrap());
        assert_eq!(store.quarantine_replayable(all, 10, LOOK).await.unwrap().len(), 1);
        let settled = of(QuarantineFilter { settled_too: true, ..all }).await.unwrap();
        assert_eq!(
            (settled[0].state.as_str(), settled[0].drop_reason.as_deref()),
            ("dropped", Some("sent by mistake"))
        );
        assert!(store.status().await.unwrap().feeds[0].quarantined == 3, "a dropped message is accounted for");
    })
    .await;
}

#[tokio::test]
async fn returns_to_sign_are_owed_like_answers_and_requests_are_passed_on_since_the_application() {
    with_store(|store| async move {
        let month = ("2026-03-31T16:00:00Z".parse().unwrap(), "2026-04-30T16:00:00Z".parse().unwrap());
        let (before, after) = ("2026-04-03T16:00:00Z".parse().unwrap(), "2026-04-30T16:00:00Z".parse().unwrap());
        // Ids say when: a notice's id is of its time.
        let sent_at = time("2026-04-01T09:00:00+08:00");
        let id = Uuid::from_u64_pair(sent_at.timestamp_millis().unsigned_abs() << 16 | 0x7000, 1 << 63);
        let kind = NoticeKind::StatisticsReturn;
        let basis = "statistics-return; hub default".to_owned();
        let to_sign =
            NoticeDraft { id, kind, basis, time: sent_at, due_on: Some(day("2026-04-09")), ..notice(1, "320583") };
        let signed = Answer::Reply(Reply {
            case: to_sign.case.unwrap(),
            notice: id,
            outcome: Outcome::Confirmed,
            division: None,
            facts: Default::default(),
            discrepancies: Vec::new(),
        });
        let applied = |applied_on| Fact::VerificationRequested {
            ask: vec!["321322101".parse().unwrap()],
            purpose: "school-enrolment".to_owned(),
            facts: vec!["identity".to_owned()],
            applied_on: day(applied_on),
        };
        let mut batch = store.begin().await.unwrap();
        batch.tell(&[], std::slice::from_ref(&to_sign)).await.unwrap();
        let at = time("2026-04-07T10:00:00+08:00");
        record_one(&mut batch, Inbound { answer: Some(signed), time: at, ..inbound("signed") }).await;
        let kind = MessageType::VerificationRequested;
        for (id, n, applied_on) in [("in-time", 1, "2026-04-02"), ("late", 2, "2026-03-09")] {
            let (no, _) = record_one(&mut batch, Inbound { kind, time: at, ..inbound(id) }).await;
            batch.save(&[new_profile(n)], &[said(no, vec![appearance(n, applied(applied_on))])]).await.unwrap();
        }
        batch.commit().await.unwrap();
        withdraw(&store, "w", "in-time").await;

        let owed = store.owed(month, after, None, 10).await.unwrap();
        let answered = Some((Outcome::Confirmed, day("2026-04-07")));
        assert_eq!(
            (owed.len(), owed[0].procedure.as_str(), owed[0].question.answer),
            (1, "statistics-return", answered)
        );
        let owed = store.owed(month, before, None, 10).await.unwrap();
        assert_eq!(owed[0].question.answer, None, "as it stood that day");
        let passed_on = store.passed_on(month, after, 0, 10).await.unwrap();
        let [late] = &passed_on[..] else { panic!("a withdrawn request is none: {passed_on:?}") };
        assert_eq!(
            (late.requester.as_str(), late.applied_on, late.on),
            ("320583", day("2026-03-09"), day("2026-04-07"))
        );
        assert_eq!(store.passed_on(month, before, 0, 10).await.unwrap(), []);
        assert_eq!(store.passed_on(month, after, late.no, 10).await.unwrap(), []);
    })
    .await;
}

#[tokio::test]
async fn a_quarter_of_an_hour_is_counted_where_yesterdays_was() {
    with_database(async |database| {
        PgStore::migrate(&database.options(), &database.keys).await.unwrap();
        let store = database.store().await;
        let brought = async || {
            let mut batch = store.begin().await.unwrap();
            batch.received(Feed::Hr, 5).await.unwrap();
            batch.quarantine(&[refused("hr.320500", "a")]).await.unwrap();
            batch.tell(&[], &[notice(1, "341221"), notice(2, "341221")]).await.unwrap();
            batch.commit().await.unwrap();
        };
        let counted = async || {
            let later_than = chrono::Utc::now() - chrono::TimeDelta::days(1);
            let mut sums: BTreeMap<String, i64> = BTreeMap::new();
            for row in store.quarters(later_than).await.unwrap() {
                *sums.entry(format!("{} {}", row.what, row.of)).or_default() += row.count;
            }
            sums.into_iter().collect::<Vec<_>>()
        };
        let count = |what: &str, count| (what.to_owned(), count);
        brought().await;
        let outgoing = store.next(chrono::Utc::now(), 10).await.unwrap();
        let nos: Vec<i64> = outgoing.iter().map(|outgoing| outgoing.outbox_no).collect();
        store.published(&nos).await.unwrap();
        store.published(&nos).await.unwrap();
        assert_eq!(counted().await, [count("published ", 2), count("received hr", 5), count("refused police", 1)]);

        // A day passes: the same rows count today's quarter, and what nothing came of counts no more.
        let yesterday = "UPDATE quarters SET begins = begins - interval '1 day'";
        sqlx::raw_sql(yesterday).execute(&mut database.connection().await).await.unwrap();
        assert_eq!(counted().await, []);
        let mut batch = store.begin().await.unwrap();
        batch.received(Feed::Hr, 3).await.unwrap();
        batch.quarantine(&[refused("hr.320500", "a")]).await.unwrap();
        batch.commit().await.unwrap();
        assert_eq!(counted().await, [count("received hr", 3)]);
        store.close().await;
    })
    .await;
}
